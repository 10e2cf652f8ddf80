// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestPagesThatShift checks that a row which moves to the next page is returned once, and that no page is
// fetched before it is needed.
func TestPagesThatShift(t *testing.T) {
	sent := 0
	row := func(id string) string {
		return fmt.Sprintf(`{"identityId":%q,"role":"member","orgId":"o","identity":{"id":%q,"name":%q}}`, id, id, id)
	}
	pages := []string{row("a") + "," + row("b"), row("b") + "," + row("c"), row("d")}
	c := newClient(t, client.Config{Host: "http://stage.example", AccessToken: "token", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		sent++
		return respond(http.StatusOK, "application/json", `{"totalCount":5,"identities":[`+pages[sent-1]+`]}`), nil
	})})
	var got string
	for m, err := range c.Identities(t.Context(), client.IdentityFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		got += m.IdentityID
	}
	if got != "abcd" || sent != 3 {
		t.Errorf("%s in %d pages", got, sent)
	}
	sent = 0
	for m, err := range c.Identities(t.Context(), client.IdentityFilter{}) {
		if err != nil || m.IdentityID == "b" {
			break
		}
	}
	if sent != 1 {
		t.Errorf("%d pages", sent)
	}
}

// TestFilterOfIdentities checks filters on a server with and without the search route.
func TestFilterOfIdentities(t *testing.T) {
	for _, old := range []bool{false, true} {
		var options servertest.Options
		if old {
			options.Generation = "old"
		}
		s := servertest.StartWith(t, options)
		c := admin(t, s, &log{})
		for _, name := range []string{"CI one", "ci.two", "other"} {
			if _, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: name, Role: new("member")}); err != nil {
				t.Fatal(err)
			}
		}
		for want, filter := range map[int]client.IdentityFilter{
			2: {NameContains: "CI", Role: "member"}, 1: {Name: "ci.two"}, 0: {AuthMethod: "oidc-auth"}, 3: {Role: "member"},
		} {
			got := 0
			for _, err := range c.Identities(t.Context(), filter) {
				if err != nil {
					t.Fatal(err)
				}
				got++
			}
			if got != want {
				t.Errorf("old %t: %d of %+v", old, got, filter)
			}
		}
		s.AsAdmin(t, http.MethodPost, "/v2/workspace", map[string]any{"projectName": "Shop"})
		projects, err := c.FullProjects(t.Context())
		if err != nil || len(projects) != 1 || projects[0].Name != "Shop" || projects[0].Slug == "" || (projects[0].HasDeleteProtection == nil) != (old) {
			t.Errorf("old %t: %+v %v", old, projects, err)
		}
		if _, err := client.UniversalAuth.ClearLockouts(t.Context(), c, s.Admin.IdentityID); (err != nil) != (old) {
			t.Errorf("old %t: %v", old, err)
		}
	}
}
