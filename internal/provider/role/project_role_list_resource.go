// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ProjectRoleListResource defines the list resource machineid_project_role.
var ProjectRoleListResource = crud.List[projectRoleModel, attribute.InProject]{
	Of:     ProjectRoleResource,
	Schema: projectRoleListSchema,
	Each: func(ctx context.Context, c *client.Client, config *attribute.InProject) iter.Seq2[crud.ListRow[projectRoleModel], error] {
		list, err := c.ProjectRoles(ctx, config.ProjectID.ValueString())
		return crud.Rows(crud.Each(custom(list, permission.Project), err), func(found api.Role) crud.ListRow[projectRoleModel] {
			return crud.ListRow[projectRoleModel]{Name: found.Name, Fill: func(m *projectRoleModel) {
				m.ProjectID, m.ID, m.Slug = config.ProjectID, types.StringValue(found.ID), types.StringValue(found.Slug)
			}}
		})
	},
}

func projectRoleListSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the custom roles of a project. Built-in roles cannot be managed.",
		Attributes:          attribute.InProjectAttributes(),
	}
}
