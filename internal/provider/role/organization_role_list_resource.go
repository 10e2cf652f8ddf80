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
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// OrganizationRoleListResource defines the list resource machineid_organization_role.
var OrganizationRoleListResource = crud.List[roleModel, struct{}]{
	Of:     OrganizationRoleResource,
	Schema: organizationRoleListSchema,
	Each: func(ctx context.Context, c *client.Client, _ *struct{}) iter.Seq2[crud.ListRow[roleModel], error] {
		list, err := c.OrganizationRoles(ctx)
		return crud.Rows(crud.Each(custom(list, permission.Organization), err), func(found api.Role) crud.ListRow[roleModel] {
			return crud.ListRow[roleModel]{Name: found.Name, Fill: func(m *roleModel) {
				m.ID, m.Slug = types.StringValue(found.ID), types.StringValue(found.Slug)
			}}
		})
	},
}

func organizationRoleListSchema() schema.Schema {
	return schema.Schema{MarkdownDescription: "Lists the custom roles of the organization. Built-in roles cannot be managed. Requires a server of the end of 2025 or newer."}
}
