// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// FuzzHost: an address that is taken leads to where it says, and is taken as it is written.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"https://a.example", "http://[::1]:8200/api/", "https://u:p@a", "//a", "https://a/?x", "https://a/%2e%2e", "http://a:99999", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		host, err := client.ParseHost(text)
		if err != nil {
			return
		}
		if again, err := client.ParseHost(host.String()); err != nil || again.String() != host.String() || host.User != nil {
			t.Fatalf("%q became %q and then %v: %v", text, host, again, err)
		}
	})
}
