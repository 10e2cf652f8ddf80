// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "ID of the project.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"memberships": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The memberships, in the order of the names of their identities.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":            schema.StringAttribute{Computed: true, MarkdownDescription: "ID of the membership."},
					"identity_id":   schema.StringAttribute{Computed: true, MarkdownDescription: "ID of the identity."},
					"identity_name": schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the identity."},
					"roles":         listedRolesAttribute(),
				}},
			},
		},
	}
}

// listedRolesAttribute are the roles of a membership that is looked up.
func listedRolesAttribute() schema.SetNestedAttribute {
	return schema.SetNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Its roles in the project, those whose window is over or has not begun among them.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"role": schema.StringAttribute{Computed: true, MarkdownDescription: "Slug of the role, built in or custom."},
			"temporary": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The window in which the role counts; null is for ever.",
				Attributes: map[string]schema.Attribute{
					"range": schema.StringAttribute{Computed: true, CustomType: DurationType{}, MarkdownDescription: "How long it counts, such as `8h`."},
					"start": schema.StringAttribute{Computed: true, MarkdownDescription: "When it begins to count, in UTC (RFC 3339)."},
				},
			},
		}},
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
