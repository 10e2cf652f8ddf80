// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var projectMembershipResource = crud.Resource[projectMembershipModel]{
	Name:   "project_membership",
	Schema: projectMembershipSchema,
	Create: createProjectMembership, Read: readProjectMembership, Update: updateProjectMembership, Delete: deleteProjectMembership,
	Import: []string{"project_id", "identity_id"},
	Moves:  crud.MovesFromOfficial("project_identity", map[string]string{"project_id": "project_id", "identity_id": "identity_id"}, map[string]string{"membership_id": "id"}),
}

type projectMembershipModel struct {
	memberModel
	Roles []memberRoleModel `tfsdk:"roles"`
}

func projectMembershipSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "The membership of an identity in a project, with all its roles there. To add single roles from several places, use `machineid_project_membership_role` instead; the two exclude each other, which is refused at plan where both are in one configuration.\n\n" +
			"Two memberships exist before Terraform makes them, and are taken over instead of refused: that of the identity that the provider logs in as, which becomes an admin of the projects it creates, and that of a `machineid_project_identity` in its project. " +
			"Neither can be ended: destroying the first only forgets it, with a warning, and destroying the second leaves the role `no-access`. Keep `admin` among the roles of the first as long as Terraform is to manage the project.",
		Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedOnce("ID of the membership."),
			"project_id":  attribute.ProjectID("A change ends this membership and makes another."),
			"identity_id": attribute.IdentityID("A change ends this membership and makes another."),
			"roles":       memberRolesAttribute(),
		},
	}
}

func createProjectMembership(ctx context.Context, c *client.Client, m *projectMembershipModel) error {
	made, err := c.AddProjectMember(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString(), roleAssignments(m.Roles))
	if len(client.Candidates(err)) > 0 {
		return m.adopt(ctx, c, err)
	}
	if err == nil {
		m.ID = types.StringValue(made.ID)
	}
	return err
}

// adopt takes over a membership that the configuration cannot create: that of the provider's own identity,
// or of an identity of the project. For any other it returns the conflict.
func (m *projectMembershipModel) adopt(ctx context.Context, c *client.Client, conflict error) error {
	caller, err := c.CallerID(ctx)
	if err != nil {
		return err
	}
	if caller != m.IdentityID.ValueString() && !m.belongsToProject(ctx, c) {
		return conflict
	}
	if err := m.setRoles(ctx, c, roleAssignments(m.Roles)); err != nil {
		return err
	}
	m.ID = types.StringValue(client.Candidates(conflict)[0].ID)
	return nil
}

// belongsToProject reports whether the identity belongs to the project.
func (m *projectMembershipModel) belongsToProject(ctx context.Context, c *client.Client) bool {
	_, err := c.ProjectIdentity(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString())
	return err == nil
}

func readProjectMembership(ctx context.Context, c *client.Client, m *projectMembershipModel) error {
	found, err := m.fetchByName(ctx, c)
	if err == nil {
		m.ID = types.StringValue(found.ID)
		m.Roles = memberRoles(found.Roles, m.Roles)
	}
	return err
}

func updateProjectMembership(ctx context.Context, c *client.Client, _, m *projectMembershipModel) error {
	return m.setRoles(ctx, c, roleAssignments(m.Roles))
}

func deleteProjectMembership(ctx context.Context, c *client.Client, m *projectMembershipModel) error {
	err := c.RemoveProjectMember(ctx, m.ProjectID.ValueString(), m.IdentityID.ValueString())
	if client.Status(err) == http.StatusBadRequest && m.belongsToProject(ctx, c) {
		return m.setRoles(ctx, c, []api.RoleAssignment{{Role: api.NoAccess}})
	}
	return err
}

// projectMembership does not delete the membership of the provider's own identity.
type projectMembership struct {
	claimedMembership[projectMembershipModel]
}

// NewProjectMembershipResource returns the resource machineid_project_membership.
func NewProjectMembershipResource() resource.Resource {
	return projectMembership{claimedMembership[projectMembershipModel]{projectMembershipResource.Adapter(), "machineid_project_membership"}}
}

func (r projectMembership) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var identity types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("identity_id"), &identity)...)
	if r.Client() != nil {
		if caller, err := r.Client().CallerID(ctx); err == nil && caller == identity.ValueString() {
			resp.Diagnostics.AddWarning("The provider's own membership was not deleted",
				"An identity cannot remove itself from a project. The membership is no longer in the state; delete the project, or remove it with another identity.")
			return
		}
	}
	r.ResourceAdapter.Delete(ctx, req, resp)
}
