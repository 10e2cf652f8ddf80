// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// List defines a list resource: objects of the resource with the model M, by a configuration F.
type List[M, F any] struct {
	Of     Resource[M]
	Schema func() schema.Schema
	Each   func(ctx context.Context, c *client.Client, config *F) iter.Seq2[Listed[M], error] // ends with its first error
}

// Listed is one object. What its row does not fill is read where somebody asks for it, as after an
// import.
type Listed[M any] struct {
	Name string // for people
	Fill func(*M)
}

// New makes the list resource for a provider.
func (d List[M, F]) New() list.ListResource {
	return &Lister[M, F]{piece{name: d.Of.Name, plain: func(raw tftypes.Value) tfsdk.State { return tfsdk.State{Raw: raw, Schema: d.Schema()} }}, d, d.Of.Managed()}
}

// Lister is what the driver makes of a definition.
type Lister[M, F any] struct {
	piece
	def     List[M, F]
	managed *Managed[M]
}

// Metadata names what is listed.
func (l *Lister[M, F]) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	l.managed.Metadata(ctx, req, resp)
}

// ListResourceConfigSchema is the definition's.
func (l *Lister[M, F]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = l.def.Schema()
}

// Configure takes the provider's client.
func (l *Lister[M, F]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	l.configure(req.ProviderData)
}

// List asks for the next page only when somebody wants it, and for no more than the limit.
func (l *Lister[M, F]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	config, ok := decode[F](ctx, &l.piece, req.Config, &diags)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		sent := int64(0)
		for row, err := range l.def.Each(ctx, l.client, &config) {
			result, gone := l.result(ctx, req, row, err)
			if gone {
				continue
			}
			if sent++; !push(result) || sent == req.Limit {
				return
			}
		}
	}
}

// result is gone where the object was deleted after it had been listed.
func (l *Lister[M, F]) result(ctx context.Context, req list.ListRequest, row Listed[M], err error) (result list.ListResult, gone bool) {
	result = req.NewListResult(ctx)
	v := l.managed.values(nulls(ctx, req.ResourceSchema))
	var model M
	if err == nil {
		result.DisplayName = row.Name
		result.Diagnostics.Append(v.Get(ctx, &model)...)
		row.Fill(&model)
		if req.IncludeResource {
			err = l.def.Of.Read(client.Refreshing(ctx), l.client, &model)
			gone = client.IsNotFound(err)
		}
	}
	if err != nil {
		l.report(ctx, &result.Diagnostics, "list", err)
		return list.ListResult{Diagnostics: result.Diagnostics}, gone
	}
	result.Diagnostics.Append(v.Set(ctx, &model)...)
	result.Resource.Raw = v.raw
	for _, name := range l.def.Of.identity() {
		var value types.String
		result.Diagnostics.Append(result.Resource.GetAttribute(ctx, path.Root(name), &value)...)
		result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root(name), value)...)
	}
	return result, false
}

// nulls is an object of the schema that nothing is known of.
func nulls(ctx context.Context, of interface{ Type() attr.Type }) tftypes.Value {
	object, _ := of.Type().TerraformType(ctx).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, nil)
	}
	return tftypes.NewValue(object, values)
}
