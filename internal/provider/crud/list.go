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
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// List defines a list resource: objects of the resource with the model M, by a configuration F.
type List[M, F any] struct {
	Of     Resource[M]
	Schema func() schema.Schema
	Each   func(ctx context.Context, c *client.Client, config *F) iter.Seq2[ListRow[M], error] // ends at the first error
}

// ListRow is one listed object. Attributes that Fill does not set are read if Terraform requests the
// resource, as after an import.
type ListRow[M any] struct {
	Name string // display name
	Fill func(*M)
}

// New returns the list resource.
func (d List[M, F]) New() list.ListResource {
	return &listAdapter[M, F]{base{name: d.Of.Name, empty: tfsdk.State{Schema: d.Schema()}}, d, d.Of.Adapter()}
}

// listAdapter implements a list resource from its definition.
type listAdapter[M, F any] struct {
	base
	def     List[M, F]
	managed *ResourceAdapter[M]
}

func (l *listAdapter[M, F]) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	l.managed.Metadata(ctx, req, resp)
}

func (l *listAdapter[M, F]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = l.def.Schema()
	resp.Schema.MarkdownDescription += " For `terraform query`, which takes Terraform 1.14 or newer; OpenTofu has none."
	resp.Schema.Blocks = withTimeouts[schema.Block](resp.Schema.Blocks, schema.SingleNestedBlock{Attributes: map[string]schema.Attribute{
		"list": schema.StringAttribute{Optional: true, CustomType: attribute.DurationType{}, MarkdownDescription: timeoutDescription("listing"), Validators: timeoutValidators},
	}})
}

func (l *listAdapter[M, F]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	l.configure(req.ProviderData)
}

// List streams the rows up to the limit, and fetches a page only when Terraform reads on.
func (l *listAdapter[M, F]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	v := l.values(req.Config.Raw)
	config, ok := decode[F](ctx, &l.base, v, &diags)
	if !ok {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		bounded, cancel := v.bounded(ctx, "list")
		defer cancel()
		sent := int64(0)
		for row, err := range l.def.Each(bounded, l.client, &config) {
			result, gone := l.result(bounded, req, row, err)
			if gone {
				continue
			}
			if sent++; !push(result) || sent == req.Limit {
				return
			}
		}
	}
}

// result returns a row, and gone if the object was deleted after it was listed.
func (l *listAdapter[M, F]) result(ctx context.Context, req list.ListRequest, row ListRow[M], err error) (result list.ListResult, gone bool) {
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
		l.report(ctx, &result.Diagnostics, l.the("list"), err)
		return list.ListResult{Diagnostics: result.Diagnostics}, gone
	}
	result.Diagnostics.Append(v.Set(ctx, &model)...)
	result.Resource.Raw = v.whole()
	copyTexts(ctx, l.def.Of.identity(), result.Resource, result.Identity, &result.Diagnostics)
	return result, false
}

// nulls returns an object of the schema whose attributes are all null.
func nulls(ctx context.Context, of interface{ Type() attr.Type }) tftypes.Value {
	object, _ := of.Type().TerraformType(ctx).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, nil)
	}
	return tftypes.NewValue(object, values)
}

// Rows converts the rows of a listing with show.
func Rows[T, M any](rows iter.Seq2[T, error], show func(T) ListRow[M]) iter.Seq2[ListRow[M], error] {
	return func(yield func(ListRow[M], error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(ListRow[M]{}, err)
				return
			}
			if !yield(show(row), nil) {
				return
			}
		}
	}
}

// Each iterates over a listing that has no pages.
func Each[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, row := range list {
			if !yield(row, nil) {
				return
			}
		}
	}
}
