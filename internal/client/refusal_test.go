// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const (
	mayHaveSucceeded = "may have succeeded anyway"
	serverFailed     = `{"statusCode":500,"error":"Create","message":"Something went wrong"}`
)

// TestFailuresOfOlderServers expects that a status 500, which servers of October 2024 return for values that
// they do not accept, is explained, and that a create that created nothing is not called lost.
func TestFailuresOfOlderServers(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	taken := server.NewProject(t)
	server.Clock.Advance(10 * time.Second) // it is older than the creates
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		for _, failing := range []string{"POST /api/v1/projects", "POST /api/v1/identities", "POST /api/v1/identities/search", "PATCH ", "POST /api/v1/auth/token/"} {
			if strings.HasPrefix(req.Method+" "+req.URL.Path, failing) && !strings.HasSuffix(req.URL.Path, "/login") {
				return respond(http.StatusInternalServerError, "application/json", serverFailed), nil
			}
		}
		return next.RoundTrip(req)
	}))
	ctx := t.Context()
	for name, tc := range map[string]struct {
		err        func() error
		want, hint string
	}{
		"taken slug": {func() error {
			_, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "x", Slug: &taken.Slug})
			return err
		}, "it exists already; found", "It already exists. Import it"},
		"free slug": {func() error {
			_, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "x", Slug: new("free-slug")})
			return err
		}, "Something went wrong", "a metadata value of more than 255 characters"},
		"update": {func() error {
			_, err := c.UpdateProject(ctx, taken.ID, api.UpdateProjectRequest{Name: new("y")})
			return err
		}, "Something went wrong", "an ID that is not a UUID"},
		"search": {func() error {
			_, err := c.IdentitiesByName(ctx, "x")
			return err
		}, "Something went wrong", "Servers of October 2024"},
		"renewal": {func() error {
			_, err := c.Renew(ctx, "a.b.c")
			return err
		}, "Something went wrong", "Servers of October 2024"},
		"revocation": {func() error { return c.Revoke(ctx, "a.b.c") }, "Something went wrong", "Servers of October 2024"},
	} {
		err := tc.err()
		e := mustFail(t, err, tc.want)
		if text := client.Explain(err); e.Lost || strings.Contains(text, mayHaveSucceeded) || !strings.Contains(text, tc.hint) {
			t.Errorf("%s: lost: %t: %s", name, e.Lost, text)
		}
	}
}

// TestRefusalsOfPlans expects one explanation for what the plan of a server does not include.
func TestRefusalsOfPlans(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Failed to create custom role due to plan RBAC restriction. Upgrade plan to create custom roles.":              "custom roles",
		"Failed to assign custom role due to RBAC restriction. Upgrade plan to assign custom role to member.":          "custom roles",
		"Failed to add IP access range to service token due to plan restriction. Upgrade plan to add IP access range.": "trusted IPs",
		"Failed to create group due to plan restriction. Upgrade plan to create group.":                                "groups",
		"Failed to create identity due to identity limit reached. Upgrade plan to create more identities.":             "more identities",
		"Failed to create workspace due to plan limit reached. Upgrade plan to add more workspaces.":                   "more projects",
		"Upgrade your plan":                            "this feature",
		"Role with plan already exists":                "",
		"Failed to find the plan of your organization": "",
	} {
		body := `{"statusCode":400,"error":"BadRequest","message":"` + message + `"}`
		c := newClient(t, client.Config{Host: "http://server.example", AccessToken: "a-token", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return respond(http.StatusBadRequest, "application/json", body), nil
		})})
		_, err := c.UpdateIdentity(t.Context(), "i", api.UpdateIdentityRequest{})
		if got := client.PlanLacks(err); got != want || want != "" && !strings.Contains(client.Explain(err), "Change the plan or the license of the server, or remove "+want) {
			t.Errorf("%s: %q: %s", message, got, client.Explain(err))
		}
	}
}
