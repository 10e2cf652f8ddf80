// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ProjectRolesDataSource defines the data source machineid_project_roles.
var ProjectRolesDataSource = crud.DataSource[projectRolesModel]{
	Name:   "project_roles",
	Schema: projectRolesSchema,
	Read:   listProjectRoles,
}

type projectRolesModel struct {
	ProjectID types.String      `tfsdk:"project_id"`
	Roles     []listedRoleModel `tfsdk:"roles"`
}

func projectRolesSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All built-in and custom roles of a project, without their rules. The data source `machineid_project_role` has the rules of one role.",
		Attributes: map[string]schema.Attribute{
			"project_id": attribute.RequiredProjectID(),
			"roles":      rolesAttribute("project"),
		},
	}
}

func listProjectRoles(ctx context.Context, c *client.Client, m *projectRolesModel) error {
	list, err := c.ProjectRoles(ctx, m.ProjectID.ValueString())
	m.Roles = listedRoles(list, permission.Project)
	return err
}
