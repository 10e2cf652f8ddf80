// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestDroppedUpdate expects an error for a change that a server of October 2024 drops with status 200.
func TestDroppedUpdate(t *testing.T) {
	t.Parallel()
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	c := admin(t, server, nil)
	made, err := c.CreateProject(t.Context(), api.CreateProjectRequest{ProjectName: "Shop", Slug: new("shop-one")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.UpdateProject(t.Context(), made.ID, api.UpdateProjectRequest{Name: new("Shop"), Slug: new("shop-two")})
	if e := mustFail(t, err, `slug is "shop-one" instead of "shop-two"`); !strings.Contains(client.Explain(&e), "Update the server") {
		t.Error(client.Explain(&e))
	}
	if _, err := c.UpdateProject(t.Context(), made.ID, api.UpdateProjectRequest{Name: new("Other"), Slug: new("shop-one")}); err != nil {
		t.Error(err)
	}
}

// TestConfirmedUpdate lists which differences of a response are an error.
func TestConfirmedUpdate(t *testing.T) {
	t.Parallel()
	for response, want := range map[string]string{
		`{"project": {"id": "p", "slug": "new", "name": "A  name", "description": null, "pitVersionLimit": 5}}`: "",
		`{"project": {"id": "p", "slug": "NEW", "name": "A name"}}`:                                             "",
		`{"project": {"id": "p", "slug": "new"}}`:                                                               "",
		`{"project": {"id": "p", "slug": "new", "name": ["A name"]}}`:                                           "unexpected form",
		`{"project": {"id": "p", "slug": "old", "name": "A name"}}`:                                             `slug is "old" instead of "new"`,
		`{"project": {"id": "p", "slug": "new", "pitVersionLimit": 6}}`:                                         "pitVersionLimit is 6 instead of 5",
		`{"project": {"id": "p", "slug": "new", "hasDeleteProtection": false}}`:                                 "hasDeleteProtection is false instead of true",
		`{"project": {"id": "p", "slug": "new", "description": "kept"}}`:                                        `description is "kept" instead of ""`,
	} {
		c := newClient(t, client.Config{Host: "http://server.example", AccessToken: "t", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return respond(http.StatusOK, "application/json", response), nil
		})})
		_, err := c.UpdateProject(t.Context(), "p", api.UpdateProjectRequest{
			Name: new("A name"), Slug: new("new"), Description: new(""), PITVersionLimit: new(int64(5)), HasDeleteProtection: new(true),
		})
		if want == "" && err != nil {
			t.Errorf("%s: %v", response, err)
		} else if want != "" {
			mustFail(t, err, want)
		}
	}
}
