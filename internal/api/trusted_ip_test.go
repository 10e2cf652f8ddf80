// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

func TestParseTrustedIP(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1":             "",
		"10.0.0.0/8":           "",
		"10.1.2.3/8":           "", // the API takes it, and keeps the host bits
		"0.0.0.0/0":            "",
		"255.255.255.255/32":   "",
		"127.0.0.1/32":         "",
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
		"::ffff:10.0.0.1":      `written as IPv6, which no client matches; write it as IPv4, as in "10.0.0.1"`,
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
		"10.0.0.0/8abc":        `has "8abc" after the slash`,
		"010.0.0.1":            `is not an IPv4 or IPv6 address`,
		"1.2.3.4.5":            `is not an IPv4 or IPv6 address`,
		"everywhere":           `is not an IPv4 or IPv6 address`,
		"runner-1.example.com": `is not an IPv4 or IPv6 address`,
		"/8":                   `is not an IPv4 or IPv6 address`,
	} {
		ip, err := api.ParseTrustedIP(text)
		switch {
		case want == "" && (err != nil || ip.String() != text):
			t.Errorf("%q became %q: %v", text, ip, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got error %v, want %q", text, err, want)
		}
	}
}

// TestTrustedIPError does not quote a text that is too long for an address, because it may be a secret.
func TestTrustedIPError(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	if _, err := api.ParseTrustedIP(secret); err == nil || strings.Contains(err.Error(), secret[:8]) {
		t.Errorf("got %v", err)
	}
}

func TestTrustedIPContains(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, address string
		want          bool
	}{
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "203.0.113.9", false},
		{"0.0.0.0/0", "::ffff:203.0.113.9", true}, // an IPv4 client of an IPv6 socket
		{"10.0.0.0/8", "10.255.255.255", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"10.1.2.3/8", "10.9.9.9", true}, // ignores host bits
		{"192.168.1.7", "192.168.1.7", true},
		{"192.168.1.7", "192.168.1.8", false},
		{"2001:DB8:0:0::1", "2001:db8::1", true},
		{"fe80::/10", "fe80::1%eth0", true},
	} {
		if got := api.MustParseTrustedIP(c.text).Contains(netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("%s contains %s: %t", c.text, c.address, got)
		}
	}
	for name, none := range map[string]bool{
		"the zero value has an address": (api.TrustedIP{}).Contains(netip.MustParseAddr("10.0.0.1")),
		"an unknown address is in all":  api.MustParseTrustedIP("0.0.0.0/0").Contains(netip.Addr{}),
	} {
		if none {
			t.Error(name)
		}
	}
}

func TestSameAddresses(t *testing.T) {
	t.Parallel()
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
		{"invalid", "invalid", false},
	} {
		a, _ := api.ParseTrustedIP(c.a)
		b, _ := api.ParseTrustedIP(c.b)
		if a.SameAddresses(b) != c.want || b.SameAddresses(a) != c.want {
			t.Errorf("%s and %s: %t", c.a, c.b, !c.want)
		}
	}
}

// TestTrustedIPJSON is the form of a response. Contract: section 16.
func TestTrustedIPJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.1.2.3/8":      `{"ipAddress":"10.1.2.3","type":"ipv4","prefix":8}`,
		"0.0.0.0/0":       `{"ipAddress":"0.0.0.0","type":"ipv4","prefix":0}`,
		"192.0.2.1":       `{"ipAddress":"192.0.2.1","type":"ipv4"}`,
		"2001:DB8:0:0::1": `{"ipAddress":"2001:DB8:0:0::1","type":"ipv6"}`,
		"::/0":            `{"ipAddress":"::","type":"ipv6","prefix":0}`,
	} {
		ip := api.MustParseTrustedIP(text)
		encoded, err := json.Marshal(ip)
		if err != nil || string(encoded) != want {
			t.Errorf("%s is encoded as %s: %v", text, encoded, err)
		}
		var decoded api.TrustedIP
		if err := json.Unmarshal(encoded, &decoded); err != nil || !reflect.DeepEqual(decoded, ip) {
			t.Errorf("%s is decoded as %v: %v", encoded, decoded, err)
		}
	}
	var odd api.TrustedIP // is kept, but contains no address
	if err := json.Unmarshal([]byte(`{"ipAddress":"office","prefix":8}`), &odd); err != nil || odd.String() != "office/8" || odd.Prefix().IsValid() {
		t.Errorf("got %v: %v", odd, err)
	}
}

// FuzzTrustedIP checks that an accepted text survives a round trip, and contains its own address.
func FuzzTrustedIP(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8", "10.1.2.3", "::/0", "2001:DB8::1/64", "::ffff:1.2.3.4/96", "fe80::1%eth0", "1.2.3.4/33", " 1.2.3.4 ", "0x7f.1", "[::]:1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ip, err := api.ParseTrustedIP(text)
		if err != nil {
			return
		}
		encoded, _ := json.Marshal(ip)
		var decoded api.TrustedIP
		if err := json.Unmarshal(encoded, &decoded); err != nil || decoded != ip || ip.String() != text {
			t.Fatalf("%q became %q and then %v: %v", text, ip, decoded, err)
		}
		again, err := api.ParseTrustedIP(ip.Prefix().String())
		if err != nil || !ip.SameAddresses(again) || !ip.Contains(ip.Prefix().Addr()) {
			t.Fatalf("%q is the range %s: %v", text, ip.Prefix(), err)
		}
	})
}
