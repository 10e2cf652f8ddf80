// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// IdentityDataSource defines the data source machineid_identity.
var IdentityDataSource = crud.DataSource[identityLookup]{
	Name:   "identity",
	Schema: identityLookupSchema,
	Read:   lookUpIdentity,
}

type identityLookup struct {
	identityModel
	AuthMethods []string `tfsdk:"auth_methods"`
}

func identityLookupSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up a machine identity of the organisation, by its ID or by its name. Names are not unique: no identity of the name, or several, is an error that says which.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "ID of the identity. Give this or `name`.",
				Validators:          []validator.String{attribute.IDsOr("To find the identity by its name, set name in place of id."), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Name of the identity, letter for letter. Give this or `id`.",
				Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
			},
			"role": attribute.ComputedText("Slug of its role in the organisation, built in or custom."),
			"metadata": schema.MapAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Its key and value pairs. Where a server holds a key twice, the second is shown as `key (2)`.",
			},
			"delete_protection": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the server refuses to delete it. `false` where the server is too old to know.",
			},
			"organization_id": attribute.ComputedText("ID of the organisation it belongs to."),
			"auth_methods": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Ways it can log in, such as `universal-auth`.",
			},
		},
	}
}

func lookUpIdentity(ctx context.Context, c *client.Client, m *identityLookup) error {
	if m.ID.IsNull() {
		id, err := lookup.IdentityByName(ctx, c, m.Name.ValueString())
		if err != nil {
			return err
		}
		m.ID = types.StringValue(id)
	}
	found, err := c.Identity(ctx, m.ID.ValueString())
	if err != nil {
		return err
	}
	m.AuthMethods = append([]string{}, client.AuthMethods(found.Identity)...)
	m.Metadata = map[string]types.String{}
	m.identityModel.read(found)
	return nil
}
