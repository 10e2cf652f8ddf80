// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

func rotateBeforeExpiryAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, CustomType: DurationType{},
		MarkdownDescription: "How long before its expiry a plan replaces the secret: longer than from one plan to the next, and shorter than `ttl`, which must be set. A duration such as `7d`, or a number of seconds. Default: never. Changed in place.",
		Validators:          []validator.String{DurationBetween(1, api.MaxTTL)},
		PlanModifiers:       []planmodifier.String{KeepDurationSpelling()},
	}
}

func rotateWhenSpentAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether a plan replaces a secret that has expired or whose uses are spent. `false` is for one that is meant to be used once, whose tokens live on: replacing it would, on newer servers, end them. Default: `true`. Changed in place.",
	}
}

func rotationTriggersAttribute() schema.MapAttribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Any texts; a change of them makes a new secret. They stand in the state in plain text. Default: none.",
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
	}
}
