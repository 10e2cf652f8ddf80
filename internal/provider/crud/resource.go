// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// Resource defines a managed resource by its model M, which has an attribute id.
type Resource[M any] struct {
	Name   string // without the provider's prefix
	Schema func() schema.Schema
	Create func(ctx context.Context, c *client.Client, planned *M) error // sets the id as soon as there is one
	Read   func(ctx context.Context, c *client.Client, state *M) error   // client.IsNotFound where it is gone
	Update func(ctx context.Context, c *client.Client, prior, planned *M) error
	Delete func(ctx context.Context, c *client.Client, state *M) error
	Import []string             // the attributes that an import ID is made of, between slashes
	Fields map[string]path.Path // of the API, where they are not attributes in camelCase

	Identity []string // the attributes of the resource identity; nil: those of Import
	Moves    []Move   // from types of other providers
}

// New makes the resource for a provider.
func (d Resource[M]) New() resource.Resource { return d.Adapter() }

// Adapter makes the resource for embedding.
func (d Resource[M]) Adapter() *ResourceAdapter[M] {
	return &ResourceAdapter[M]{base{name: d.Name, empty: tfsdk.State{Schema: d.Schema()}, fields: d.Fields}, d}
}

// ResourceAdapter implements a managed resource from its definition.
type ResourceAdapter[M any] struct {
	base
	def Resource[M]
}

// Client is what calls are made with; nil while the provider's configuration is unknown.
func (r *ResourceAdapter[M]) Client() *client.Client { return r.client }

// Metadata names the resource.
func (r *ResourceAdapter[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.def.Name
}

// Schema is the definition's, and the time-outs.
func (r *ResourceAdapter[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for name, doing := range map[string]string{"create": "creating", "read": "reading, in a refresh,", "update": "changing", "delete": "destroying"} {
		attributes[name] = schema.StringAttribute{Optional: true, CustomType: attribute.DurationType{}, MarkdownDescription: timeoutDescription(doing), Validators: timeoutValidators}
	}
	resp.Schema = r.def.Schema()
	resp.Schema.Blocks = map[string]schema.Block{timeoutsBlock: schema.SingleNestedBlock{Attributes: attributes}}
}

// Configure takes the provider's client.
func (r *ResourceAdapter[M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.configure(req.ProviderData)
}

// ModifyPlan refuses a change that is known to have nobody to make it, and one of what was moved here and
// not read since.
func (r *ResourceAdapter[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.client != nil && !r.client.HasCredentials() && !req.Plan.Raw.Equal(req.State.Raw) {
		verb := "change"
		switch {
		case req.State.Raw.IsNull():
			verb = "create"
		case req.Plan.Raw.IsNull():
			verb = "delete"
		}
		r.report(ctx, &resp.Diagnostics, r.the(verb), client.ErrNoCredentials)
	}
	if marked, _ := req.Private.GetKey(ctx, unread); marked != nil {
		r.refuseUnread(&resp.Diagnostics)
	}
}

// Create keeps what was created in the state, whatever failed afterwards.
func (r *ResourceAdapter[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	v := r.values(req.Plan.Raw)
	model, ok := decode[M](ctx, &r.base, v, &resp.Diagnostics)
	if !ok {
		return
	}
	bounded, cancel := v.bounded(ctx, "create")
	defer cancel()
	err := r.def.Create(bounded, r.client, &model)
	resp.Diagnostics.Append(v.Set(ctx, &model)...)
	r.store(ctx, v, &resp.State, resp.Identity, &resp.Diagnostics)
	if err != nil {
		r.report(ctx, &resp.Diagnostics, r.the("create"), r.importable(ctx, v, err))
		var id types.String
		if resp.State.GetAttribute(ctx, path.Root("id"), &id); id.ValueString() == "" {
			resp.State.RemoveResource(ctx)
		}
	}
}

// Read is Terraform's refresh. It drops what is gone, and keeps the state as it is while nobody can be asked.
func (r *ResourceAdapter[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	identified := r.identify(ctx, req.State, resp.Identity, &resp.Diagnostics)
	if r.client == nil {
		return
	}
	v, gone := r.values(req.State.Raw), false
	if run(ctx, &r.base, v, &resp.Diagnostics, r.the("read"), "read", func(ctx context.Context, m *M) error {
		err := r.def.Read(client.Refreshing(ctx), r.client, m)
		if gone = client.IsNotFound(err) && (identified || resp.Identity == nil); gone {
			return nil
		}
		return err
	}) && !gone {
		r.store(ctx, v, &resp.State, resp.Identity, &resp.Diagnostics)
		for _, mark := range []string{unread, imported} {
			if marked, _ := resp.Private.GetKey(ctx, mark); marked != nil {
				resp.Diagnostics.Append(resp.Private.SetKey(ctx, mark, nil)...)
			}
		}
	}
	if !gone {
		return
	}
	if id, _ := req.Private.GetKey(ctx, imported); id != nil {
		resp.Diagnostics.AddError("Nothing to import", fmt.Sprintf("There is no %s with the import ID %s, or the identity that the provider logs in as may not see it. The import ID is <%s>; the documentation of the resource says which names it takes instead of IDs.",
			r.displayName(), id, strings.Join(r.def.Import, ">/<")))
		return
	}
	resp.State.RemoveResource(ctx)
}

// Update leaves the prior state where the call fails.
func (r *ResourceAdapter[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	prior, ok := decode[M](ctx, &r.base, r.values(req.State.Raw), &resp.Diagnostics)
	v := r.values(req.Plan.Raw)
	if ok && run(ctx, &r.base, v, &resp.Diagnostics, r.the("change"), "update", func(ctx context.Context, m *M) error { return r.def.Update(ctx, r.client, &prior, m) }) {
		r.store(ctx, v, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// Delete succeeds where a read says that the object is gone, whatever the call answered.
func (r *ResourceAdapter[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	run(ctx, &r.base, r.values(req.State.Raw), &resp.Diagnostics, r.the("delete"), "delete", func(ctx context.Context, m *M) error {
		err := r.def.Delete(ctx, r.client, m)
		if err == nil || client.IsNotFound(err) || client.IsNotFound(r.def.Read(ctx, r.client, m)) {
			return nil
		}
		return err
	})
}

// store takes over the values, and the identity from them.
func (r *ResourceAdapter[M]) store(ctx context.Context, v *values, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	state.Raw = v.whole()
	r.identify(ctx, *state, identity, diags)
}
