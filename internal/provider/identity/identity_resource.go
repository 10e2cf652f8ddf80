// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package identity holds machine identities, of the organization and of a project, and the organization
// they belong to.
package identity

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

var identityResource = crud.Resource[identityModel]{
	Name:   "identity",
	Schema: identitySchema,
	Create: createIdentity, Read: readIdentity, Update: updateIdentity, Delete: deleteIdentity,
	Import:   []string{"id"},
	Moves:    crud.MovesFromOfficial("identity", map[string]string{"id": "id"}, nil),
	Fields:   map[string]path.Path{"hasDeleteProtection": path.Root("delete_protection")},
	Requires: []crud.Requirement{{Attribute: path.Root("delete_protection"), Feature: client.IdentityDeleteProtection, Unless: types.BoolValue(false)}},
}

type identityModel struct {
	ID               types.String            `tfsdk:"id"`
	Name             types.String            `tfsdk:"name"`
	Role             types.String            `tfsdk:"role"`
	Metadata         map[string]types.String `tfsdk:"metadata"`
	DeleteProtection types.Bool              `tfsdk:"delete_protection"`
	OrganizationID   types.String            `tfsdk:"organization_id"`
}

func identitySchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A [machine identity](https://infisical.com/docs/documentation/platform/identities/machine-identities): a non-human account in the organization with a role. " +
			"It needs an auth method to log in, such as `machineid_universal_auth`.",
		Attributes: map[string]schema.Attribute{
			"id":   attribute.ComputedOnce("ID of the identity."),
			"name": attribute.Name(255),
			"role": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(api.NoAccess),
				MarkdownDescription: "Slug of the role of the identity in the organization: `admin`, `member`, `no-access`, or that of a custom role. Default: `no-access`. Changed in place. You can grant only a role whose permissions you hold yourself.",
				Validators:          []validator.String{attribute.RoleSlug(permission.Organization)},
			},
			"metadata":          metadataAttribute(),
			"delete_protection": crud.DeleteProtectionAttribute("identity"),
			"organization_id":   attribute.ComputedOnce("ID of the organization that the identity belongs to."),
		},
	}
}

func createIdentity(ctx context.Context, c *client.Client, m *identityModel) error {
	made, err := c.CreateIdentity(ctx, api.CreateIdentityRequest{
		Name: m.Name.ValueString(), Role: m.Role.ValueStringPointer(), HasDeleteProtection: m.DeleteProtection.ValueBoolPointer(), Metadata: new(metadataPairs(m.Metadata)),
	})
	if err != nil {
		return m.atRole(ctx, c, err)
	}
	m.OrganizationID = types.StringValue(made.OrgID)
	if made.OrgID == "" { // an older server; the identity belongs to where it was created
		organization, _ := c.OrganizationID(ctx)
		m.OrganizationID = types.StringValue(organization)
	}
	return m.readWritten(made)
}

// readIdentity reads metadata if the state has any. After an import, the ID may be a name, and metadata
// is read.
func readIdentity(ctx context.Context, c *client.Client, m *identityModel) error {
	id, read := m.ID.ValueString(), func(ctx context.Context, id string) (api.IdentityMembership, error) {
		return c.IdentityFromListing(ctx, id, m.Metadata != nil)
	}
	if m.Name.IsNull() {
		var err error
		if id, err = lookup.IdentityID(ctx, c, id); err != nil {
			return err
		}
		read = c.Identity
	}
	found, err := read(ctx, id)
	if err == nil {
		m.read(found)
	}
	return err
}

func updateIdentity(ctx context.Context, c *client.Client, prior, m *identityModel) error {
	body := api.UpdateIdentityRequest{Name: m.Name.ValueStringPointer(), HasDeleteProtection: m.DeleteProtection.ValueBoolPointer()}
	if !m.Role.Equal(prior.Role) { // naming a role takes the right to hand it over
		body.Role = m.Role.ValueStringPointer()
	}
	body.Metadata = changedMetadata(prior.Metadata, m.Metadata)
	changed, err := c.UpdateIdentity(ctx, m.ID.ValueString(), body)
	if err != nil {
		return m.atRole(ctx, c, err)
	}
	return m.readWritten(changed)
}

func deleteIdentity(ctx context.Context, c *client.Client, m *identityModel) error {
	id := m.ID.ValueString()
	return crud.OrProtected(c.DeleteIdentity(ctx, id), "identity", func() *bool {
		found, _ := c.Identity(ctx, id) // nil where it cannot be read
		return found.Identity.HasDeleteProtection
	})
}

// read sets the model from a response.
func (m *identityModel) read(answer api.IdentityMembership) {
	m.ID = types.StringValue(answer.IdentityID)
	m.Name = types.StringValue(answer.Identity.Name)
	m.Role = types.StringValue(answer.RoleSlug())
	m.OrganizationID = types.StringValue(answer.OrgID)
	m.DeleteProtection = attribute.Returned(types.BoolPointerValue(answer.Identity.HasDeleteProtection), m.DeleteProtection, types.BoolValue(false))
	m.Metadata = returnedMetadata(answer.Metadata, m.Metadata)
}

// readWritten sets what the response to a create or an update contains; the rest stays as planned.
func (m *identityModel) readWritten(answer api.Identity) error {
	m.ID = types.StringValue(answer.ID)
	if answer.HasDeleteProtection == nil && m.DeleteProtection.ValueBool() {
		m.DeleteProtection = types.BoolValue(false)
		return errors.New("this server does not support delete protection of identities; update it, or remove delete_protection")
	}
	return nil
}
