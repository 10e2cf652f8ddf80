// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package attribute holds the value types, validators, and builders of attributes that several packages
// of the provider use. It knows no resource.
package attribute

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// ComputedOnce returns a computed attribute that the server sets on creation and never changes.
func ComputedOnce(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: description,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// ProjectID returns the required attribute project_id, whose change replaces the object.
func ProjectID(change string) schema.StringAttribute {
	return FixedID("ID of the project. " + change)
}

// IdentityID returns the required attribute identity_id, whose change replaces the object.
func IdentityID(change string) schema.StringAttribute {
	return FixedID("ID of the identity. " + change)
}

// FixedID returns a required ID, whose change replaces the object.
func FixedID(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// RequiredID returns the required ID of a data source.
func RequiredID(description string) datasource.StringAttribute {
	return datasource.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// ComputedText returns a computed string of a data source.
func ComputedText(description string) datasource.StringAttribute {
	return datasource.StringAttribute{Computed: true, MarkdownDescription: description}
}
