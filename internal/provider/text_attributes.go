// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// nameAttribute is a name for people, of so many characters at most.
func nameAttribute(longest int) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: fmt.Sprintf("Name, 1 to %d characters without white space at either end. Names need not be unique. Changed in place.", longest),
		Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, longest), trimmed()},
	}
}

// descriptionAttribute says what something is for, in so many characters at most.
func descriptionAttribute(what string, longest int, change string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(""),
		MarkdownDescription: fmt.Sprintf("What the %s is for, at most %d characters without white space at either end. Default: empty. %s", what, longest, change),
		Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(longest), trimmed()},
		PlanModifiers:       modifiers,
	}
}
