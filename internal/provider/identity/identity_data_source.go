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
		MarkdownDescription: "Finds a [machine identity](https://infisical.com/docs/documentation/platform/identities/machine-identities) of the organization, by its ID or name. Names are not unique: if no identity or more than one has the name, the error lists them.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "ID of the identity. Give either `id` or `name`.",
				Validators:          []validator.String{attribute.IDsOr("To find the identity by its name, set name in place of id."), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Exact name of the identity. Give either `id` or `name`.",
				Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
			},
			"role": attribute.ComputedText("Slug of the role in the organization, built in or custom."),
			"metadata": schema.MapAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Metadata of the identity. If a server has a key twice, the second is shown as `key (2)`.",
			},
			"delete_protection": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the server rejects the deletion of the identity. `false` on servers without delete protection.",
			},
			"organization_id": attribute.ComputedText("ID of the organization that the identity belongs to."),
			"auth_methods": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Auth methods of the identity, such as `universal-auth`.",
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
