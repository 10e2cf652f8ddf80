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

// membershipClaims holds the resource type that manages a membership, by membershipKey. A client belongs to
// one provider configuration in one run, so that claims of earlier runs have no effect.
var membershipClaims sync.Map

type membershipKey struct {
	client            *client.Client
	project, identity string
}

// claimedMembership rejects a plan in which both resource types manage the same membership. It detects that
// within one provider configuration, for known IDs.
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
	holder, taken := membershipClaims.LoadOrStore(membershipKey{r.Client(), project.ValueString(), identity.ValueString()}, r.name)
	if taken && holder != r.name {
		resp.Diagnostics.AddError("Two resource types manage one membership",
			"The roles of identity "+identity.ValueString()+" in project "+project.ValueString()+" are managed by machineid_project_membership, as a whole, "+
				"and by machineid_project_membership_role, one by one. The first would remove the roles that the second adds. Use one of the two.")
	}
}
