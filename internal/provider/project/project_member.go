// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// memberModel identifies a membership; the ID is that of the managed object.
type memberModel struct {
	ID         types.String `tfsdk:"id"`
	ProjectID  types.String `tfsdk:"project_id"`
	IdentityID types.String `tfsdk:"identity_id"`
}

// fetchByName returns the membership. After an import, the IDs may be names, and are replaced by IDs.
func (m *memberModel) fetchByName(ctx context.Context, c *client.Client) (api.Member, error) {
	if m.ID.IsNull() {
		project, identity, err := lookup.ProjectMember(ctx, c, m.ProjectID.ValueString(), m.IdentityID.ValueString())
		if err != nil {
			return api.Member{}, err
		}
		m.ProjectID, m.IdentityID = types.StringValue(project), types.StringValue(identity)
	}
	return m.fetch(ctx, c)
}

func (m *memberModel) fetch(ctx context.Context, c *client.Client) (api.Member, error) {
	return c.ProjectMember(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString())
}

// add creates the membership.
func (m *memberModel) add(ctx context.Context, c *client.Client, roles []api.RoleAssignment) (api.Membership, error) {
	made, err := c.AddProjectMember(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), roles)
	return made, m.atRole(ctx, c, roles, err)
}

// setRoles replaces all roles.
func (m *memberModel) setRoles(ctx context.Context, c *client.Client, roles []api.RoleAssignment) error {
	return m.atRole(ctx, c, roles, c.SetProjectMemberRoles(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), roles))
}

// atRole returns the error at the attribute or blocks role if a role does not exist.
func (m *memberModel) atRole(ctx context.Context, c *client.Client, roles []api.RoleAssignment, err error) error {
	slugs := make([]string, len(roles))
	for n, role := range roles {
		slugs[n] = role.Role
	}
	if missing := lookup.MissingRole(ctx, c, m.ProjectID.ValueString(), slugs, err); missing != nil {
		return crud.At(path.Root("role"), missing)
	}
	return err
}

// roleTries limits how often a change of the roles is written.
const roleTries = 5

// changeRoles applies an idempotent change to the roles of the membership. The API can only replace all roles
// at once, and another process may do so in between, such as that of another provider configuration. So the
// roles are read and written until a read shows that the change has nothing left to do.
func (m *memberModel) changeRoles(ctx context.Context, c *client.Client, change func([]api.RoleAssignment) []api.RoleAssignment) error {
	for try := 0; ; try++ {
		found, err := m.fetch(ctx, c)
		if err != nil {
			return err
		}
		roles := client.Assignments(found.Roles)
		wanted := change(roles)
		switch {
		case client.SameRoles(roles, wanted):
			return nil
		case try == roleTries:
			return fmt.Errorf("the roles of identity %s in project %s were replaced by another process after each of %d changes; apply again when no other process changes them",
				m.IdentityID.ValueString(), m.ProjectID.ValueString(), roleTries)
		}
		if err := m.setRoles(ctx, c, wanted); err != nil {
			return err
		}
	}
}

// lock prevents other changes of the roles on this machine until unlock is called.
func (m *memberModel) lock(ctx context.Context) (unlock func()) {
	return client.LockProjectMember(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString())
}
