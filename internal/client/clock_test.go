// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestNow checks that Now follows the server's clock, also after a response without a valid Date.
func TestNow(t *testing.T) {
	server := servertest.Start(t)
	said := ""
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil && said != "" {
			resp.Header.Set("Date", said)
		}
		return resp, err
	}))
	for _, tc := range []struct {
		date  string
		ahead time.Duration // of this machine's clock, in hours
	}{
		{time.Now().Add(-48 * time.Hour).UTC().Format(http.TimeFormat), -48 * time.Hour},
		{"yesterday", -48 * time.Hour},
		{"", 100 * 24 * time.Hour},
	} {
		if said = tc.date; said == "" {
			server.Clock.Advance(tc.ahead)
		}
		if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil {
			t.Fatal(err)
		}
		if ahead := time.Until(c.Now()); (ahead - tc.ahead).Abs() > time.Minute {
			t.Errorf("%q: %s ahead, not %s", tc.date, ahead, tc.ahead)
		}
	}
}
