// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// plannedRole records the slugs of planned roles, so that identities and memberships that are planned later do
// not warn of a role that does not exist yet.
type plannedRole[M any] struct {
	*crud.ResourceAdapter[M]
	inProject bool
}

// NewProjectRoleResource returns the resource machineid_project_role.
func NewProjectRoleResource() resource.Resource {
	return plannedRole[projectRoleModel]{ProjectRoleResource.Adapter(), true}
}

// NewOrganizationRoleResource returns the resource machineid_organization_role.
func NewOrganizationRoleResource() resource.Resource {
	return plannedRole[roleModel]{OrganizationRoleResource.Adapter(), false}
}

func (r plannedRole[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.ResourceAdapter.ModifyPlan(ctx, req, resp)
	if r.Client() == nil || req.Plan.Raw.IsNull() {
		return
	}
	var project, slug types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("slug"), &slug)...)
	if r.inProject {
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("project_id"), &project)...)
	}
	if !project.IsUnknown() && !slug.IsUnknown() {
		lookup.PlanRole(r.Client(), project.ValueString(), slug.ValueString())
	}
}
