// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestIsTrustedIP(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1":             "",
		"10.0.0.0/8":           "",
		"10.1.2.3/8":           "", // the API takes it, and keeps the host bits
		"0.0.0.0/0":            "",
		"255.255.255.255/32":   "",
		"::":                   "",
		"::/0":                 "",
		"2001:db8::1":          "",
		"2001:DB8:0:0::/32":    "",
		"fe80::1/128":          "",
		"":                     `must not be empty`,
		" 10.0.0.1":            `has a space`,
		"10.0.0.1, 10.0.0.2":   `has a space`,
		"10.0.0.1,10.0.0.2":    `has a comma`,
		"fe80::1%eth0":         `has a zone`,
		"fe80::%eth0/64":       `has a zone`,
		"::ffff:10.0.0.1":      `written as IPv6, which matches nobody; write it as IPv4, as in "10.0.0.1"`,
		"::ffff:10.0.0.0/104":  `written as IPv6`,
		"::ffff:a00:1":         `written as IPv6`,
		"10.0.0.0/33":          `has "33" after the slash; an IPv4 range has a prefix length from 0 to 32`,
		"10.0.0.0/-1":          `has "-1" after the slash`,
		"10.0.0.0/08":          `has "08" after the slash`,
		"10.0.0.0/":            `has "" after the slash`,
		"10.0.0.0/8/8":         `has "8/8" after the slash`,
		"10.0.0.0/255.0.0.0":   `has "255.0.0.0" after the slash`,
		"2001:db8::/129":       `an IPv6 range has a prefix length from 0 to 128`,
		"10.0.0.1:443":         `has a port or brackets`,
		"[2001:db8::1]:443":    `has a port or brackets`,
		"10.0.0.1-10.0.0.9":    `is a range with a dash`,
		"10.0.0.256":           `is not an IPv4 or IPv6 address`,
		"10.0.0":               `is not an IPv4 or IPv6 address`,
		"10.0.0.01":            `is not an IPv4 or IPv6 address`,
		"10.*":                 `is not an IPv4 or IPv6 address`,
		"everywhere":           `is not an IPv4 or IPv6 address`,
		"runner-1.example.com": `is not an IPv4 or IPv6 address`,
		"/8":                   `is not an IPv4 or IPv6 address`,
	} {
		var resp validator.StringResponse
		IsTrustedIP().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("ttl"), ConfigValue: types.StringValue(text)}, &resp)
		wantRejection(t, text, resp.Diagnostics, want)
	}
	for _, unset := range []types.String{types.StringNull(), types.StringUnknown()} {
		var resp validator.StringResponse
		IsTrustedIP().ValidateString(t.Context(), validator.StringRequest{ConfigValue: unset}, &resp)
		wantRejection(t, unset.String(), resp.Diagnostics, "")
	}
}

// wantRejection checks that there is one error, with want in its detail, or none where want is empty.
func wantRejection(t *testing.T, text string, diags diag.Diagnostics, want string) {
	t.Helper()
	switch {
	case want == "" && len(diags) == 0:
	case want == "" || len(diags) != 1 || !strings.Contains(diags[0].Detail(), want):
		t.Errorf("%q: %v, want one error with %q", text, diags, want)
	case !diags[0].(diag.DiagnosticWithPath).Path().Equal(path.Root("ttl")):
		t.Errorf("%q: the error is at %s", text, diags[0].(diag.DiagnosticWithPath).Path())
	}
}

func TestSameTrustedIP(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"10.0.0.0/8", "10.0.0.0/8", true},
		{"10.1.2.3/8", "10.0.0.0/8", true},
		{"10.0.0.1", "10.0.0.1/32", true},
		{"2001:DB8::0:1", "2001:db8::1/128", true},
		{"0.0.0.0/0", "::/0", false},
		{"10.0.0.0/8", "10.0.0.0/9", false},
		{"junk", "junk", false},
	} {
		if got := SameTrustedIP(c.a, c.b); got != c.want || SameTrustedIP(c.b, c.a) != c.want {
			t.Errorf("%s and %s: %t", c.a, c.b, got)
		}
	}
}

func FuzzTrustedIP(f *testing.F) {
	for _, text := range []string{"10.0.0.0/8", "::1", "::ffff:1.2.3.4", "fe80::1%a", "1.2.3.4/", "[::]:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prefix, err := parseTrustedIP(text)
		if err != nil {
			return
		}
		if !prefix.IsValid() || prefix.Masked() != prefix {
			t.Fatalf("%q is the range %s, with host bits", text, prefix)
		}
		if !SameTrustedIP(text, prefix.String()) {
			t.Fatalf("%q is not the range %s it was read as", text, prefix)
		}
	})
}
