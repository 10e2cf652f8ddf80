// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// IdentityMembershipsDataSource defines the data source machineid_identity_memberships.
var IdentityMembershipsDataSource = crud.DataSource[identityMembershipsModel]{
	Name:   "identity_memberships",
	Schema: identityMembershipsSchema,
	Read:   listIdentityMemberships,
}

type identityMembershipsModel struct {
	Memberships []listedMembershipModel `tfsdk:"memberships"`
}

type listedMembershipModel struct {
	ID                  types.String `tfsdk:"id"`
	IdentityID          types.String `tfsdk:"identity_id"`
	IdentityName        types.String `tfsdk:"identity_name"`
	Role                types.String `tfsdk:"role"`
	RoleID              types.String `tfsdk:"role_id"`
	CreatedAt           types.String `tfsdk:"created_at"`
	LastLoginAuthMethod types.String `tfsdk:"last_login_auth_method"`
	LastLoginAt         types.String `tfsdk:"last_login_at"`
}

func identityMembershipsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All memberships of identities in the organization, with their roles and last logins. `machineid_identities` finds identities by filters, and `machineid_identity_project_memberships` returns the projects of one identity.",
		Attributes: map[string]schema.Attribute{
			"memberships": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Memberships, in the order of the names of their identities.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                     attribute.ComputedText("ID of the membership."),
					"identity_id":            attribute.ComputedText("ID of the identity."),
					"identity_name":          attribute.ComputedText("Name of the identity."),
					"role":                   attribute.ComputedText("Slug of the role in the organization, built in or custom."),
					"role_id":                attribute.ComputedText("ID of the custom role; null for a built-in role."),
					"created_at":             attribute.ComputedText("Time of the creation, in UTC (RFC 3339)."),
					"last_login_auth_method": attribute.ComputedText("Auth method of the last login, such as `universal-auth`; null without a login, or if the server does not return it."),
					"last_login_at":          attribute.ComputedText("Time of the last login, in UTC (RFC 3339), which servers may update with a delay; null without a login, or if the server does not return it."),
				}},
			},
		},
	}
}

func listIdentityMemberships(ctx context.Context, c *client.Client, m *identityMembershipsModel) error {
	m.Memberships = []listedMembershipModel{}
	for found, err := range c.Identities(ctx, client.IdentityFilter{}) {
		if err != nil {
			return err
		}
		row := listedMembershipModel{
			ID: types.StringValue(found.ID), IdentityID: types.StringValue(found.IdentityID), IdentityName: types.StringValue(found.Identity.Name),
			Role: types.StringValue(found.RoleSlug()), RoleID: types.StringPointerValue(found.RoleID),
			CreatedAt: types.StringValue(found.CreatedAt.UTC().Format(time.RFC3339)), LastLoginAuthMethod: types.StringPointerValue(found.LastLoginAuthMethod),
		}
		if found.LastLoginTime != nil {
			row.LastLoginAt = types.StringValue(found.LastLoginTime.UTC().Format(time.RFC3339))
		}
		m.Memberships = append(m.Memberships, row)
	}
	return nil
}
