// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"slices"
	"testing"
)

// TestSplitList: commas within balanced braces belong to a pattern.
func TestSplitList(t *testing.T) {
	for list, want := range map[string][]string{
		"a,b":              {"a", "b"},
		"{a,b}":            {"{a,b}"},
		"x-{a,b}-*,c":      {"x-{a,b}-*", "c"},
		"{a,{b,c}},d":      {"{a,{b,c}}", "d"},
		"{a,b":             {"{a", "b"},
		"a},{b,c}":         {"a}", "{b,c}"},
		"{a,{b,c}":         {"{a", "{b,c}"},
		"":                 {""},
		"repo:{a,b}:*,c,d": {"repo:{a,b}:*", "c", "d"},
	} {
		if got := SplitList(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}
