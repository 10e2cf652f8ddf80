// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"encoding/json"
	"strings"
	"testing"
)

func claimsOf(t *testing.T, text string) Claims {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var c Claims
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBoundClaims(t *testing.T) {
	t.Parallel()
	c := claimsOf(t, `{
		"text": "value", "empty": "", "null": null, "yes": true, "no": false, "zero": 0, "number": 42, "large": 9007199254740993, "float": 1.5,
		"list": ["a", "group/b", 7, true, null, {"x": "in a list"}, ["nested"]], "none": [],
		"object": {"field": "deep", "more": {"still": "deeper"}, "list": ["l"]},
		"dotted.name": "literal", "dotted": {"name": "path", "other": "by path"},
		"kubernetes.io": {"namespace": "prod", "pod": {"name": "web"}}, "https://example.com/role": "admin",
		"ref": "refs/heads/main", "email": "a@example.com", "star": "*", "upper": "VALUE", "pipe": "auth0|abc", "bad": "a\ufffdb"
	}`)
	for name, cases := range map[string]map[string]bool{ // by the list of patterns
		"text":   {"value": true, "Value": false, "val": false, "alue": false, "xvaluex": false, "v*": true, "*e": true, "*": true, "?alue": true, "?????": true, "????": false, "other,value": true, "a, b": false, "v[a]lue": true, "[v]": false},
		"empty":  {"*": false, "**": false, "x": false},
		"null":   {"*": false, "null": false},
		"absent": {"*": false, "**": false},
		"yes":    {"true": true, "*": false, "false": false, "1": false},
		"no":     {"false": true, "true": false, "*": false},
		"zero":   {"0": true, "*": false, "": false},
		"number": {"42": true, "4*": false, "42.0": false, "*": false},
		"large":  {"9007199254740993": true, "9007199254740992": false},
		"float":  {"1.5": true, "1*": false},
		"list":   {"a": true, "group/b": true, "group/*": true, "group": false, "7": true, "true": true, "null": false, "in a list": false, "nested": false, "b": false, "z, a": true},
		"none":   {"*": false, "a": false},
		"object": {"*": false, "deep": false, "map*": false},

		"object.field": {"deep": true}, "object.more.still": {"deeper": true}, "object.more": {"*": false}, "object.list": {"l": true}, "object.": {"*": false},
		"object.absent": {"*": false}, "text.length": {"*": false}, "list.0": {"a": false}, ".": {"*": false},
		"dotted.name": {"literal": true, "path": false}, "dotted.other": {"by path": true},
		"kubernetes.io.namespace": {"prod": true}, "kubernetes.io.pod.name": {"web": true}, "https://example.com/role": {"admin": true},
		"ref":   {"refs/heads/*": true, "refs/*": false, "refs/**": true, "refs/heads/mai": false, "heads/main": false, "**/main": true},
		"email": {"*@example.com": true, "*@example.org": false, "@example.com": false},
		"star":  {"*": true, `\*`: true, "x": false},
		"upper": {"value": false, "VALUE": true},
		"pipe":  {"auth0|abc": true, "abc": false, "auth0": false, `auth0\|*`: true},
		"bad":   {"a*b": true},
	} {
		for list, want := range cases {
			patterns, err := parseBoundClaims(map[string]string{name: list})
			if list == "" {
				if !Is(err, Invalid) {
					t.Errorf("%s: no values: %v", name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %q: %v", name, list, err)
				continue
			}
			err = OIDCAuthSettings{Claims: patterns}.checkClaims(c)
			if (err == nil) != want || err != nil && (!Is(err, Unauthenticated) || !strings.Contains(err.Error(), name)) {
				t.Errorf("%s: %q: %v", name, list, err)
			}
		}
	}
	two := map[string][]string{"text": {"value"}, "yes": {"false"}}
	if (OIDCAuthSettings{Claims: two}).checkClaims(c) == nil {
		t.Error("one of two claims suffices")
	}
}

func TestBoundSubject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bound, claims string
		allowed       bool
	}{
		{"", `{"sub":"anybody"}`, true},
		{"", `{}`, true},
		{"", `{"sub":["a"]}`, true},
		{"repo:o/r:ref:refs/heads/main", `{"sub":"repo:o/r:ref:refs/heads/main"}`, true},
		{"repo:o/r:ref:refs/heads/main", `{"sub":"repo:o/r:ref:refs/heads/main2"}`, false},
		{"repo:o/r:ref:refs/heads/main", `{"sub":"xrepo:o/r:ref:refs/heads/main"}`, false},
		{"repo:o/r:*", `{"sub":"repo:o/r:environment:prod"}`, true},
		{"repo:o/r:*", `{"sub":"repo:o/r2:environment:prod"}`, false},
		{"repo:o/*:environment:prod", `{"sub":"repo:o/r:environment:prod"}`, true},
		{"repo:o/*:environment:prod", `{"sub":"repo:o/r/x:environment:prod"}`, false},
		{"repo:o/*:environment:prod", `{"sub":"repo:other/r:environment:prod"}`, false},
		{"repo:o/r:*\n", `{"sub":"repo:o/r:x\nrepo:o/r:y"}`, false},
		{"{a,b}", `{"sub":"b"}`, true},
		{"*", `{"sub":""}`, false},
		{"*", `{}`, false},
		{"*", `{"sub":null}`, false},
		{"a", `{"sub":["a"]}`, false},
		{"1", `{"sub":1}`, false},
		{"a", `{"sub":{"a":"a"}}`, false},
		{"a", `{"SUB":"a"}`, false},
		{"auth0|x", `{"sub":"x"}`, false},
		{"auth0|x", `{"sub":"auth0|x"}`, true},
	} {
		err := OIDCAuthSettings{Subject: c.bound}.checkClaims(claimsOf(t, c.claims))
		if (err == nil) != c.allowed || err != nil && !Is(err, Forbidden) {
			t.Errorf("%q of %s: %v", c.bound, c.claims, err)
		}
	}
}

func TestBoundAudiences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bound, claims string
		allowed       bool
	}{
		{"", `{}`, true},
		{"", `{"aud":"x"}`, true},
		{"a", `{"aud":"a"}`, true},
		{"b , a", `{"aud":"a"}`, true},
		{"a", `{"aud":["x","a"]}`, true},
		{"a", `{"aud":["x"]}`, false},
		{"a", `{"aud":[]}`, false},
		{"a", `{"aud":[["a"]]}`, false},
		{"a", `{"aud":"a, b"}`, false},
		{"a, b", `{"aud":"a, b"}`, false},
		{"a", `{"aud":"A"}`, false},
		{"a", `{"aud":{"a":"a"}}`, false},
		{"1", `{"aud":1}`, false},
		{"a", `{}`, false},
		{"a", `{"aud":""}`, false},
		{"*", `{"aud":"a"}`, false}, // an audience is no pattern
	} {
		audiences, err := splitList("boundAudiences", c.bound)
		if err != nil {
			t.Fatal(err)
		}
		err = OIDCAuthSettings{Audiences: audiences}.checkClaims(claimsOf(t, c.claims))
		if (err == nil) != c.allowed || err != nil && !Is(err, Unauthenticated) {
			t.Errorf("%q of %s: %v", c.bound, c.claims, err)
		}
	}
	for _, slip := range []string{",", "a,", ",a", "a,,b", " , "} {
		if got, err := splitList("boundAudiences", slip); !Is(err, Invalid) {
			t.Errorf("%q is a list: %q", slip, got)
		}
	}
}

func TestKeptClaims(t *testing.T) {
	t.Parallel()
	o := OIDCAuthSettings{ClaimMetadata: map[string]string{"team": "groups.team", "id": "number", "prod": "yes"}}
	kept, err := o.keptClaims(claimsOf(t, `{"groups":{"team":"a"},"number":42,"yes":false}`))
	if err != nil || kept["team"] != "a" || kept["id"] != "42" || kept["prod"] != "false" || len(kept) != 3 {
		t.Errorf("%v, %v", kept, err)
	}
	for _, lacking := range []string{`{"number":42,"yes":true}`, `{"groups":{"team":""},"number":42,"yes":true}`, `{"groups":{"team":["a"]},"number":42,"yes":true}`} {
		if kept, err := o.keptClaims(claimsOf(t, lacking)); !Is(err, Unauthenticated) {
			t.Errorf("%s: %v, %v", lacking, kept, err)
		}
	}
}
