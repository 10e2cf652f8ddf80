// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// OrganizationRoleDataSource defines the data source machineid_organization_role.
var OrganizationRoleDataSource = crud.DataSource[roleModel]{
	Name:   "organization_role",
	Schema: organizationRoleLookupSchema,
	Read:   lookUpOrganizationRole,
}

func organizationRoleLookupSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A built-in or custom role of the organization, by its slug.\n\nSee the guide [Permissions](../guides/permissions) for subjects, actions and condition keys.",
		Attributes:          roleLookupAttributes(nil),
	}
}

func lookUpOrganizationRole(ctx context.Context, c *client.Client, m *roleModel) error {
	found, err := c.OrganizationRoleBySlug(ctx, m.Slug.ValueString())
	if err != nil {
		return err
	}
	return m.read(permission.Organization, found)
}
