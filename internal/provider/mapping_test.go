// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

func ipTexts(texts ...string) []types.String {
	list := []types.String{}
	for _, text := range texts {
		list = append(list, types.StringValue(text))
	}
	return list
}

// TestTrustedIPsKeepTheirSpelling as long as they mean what they meant.
func TestTrustedIPsKeepTheirSpelling(t *testing.T) {
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
		"two of one, normalised": {[]api.TrustedIP{at("10.0.0.0", 8), at("10.0.0.0", 8)}, ipTexts("10.1.1.1/8", "10.2.2.2/8"), ipTexts("10.1.1.1/8", "10.2.2.2/8")},
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

func TestMetadataHidesNothing(t *testing.T) {
	pair := func(key, value string) api.Metadata { return api.Metadata{Key: key, Value: value} }
	for name, tc := range map[string]struct {
		pairs []api.Metadata
		want  map[string]string
	}{
		"none":     {nil, map[string]string{}},
		"apart":    {[]api.Metadata{pair("a", "1"), pair("b", "2")}, map[string]string{"a": "1", "b": "2"}},
		"twice":    {[]api.Metadata{pair("a", "1"), pair("a", "2"), pair("a", "1")}, map[string]string{"a": "1", "a (2)": "2", "a (3)": "1"}},
		"a number": {[]api.Metadata{pair("a (2)", "x"), pair("a", "1"), pair("a", "2")}, map[string]string{"a (2)": "x", "a": "1", "a (3)": "2"}},
	} {
		got := map[string]string{}
		for key, value := range metadataMap(tc.pairs) {
			got[key] = value.ValueString()
		}
		if !maps.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// TestIdentityAsServersTellIt: old and new, read and listed, built in and custom.
func TestIdentityAsServersTellIt(t *testing.T) {
	has := map[string]types.String{"a": types.StringValue("b")}
	for name, tc := range map[string]struct {
		prior    identityModel
		answer   api.IdentityMembership
		role     string
		guarded  bool
		metadata map[string]types.String // nil is none
	}{
		"new": {
			answer: api.IdentityMembership{Role: "member", Metadata: []api.Metadata{{Key: "a", Value: "b"}}, Identity: api.MemberIdentity{HasDeleteProtection: new(true)}},
			role:   "member", guarded: true, metadata: has,
		},
		"custom role": {
			answer: api.IdentityMembership{Role: "custom", CustomRole: &api.CustomRoleSummary{Slug: "readers"}}, role: "readers",
		},
		"no protection told": {prior: identityModel{DeleteProtection: types.BoolValue(true)}, guarded: true},
		"no metadata told":   {prior: identityModel{Metadata: has}, metadata: has},
		"no metadata":        {prior: identityModel{Metadata: has}, answer: api.IdentityMembership{Metadata: []api.Metadata{}}, metadata: map[string]types.String{}},
		"null stays null":    {answer: api.IdentityMembership{Metadata: []api.Metadata{}}},
		"null is not told":   {},
		"empty stays empty":  {prior: identityModel{Metadata: map[string]types.String{}}, answer: api.IdentityMembership{Metadata: []api.Metadata{}}, metadata: map[string]types.String{}},
		"others' are shown":  {answer: api.IdentityMembership{Metadata: []api.Metadata{{Key: "a", Value: "b"}}}, metadata: has},
	} {
		m := tc.prior
		m.read(tc.answer)
		if m.Role.ValueString() != tc.role || m.DeleteProtection.ValueBool() != tc.guarded || m.DeleteProtection.IsNull() ||
			!maps.Equal(m.Metadata, tc.metadata) || (m.Metadata == nil) != (tc.metadata == nil) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// TestUniversalAuthRequest: what did not change is not sent, but for the two TTLs.
func TestUniversalAuthRequest(t *testing.T) {
	model := func() *universalAuthModel {
		return &universalAuthModel{
			AccessTokenPeriod: NewDurationText("0"), ClientSecretTrustedIPs: ipTexts("10.0.0.0/8"),
			accessTokenSettings: accessTokenSettings{
				AccessTokenTTL: NewDurationText("1h"), AccessTokenMaxTTL: NewDurationText("1d"), AccessTokenNumUsesLimit: newWholeNumber(5),
				AccessTokenTrustedIPs: ipTexts("::/0", "0.0.0.0/0"),
			},
			Lockout: &lockoutModel{types.BoolValue(true), newWholeNumber(3), NewDurationText("5m"), NewDurationText("30s")},
		}
	}
	prior := model()
	prior.AccessTokenTrustedIPs = ipTexts("0.0.0.0/0", "::/0")
	prior.AccessTokenTTL, prior.Lockout.Duration = NewDurationText("60m"), NewDurationText("300")
	same := model().request(prior)
	if *same.AccessTokenTTL != 3600 || *same.AccessTokenMaxTTL != 86400 {
		t.Errorf("the TTLs are %v and %v", same.AccessTokenTTL, same.AccessTokenMaxTTL)
	}
	same.AccessTokenTTL, same.AccessTokenMaxTTL = nil, nil
	if same != (api.UniversalAuthRequest{}) {
		t.Errorf("sent without a change: %+v", same)
	}
	cleared := model()
	cleared.AccessTokenNumUsesLimit, cleared.Lockout.Enabled = newWholeNumber(0), types.BoolValue(false)
	prior.AccessTokenPeriod = NewDurationText("1h")
	body := cleared.request(prior)
	if body.AccessTokenNumUsesLimit == nil || *body.AccessTokenNumUsesLimit != 0 || body.LockoutEnabled == nil || *body.LockoutEnabled || body.AccessTokenPeriod == nil || *body.AccessTokenPeriod != 0 {
		t.Errorf("a zero is not sent: %+v", body)
	}
	if all := model().request(&universalAuthModel{Lockout: &lockoutModel{}}); all.AccessTokenNumUsesLimit == nil || all.LockoutEnabled == nil ||
		all.LockoutThreshold == nil || all.LockoutDurationSeconds == nil || all.LockoutCounterResetSeconds == nil || all.AccessTokenTrustedIPs == nil || all.ClientSecretTrustedIPs == nil {
		t.Errorf("something is not sent at first: %+v", all)
	}
}

// TestFilterByMetadata wants every pair: one that is there twice stands for no other.
func TestFilterByMetadata(t *testing.T) {
	filter := identityFilter{Metadata: map[string]types.String{"team": types.StringValue("payments"), "env": types.StringValue("prod")}}
	for pairs, want := range map[*[]api.Metadata]bool{
		{{Key: "team", Value: "payments"}, {Key: "env", Value: "prod"}, {Key: "x", Value: "y"}}:        true,
		{{Key: "team", Value: "other"}, {Key: "team", Value: "payments"}, {Key: "env", Value: "prod"}}: true,
		{{Key: "team", Value: "payments"}, {Key: "team", Value: "payments"}}:                           false,
		{{Key: "team", Value: "payments"}, {Key: "env", Value: "dev"}}:                                 false,
		{}: false,
	} {
		if filter.allows(*pairs) != want {
			t.Errorf("%v: %t", *pairs, !want)
		}
	}
}

// TestUnreadableConditions are an error, and never a condition that says less.
func TestUnreadableConditions(t *testing.T) {
	for _, condition := range []string{
		`{"$elemMatch":{"key":{"$elemMatch":{"key":{"$eq":"a"}}}}}`, `{"$elemMatch":{"other":{"$eq":"a"}}}`, `{"$regex":"a"}`, `{"$eq":["a"]}`, `7`,
	} {
		rules := `[{"subject":"secrets","action":["read"],"conditions":{"metadata":` + condition + `}}]`
		if read, err := readPermissions(json.RawMessage(rules), nil); err == nil {
			t.Errorf("%s is read as %+v", condition, read)
		}
	}
}
