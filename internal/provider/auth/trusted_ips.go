// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

func trustedIPsAttribute(purpose string) schema.SetAttribute {
	return schema.SetAttribute{
		ElementType: types.StringType,
		Optional:    true, Computed: true,
		Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{types.StringValue("0.0.0.0/0"), types.StringValue("::/0")})),
		MarkdownDescription: purpose + ": IPv4 and IPv6 addresses, and ranges of them such as `10.0.0.0/8`. At least one. An IPv4 client matches IPv4 entries only, an IPv6 client IPv6 entries only. Default: everywhere, `0.0.0.0/0` and `::/0`.",
		Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(IsTrustedIP())},
	}
}

// sentTrustedIPs is a set as the API takes it.
func sentTrustedIPs(set []types.String) *[]api.TrustedIPRequest {
	list := make([]api.TrustedIPRequest, len(set))
	for i, ip := range set {
		list[i].IPAddress = ip.ValueString()
	}
	return &list
}

// readTrustedIPs is a set as the API answers it, where an element that means the same addresses as
// a prior one keeps its spelling. Each prior element is used once, so that two spellings of one
// range stay two.
func readTrustedIPs(list []api.TrustedIP, prior []types.String) []types.String {
	left := slices.Clone(prior)
	set := make([]types.String, 0, len(list))
	for _, ip := range list {
		text := ip.IPAddress
		if ip.Prefix != nil {
			text = fmt.Sprintf("%s/%d", ip.IPAddress, *ip.Prefix)
		}
		at := slices.IndexFunc(left, func(p types.String) bool { return p.ValueString() == text })
		if at < 0 {
			at = slices.IndexFunc(left, func(p types.String) bool { return SameTrustedIP(p.ValueString(), text) })
		}
		value := types.StringValue(text)
		if at >= 0 {
			value = left[at]
			left = slices.Delete(left, at, at+1)
		}
		if !slices.Contains(set, value) {
			set = append(set, value)
		}
	}
	return set
}

func sameElements(a, b []types.String) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(e types.String) bool { return !slices.Contains(b, e) })
}
