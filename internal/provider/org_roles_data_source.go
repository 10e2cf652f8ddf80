// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var orgRolesDataSource = crud.DataSource[orgRolesModel]{
	Name:   "org_roles",
	Schema: orgRolesSchema,
	Read:   listOrgRoles,
}

type orgRolesModel struct {
	Roles []listedRoleModel `tfsdk:"roles"`
}

type listedRoleModel struct {
	ID          types.String `tfsdk:"id"`
	Slug        types.String `tfsdk:"slug"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	BuiltIn     types.Bool   `tfsdk:"built_in"`
}

func orgRolesSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All roles of the organisation, built in and custom. What one of them allows is in `machineid_org_role`. Not on servers older than the end of 2025.",
		Attributes:          map[string]schema.Attribute{"roles": rolesAttribute("organisation")},
	}
}

func listOrgRoles(ctx context.Context, c *client.Client, m *orgRolesModel) error {
	list, err := c.OrganizationRoles(ctx)
	m.Roles = listedRoles(list, permission.Organization)
	return err
}

func listedRoles(list []api.Role, scope permission.Scope) []listedRoleModel {
	roles := make([]listedRoleModel, len(list))
	for n, role := range list {
		roles[n] = listedRoleModel{
			ID: types.StringValue(role.ID), Slug: types.StringValue(role.Slug), Name: types.StringValue(role.Name),
			Description: answeredString(role.Description, types.StringNull(), ""), BuiltIn: types.BoolValue(isBuiltIn(scope, role.Slug)),
		}
	}
	return roles
}
