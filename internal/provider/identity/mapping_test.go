// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

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
			answer: api.IdentityMembership{Role: "member", Metadata: []api.Metadata{{Key: "a", Value: "b"}}, Identity: api.Identity{HasDeleteProtection: new(true)}},
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
		if filter.matches(*pairs) != want {
			t.Errorf("%v: %t", *pairs, !want)
		}
	}
}
