// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"net/http"
	"strings"

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
	Roles         []memberRoleModel `tfsdk:"role"`
	AdoptExisting types.Bool        `tfsdk:"adopt_existing"`
}

func projectMembershipSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Membership of an identity in a project, with all of its [roles](https://infisical.com/docs/documentation/platform/access-controls/role-based-access-controls) there. To add single roles from several places, use `machineid_project_membership_role` instead. A plan in which both manage the same membership is an error.\n\n" +
			"Creating this adopts three kinds of memberships that exist already: that of the identity that the provider logs in as, which becomes an admin of the projects that it creates; that of a `machineid_project_identity` in its project; and one whose only role is a permanent `no-access`, which `machineid_project_membership_role` leaves behind. " +
			"The first two cannot be deleted: destroying the first only removes it from the state, with a warning, and destroying the second leaves the role `no-access`. Keep `admin` among the roles of the first while Terraform manages the project.",
		Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedOnce("ID of the membership."),
			"project_id":  attribute.ProjectID("A change replaces the membership."),
			"identity_id": attribute.IdentityID("A change replaces the membership."),
			"adopt_existing": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether creating this adopts any membership that exists already, and replaces its roles. A warning shows the roles that it had. Destroying this then deletes the membership. Default: `false`, which makes an existing membership an error. A change has no effect on a membership that is in the state.",
			},
		},
		Blocks: map[string]schema.Block{"role": memberRolesBlock()},
	}
}

func createProjectMembership(ctx context.Context, c *client.Client, m *projectMembershipModel) error {
	made, err := m.add(ctx, c, roleAssignments(m.Roles))
	if len(client.Candidates(err)) > 0 {
		return m.adopt(ctx, c, err)
	}
	if err == nil {
		m.ID = types.StringValue(made.ID)
	}
	return err
}

// adopt takes over a membership that the configuration cannot create: that of the provider's own identity or of
// an identity of the project, or one without access, which membership roles leave behind. For any other it
// returns the conflict, unless adopt_existing is set.
func (m *projectMembershipModel) adopt(ctx context.Context, c *client.Client, conflict error) error {
	caller, err := c.CallerID(ctx)
	if err != nil {
		return err
	}
	if caller != m.IdentityID.ValueString() && !m.AdoptExisting.ValueBool() && !m.hasNoAccess(ctx, c) && !m.belongsToProject(ctx, c) {
		return conflict
	}
	if err := m.setRoles(ctx, c, roleAssignments(m.Roles)); err != nil {
		return err
	}
	m.ID = types.StringValue(client.Candidates(conflict)[0].ID)
	return nil
}

// hasNoAccess reports whether the only role of the membership is a permanent no-access.
func (m *projectMembershipModel) hasNoAccess(ctx context.Context, c *client.Client) bool {
	found, err := m.fetch(ctx, c)
	return err == nil && len(found.Roles) == 1 && found.Roles[0].RoleSlug() == api.NoAccess && !found.Roles[0].IsTemporary
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

// Create warns of the roles that an adopted membership had.
func (r projectMembership) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var planned projectMembershipModel
	var adopts types.Bool
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("adopt_existing"), &adopts)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("project_id"), &planned.ProjectID)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("identity_id"), &planned.IdentityID)...)
	existed := ""
	if r.Client() != nil && adopts.ValueBool() {
		if found, err := planned.fetch(ctx, r.Client()); err == nil {
			existed = shownMemberRoles(found.Roles)
		}
	}
	r.ResourceAdapter.Create(ctx, req, resp)
	if existed != "" && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddWarning("An existing membership was adopted",
			"Identity "+planned.IdentityID.ValueString()+" was already a member of project "+planned.ProjectID.ValueString()+". Its roles were replaced. They were: "+existed+".")
	}
}

// shownMemberRoles lists roles as `viewer, admin (temporary: 8h from 2026-12-01T08:00:00Z)`.
func shownMemberRoles(roles []api.MemberRole) string {
	var texts []string
	for _, role := range memberRoles(roles, nil) {
		text := role.Slug.ValueString()
		if role.Temporary != nil {
			text += " (temporary: " + role.Temporary.Duration.ValueString() + " from " + role.Temporary.Start.ValueString() + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
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
