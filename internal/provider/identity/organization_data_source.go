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

// OrganizationDataSource defines the data source machineid_organization.
var OrganizationDataSource = crud.DataSource[organizationModel]{
	Name:   "organization",
	Schema: organizationSchema,
	Read:   lookUpOrganization,
}

type organizationModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
	Slug types.String `tfsdk:"slug"`
}

func organizationSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "The [organization](https://infisical.com/docs/documentation/platform/organization) that is managed: that of the identity that the provider logs in as, or the `organization_id` of the provider's configuration.",
		Attributes: map[string]schema.Attribute{
			"id":   attribute.ComputedText("ID of the organization."),
			"name": attribute.ComputedText("Name of the organization; null if the server does not return it, as before the end of 2025."),
			"slug": attribute.ComputedText("Slug of the organization; null if the server does not return it."),
		},
	}
}

func lookUpOrganization(ctx context.Context, c *client.Client, m *organizationModel) error {
	found, err := c.Organization(ctx)
	m.ID = types.StringValue(found.ID)
	if found.Slug != "" {
		m.Name, m.Slug = types.StringValue(found.Name), types.StringValue(found.Slug)
	}
	return err
}
