// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// OrganizationRolesDataSource defines the data source machineid_organization_roles.
var OrganizationRolesDataSource = crud.DataSource[organizationRolesModel]{
	Name:   "organization_roles",
	Schema: organizationRolesSchema,
	Read:   listOrganizationRoles,
}

type organizationRolesModel struct {
	Roles []listedRoleModel `tfsdk:"roles"`
}

type listedRoleModel struct {
	ID          types.String `tfsdk:"id"`
	Slug        types.String `tfsdk:"slug"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	BuiltIn     types.Bool   `tfsdk:"built_in"`
}

func organizationRolesSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All built-in and custom roles of the organization, without their rules. The data source `machineid_organization_role` has the rules of one role. Requires a server of the end of 2025 or newer.",
		Attributes:          map[string]schema.Attribute{"roles": rolesAttribute("organization")},
	}
}

func listOrganizationRoles(ctx context.Context, c *client.Client, m *organizationRolesModel) error {
	list, err := c.OrganizationRoles(ctx)
	m.Roles = listedRoles(list, permission.Organization)
	return err
}

func listedRoles(list []api.Role, scope permission.Scope) []listedRoleModel {
	roles := make([]listedRoleModel, len(list))
	for n, role := range list {
		roles[n] = listedRoleModel{
			ID: types.StringValue(role.ID), Slug: types.StringValue(role.Slug), Name: types.StringValue(role.Name),
			Description: attribute.Returned(types.StringPointerValue(role.Description), types.StringNull(), types.StringValue("")), BuiltIn: types.BoolValue(isBuiltIn(scope, role.Slug)),
		}
	}
	return roles
}

// rolesAttribute lists the roles of the organization or of a project.
func rolesAttribute(where string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Roles of the " + where + ", the built-in ones first.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedText("ID of the role. On some servers, the ID of a built-in role differs with each read; use the slug."),
			"slug":        attribute.ComputedText("Slug of the role, by which identities get it."),
			"name":        attribute.ComputedText("Display name."),
			"description": attribute.ComputedText("Description of the role."),
			"built_in":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the role is built in. A built-in role cannot be changed."},
		}},
	}
}
