// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// durationAttribute is an optional duration with a default, between bounds in seconds. The
// modifiers come after the one that keeps the spelling.
func durationAttribute(standard string, shortest, longest int64, description string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		CustomType: DurationType{},
		Optional:   true,
		Computed:   true,
		Default:    DurationDefault(standard),
		MarkdownDescription: description + " A duration such as `15m` or `1h30m`, or a number of seconds; from `" +
			formatDuration(shortest) + "` to `" + formatDuration(longest) + "`. Default: `" + standard + "`.",
		Validators:    []validator.String{DurationBetween(shortest, longest)},
		PlanModifiers: append([]planmodifier.String{KeepDurationSpelling()}, modifiers...),
	}
}
