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

// TestEnvironments creates, reads, updates, deletes and restores an environment. Older servers have other
// routes and cannot restore.
func TestEnvironments(t *testing.T) {
	for _, generation := range []string{"new", "old"} {
		t.Run(generation, func(t *testing.T) {
			server := servertest.StartWith(t, servertest.Options{Generation: generation})
			c, ctx := admin(t, server, nil), t.Context()
			project, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Shop"})
			if err != nil {
				t.Fatal(err)
			}
			p := project.ID
			made, err := c.CreateEnvironment(ctx, p, api.CreateEnvironmentRequest{Name: "QA", Slug: "qa"})
			if err != nil || made.Position != 4 || made.ProjectID != p {
				t.Fatalf("%+v, %v", made, err)
			}
			_, err = c.CreateEnvironment(ctx, p, api.CreateEnvironmentRequest{Name: "QA", Slug: "qa"})
			if found := client.Candidates(err); len(found) != 1 || found[0].ID != made.ID {
				t.Errorf("slug in use: %v, candidates %v", err, found)
			}
			changed, err := c.UpdateEnvironment(ctx, p, made.ID, api.UpdateEnvironmentRequest{Name: new("Quality"), Position: new(int64(1))})
			if err != nil || changed.Name != "Quality" || changed.Position != 1 || changed.Slug != "qa" {
				t.Errorf("%+v, %v", changed, err)
			}
			for name, read := range map[string]func() (api.Environment, error){
				"ID":   func() (api.Environment, error) { return c.Environment(ctx, p, made.ID) },
				"slug": func() (api.Environment, error) { return c.EnvironmentBySlug(ctx, p, "qa") },
			} {
				if found, err := read(); err != nil || found != changed {
					t.Errorf("by %s: %+v, %v", name, found, err)
				}
			}
			if err := c.DeleteEnvironment(ctx, p, made.ID); err != nil {
				t.Error(err)
			}
			if _, err := c.Environment(ctx, p, made.ID); !client.IsNotFound(err) {
				t.Errorf("deleted: %v", err)
			}
			if _, err := c.EnvironmentBySlug(ctx, p, "qa"); !client.IsNotFound(err) {
				t.Errorf("deleted, by slug: %v", err)
			}
			restored, err := c.RestoreEnvironment(ctx, p, made.ID)
			if generation == "old" {
				mustFail(t, err, "available since summer 2026")
			} else if err != nil || restored.ID != made.ID || restored.SoftDeletedAt != nil {
				t.Errorf("%+v, %v", restored, err)
			}
			if err := c.DeleteProject(ctx, p); err != nil {
				t.Error(err)
			}
			if _, err := c.Environment(ctx, p, made.ID); !client.IsNotFound(err) {
				t.Errorf("in a deleted project: %v", err)
			}
		})
	}
}

// TestEnvironmentLostResponse expects an environment whose response is lost to be adopted.
func TestEnvironmentLostResponse(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	lost := false
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil && !lost && req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/environments") {
			lost = true
			_ = resp.Body.Close()
			return respond(http.StatusBadGateway, "text/html", ""), nil
		}
		return resp, err
	}))
	made, err := c.CreateEnvironment(t.Context(), project.ID, api.CreateEnvironmentRequest{Name: "QA", Slug: "qa"})
	if err != nil || !lost {
		t.Fatal(lost, err)
	}
	if found, err := c.EnvironmentBySlug(t.Context(), project.ID, "qa"); err != nil || found != made {
		t.Errorf("%+v, %v", found, err)
	}
}
