package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// without is a server that does not know the routes, and the log of what reaches it.
func without(l *log, routes ...string) wire {
	return func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		l.note(req)
		for _, route := range routes {
			if strings.HasPrefix(req.URL.Path, "/api"+route) {
				return answer(http.StatusNotFound, "application/json", `{"statusCode":404,"error":"Not Found","message":"Route not found"}`), nil
			}
		}
		return next.RoundTrip(req)
	}
}

var noRules = json.RawMessage("[]")

// TestRolesOfNewAndOldServers: the newer routes where there are any; where there are none that is
// asked once, and what is missing itself is no reason to ask elsewhere.
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

// TestProjectRoleThatIsGone, though another one has its slug by now.
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

// TestOrganizationRolesOfOldServers: a refusal says why, one for lack of a permission as it is.
func TestOrganizationRolesOfOldServers(t *testing.T) {
	server := servertest.Start(t)
	var l log
	read := func(c *client.Client) error {
		_, err := c.OrganizationRoleBySlug(t.Context(), "admin")
		return err
	}
	mustFail(t, read(admin(t, server, without(&l, "/v1/organization/roles"))), "which servers have since the end of 2025")
	nobody := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.TokenWith(t))})
	if err := read(nobody); err == nil || strings.Contains(err.Error(), "2025") {
		t.Errorf("%v", err)
	}
}

// TestPlacesAreChecked: an empty or foreign ID never makes another route's path.
func TestPlacesAreChecked(t *testing.T) {
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
