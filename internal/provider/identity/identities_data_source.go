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
			MarkdownDescription: metadataFilterDescription + " `{}` matches all, and so shows everybody's metadata.",
		},
		"identities": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The identities that all of the filters match, in the order of their names.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":                attribute.ComputedText("ID of the identity."),
				"name":              attribute.ComputedText("Its name."),
				"role":              attribute.ComputedText("Slug of its role in the organisation, built in or custom."),
				"auth_methods":      schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Ways it can log in, such as `universal-auth`."},
				"delete_protection": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the server refuses to delete it; null where the server does not tell in a listing."},
				"metadata":          schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Its key and value pairs; null unless `metadata` is a filter, as no listing has them."},
			}},
		},
	}
	for name, filter := range identityFilters() {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.Description, Validators: filter.Validators}
	}
	return schema.Schema{
		MarkdownDescription: "Identities of the organisation, all of them or those that filters match.",
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
