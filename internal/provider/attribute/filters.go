// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// InProject is the configuration of a list of the objects in a project.
type InProject struct {
	ProjectID types.String `tfsdk:"project_id"`
}

// InProjectAttributes returns the attributes of InProject.
func InProjectAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{"project_id": schema.StringAttribute{
		Required: true, MarkdownDescription: "ID of the project.", Validators: []validator.String{ProjectIDs()},
	}}
}

// TextFilter describes an optional filter by a string, for a data source and a list resource.
type TextFilter struct {
	Description string
	Validators  []validator.String
}
