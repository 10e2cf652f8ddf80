// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// tokenSettingsInput is what a request says of the tokens of a method; only Universal Auth has a period.
func tokenSettingsInput(b api.TokenSettingsRequest, period *int64) iam.TokenSettingsInput {
	return iam.TokenSettingsInput{
		AccessTokenTTL:          duration(b.AccessTokenTTL),
		AccessTokenMaxTTL:       duration(b.AccessTokenMaxTTL),
		AccessTokenPeriod:       duration(period),
		AccessTokenNumUsesLimit: b.AccessTokenNumUsesLimit,
		AccessTokenTrustedIPs:   addresses(b.AccessTokenTrustedIPs),
	}
}

func tokenSettings(t iam.TokenSettings) api.TokenSettings {
	return api.TokenSettings{
		AccessTokenTTL:          *seconds(t.AccessTokenTTL),
		AccessTokenMaxTTL:       *seconds(t.AccessTokenMaxTTL),
		AccessTokenNumUsesLimit: t.AccessTokenNumUsesLimit,
		AccessTokenTrustedIPs:   trustedIPs(t.AccessTokenTrustedIPs),
	}
}

func addresses(sent *[]api.TrustedIPRequest) *[]string {
	if sent == nil {
		return nil
	}
	texts := make([]string, len(*sent))
	for n, ip := range *sent {
		texts[n] = ip.IPAddress
	}
	return &texts
}

func trustedIPs(ips iam.TrustedIPs) []api.TrustedIP {
	out := make([]api.TrustedIP, len(ips))
	for n, ip := range ips {
		out[n] = api.TrustedIP{IPAddress: ip.Address, Type: "ipv6"}
		if ip.Is4() {
			out[n].Type = "ipv4"
		}
		if ip.Bits >= 0 {
			out[n].Prefix = &ip.Bits
		}
	}
	return out
}

// duration and seconds change between the wire's seconds and a duration. The schema's bounds keep
// them from overflowing.
func duration(seconds *int64) *time.Duration {
	if seconds == nil {
		return nil
	}
	d := time.Duration(*seconds) * time.Second
	return &d
}

func seconds(d time.Duration) *int64 {
	n := int64(d / time.Second)
	return &n
}
