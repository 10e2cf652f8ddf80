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

// OrgRoleDataSource defines the data source machineid_org_role.
var OrgRoleDataSource = crud.DataSource[roleModel]{
	Name:   "org_role",
	Schema: orgRoleLookupSchema,
	Read:   lookUpOrgRole,
}

func orgRoleLookupSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up a role of the organisation, built in or custom, by its slug.",
		Attributes:          roleLookupAttributes(nil),
	}
}

func lookUpOrgRole(ctx context.Context, c *client.Client, m *roleModel) error {
	found, err := c.OrganizationRoleBySlug(ctx, m.Slug.ValueString())
	if err != nil {
		return err
	}
	return m.read(permission.Organization, found)
}
