// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// givenIDAttribute says in what, or of what, a data source looks.
func givenIDAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// textAttribute is told, and cannot be given.
func textAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// membershipsAttribute lists memberships: of identities, or in projects, as the end says.
func membershipsAttribute(end, description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":          textAttribute("ID of the membership."),
			end + "_id":   textAttribute("ID of the " + end + "."),
			end + "_name": textAttribute("Name of the " + end + "."),
			"roles":       membershipRolesAttribute(),
		}},
	}
}

func membershipRolesAttribute() schema.SetNestedAttribute {
	return schema.SetNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Its roles in the project, those whose window is over or has not begun among them.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"role": textAttribute("Slug of the role, built in or custom."),
			"temporary": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The window in which the role counts; null is for ever.",
				Attributes: map[string]schema.Attribute{
					"range": schema.StringAttribute{Computed: true, CustomType: DurationType{}, MarkdownDescription: "How long it counts, such as `8h`."},
					"start": textAttribute("When it begins to count, in UTC (RFC 3339)."),
				},
			},
		}},
	}
}

// rolesAttribute lists the roles of the organisation or of a project.
func rolesAttribute(where string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The roles of the " + where + ", the built-in ones first.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":          textAttribute("ID of the role. On some servers, that of a built-in role is another one every time: use its slug."),
			"slug":        textAttribute("Slug, by which the role is given."),
			"name":        textAttribute("Name that is shown."),
			"description": textAttribute("What the role is for."),
			"built_in":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it is built in, and so cannot be changed."},
		}},
	}
}
