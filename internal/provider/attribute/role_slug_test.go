// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

func TestRoleSlug(t *testing.T) {
	for _, tc := range []struct {
		slug     string
		severity diag.Severity
		want     string
	}{
		{"viewer", 0, ""},
		{"deployer", 0, ""},
		{"viewers", 0, ""}, // a plausible custom role
		{"viewer-2", 0, ""},
		{"viewr", diag.SeverityWarning, `Did you mean "viewer"?`},
		{"noaccess", diag.SeverityWarning, `Did you mean "no-access"?`},
		{"Viewer", diag.SeverityError, `Did you mean "viewer"?`},
		{"no_access", diag.SeverityError, `Did you mean "no-access"?`},
		{"", diag.SeverityError, "must be the slug of a role"},
		{"custom", diag.SeverityError, "servers return for any custom role"},
		{"admin", diag.SeverityError, "cannot be set here"},
		{strings.Repeat("a", 65), diag.SeverityError, "at most 64 characters"},
	} {
		var resp validator.StringResponse
		RoleSlug(permission.Project, "admin").ValidateString(t.Context(), validator.StringRequest{Path: path.Root("role"), ConfigValue: types.StringValue(tc.slug)}, &resp)
		switch {
		case (tc.want == "") != (len(resp.Diagnostics) == 0):
			t.Errorf("%q: %v", tc.slug, resp.Diagnostics)
		case tc.want != "" && (resp.Diagnostics[0].Severity() != tc.severity || !strings.Contains(resp.Diagnostics[0].Detail(), tc.want)):
			t.Errorf("%q: %v", tc.slug, resp.Diagnostics)
		}
	}
}

func TestIDs(t *testing.T) {
	for text, want := range map[string]string{
		"6f1d2a34-0000-4000-8000-000000000000": "",
		"6F1D2A34-0000-4000-8000-000000000000": `Write "6f1d2a34-0000-4000-8000-000000000000"`,
		"ci":                                   `data "machineid_identity"`,
		"":                                     "an ID is a UUID",
		"6f1d2a34000040008000000000000000":     "an ID is a UUID",
	} {
		var resp validator.StringResponse
		IdentityIDs().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("identity_id"), ConfigValue: types.StringValue(text)}, &resp)
		switch {
		case (want == "") != (len(resp.Diagnostics) == 0):
			t.Errorf("%q: %v", text, resp.Diagnostics)
		case want != "" && !strings.Contains(resp.Diagnostics[0].Detail(), want):
			t.Errorf("%q: %v", text, resp.Diagnostics)
		}
	}
}
