// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

var projectMembershipRoleResource = crud.Resource[projectMembershipRoleModel]{
	Name:   "project_membership_role",
	Schema: projectMembershipRoleSchema,
	Create: addMembershipRole, Read: readMembershipRole, Update: changeMembershipRole, Delete: removeMembershipRole,
	Import: []string{"project_id", "identity_id", "role"},
}

type projectMembershipRoleModel struct {
	memberModel
	Role      types.String              `tfsdk:"role"`
	Temporary *attribute.TemporaryModel `tfsdk:"temporary"`
}

func projectMembershipRoleSchema() schema.Schema {
	role := memberRoleAttribute(api.NoAccess)
	role.MarkdownDescription = "Slug of the role: `admin`, `member`, `viewer`, or that of a custom role of the project. Refer to the slug of the role's resource, so that the role is created first. A change removes this role and adds the other."
	role.PlanModifiers = []planmodifier.String{stringplanmodifier.RequiresReplace()}
	return schema.Schema{
		MarkdownDescription: "One [role](https://infisical.com/docs/documentation/platform/access-controls/role-based-access-controls) of an identity in a project, in addition to its other roles there, so that several modules can each add one. A plan in which `machineid_project_membership` manages the same membership is an error.\n\n" +
			"The first role makes the identity a member. The membership stays when the last role is removed: if no permanent role is left, it gets `no-access`. " +
			"The API can only replace all roles at once, so this reads them, writes them with the change, and reads them again until the change is in effect. Runs on one machine change the roles of a membership one after the other. On two machines, do not change the roles of one membership at the same time. " +
			"If the role gets another slug in the same apply, its membership roles keep it.",
		Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedOnce("ID of the project, ID of the identity and slug of the role, separated by slashes."),
			"project_id":  attribute.ProjectID("A change removes the role in the one project and adds it in the other."),
			"identity_id": attribute.IdentityID("A change removes the role from the one identity and adds it to the other."),
			"role":        role,
		},
		Blocks: map[string]schema.Block{
			"temporary": attribute.Temporary("Window in which the role is in effect. Changes of other roles do not move it. Default: permanent. Changed in place."),
		},
	}
}

func addMembershipRole(ctx context.Context, c *client.Client, m *projectMembershipRoleModel) error {
	defer m.lock(ctx)()
	found, err := m.fetch(ctx, c)
	switch {
	case client.IsNotFound(err):
		_, err = m.add(ctx, c, withPermanent([]api.RoleAssignment{m.assignment()}))
		if len(client.Candidates(err)) > 0 { // another process was faster
			err = m.changeRoles(ctx, c, m.withRole)
		}
	case err == nil && slices.ContainsFunc(found.Roles, m.matches):
		if lookup.IsRenamedRole(c, m.ProjectID.ValueString(), m.Role.ValueString()) {
			err = m.changeRoles(ctx, c, m.withRole) // the role of a membership role that this replaces
			break
		}
		return fmt.Errorf("the identity already has the role %s in the project; import it with the ID %s", m.Role.ValueString(), m.key())
	case err == nil:
		if err = m.changeRoles(ctx, c, m.withRole); err != nil && m.exists(ctx, c) {
			err = nil // the change succeeded, the response was lost
		}
	}
	if err == nil {
		m.ID = types.StringValue(m.key())
	}
	return err
}

// exists reports whether the identity has the role, with the same window.
func (m *projectMembershipRoleModel) exists(ctx context.Context, c *client.Client) bool {
	found := *m
	found.ID = types.StringValue(m.key())
	return readMembershipRole(ctx, c, &found) == nil && found.Temporary.Equal(m.Temporary)
}

func readMembershipRole(ctx context.Context, c *client.Client, m *projectMembershipRoleModel) error {
	found, err := m.fetchByName(ctx, c)
	if err != nil {
		return err
	}
	mine := slices.DeleteFunc(found.Roles, func(r api.MemberRole) bool { return !m.matches(r) })
	if len(mine) == 0 {
		return &client.Error{Op: "read the role of the project membership", Message: "the identity does not have the role", Gone: true}
	}
	m.ID = types.StringValue(m.key())
	m.Temporary = attribute.ReadTemporary(mine[0].TemporaryRange, mine[0].TemporaryAccessStartTime, m.Temporary)
	return nil
}

func changeMembershipRole(ctx context.Context, c *client.Client, _, m *projectMembershipRoleModel) error {
	defer m.lock(ctx)()
	return m.changeRoles(ctx, c, m.withRole)
}

func removeMembershipRole(ctx context.Context, c *client.Client, m *projectMembershipRoleModel) error {
	defer m.lock(ctx)()
	return m.changeRoles(ctx, c, m.withoutRole)
}

// withRole returns the roles with the one that this resource manages.
func (m *projectMembershipRoleModel) withRole(roles []api.RoleAssignment) []api.RoleAssignment {
	return withPermanent(append(m.others(roles), m.assignment()))
}

// withoutRole returns the roles without the one that this resource manages.
func (m *projectMembershipRoleModel) withoutRole(roles []api.RoleAssignment) []api.RoleAssignment {
	return withPermanent(m.others(roles))
}

func (m *projectMembershipRoleModel) others(roles []api.RoleAssignment) []api.RoleAssignment {
	return slices.DeleteFunc(slices.Clone(roles), func(r api.RoleAssignment) bool { return r.Role == m.Role.ValueString() })
}

func (m *projectMembershipRoleModel) assignment() api.RoleAssignment {
	return memberRoleModel{m.Role, m.Temporary}.assignment()
}

func (m *projectMembershipRoleModel) matches(r api.MemberRole) bool {
	return r.RoleSlug() == m.Role.ValueString()
}

func (m *projectMembershipRoleModel) key() string {
	return strings.Join([]string{m.ProjectID.ValueString(), m.IdentityID.ValueString(), m.Role.ValueString()}, "/")
}

// withPermanent adds the role no-access if no role is permanent, since servers require one.
func withPermanent(roles []api.RoleAssignment) []api.RoleAssignment {
	if slices.ContainsFunc(roles, func(r api.RoleAssignment) bool { return !r.IsTemporary }) {
		return roles
	}
	return append(roles, api.RoleAssignment{Role: api.NoAccess})
}

// NewProjectMembershipRoleResource returns the resource machineid_project_membership_role.
func NewProjectMembershipRoleResource() resource.Resource {
	return claimedMembership[projectMembershipRoleModel]{projectMembershipRoleResource.Adapter(), "machineid_project_membership_role"}
}
