// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ProjectRoleDataSource defines the data source machineid_project_role.
var ProjectRoleDataSource = crud.DataSource[projectRoleModel]{
	Name:   "project_role",
	Schema: projectRoleLookupSchema,
	Read:   lookUpProjectRole,
}

func projectRoleLookupSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A built-in or custom role of a project, by its slug.\n\nSee the guide [Permissions](../guides/permissions) for subjects, actions and condition keys.",
		Attributes: roleLookupAttributes(map[string]schema.Attribute{
			"project_id": attribute.RequiredProjectID(),
		}),
	}
}

func lookUpProjectRole(ctx context.Context, c *client.Client, m *projectRoleModel) error {
	found, err := c.ProjectRoleBySlug(ctx, m.ProjectID.ValueString(), m.Slug.ValueString())
	if err != nil {
		return err
	}
	return m.read(permission.Project, found)
}
