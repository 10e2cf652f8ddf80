// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func newFolderAccess() api.CreateFolderAccessRequest {
	return api.CreateFolderAccessRequest{Folder: api.Folder{EnvironmentSlug: "dev", SecretPath: "/app"}, Permission: "read"}
}

func TestFolderAccessRoundTrip(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, identity.ID, "no-access")
	body := newFolderAccess()
	made, err := c.CreateFolderAccess(t.Context(), project.ID, identity.ID, body)
	if err != nil || made.Permission != "read" || made.Environment != "dev" || made.SecretPath != "/app" {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := c.CreateFolderAccess(t.Context(), project.ID, identity.ID, body); len(client.Candidates(err)) != 1 || client.Candidates(err)[0].ID != made.ID {
		t.Errorf("a second create: %v", err)
	}
	changed, err := c.UpdateFolderAccess(t.Context(), project.ID, identity.ID, api.UpdateFolderAccessRequest{Folder: body.Folder, Permission: new("edit")})
	if err != nil || changed.Permission != "edit" || changed.ID != made.ID {
		t.Errorf("%+v, %v", changed, err)
	}
	if found, err := c.FolderAccess(t.Context(), project.ID, identity.ID, "dev", "/app"); err != nil || found != changed {
		t.Errorf("%+v, %v", found, err)
	}
	if err := c.DeleteFolderAccess(t.Context(), project.ID, identity.ID, body.Folder); err != nil {
		t.Error(err)
	}
	if _, err := c.FolderAccess(t.Context(), project.ID, identity.ID, "dev", "/app"); !client.IsNotFound(err) {
		t.Errorf("not deleted: %v", err)
	}
}

// TestLostFolderAccess checks that a create whose response is lost adopts what it made.
func TestLostFolderAccess(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, identity.ID, "no-access")
	lost := false
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(req)
		if err == nil && req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/secret-folder-access") && !lost {
			lost = true
			_ = response.Body.Close()
			return respond(http.StatusBadGateway, "text/html", "lost"), nil
		}
		return response, err
	}))
	made, err := c.CreateFolderAccess(t.Context(), project.ID, identity.ID, newFolderAccess())
	if err != nil || !lost || made.SecretPath != "/app" {
		t.Errorf("%+v, %v, lost: %t", made, err, lost)
	}
}

// TestPlanWithoutFolderAccess checks that a refusal of the server's plan is explained, and no other 400.
func TestPlanWithoutFolderAccess(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, identity.ID, "no-access")
	refuse := false
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if refuse && strings.HasSuffix(req.URL.Path, "/secret-folder-access") {
			return respond(http.StatusBadRequest, "application/json", `{"statusCode":400,"error":"BadRequest","message":"Upgrade your plan"}`), nil
		}
		return next.RoundTrip(req)
	}))
	const plan = "Change the plan or the license of the server, or remove folder access"
	if _, err := c.CreateFolderAccess(t.Context(), project.ID, server.Admin.IdentityID, newFolderAccess()); err == nil || strings.Contains(client.Explain(err), plan) {
		t.Errorf("access of a project admin: %v", err)
	}
	refuse = true
	_, createErr := c.CreateFolderAccess(t.Context(), project.ID, identity.ID, newFolderAccess())
	_, listErr := c.FolderAccesses(t.Context(), project.ID, identity.ID)
	for what, err := range map[string]error{"create": createErr, "list": listErr} {
		if err == nil || strings.Count(client.Explain(err), plan) != 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestFolderAccessInARefresh expects that a refresh reads 20 folders of an identity with two requests.
func TestFolderAccessInARefresh(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, identity.ID, "no-access")
	requests := &log{}
	c := admin(t, server, requests)
	for n := range 20 {
		body := newFolderAccess()
		body.SecretPath = fmt.Sprintf("/app-%d", n)
		if _, err := c.CreateFolderAccess(t.Context(), project.ID, identity.ID, body); err != nil {
			t.Fatal(err)
		}
	}
	before := requests.count("GET ")
	for n := range 20 {
		found, err := c.FolderAccess(client.Refreshing(t.Context()), project.ID, identity.ID, "dev", fmt.Sprintf("/app-%d", n))
		if err != nil || found.SecretPath != fmt.Sprintf("/app-%d", n) {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if got := requests.count("GET ") - before; got != 2 {
		t.Errorf("%d requests", got)
	}
	if _, err := c.FolderAccess(client.Refreshing(t.Context()), project.ID, identity.ID, "dev", "/other"); !client.IsNotFound(err) {
		t.Error(err)
	}
}
