// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

func ipTexts(texts ...string) []types.String {
	list := []types.String{}
	for _, text := range texts {
		list = append(list, types.StringValue(text))
	}
	return list
}

// TestTrustedIPsKeepPriorText checks that a returned range keeps the prior text for the same addresses.
func TestTrustedIPsKeepPriorText(t *testing.T) {
	at := func(address string, prefix int) api.TrustedIP {
		return api.MustParseTrustedIP(address + "/" + strconv.Itoa(prefix))
	}
	single := api.MustParseTrustedIP
	for name, tc := range map[string]struct {
		read        []api.TrustedIP
		prior, want []types.String
	}{
		"imported":               {[]api.TrustedIP{at("0.0.0.0", 0), at("::", 0), single("192.0.2.1")}, nil, ipTexts("0.0.0.0/0", "::/0", "192.0.2.1")},
		"spelling":               {[]api.TrustedIP{at("2001:db8::", 32), at("10.0.0.0", 8)}, ipTexts("10.1.2.3/8", "2001:DB8::/32"), ipTexts("2001:DB8::/32", "10.1.2.3/8")},
		"single as a /32":        {[]api.TrustedIP{at("192.0.2.1", 32)}, ipTexts("192.0.2.1"), ipTexts("192.0.2.1")},
		"two of one":             {[]api.TrustedIP{at("10.0.0.0", 8), at("10.1.1.1", 8)}, ipTexts("10.1.1.1/8", "10.0.0.0/8"), ipTexts("10.0.0.0/8", "10.1.1.1/8")},
		"two of one, normalized": {[]api.TrustedIP{at("10.0.0.0", 8), at("10.0.0.0", 8)}, ipTexts("10.1.1.1/8", "10.2.2.2/8"), ipTexts("10.1.1.1/8", "10.2.2.2/8")},
		"one added":              {[]api.TrustedIP{at("10.0.0.0", 8), single("::1")}, ipTexts("10.0.0.0/8"), ipTexts("10.0.0.0/8", "::1")},
		"one gone":               {[]api.TrustedIP{single("::1")}, ipTexts("10.0.0.0/8", "::1"), ipTexts("::1")},
		"twice":                  {[]api.TrustedIP{single("::1"), single("::1")}, nil, ipTexts("::1")},
		"other family":           {[]api.TrustedIP{at("::", 0)}, ipTexts("0.0.0.0/0"), ipTexts("::/0")},
	} {
		prior := slices.Clone(tc.prior)
		if got := readTrustedIPs(tc.read, tc.prior); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		if !slices.Equal(prior, tc.prior) {
			t.Errorf("%s: the prior set went to %v", name, tc.prior)
		}
	}
}

// TestUniversalAuthRequest checks that unchanged settings are not sent, except the two TTLs.
func TestUniversalAuthRequest(t *testing.T) {
	model := func() *universalAuthModel {
		return &universalAuthModel{
			ClientSecretTrustedIPs: ipTexts("10.0.0.0/8"),
			methodCommon: methodCommon{accessTokenSettings: accessTokenSettings{
				AccessTokenTTL: attribute.NewDurationText("1h"), AccessTokenMaxTTL: attribute.NewDurationText("1d"), AccessTokenNumUsesLimit: attribute.NewNumber(5),
				AccessTokenTrustedIPs: ipTexts("::/0", "0.0.0.0/0"),
			}},
			lockoutModel: lockoutModel{types.BoolValue(true), attribute.NewNumber(3), attribute.NewDurationText("5m"), attribute.NewDurationText("30s")},
		}
	}
	prior := model()
	prior.AccessTokenTrustedIPs = ipTexts("0.0.0.0/0", "::/0")
	prior.AccessTokenTTL, prior.LockoutDuration = attribute.NewDurationText("60m"), attribute.NewDurationText("300")
	same := model().request(prior)
	if *same.AccessTokenTTL != 3600 || *same.AccessTokenMaxTTL != 86400 {
		t.Errorf("the TTLs are %v and %v", same.AccessTokenTTL, same.AccessTokenMaxTTL)
	}
	same.AccessTokenTTL, same.AccessTokenMaxTTL = nil, nil
	if same != (api.UniversalAuthRequest{}) {
		t.Errorf("sent without a change: %+v", same)
	}
	cleared := model()
	cleared.AccessTokenNumUsesLimit, cleared.LockoutEnabled = types.NumberNull(), types.BoolValue(false)
	prior.AccessTokenPeriod = attribute.NewDurationText("1h")
	body := cleared.request(prior)
	if body.AccessTokenNumUsesLimit == nil || *body.AccessTokenNumUsesLimit != 0 || body.LockoutEnabled == nil || *body.LockoutEnabled || body.AccessTokenPeriod == nil || *body.AccessTokenPeriod != 0 {
		t.Errorf("a zero is not sent: %+v", body)
	}
	if all := model().request(&universalAuthModel{}); all.AccessTokenNumUsesLimit == nil || all.LockoutEnabled == nil ||
		all.LockoutThreshold == nil || all.LockoutDurationSeconds == nil || all.LockoutCounterResetSeconds == nil || all.AccessTokenTrustedIPs == nil || all.ClientSecretTrustedIPs == nil {
		t.Errorf("something is not sent at first: %+v", all)
	}
}
