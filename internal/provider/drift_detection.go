// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// How much of what changed elsewhere a refresh sees.
const (
	driftFull      = "full"
	driftExistence = "existence"
)

func driftDetectionAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "How much of what was changed outside Terraform a plan shows: `full`, all of it, or `existence`, which leaves out the metadata of identities and the configuration of auth methods and takes fewer requests. " +
			"See [Large organisations and rate limits](guides/large-organisations). Default: `full`.",
		Validators: []validator.String{stringvalidator.OneOf(driftFull, driftExistence)},
	}
}
