// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identity names the attributes that tell the object from all others and never change.
func (d Resource[M]) identity() []string {
	if d.Identity != nil {
		return d.Identity
	}
	return d.Import
}

// IdentitySchema is for Terraform 1.12 and newer; older ones ignore it.
func (r *Managed[M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	known := r.def.Schema().Attributes
	for _, name := range r.def.identity() {
		what, _, _ := strings.Cut(known[name].GetMarkdownDescription(), ". ") // and nothing of changes
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: strings.TrimSuffix(what, ".") + "."}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// identify copies the identity from the state, and tells whether there is one.
func (r *Managed[M]) identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) bool {
	if identity == nil || state.Raw.IsNull() {
		return false
	}
	found := false
	for _, name := range r.def.identity() {
		var value types.String
		diags.Append(state.GetAttribute(ctx, path.Root(name), &value)...)
		diags.Append(identity.SetAttribute(ctx, path.Root(name), value)...)
		found = found || value.ValueString() != ""
	}
	return found
}

// importByIdentity copies the identity into the state.
func (r *Managed[M]) importByIdentity(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	for _, name := range r.def.identity() {
		var value types.String
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}
