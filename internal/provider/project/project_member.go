// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// memberModel is an identity in a project, and the ID of what is managed of it there.
type memberModel struct {
	ID         types.String `tfsdk:"id"`
	ProjectID  types.String `tfsdk:"project_id"`
	IdentityID types.String `tfsdk:"identity_id"`
}

// find reads the membership. After an import, project and identity may be named, and become their IDs.
func (m *memberModel) find(ctx context.Context, c *client.Client) (api.Member, error) {
	if m.ID.IsNull() {
		project, identity, err := lookup.ProjectMember(ctx, c, m.ProjectID.ValueString(), m.IdentityID.ValueString())
		if err != nil {
			return api.Member{}, err
		}
		m.ProjectID, m.IdentityID = types.StringValue(project), types.StringValue(identity)
	}
	return m.member(ctx, c)
}

func (m *memberModel) member(ctx context.Context, c *client.Client) (api.Member, error) {
	return c.ProjectMember(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString())
}

// set replaces all roles.
func (m *memberModel) set(ctx context.Context, c *client.Client, roles []api.RoleAssignment) error {
	return c.SetProjectMemberRoles(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), roles)
}

// lock keeps others of this process from changing the roles, until what it answers is called.
func (m *memberModel) lock() (unlock func()) {
	return client.LockProjectMember(m.ProjectID.ValueString(), m.IdentityID.ValueString())
}
