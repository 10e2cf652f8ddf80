// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// accessTokenSettings are the settings of access tokens that every auth method has.
type accessTokenSettings struct {
	AccessTokenTTL          attribute.Duration `tfsdk:"access_token_ttl"`
	AccessTokenMaxTTL       attribute.Duration `tfsdk:"access_token_max_ttl"`
	AccessTokenNumUsesLimit types.Number       `tfsdk:"access_token_num_uses_limit"`
	AccessTokenTrustedIPs   []types.String     `tfsdk:"access_token_trusted_ips"`
}

func accessTokenSettingsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"access_token_ttl": attribute.OptionalDuration("30d", 0, api.MaxTTL,
			"Lifetime of an access token that is not renewed; at most `access_token_max_ttl`. `0s` is the maximum of the server: it is written out here because a missing value is the API's default."),
		"access_token_max_ttl": attribute.OptionalDuration("30d", 0, api.MaxTTL,
			"Lifetime of an access token including renewals. `0s` is no limit, and requires an `access_token_ttl` of `0s`."),
		"access_token_num_uses_limit": schema.NumberAttribute{
			Optional:            true,
			MarkdownDescription: "Number of requests that an access token can be used for; at least 1. Default: no limit.",
			Validators:          []validator.Number{attribute.WholeNumber(1, api.MaxUses)},
		},
		"access_token_trusted_ips": trustedIPsAttribute("Addresses that may use an access token"),
	}
}

// read sets the settings from a response.
func (s *accessTokenSettings) read(returned api.TokenSettings) {
	s.AccessTokenTTL = attribute.NewDuration(returned.AccessTokenTTL)
	s.AccessTokenMaxTTL = attribute.NewDuration(returned.AccessTokenMaxTTL)
	s.AccessTokenNumUsesLimit = attribute.NewLimit(returned.AccessTokenNumUsesLimit)
	s.AccessTokenTrustedIPs = readTrustedIPs(returned.AccessTokenTrustedIPs, s.AccessTokenTrustedIPs)
}

// sent returns the settings that differ from the prior ones, and always both TTLs: some servers compare a
// TTL in the request with the stored one.
func (s *accessTokenSettings) sent(prior *accessTokenSettings) api.TokenSettingsRequest {
	sent := api.TokenSettingsRequest{AccessTokenTTL: new(s.AccessTokenTTL.Seconds()), AccessTokenMaxTTL: new(s.AccessTokenMaxTTL.Seconds())}
	if !s.AccessTokenNumUsesLimit.Equal(prior.AccessTokenNumUsesLimit) {
		sent.AccessTokenNumUsesLimit = new(attribute.Int64(s.AccessTokenNumUsesLimit))
	}
	if !sameElements(s.AccessTokenTrustedIPs, prior.AccessTokenTrustedIPs) {
		sent.AccessTokenTrustedIPs = sentTrustedIPs(s.AccessTokenTrustedIPs)
	}
	return sent
}
