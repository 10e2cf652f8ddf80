// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// FuzzClientAddress expects the address of the socket unless that is a trusted proxy, and else an
// address of the header or none, without a zone.
func FuzzClientAddress(f *testing.F) {
	for _, header := range []string{"", "192.0.2.1", "192.0.2.1:443, 10.0.0.2", "[2001:db8::1]:80", "fe80::1%eth0", ",,", "garbage", "::ffff:10.0.0.1"} {
		f.Add("10.0.0.1:1234", header)
		f.Add("192.0.2.9:1234", header)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, socket, header string) {
		direct := address(socket)
		got := clientAddress(socket, []string{header}, proxies)
		if !proxies[0].Contains(direct) && got != direct {
			t.Errorf("%q, %q: %v, though the socket is not a trusted proxy", socket, header, got)
		}
		if got.Zone() != "" || got.Is4In6() {
			t.Errorf("%q, %q: %v is not in its plain form", socket, header, got)
		}
		if got.IsValid() && got != direct && !slices.ContainsFunc(strings.Split(header, ","), func(entry string) bool { return address(strings.TrimSpace(entry)) == got }) {
			t.Errorf("%q, %q: %v is in neither", socket, header, got)
		}
	})
}

// FuzzParseRateLimits expects an error, or limits of known classes that are at least 1.
func FuzzParseRateLimits(f *testing.F) {
	for _, text := range []string{"off", "default", "read=60,write=200", "read=0", "read", "read=1,read=2", " write = 3", "=,", "read=99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, err := ParseRateLimits(text)
		if err != nil && limits != nil || err == nil && limits == nil && text != "off" {
			t.Errorf("%q: %v, %v", text, limits, err)
		}
		for class, limit := range limits {
			if limit < 1 || !slices.Contains(classes, class) {
				t.Errorf("%q: %s=%d", text, class, limit)
			}
		}
	})
}
