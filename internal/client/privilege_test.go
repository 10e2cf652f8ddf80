// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestPrivilegeRoundTrip(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, identity.ID, "no-access")
	rules := rulesIn(t, `[{"subject":"secrets","action":["edit"]}]`)
	made, err := c.CreatePrivilege(t.Context(), api.CreatePrivilegeRequest{ProjectID: project.ID, IdentityID: identity.ID, Permissions: rules})
	if err != nil || made.Slug == "" || made.IsTemporary || !made.Permissions.Equal(rules) {
		t.Fatalf("%+v, %v", made, err)
	}
	changed, err := c.UpdatePrivilege(t.Context(), made.ID, api.UpdatePrivilegeRequest{Slug: new("x"), Permissions: &permission.Rules{}})
	if err != nil || changed.Slug != "x" || changed.Permissions == nil || len(changed.Permissions) > 0 {
		t.Errorf("%+v, %v", changed, err)
	}
	list, err := c.Privileges(t.Context(), project.ID, identity.ID)
	if err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Permissions != nil {
		t.Errorf("%+v, %v", list, err)
	}
	if err := c.DeletePrivilege(t.Context(), made.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Privilege(t.Context(), made.ID); !client.IsNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestProjectIdentityRoundTrip(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	project, other := server.NewProject(t), server.NewProject(t)
	made, err := c.CreateProjectIdentity(t.Context(), project.ID, api.CreateProjectIdentityRequest{
		Name: "ci", HasDeleteProtection: new(true), Metadata: &[]api.Metadata{{Key: "a", Value: "b"}},
	})
	if err != nil || **made.ProjectID != project.ID || !*made.HasDeleteProtection {
		t.Fatalf("%+v, %v", made, err)
	}
	_, err = c.UpdateProjectIdentity(t.Context(), project.ID, made.ID, api.UpdateProjectIdentityRequest{HasDeleteProtection: new(false), Metadata: &[]api.Metadata{}})
	found, readErr := c.ProjectIdentity(t.Context(), project.ID, made.ID)
	if err != nil || readErr != nil || *found.HasDeleteProtection || len(found.Metadata) != 0 || found.Name != "ci" {
		t.Errorf("%+v, %v, %v", found, err, readErr)
	}
	if _, err := c.ProjectIdentity(t.Context(), other.ID, made.ID); !client.IsNotFound(err) {
		t.Errorf("found in another project: %v", err)
	}
	if err := c.DeleteProjectIdentity(t.Context(), project.ID, made.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.ProjectIdentity(t.Context(), project.ID, made.ID); !client.IsNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
}

// TestAvailableSince checks the error of a missing route.
func TestAvailableSince(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.URL.Path == loginPath {
			return next.RoundTrip(req)
		}
		return respond(http.StatusNotFound, "application/json", `{"statusCode":404,"error":"Not Found","message":"Route not found"}`), nil
	}))
	_, privilege := c.Privilege(t.Context(), "x")
	_, list := c.Privileges(t.Context(), "x", "y")
	_, identity := c.ProjectIdentity(t.Context(), "x", "y")
	_, role := c.CreateProjectRole(t.Context(), "x", api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: noRules})
	for sentence, err := range map[string]error{
		"create the project role: this server is older than project roles with rules of any subject, available since the end of 2024": role,
		"read the additional privilege: this server is older than additional privileges":                                              privilege,
		"list the additional privileges: this server is older":                                                                        list,
		"older than identities of a project, available since the end of 2025":                                                         identity,
	} {
		if !client.IsNoRoute(err) || client.IsNotFound(err) || !strings.Contains(err.Error(), sentence) {
			t.Errorf("not %q: %v", sentence, err)
		}
	}
}
