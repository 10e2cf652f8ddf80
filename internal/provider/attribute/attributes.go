// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package attribute holds the value types, validators, and builders of attributes that several packages
// of the provider use. It knows no resource.
package attribute

import (
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

// RequiredIdentityID returns the required attribute identity_id of a data source.
func RequiredIdentityID(description string) datasource.StringAttribute {
	return datasource.StringAttribute{Required: true, MarkdownDescription: description, Validators: []validator.String{IdentityIDs()}}
}

// RequiredProjectID returns the required attribute project_id of a data source.
func RequiredProjectID() datasource.StringAttribute {
	return datasource.StringAttribute{Required: true, MarkdownDescription: "ID of the project.", Validators: []validator.String{ProjectIDs()}}
}

// ComputedText returns a computed string of a data source.
func ComputedText(description string) datasource.StringAttribute {
	return datasource.StringAttribute{Computed: true, MarkdownDescription: description}
}
