// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// organizationIdentity warns of a planned role that does not exist.
type organizationIdentity struct {
	metadataResource[identityModel]
}

// NewIdentityResource returns the resource machineid_identity.
func NewIdentityResource() resource.Resource {
	return organizationIdentity{metadataResource[identityModel]{
		crud.NewProtected(identityResource.Adapter(), "identity"),
		func(ctx context.Context, c *client.Client, state func(string) string) ([]api.Metadata, error) {
			found, err := c.Identity(ctx, state("id"))
			return found.Metadata, err
		},
	}}
}

func (r organizationIdentity) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.metadataResource.ModifyPlan(ctx, req, resp)
	if req.Plan.Raw.IsNull() {
		return
	}
	var held, planned types.String
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("role"), &held)...)
	}
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("role"), &planned)...)
	if _, builtIn := permission.BuiltIn(permission.Organization, planned.ValueString()); !builtIn && !planned.IsUnknown() && !planned.Equal(held) {
		lookup.WarnUnknownRole(ctx, r.Client(), "", planned.ValueString(), path.Root("role"), &resp.Diagnostics)
	}
}

// atRole returns the error of a request at the attribute role if the role does not exist.
func (m *identityModel) atRole(ctx context.Context, c *client.Client, err error) error {
	if missing := lookup.MissingRole(ctx, c, "", []string{m.Role.ValueString()}, err); missing != nil {
		return crud.At(path.Root("role"), missing)
	}
	return err
}
