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
	Create func(ctx context.Context, c *client.Client, planned *M) error // sets the id as soon as the object exists
	Read   func(ctx context.Context, c *client.Client, state *M) error   // returns client.IsNotFound if the object is gone
	Update func(ctx context.Context, c *client.Client, prior, planned *M) error
	Delete func(ctx context.Context, c *client.Client, state *M) error
	Import []string             // attributes of the import ID, which slashes separate
	Fields map[string]path.Path // attributes by field of the API, if not the same name in snake_case

	Identity []string // attributes of the resource identity; nil: those of Import
	Moves    []Move   // types of other providers that can be moved here

	Feature  *client.Feature // that only some servers have; nil: every server has the objects
	Requires []Requirement   // attributes that only some servers have
}

// New returns the resource.
func (d Resource[M]) New() resource.Resource { return d.Adapter() }

// Adapter returns the resource for embedding.
func (d Resource[M]) Adapter() *ResourceAdapter[M] {
	return &ResourceAdapter[M]{base{name: d.Name, empty: tfsdk.State{Schema: d.Schema()}, fields: d.Fields}, d}
}

// ResourceAdapter implements a managed resource from its definition.
type ResourceAdapter[M any] struct {
	base
	def Resource[M]
}

// Client returns the provider's client; nil while the provider's configuration is unknown.
func (r *ResourceAdapter[M]) Client() *client.Client { return r.client }

// Metadata sets the type name.
func (r *ResourceAdapter[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.def.Name
}

// Schema returns the definition's schema with the timeouts block.
func (r *ResourceAdapter[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for name, doing := range map[string]string{"create": "creating", "read": "reading in a refresh,", "update": "changing", "delete": "destroying"} {
		attributes[name] = schema.StringAttribute{Optional: true, CustomType: attribute.DurationType{}, MarkdownDescription: timeoutDescription(doing), Validators: timeoutValidators}
	}
	resp.Schema = r.def.Schema()
	resp.Schema.Blocks = withTimeouts[schema.Block](resp.Schema.Blocks, schema.SingleNestedBlock{Attributes: attributes})
}

// Configure stores the provider's client.
func (r *ResourceAdapter[M]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.configure(req.ProviderData)
}

// ModifyPlan rejects a change if the provider has no credentials, if the object was moved and has not been
// read since, or if the server does not have what it uses.
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
		r.rejectUnread(&resp.Diagnostics)
	}
	if r.client != nil && r.client.HasCredentials() && !req.Plan.Raw.IsNull() && !req.Plan.Raw.Equal(req.State.Raw) {
		r.checkFeatures(ctx, req.Config, &req.State, &resp.Diagnostics)
	}
}

// Create stores a created object in the state even if a later step fails.
func (r *ResourceAdapter[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	v := r.values(req.Plan.Raw)
	model, ok := decode[M](ctx, &r.base, v, &resp.Diagnostics)
	if !ok {
		return
	}
	bounded, cancel := v.bounded(ctx, "create")
	defer cancel()
	if !r.checkFeatures(bounded, req.Config, nil, &resp.Diagnostics) { // values may have been unknown in the plan
		return
	}
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

// Read refreshes the state, and removes it if the object is gone. Without a client the state stays.
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
		resp.Diagnostics.AddError("Nothing to import", fmt.Sprintf("No %s has the import ID %s, or the provider's identity may not read it. The import ID is <%s>; the resource's documentation lists the names that it accepts instead of IDs.",
			r.displayName(), id, strings.Join(r.def.Import, ">/<")))
		return
	}
	resp.State.RemoveResource(ctx)
}

// Update keeps the prior state if the call fails.
func (r *ResourceAdapter[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	prior, ok := decode[M](ctx, &r.base, r.values(req.State.Raw), &resp.Diagnostics)
	v := r.values(req.Plan.Raw)
	if ok && r.checkFeatures(ctx, req.Config, &req.State, &resp.Diagnostics) && run(ctx, &r.base, v, &resp.Diagnostics, r.the("change"), "update", func(ctx context.Context, m *M) error { return r.def.Update(ctx, r.client, &prior, m) }) {
		r.store(ctx, v, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// Delete also succeeds if the call fails but a read finds that the object is gone.
func (r *ResourceAdapter[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	run(ctx, &r.base, r.values(req.State.Raw), &resp.Diagnostics, r.the("delete"), "delete", func(ctx context.Context, m *M) error {
		err := r.def.Delete(ctx, r.client, m)
		if err == nil || client.IsNotFound(err) || client.IsNotFound(r.def.Read(ctx, r.client, m)) {
			return nil
		}
		return err
	})
}

// store sets the state and the identity from v.
func (r *ResourceAdapter[M]) store(ctx context.Context, v *values, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	state.Raw = v.whole()
	r.identify(ctx, *state, identity, diags)
}
