// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// IdentityProjectMembershipsDataSource defines the data source machineid_identity_project_memberships.
var IdentityProjectMembershipsDataSource = crud.DataSource[identityProjectMembershipsModel]{
	Name:   "identity_project_memberships",
	Schema: identityProjectMembershipsSchema,
	Read:   listIdentityProjectMemberships,
}

type identityProjectMembershipsModel struct {
	IdentityID  types.String               `tfsdk:"identity_id"`
	Memberships []listedProjectMemberModel `tfsdk:"memberships"`
}

type listedProjectMemberModel struct {
	ID          types.String      `tfsdk:"id"`
	ProjectID   types.String      `tfsdk:"project_id"`
	ProjectName types.String      `tfsdk:"project_name"`
	Roles       []memberRoleModel `tfsdk:"role"`
}

func identityProjectMembershipsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All memberships of an identity in projects, with its [roles](https://infisical.com/docs/documentation/platform/access-controls/role-based-access-controls) there. The provider's identity need not be a member of these projects.",
		Attributes: map[string]schema.Attribute{
			"identity_id": attribute.RequiredIdentityID("ID of the identity."),
			"memberships": membershipsAttribute("project", "Memberships of the identity."),
		},
	}
}

func listIdentityProjectMemberships(ctx context.Context, c *client.Client, m *identityProjectMembershipsModel) error {
	members, err := c.MembershipsOf(ctx, m.IdentityID.ValueString())
	m.Memberships = make([]listedProjectMemberModel, len(members))
	for n, member := range members {
		m.Memberships[n] = listedProjectMemberModel{
			ID: types.StringValue(member.ID), ProjectID: types.StringValue(member.Project.ID), ProjectName: types.StringValue(member.Project.Name),
			Roles: memberRoles(member.Roles, nil),
		}
	}
	return err
}
