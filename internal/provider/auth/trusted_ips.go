// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
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
		Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(isTrustedIP{})},
	}
}

// sentTrustedIPs returns a set as it is sent.
func sentTrustedIPs(set []types.String) *[]api.TrustedIPRequest {
	list := make([]api.TrustedIPRequest, len(set))
	for i, ip := range set {
		list[i].IPAddress = ip.ValueString()
	}
	return &list
}

// readTrustedIPs returns a list in a response as a set, in which an element with the same addresses as a
// prior one keeps the prior text. Each prior element is used once, so that two texts for one range
// remain two.
func readTrustedIPs(list []api.TrustedIP, prior []types.String) []types.String {
	left := slices.Clone(prior)
	set := make([]types.String, 0, len(list))
	for _, ip := range list {
		at := slices.IndexFunc(left, func(p types.String) bool { return p.ValueString() == ip.String() })
		if at < 0 {
			at = slices.IndexFunc(left, func(p types.String) bool {
				parsed, _ := api.ParseTrustedIP(p.ValueString())
				return ip.SameAddresses(parsed)
			})
		}
		value := types.StringValue(ip.String())
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

// isTrustedIP validates an IPv4 or IPv6 address, or a range of them in CIDR notation.
type isTrustedIP struct{}

func (isTrustedIP) Description(context.Context) string {
	return "an IPv4 or IPv6 address, or a range of them in CIDR notation"
}

func (v isTrustedIP) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isTrustedIP) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := api.ParseTrustedIP(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid trusted IP", err.Error()+".")
	}
}
