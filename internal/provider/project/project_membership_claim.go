// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// membershipClaims has the type of resource that manages a membership, by membershipClaim. A client
// is one provider configuration in one walk, so that what was planned before counts no more.
var membershipClaims sync.Map

type membershipClaim struct {
	client            *client.Client
	project, identity string
}

// claiming is a resource that claims a membership. It refuses a plan in which both types of resource
// manage one, as far as that can be seen: in one provider configuration, with known IDs.
type claiming[M any] struct {
	*crud.ResourceAdapter[M]
	name string // of the type of resource
}

func (r claiming[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
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
	holder, taken := membershipClaims.LoadOrStore(membershipClaim{r.Client(), project.ValueString(), identity.ValueString()}, r.name)
	if taken && holder != r.name {
		resp.Diagnostics.AddError("Two types of resource manage one membership",
			"The roles of identity "+identity.ValueString()+" in project "+project.ValueString()+" are managed by machineid_project_membership, as a whole, "+
				"and by machineid_project_membership_role, one by one. The first would take away what the second adds. Use one of the two.")
	}
}
