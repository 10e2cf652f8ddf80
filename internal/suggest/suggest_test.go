// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package suggest

import "testing"

func TestNearest(t *testing.T) {
	roles := []string{"admin", "member", "viewer", "no-access"}
	for _, tc := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"viewr", roles, "viewer"},
		{"veiwer", roles, "viewer"},
		{"Admin", roles, "admin"},
		{"noaccess", roles, "no-access"},
		{"no_access", roles, "no-access"},
		{"no-acces", roles, "no-access"},
		{"admin", roles, ""},
		{"deployer", roles, ""},
		{"", roles, ""},
		{"secret_path", []string{"secretName", "secretPath"}, "secretPath"},
		{"temporay", []string{"slug", "temporary"}, "temporary"},
		{"eq", []string{"ne", "in"}, ""},
		{"x", nil, ""},
	} {
		if got := Nearest(tc.word, tc.candidates); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.word, got, tc.want)
		}
	}
	if got := DidYouMean("viewr", roles); got != ` Did you mean "viewer"?` {
		t.Error(got)
	}
}
