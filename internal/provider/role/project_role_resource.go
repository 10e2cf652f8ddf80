// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// ProjectRoleResource defines the resource machineid_project_role.
var ProjectRoleResource = crud.Resource[projectRoleModel]{
	Name:   "project_role",
	Schema: projectRoleSchema,
	Create: createProjectRole, Read: readProjectRole, Update: updateProjectRole, Delete: deleteProjectRole,
	Import: []string{"project_id", "slug"}, Identity: []string{"project_id", "id"},
	Fields: permissionFields,
	Moves:  crud.MovesFromOfficial("project_role", map[string]string{"project_slug": "project_id", "slug": "slug"}, nil),
}

type projectRoleModel struct {
	roleModel
	ProjectID types.String `tfsdk:"project_id"`
}

func projectRoleSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A custom role of a project.\n\n" +
			"See [role-based access controls](https://infisical.com/docs/documentation/platform/access-controls/role-based-access-controls) of Infisical, and the guide [Permissions](../guides/permissions) for subjects, actions and condition keys.\n\n" +
			"Depending on the server's settings, a role can allow only what the provider's own identity is allowed. A role that a member of the project has cannot be deleted.\n\n" +
			"On servers older than the end of 2024, rules on `secrets` also apply to `secret-imports`, `dynamic-secrets` and `secret-folders`, so a role must have equal rules on all four. " +
			"No rule can deny, and rules on `secrets` can have conditions only on `environment` and `secretPath`. The apply reports a rule that such a server cannot store.",
		Attributes: roleAttributes(permission.Project, map[string]schema.Attribute{
			"project_id": attribute.ProjectID("A change creates a new role and deletes the old one."),
		}),
		Blocks: permissionBlocks(permission.Project),
	}
}

func createProjectRole(ctx context.Context, c *client.Client, m *projectRoleModel) error {
	made, err := c.CreateProjectRole(ctx, m.ProjectID.ValueString(), m.creation())
	if err != nil {
		return err
	}
	return m.echoed(permission.Project, made)
}

// readProjectRole finds the role by its slug or ID after an import, when the project may be a slug.
func readProjectRole(ctx context.Context, c *client.Client, m *projectRoleModel) error {
	var found api.Role
	var err error
	if m.ID.IsNull() {
		var project api.Project
		if project, err = c.Project(ctx, m.ProjectID.ValueString()); err != nil {
			return err
		}
		m.ProjectID = types.StringValue(project.ID)
		if slug := m.Slug.ValueString(); client.IsID(slug) {
			found, err = c.ProjectRole(ctx, project.ID, slug, "")
		} else {
			found, err = c.ProjectRoleBySlug(ctx, project.ID, slug)
		}
	} else {
		found, err = c.ProjectRole(ctx, m.ProjectID.ValueString(), m.ID.ValueString(), m.Slug.ValueString())
	}
	if err != nil {
		return err
	}
	return m.read(permission.Project, found)
}

func updateProjectRole(ctx context.Context, c *client.Client, prior, m *projectRoleModel) error {
	changed, err := c.UpdateProjectRole(ctx, m.ProjectID.ValueString(), m.ID.ValueString(), m.change(&prior.roleModel))
	if err != nil {
		return err
	}
	if !m.Slug.Equal(prior.Slug) {
		lookup.RenameRole(c, m.ProjectID.ValueString(), m.Slug.ValueString())
	}
	return m.echoed(permission.Project, changed)
}

func deleteProjectRole(ctx context.Context, c *client.Client, m *projectRoleModel) error {
	return c.DeleteProjectRole(ctx, m.ProjectID.ValueString(), m.ID.ValueString())
}
