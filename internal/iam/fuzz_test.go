// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzRange checks that a range is positive and that no sum with it overflows.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"1h", "2d", "0.5y", "1.5.5h", "-1h", "99999999999y", "1e9s", "1 h", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		length, err := parseRange("range", text)
		start := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		if err == nil && (length <= 0 || !start.Add(length).After(start)) {
			t.Fatalf("%q is %s", text, length)
		}
	})
}

// FuzzWindow checks that a window that is accepted ends after it starts, in years that JSON can hold.
func FuzzWindow(f *testing.F) {
	for _, seed := range []struct{ start, length string }{
		{"2026-01-01T00:00:00Z", "1h"}, {"9999-12-30T23:59:59Z", "1s"}, {"9999-12-31T00:00:00Z", "1d"}, {"9999-12-31T23:59:59-12:00", "1h"},
		{"0000-01-01T00:00:00+12:00", "1h"}, {"0001-01-01T00:00:00Z", "99999y"}, {"2026-01-01T00:00:00.0009Z", "0.1ms"}, {"1969-12-31T23:59:59.9999Z", "1.5y"},
	} {
		f.Add(seed.start, seed.length)
	}
	f.Fuzz(func(t *testing.T, text, length string) {
		start, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return
		}
		w, err := WindowInput{Temporary: true, Range: length, Start: &start}.window("")
		if err != nil {
			return
		}
		if !w.Temporary() || !w.End.After(w.Start) || w.over(w.Start) || !w.active(w.Start) {
			t.Fatalf("%s and %q make %+v", text, length, w)
		}
		if _, err := json.Marshal(w); err != nil {
			t.Fatalf("%s and %q: %s", text, length, err)
		}
	})
}

// FuzzText checks that parsing a text, slug or user agent again does not change it.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"ci", "  CI ", "a--b", "\x00", "\xff", "é\u0301", strings.Repeat("a", 300), "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		if once, err := parseText("name", given, 1, 255); err == nil {
			if again, err := parseText("name", once, 1, 255); err != nil || again != once {
				t.Fatalf("%q became %q and then %q: %v", given, once, again, err)
			}
		}
		if once, err := parseSlug("slug", given, 1, 64); err == nil {
			if again, err := parseSlug("slug", once, 1, 64); err != nil || again != once {
				t.Fatalf("%q became %q and then %q: %v", given, once, again, err)
			}
		}
		if agent := cleanUserAgent(given); len(agent) > maxUserAgent || cleanUserAgent(agent) != agent {
			t.Fatalf("%q became %q", given, agent)
		}
	})
}

// FuzzClaims checks that no claims of a token panic, and that lists of bound claims are read back the same.
func FuzzClaims(f *testing.F) {
	for _, seed := range []struct{ bound, claims string }{
		{"repo:{a,b}/*, main", `{"sub":"repo:a/x","groups":["a",{"b":1}],"n":1e400}`}, {"a,", `{}`}, {"[!a]*", `{"a.b":{"c":null}}`}, {"{", `[]`},
	} {
		f.Add(seed.bound, seed.claims)
	}
	f.Fuzz(func(t *testing.T, list, text string) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var claims Claims
		_ = d.Decode(&claims)
		bound, err := parseBoundClaims(map[string]string{"sub": list})
		if err != nil {
			return
		}
		again, err := parseBoundClaims(map[string]string{"sub": joinList(bound["sub"])})
		if err != nil || strings.Join(again["sub"], "\n") != strings.Join(bound["sub"], "\n") {
			t.Fatalf("%q became %q, %v", bound["sub"], again["sub"], err)
		}
		for _, pattern := range bound["sub"] {
			matchesClaim(pattern, claims.at("sub"))
			matchesClaim(pattern, claims.at("a.b.c"))
		}
		claims.texts("groups")
	})
}
