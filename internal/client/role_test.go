// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// without returns a transport to a server without the routes, which logs requests.
func without(l *log, routes ...string) wire {
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		l.note(req)
		for _, route := range routes {
			if strings.HasPrefix(req.URL.Path, "/api"+route) {
				return respond(http.StatusNotFound, "application/json", `{"statusCode":404,"error":"Not Found","message":"Route not found"}`), nil
			}
		}
		return next.RoundTrip(req)
	}
}

var noRules = permission.Rules{}

// rulesIn reads rules from JSON.
func rulesIn(t testing.TB, text string) permission.Rules {
	t.Helper()
	var rules permission.Rules
	if err := json.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestRolesOfNewAndOldServers checks that a missing route is tried once, and that a missing role causes no
// fallback.
func TestRolesOfNewAndOldServers(t *testing.T) {
	server := servertest.Start(t)
	for name, tc := range map[string]struct {
		lacking []string
		newer   int // requests on the newer routes
		older   int
	}{
		"new": {nil, 8, 0},
		"old": {[]string{"/v1/projects"}, 5, 8},
	} {
		project := server.NewProject(t)
		var l log
		c, ctx := admin(t, server, without(&l, tc.lacking...)), t.Context()
		made, err := c.CreateProjectRole(ctx, project.ID, api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: noRules})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		renamed, err := c.UpdateProjectRole(ctx, project.ID, made.ID, api.UpdateRoleRequest{Slug: new("b")})
		if err != nil || renamed.Slug != "b" {
			t.Errorf("%s: %+v, %v", name, renamed, err)
		}
		if found, err := c.ProjectRole(ctx, project.ID, made.ID, "b"); err != nil || found.ID != made.ID {
			t.Errorf("%s: by its slug %+v, %v", name, found, err)
		}
		if found, err := c.ProjectRole(ctx, project.ID, made.ID, "a"); err != nil || found.Slug != "b" {
			t.Errorf("%s: by an earlier slug %+v, %v", name, found, err)
		}
		if err := c.DeleteProjectRole(ctx, project.ID, made.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.ProjectRoleBySlug(ctx, project.ID, "b"); !client.IsNotFound(err) {
			t.Errorf("%s: after its deletion %v", name, err)
		}
		if newer, older := l.count("/v1/projects/"), l.count("/v2/workspace/"); newer != tc.newer || older != tc.older {
			t.Errorf("%s: %d requests on newer routes and %d on older ones", name, newer, older)
		}
	}
}

// TestProjectRoleThatIsGone checks a deleted role whose slug another role has.
func TestProjectRoleThatIsGone(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	c, ctx := admin(t, server, nil), t.Context()
	create := func() string {
		made, err := c.CreateProjectRole(ctx, project.ID, api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: noRules})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	first := create()
	if err := c.DeleteProjectRole(ctx, project.ID, first); err != nil {
		t.Fatal(err)
	}
	create()
	if _, err := c.ProjectRole(ctx, project.ID, first, "a"); !client.IsNotFound(err) {
		t.Errorf("%v", err)
	}
}

// TestOrganizationRolesOfOldServers checks the errors of missing routes and denied permissions.
func TestOrganizationRolesOfOldServers(t *testing.T) {
	server := servertest.Start(t)
	var l log
	read := func(c *client.Client) error {
		_, err := c.OrganizationRoleBySlug(t.Context(), "admin")
		return err
	}
	mustFail(t, read(admin(t, server, without(&l, "/v1/organization/roles"))), "available since the end of 2025")
	nobody := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.TokenWith(t))})
	if err := read(nobody); err == nil || strings.Contains(err.Error(), "2025") {
		t.Errorf("%v", err)
	}
}

// TestSegmentsAreChecked checks that no ID changes the route.
func TestSegmentsAreChecked(t *testing.T) {
	server := servertest.Start(t)
	var l log
	c := admin(t, server, &l)
	for name, call := range map[string]func(context.Context) error{
		"role":         func(ctx context.Context) error { return c.DeleteOrganizationRole(ctx, "") },
		"project role": func(ctx context.Context) error { return c.DeleteProjectRole(ctx, "p", "..") },
		"project":      func(ctx context.Context) error { return c.DeleteProject(ctx, ".") },
		"member":       func(ctx context.Context) error { return c.RemoveProjectMember(ctx, "p", "") },
	} {
		if err := call(t.Context()); err == nil || !strings.Contains(err.Error(), "is not an ID") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _ = c.Project(t.Context(), "a/../b?c")
	if l.count("GET /api/v1/projects/slug/a%2F..%2Fb%3Fc") != 1 || l.count("DELETE") != 0 {
		t.Errorf("sent: %v", l.sent)
	}
}

// TestProjectRolesOfTheOldestServers checks that the slug of the project is looked up once, and that rules
// of the first version read as requested.
func TestProjectRolesOfTheOldestServers(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	var l log
	c, ctx := admin(t, server, &l), t.Context()
	project, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	rules := rulesIn(t, `[{"subject":"role","action":["read"]},{"subject":"secrets","action":["read"]},`+
		`{"subject":"secret-imports","action":["read"]},{"subject":"dynamic-secrets","action":["read-root-credential"]}]`)
	made, err := c.CreateProjectRole(ctx, project.ID, api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: rules})
	if err != nil || !made.Permissions.Equal(rules) || made.ProjectID != project.ID {
		t.Fatalf("%+v, %v", made, err)
	}
	changed, err := c.UpdateProjectRole(ctx, project.ID, made.ID, api.UpdateRoleRequest{Slug: new("b"), Description: new("")})
	if err != nil || changed.Slug != "b" || !changed.Permissions.Equal(rules) {
		t.Errorf("%+v, %v", changed, err)
	}
	if found, err := c.ProjectRole(ctx, project.ID, made.ID, "a"); err != nil || found.Slug != "b" || !found.Permissions.Equal(rules) {
		t.Errorf("by an earlier slug %+v, %v", found, err)
	}
	if list, err := c.ProjectRoles(ctx, project.ID); err != nil || len(list) != 5 || list[4].Permissions != nil {
		t.Errorf("%+v, %v", list, err)
	}
	if err := c.DeleteProjectRole(ctx, project.ID, made.ID); err != nil {
		t.Error(err)
	}
	if err := c.DeleteProjectRole(ctx, project.ID, made.ID); !client.IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := c.UpdateProjectRole(ctx, project.ID, made.ID, api.UpdateRoleRequest{Name: new("x")}); !client.IsNotFound(err) {
		t.Errorf("changed after its deletion: %v", err)
	}
	if _, err := c.ProjectRoleBySlug(ctx, project.ID, "b"); !client.IsNotFound(err) {
		t.Errorf("read after its deletion: %v", err)
	}
	if n := l.count("GET /api/v1/workspace/" + project.ID); n != 1 {
		t.Errorf("the slug was looked up %d times", n)
	}
	if err := c.DeleteProject(ctx, project.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"read": second(c.ProjectRoleBySlug(ctx, project.ID, "b")), "list": second(c.ProjectRoles(ctx, project.ID)), "delete": c.DeleteProjectRole(ctx, project.ID, made.ID),
	} {
		if !client.IsNotFound(err) {
			t.Errorf("%s after the project: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestProjectRoleOfAProjectThatGaveItsSlugAway checks that the role of another project is not returned.
func TestProjectRoleOfAProjectThatGaveItsSlugAway(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	c, ctx := admin(t, server, nil), t.Context()
	create := func(name string) api.Project {
		project, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: name, Slug: new("web-shop")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.CreateProjectRole(ctx, project.ID, api.CreateRoleRequest{Slug: "a", Name: name, Permissions: noRules}); err != nil {
			t.Fatal(err)
		}
		return project
	}
	first := create("First")
	if err := c.DeleteProject(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	later := create("Second")
	if _, err := c.ProjectRoleBySlug(ctx, first.ID, "a"); !client.IsNotFound(err) {
		t.Errorf("%v", err)
	}
	if found, err := c.ProjectRoleBySlug(ctx, later.ID, "a"); err != nil || found.Name != "Second" {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestRulesThatTheOldestServersLack checks that such rules are rejected before a request is sent.
func TestRulesThatTheOldestServersLack(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	var l log
	c, ctx := admin(t, server, &l), t.Context()
	project, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	for rules, want := range map[string]string{
		`[{"subject":"role","action":["read"]},{"subject":"secrets","action":["edit"],"inverted":true}]`: "permissions.1: rule 2, on secrets: this server is older than such rules of project roles, available since the end of 2024: inverted rules are not supported",
		`[{"subject":"secrets","action":["read"]}]`:                                                      "permissions.0: rule 1, on secrets: this server is older",
		`[{"subject":"identity","action":["edit-auth"]}]`:                                                "permissions.0: rule 1, on identity: this server is older",
	} {
		_, err := c.CreateProjectRole(ctx, project.ID, api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: rulesIn(t, rules)})
		mustFail(t, err, want)
	}
	if n := l.count("POST /api/v1/workspace/" + project.Slug); n != 0 {
		t.Errorf("%d requests would have made a role", n)
	}
}

// TestRolesThatTheOldestServersReject checks the error of newer subjects, actions and conditions.
func TestRolesThatTheOldestServersReject(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/roles") && strings.Contains(req.URL.Path, "/v1/workspace/") {
			return respond(http.StatusUnauthorized, "application/json", `{"statusCode":401,"error":"ValidationFailure","message":[{"code":"invalid_union_discriminator","path":["permissions",1,"subject"],"message":"Invalid discriminator value"}]}`), nil
		}
		return next.RoundTrip(req)
	}))
	project, err := c.CreateProject(t.Context(), api.CreateProjectRequest{ProjectName: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateProjectRole(t.Context(), project.ID, api.CreateRoleRequest{Slug: "a", Name: "A",
		Permissions: rulesIn(t, `[{"subject":"role","action":["read"]},{"subject":"ssh-certificates","action":["read"]}]`)})
	mustFail(t, err, "permissions: a rule on ssh-certificates: this server is older than such rules of project roles, available since the end of 2024: Invalid discriminator value")
}

// TestLostRoleOnTheOldestServers checks that a lost create is adopted by its slug.
func TestLostRoleOnTheOldestServers(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	lost := false
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil && !lost && req.Method == http.MethodPost && strings.HasPrefix(req.URL.Path, "/api/v1/workspace/") {
			lost = true
			_ = resp.Body.Close()
			return respond(http.StatusBadGateway, "text/html", "<html>"), nil
		}
		return resp, err
	}))
	project, err := c.CreateProject(t.Context(), api.CreateProjectRequest{ProjectName: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateProjectRole(t.Context(), project.ID, api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: rulesIn(t,
		`[{"subject":"secret-imports","action":["read"]},{"subject":"dynamic-secrets","action":["read-root-credential"]},{"subject":"secrets","action":["describeSecret","readValue"]}]`)})
	if err != nil || !lost || made.Slug != "a" {
		t.Errorf("%+v, %v", made, err)
	}
}

// TestProjectRoleOfAProjectThatIsGoneOnTheOldestServers checks their 500 for the slug.
func TestProjectRoleOfAProjectThatIsGoneOnTheOldestServers(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	failing := false
	c, ctx := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if failing && strings.Contains(req.URL.Path, "/v1/workspace/") {
			return respond(http.StatusInternalServerError, "application/json", `{"statusCode":500,"error":"Find project by slug","message":"Something went wrong"}`), nil
		}
		return next.RoundTrip(req)
	})), t.Context()
	project, err := c.CreateProject(ctx, api.CreateProjectRequest{ProjectName: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateProjectRole(ctx, project.ID, api.CreateRoleRequest{Slug: "a", Name: "A", Permissions: noRules})
	if err != nil {
		t.Fatal(err)
	}
	failing = true
	if err := c.DeleteProjectRole(ctx, project.ID, made.ID); err == nil || client.IsNotFound(err) {
		t.Errorf("the project is there: %v", err)
	}
	failing = false
	if err := c.DeleteProject(ctx, project.ID); err != nil {
		t.Fatal(err)
	}
	failing = true
	if err := c.DeleteProjectRole(ctx, project.ID, made.ID); !client.IsNotFound(err) {
		t.Errorf("deleted: %v", err)
	}
	if _, err := c.ProjectRole(ctx, project.ID, made.ID, "a"); !client.IsNotFound(err) {
		t.Errorf("read: %v", err)
	}
}
