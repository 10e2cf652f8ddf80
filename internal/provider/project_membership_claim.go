// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// membershipClaims has the type of resource that manages a membership, by membershipClaim. A client
// is one provider configuration in one walk, so that what was planned before counts no more.
var membershipClaims sync.Map

type membershipClaim struct {
	client            *client.Client
	project, identity string
}

// claimMembership refuses a plan in which both types of resource manage one membership, as far as
// that can be seen: in one provider configuration, with known IDs.
func claimMembership(ctx context.Context, c *client.Client, by string, plan tfsdk.Plan, diags *diag.Diagnostics) {
	if c == nil || plan.Raw.IsNull() {
		return
	}
	var project, identity types.String
	diags.Append(plan.GetAttribute(ctx, path.Root("project_id"), &project)...)
	diags.Append(plan.GetAttribute(ctx, path.Root("identity_id"), &identity)...)
	if project.IsUnknown() || identity.IsUnknown() {
		return
	}
	holder, taken := membershipClaims.LoadOrStore(membershipClaim{c, project.ValueString(), identity.ValueString()}, by)
	if taken && holder != by {
		diags.AddError("Two types of resource manage one membership",
			"The roles of identity "+identity.ValueString()+" in project "+project.ValueString()+" are managed by machineid_project_membership, as a whole, "+
				"and by machineid_project_membership_role, one by one. The first would take away what the second adds. Use one of the two.")
	}
}
