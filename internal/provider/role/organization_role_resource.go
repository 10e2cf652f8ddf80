// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// OrganizationRoleResource defines the resource machineid_organization_role.
var OrganizationRoleResource = crud.Resource[roleModel]{
	Name:   "organization_role",
	Schema: organizationRoleSchema,
	Create: createOrganizationRole, Read: readOrganizationRole, Update: updateOrganizationRole, Delete: deleteOrganizationRole,
	Import: []string{"slug"}, Identity: []string{"id"},
	Fields: permissionFields,
	Moves:  crud.MovesFromOfficial("org_role", map[string]string{"id": "id", "slug": "slug"}, nil),
}

func organizationRoleSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A custom role of the organization, for the attribute `role` of identities.\n\n" +
			"See [role-based access controls](https://infisical.com/docs/documentation/platform/access-controls/role-based-access-controls) of Infisical, and the guide [Permissions](../guides/permissions) for subjects, actions and condition keys.\n\n" +
			"Depending on the server's settings, a role can allow only what the provider's own identity is allowed. A role that an identity has cannot be deleted. On servers older than the end of 2025, only users can manage organization roles.",
		Attributes: roleAttributes(permission.Organization, nil),
		Blocks:     permissionBlocks(permission.Organization),
	}
}

func createOrganizationRole(ctx context.Context, c *client.Client, m *roleModel) error {
	made, err := c.CreateOrganizationRole(ctx, m.creation())
	if err != nil {
		return err
	}
	return m.echoed(permission.Organization, made)
}

// readOrganizationRole finds the role by its slug or ID after an import.
func readOrganizationRole(ctx context.Context, c *client.Client, m *roleModel) error {
	read, key := c.OrganizationRole, m.ID
	if m.ID.IsNull() {
		if key = m.Slug; !client.IsID(key.ValueString()) {
			read = c.OrganizationRoleBySlug
		}
	}
	found, err := read(ctx, key.ValueString())
	if err != nil {
		return err
	}
	return m.read(permission.Organization, found)
}

func updateOrganizationRole(ctx context.Context, c *client.Client, prior, m *roleModel) error {
	changed, err := c.UpdateOrganizationRole(ctx, m.ID.ValueString(), m.change(prior))
	if err != nil {
		return err
	}
	return m.echoed(permission.Organization, changed)
}

func deleteOrganizationRole(ctx context.Context, c *client.Client, m *roleModel) error {
	return c.DeleteOrganizationRole(ctx, m.ID.ValueString())
}
