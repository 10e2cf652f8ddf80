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

// ProjectMembershipsDataSource defines the data source machineid_project_memberships.
var ProjectMembershipsDataSource = crud.DataSource[projectMembershipsModel]{
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
	Roles        []memberRoleModel `tfsdk:"role"`
}

func projectMembershipsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "All memberships of identities in a project, with their [roles](https://infisical.com/docs/documentation/platform/access-controls/role-based-access-controls).",
		Attributes: map[string]schema.Attribute{
			"project_id":  attribute.RequiredProjectID(),
			"memberships": membershipsAttribute("identity", "Memberships, in the order of the names of their identities."),
		},
	}
}

func listProjectMemberships(ctx context.Context, c *client.Client, m *projectMembershipsModel) error {
	members, err := c.ProjectMembers(ctx, m.ProjectID.ValueString())
	m.Memberships = []listedMemberModel{}
	for _, member := range members {
		m.Memberships = append(m.Memberships, listedMemberModel{
			ID: types.StringValue(member.ID), IdentityID: types.StringValue(member.Identity.ID), IdentityName: types.StringValue(member.Identity.Name),
			Roles: memberRoles(member.Roles, nil),
		})
	}
	return err
}

// membershipsAttribute returns a list of memberships. The other end is "identity" or "project".
func membershipsAttribute(end, description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedText("ID of the membership."),
			end + "_id":   attribute.ComputedText("ID of the " + end + "."),
			end + "_name": attribute.ComputedText("Name of the " + end + "."),
			"role":        membershipRolesAttribute(),
		}},
	}
}

// membershipRolesAttribute returns a set whose elements have the type of the role blocks of a membership.
func membershipRolesAttribute() schema.SetNestedAttribute {
	return schema.SetNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Roles in the project, including those whose window has ended or has not begun. Its elements fit a `dynamic \"role\"` of `machineid_project_membership`.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"slug": attribute.ComputedText("Slug of the role, built in or custom."),
			"temporary": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Window in which the role is in effect; null for a permanent role.",
				Attributes: map[string]schema.Attribute{
					"start":    attribute.ComputedText("Time at which the window begins, in UTC (RFC 3339)."),
					"duration": attribute.ComputedText("Length of the window, such as `8h`."),
				},
			},
		}},
	}
}
