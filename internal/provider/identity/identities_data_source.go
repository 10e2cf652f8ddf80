// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// IdentitiesDataSource defines the data source machineid_identities.
var IdentitiesDataSource = crud.DataSource[identitiesModel]{
	Name:   "identities",
	Schema: identitiesSchema,
	Read:   listIdentities,
}

type identitiesModel struct {
	identityFilter
	Identities []listedIdentityModel `tfsdk:"identities"`
}

type listedIdentityModel struct {
	ID               types.String            `tfsdk:"id"`
	Name             types.String            `tfsdk:"name"`
	Role             types.String            `tfsdk:"role"`
	AuthMethods      []string                `tfsdk:"auth_methods"`
	DeleteProtection types.Bool              `tfsdk:"delete_protection"`
	Metadata         map[string]types.String `tfsdk:"metadata"`
}

func identitiesSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"metadata": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: metadataFilterDescription + " `{}` matches all identities and returns their metadata.",
		},
		"identities": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Identities that match all filters, in the order of their names.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":                attribute.ComputedText("ID of the identity."),
				"name":              attribute.ComputedText("Name of the identity."),
				"role":              attribute.ComputedText("Slug of the role in the organization, built in or custom."),
				"auth_methods":      schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Auth methods of the identity, such as `universal-auth`."},
				"delete_protection": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the server rejects the deletion of the identity; null if its listing does not return this."},
				"metadata":          schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Metadata of the identity; null unless `metadata` is a filter, since listings do not return it."},
			}},
		},
	}
	for name, filter := range identityFilters() {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.Description, Validators: filter.Validators}
	}
	return schema.Schema{
		MarkdownDescription: "[Machine identities](https://infisical.com/docs/documentation/platform/identities/machine-identities) of the organization: all, or those that match all filters.",
		Attributes:          attributes,
	}
}

func listIdentities(ctx context.Context, c *client.Client, m *identitiesModel) error {
	m.Identities = []listedIdentityModel{}
	for found, err := range m.each(ctx, c) {
		if err != nil {
			return err
		}
		listed := listedIdentityModel{
			ID: types.StringValue(found.IdentityID), Name: types.StringValue(found.Identity.Name), Role: types.StringValue(found.RoleSlug()),
			AuthMethods: append([]string{}, client.AuthMethods(found.Identity)...), DeleteProtection: types.BoolPointerValue(found.Identity.HasDeleteProtection),
		}
		if m.Metadata != nil {
			listed.Metadata = metadataMap(found.Metadata)
		}
		m.Identities = append(m.Identities, listed)
	}
	return nil
}
