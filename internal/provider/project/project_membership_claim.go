// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// membershipClaims holds the resource type that manages a membership, by membershipKey. A client belongs to
// one provider configuration in one run, so that claims of earlier runs have no effect.
var membershipClaims sync.Map

type membershipKey struct {
	client            *client.Client
	project, identity string
}

// claimedMembership rejects a plan in which both resource types manage the same membership, which it detects
// within one provider configuration, for known IDs. It warns of roles that do not exist.
type claimedMembership[M any] struct {
	*crud.ResourceAdapter[M]
	name string // of the type of resource
}

func (r claimedMembership[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.ResourceAdapter.ModifyPlan(ctx, req, resp)
	if r.Client() == nil || req.Plan.Raw.IsNull() {
		return
	}
	var project, identity types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("project_id"), &project)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("identity_id"), &identity)...)
	if project.IsUnknown() || identity.IsUnknown() {
		return
	}
	r.warnUnknownRoles(ctx, project.ValueString(), req, resp)
	holder, taken := membershipClaims.LoadOrStore(membershipKey{r.Client(), project.ValueString(), identity.ValueString()}, r.name)
	if taken && holder != r.name {
		resp.Diagnostics.AddError("Two resource types manage one membership",
			"The roles of identity "+identity.ValueString()+" in project "+project.ValueString()+" are managed by machineid_project_membership, as a whole, "+
				"and by machineid_project_membership_role, one by one. The first would remove the roles that the second adds. Use one of the two.")
	}
}

// warnUnknownRoles checks the roles that the state does not have, so that a plan without changes lists none.
func (r claimedMembership[M]) warnUnknownRoles(ctx context.Context, project string, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	held := roleSlugs(ctx, req.State.GetAttribute)
	for _, slug := range roleSlugs(ctx, req.Plan.GetAttribute) {
		if _, builtIn := permission.BuiltIn(permission.Project, slug); !builtIn && !slices.Contains(held, slug) {
			lookup.WarnUnknownRole(ctx, r.Client(), project, slug, path.Root("role"), &resp.Diagnostics)
		}
	}
}

// roleSlugs returns the known slugs of the attribute role or the role blocks; none for a state that is null.
func roleSlugs(ctx context.Context, get func(context.Context, path.Path, any) diag.Diagnostics) (slugs []string) {
	var role attr.Value
	if get(ctx, path.Root("role"), &role).HasError() {
		return nil
	}
	switch role := role.(type) {
	case types.String:
		slugs = append(slugs, role.ValueString())
	case types.Set:
		for _, element := range role.Elements() {
			block, _ := element.(types.Object)
			slug, _ := block.Attributes()["slug"].(types.String)
			slugs = append(slugs, slug.ValueString())
		}
	}
	return slices.DeleteFunc(slugs, func(slug string) bool { return slug == "" })
}
