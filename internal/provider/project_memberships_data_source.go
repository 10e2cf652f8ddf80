// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var projectMembershipsDataSource = crud.DataSource[projectMembershipsModel]{
	Name:   "project_memberships",
	Schema: projectMembershipsSchema,
	Read:   listProjectMemberships,
}

type projectMembershipsModel struct {
	ProjectID   types.String        `tfsdk:"project_id"`
	Memberships []listedMemberModel `tfsdk:"memberships"`
}

type listedMemberModel struct {
	ID           types.String      `tfsdk:"id"`
	IdentityID   types.String      `tfsdk:"identity_id"`
	IdentityName types.String      `tfsdk:"identity_name"`
	Roles        []memberRoleModel `tfsdk:"roles"`
}

func projectMembershipsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All memberships of identities in a project, with their roles.",
		Attributes: map[string]schema.Attribute{
			"project_id":  givenIDAttribute("ID of the project."),
			"memberships": membershipsAttribute("identity", "The memberships, in the order of the names of their identities."),
		},
	}
}

func listProjectMemberships(ctx context.Context, c *client.Client, m *projectMembershipsModel) error {
	members, err := c.ProjectMembers(ctx, m.ProjectID.ValueString())
	m.Memberships = []listedMemberModel{}
	for _, member := range members {
		m.Memberships = append(m.Memberships, listedMemberModel{
			ID: types.StringValue(member.ID), IdentityID: types.StringValue(member.Identity.ID), IdentityName: types.StringValue(member.Identity.Name),
			Roles: readMemberRoles(member.Roles, nil),
		})
	}
	return err
}
