// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// boundary are the actions whose lack is a matter of the privilege boundary.
var boundary = []string{"identity:revoke-auth", "identity:create-token", "identity:get-token", "identity:delete-token"}

// stage is what the routes of the matrix are called on.
type stage struct {
	*servertest.Server
	project      servertest.Project
	identity     servertest.Identity // with every auth method, of the organization or of the project
	roleID       string              // of the project
	environment  string              // of the project
	membershipID string
	privilegeID  string
	tokenID      string // of the identity
}

// TestMatrix asks HTTP for every route, with nothing, with just what the route needs, and with every
// permission there is but one that it needs, and compares with the table; under both boundaries. As
// a permission only ever adds, whoever is refused with all the others is refused with each of them.
func TestMatrix(t *testing.T) {
	t.Parallel()
	routes := server.Routes()
	all := server.Permissions()
	for route := range all {
		if !slices.Contains(routes, route) {
			t.Errorf("the matrix has %s, the API does not", route)
		}
	}
	for _, mode := range []iam.BoundaryMode{iam.Strict, iam.Actions} {
		s := servertest.StartWith(t, servertest.Options{Boundary: mode})
		p := s.NewProject(t)
		member := s.NewIdentity(t, "no-access", nil)
		inOrganization := newStage(t, s, p, member)
		inProject := inOrganization
		inProject.identity = s.NewProjectIdentity(t, p)
		inProject.tokenID = s.AttachAll(t, inProject.identity.ID)
		for _, route := range routes {
			demanded, known := all[route]
			if !known {
				t.Errorf("the matrix does not know %s", route)
				continue
			}
			t.Run(string(mode)+" "+route, func(t *testing.T) {
				t.Parallel()
				checkRoute(t, inOrganization, route, demanded)
			})
			if strings.Contains(route, "-auth/identities/") || strings.Contains(route, "-auth/tokens/") {
				t.Run(string(mode)+" "+route+" of a project", func(t *testing.T) {
					t.Parallel()
					checkRoute(t, inProject, route, server.Access{Scope: permission.Project, Needs: demanded.Needs})
				})
			}
		}
	}
}

func newStage(t *testing.T, s *servertest.Server, p servertest.Project, i servertest.Identity) stage {
	t.Helper()
	g := stage{Server: s, project: p, identity: i}
	s.AsAdmin(t, http.MethodPatch, "/v1/projects/"+p.ID, object{"hasDeleteProtection": true}) // it is deleted often enough
	g.tokenID = s.AttachAll(t, i.ID)
	g.roleID = s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": "staged", "name": "Staged", "permissions": []object{}}).Text("role", "id")
	g.environment = s.AsAdmin(t, http.MethodGet, "/v1/projects/"+p.ID, nil).At("project", "environments").([]any)[0].(object)["id"].(string)
	member := s.NewIdentity(t, "no-access", nil)
	g.membershipID = s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/memberships/identities/"+member.ID, object{}).Text("identityMembership", "id")
	g.privilegeID = s.AsAdmin(t, http.MethodPost, "/v2/identity-project-additional-privilege", object{
		"identityId": member.ID, "projectId": p.ID, "slug": "staged", "permissions": []object{}, "type": object{"isTemporary": false},
	}).Text("privilege", "id")
	return g
}

func checkRoute(t *testing.T, g stage, route string, demanded server.Access) {
	if demanded.Scope == "" {
		if a := call(t, g, route, ""); a.Status == http.StatusUnauthorized && a.Text("message") == "Token missing" {
			t.Error("a public route asks for a token")
		}
		return
	}
	if a := call(t, g, route, ""); a.Status != http.StatusUnauthorized || a.Text("error") != "UnauthorizedError" {
		t.Errorf("without a token: %d %v", a.Status, a.Body)
	}
	if demanded.Scope == permission.Project {
		if a := call(t, g, route, g.TokenWith(t)); a.Status != http.StatusForbidden || a.Text("error") != "ForbiddenError" {
			t.Errorf("of somebody who is no member: %d %v", a.Status, a.Body)
		}
	}
	checkHolding(t, g, route, demanded, nil)
	for _, need := range demanded.Needs {
		checkHolding(t, g, route, demanded, allBut(demanded.Scope, need))
	}
	checkHolding(t, g, route, demanded, demanded.Needs)
}

// allBut returns the permissions of an admin of the scope without one, by either of its names.
func allBut(scope permission.Scope, left string) []string {
	admin, _ := permission.BuiltIn(scope, permission.Admin)
	var held []string
	for _, p := range permission.All(scope) {
		if name := p.Subject + ":" + p.Action; admin.Rules.Allow(p, nil) && firstMissing([]string{left}, []string{name}) != "" {
			held = append(held, name)
		}
	}
	return held
}

// checkHolding calls as somebody who holds just those permissions.
func checkHolding(t *testing.T, g stage, route string, demanded server.Access, held []string) {
	t.Helper()
	var rules []permission.Rule
	for _, p := range held {
		if p == manageAccess {
			continue
		}
		subject, action, _ := strings.Cut(p, ":")
		rules = append(rules, permission.Rule{Subject: subject, Actions: []string{action}})
	}
	token := g.TokenWith
	if demanded.Scope == permission.Project {
		token = func(t testing.TB, rules ...permission.Rule) string { return g.TokenIn(t, g.project, rules...) }
	}
	bearer := ""
	if slices.Contains(held, manageAccess) {
		bearer = tokenWithFolder(t, g, rules)
	} else {
		bearer = token(t, rules...)
	}
	a := call(t, g, route, bearer)
	missing := firstMissing(demanded.Needs, held)
	refused := a.Text("error") == "PermissionDenied" || a.Text("error") == "PermissionBoundaryError"
	if missing == "" {
		if refused || a.Status == http.StatusUnauthorized || a.Status >= http.StatusInternalServerError {
			t.Errorf("holding %v: %d %v", held, a.Status, a.Body)
		}
		return
	}
	name := "PermissionDenied"
	if slices.Contains(boundary, missing) {
		name = "PermissionBoundaryError"
	}
	subject, action, _ := strings.Cut(missing, ":")
	if a.Status != http.StatusForbidden || a.Text("error") != name || !strings.Contains(a.Text("message"), action+" on "+subject) {
		t.Errorf("holding %v, lacking %s: %d %v", held, missing, a.Status, a.Body)
	}
}

// manageAccess is a permission that no custom role can have: the role admin has it, and full access to a folder.
const manageAccess = permission.SecretFolders + ":" + permission.ManageAccess

// folderOfMatrix is the folder of the routes of folder access.
var folderOfMatrix = object{"environmentSlug": "dev", "secretPath": "/matrix", "permission": "full-access"}

// tokenWithFolder returns the token of an identity with these rules and full access to folderOfMatrix.
func tokenWithFolder(t *testing.T, g stage, rules permission.Rules) string {
	t.Helper()
	i := g.NewIdentity(t, "no-access", nil)
	slug := "folder-" + i.ID[:8]
	g.AsAdmin(t, http.MethodPost, "/v1/projects/"+g.project.ID+"/roles", object{"slug": slug, "name": slug, "permissions": append(permission.Rules{}, rules...)})
	g.Join(t, g.project, i.ID, slug)
	g.AsAdmin(t, http.MethodPost, "/v1/projects/"+g.project.ID+"/memberships/identities/"+i.ID+"/secret-folder-access", folderOfMatrix)
	return g.TokenOf(t, i)
}

func firstMissing(needs, held []string) string {
	for _, need := range needs {
		alias := strings.Replace(need, "workspace:create", "project:create", 1)
		if !slices.Contains(held, need) && !slices.Contains(held, alias) {
			return need
		}
	}
	return ""
}

// call calls a route with a body that is valid and changes little.
func call(t *testing.T, g stage, route, token string) servertest.Response {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	project := g.project.ID
	if strings.Contains(path, "/v1/workspace/{project}/roles") || path == "/v2/workspace/{project}" || strings.Contains(path, "/slug/{project}") {
		project = g.project.Slug
	}
	id := g.identity.ID
	if method == http.MethodDelete && !strings.Contains(path, "/v1/auth/") || method != http.MethodPost && strings.Contains(path, "/{project}/") {
		id = unknown // so that nothing goes that the next case needs
	}
	path = strings.NewReplacer("{identityId}", id, "{orgId}", g.Admin.OrganizationID, "{project}", project,
		"{clientSecretId}", unknown, "{roleId}", roleOf(g, route), "{slug}", "staged", "{environmentId}", environmentOf(g, route),
		"{membershipId}", g.membershipID, "{id}", g.privilegeID, "{tokenId}", g.tokenID).Replace(path)
	switch route {
	case "GET /v1/projects/{project}/memberships/secret-folder-access/identities":
		path += "?environmentSlug=dev&secretPath=/matrix"
	case "GET /v1/identities":
		path += "?orgId=" + g.Admin.OrganizationID
	case "GET /v2/identity-project-additional-privilege":
		path += "?identityId=" + g.identity.ID + "&projectId=" + g.project.ID
	case "GET /v2/identity-project-additional-privilege/slug/{slug}",
		"GET /v1/additional-privilege/identity", "GET /v1/additional-privilege/identity/{slug}":
		path += "?identityId=" + g.identity.ID + "&projectSlug=" + g.project.Slug
	case "DELETE /v2/identity-project-additional-privilege/{id}":
		if token == g.TokenIn(t, g.project, permission.Rule{Subject: "identity", Actions: []string{"edit"}}) {
			return servertest.Response{Status: http.StatusOK} // it would go; TestPrivileges deletes one
		}
	}
	var body any
	if method == http.MethodPost || method == http.MethodPatch || route == "DELETE /v1/additional-privilege/identity" || strings.HasSuffix(route, "/secret-folder-access") {
		body = bodyOf(g, route)
	}
	return g.Call(t, method, path, token, body)
}

// roleOf is a role that is not there where the role would change.
func roleOf(g stage, route string) string {
	if route == "GET /v1/projects/roles/{roleId}" {
		return g.roleID
	}
	return unknown
}

// environmentOf is as roleOf.
func environmentOf(g stage, route string) string {
	if route == "GET /v1/workspace/environments/{environmentId}" {
		return g.environment
	}
	return unknown
}

func bodyOf(g stage, route string) object {
	fresh := strings.ToLower(fmt.Sprintf("matrix-%p", &route)) // no two are the same
	bodies := []struct {
		suffix string
		body   object
	}{
		{"POST /v1/auth/universal-auth/login", object{"clientId": g.identity.ClientID, "clientSecret": g.identity.ClientSecret}},
		{"POST /v1/auth/oidc-auth/login", object{"identityId": g.identity.ID, "jwt": "x"}},
		{"POST /v1/auth/oidc-auth/identities/{identityId}", object{"oidcDiscoveryUrl": "https://issuer.example.com", "boundIssuer": "x", "boundClaims": object{}}},
		{"POST /v1/auth/token/renew", object{"accessToken": "x"}},
		{"POST /v1/auth/token/revoke", object{"accessToken": "x"}},
		{"POST /v1/identities", object{"name": "matrix", "organizationId": g.Admin.OrganizationID}},
		{"POST /v1/projects/{project}/identities", object{"name": "matrix"}},
		{"POST /v2/identity-project-additional-privilege", object{
			"identityId": g.identity.ID, "projectId": g.project.ID, "permissions": []object{}, "type": object{"isTemporary": false},
		}},
		{"POST /v1/additional-privilege/identity/permanent", privilegeV1Of(g)},
		{"POST /v1/additional-privilege/identity/temporary", privilegeV1Of(g)},
		{"PATCH /v1/additional-privilege/identity", privilegeV1Of(g)},
		{"DELETE /v1/additional-privilege/identity", privilegeV1Of(g)},
		{"POST /v2/workspace", object{"projectName": fresh}},
		{"POST /v1/projects", object{"projectName": fresh}},
	}
	for _, b := range bodies {
		if route == b.suffix {
			return b.body
		}
	}
	switch {
	case strings.HasSuffix(route, "/secret-folder-access"):
		return folderOfMatrix
	case strings.HasPrefix(route, "POST") && strings.HasSuffix(route, "/roles"):
		return object{"slug": "matrix", "name": "Matrix", "permissions": []object{}}
	case strings.HasPrefix(route, "PATCH") && strings.Contains(route, "memberships"):
		return object{"roles": []object{{"role": "no-access"}}}
	case strings.HasPrefix(route, "POST") && strings.HasSuffix(route, "/environments"):
		return object{"name": "Matrix", "slug": "matrix"}
	}
	return object{}
}

// privilegeV1Of is a body for each of the writing routes, on a privilege that is not there.
func privilegeV1Of(g stage) object {
	return object{
		"identityId": g.identity.ID, "projectSlug": g.project.Slug, "privilegeSlug": "none", "privilegeDetails": object{}, "permissions": []object{},
		"temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": "2030-01-01T00:00:00Z",
	}
}

// TestGrantingTakesThePrivilege: a role that can do anything is given only by who may grant.
func TestGrantingTakesThePrivilege(t *testing.T) {
	t.Parallel()
	s := servertest.StartWith(t, servertest.Options{Boundary: iam.Actions})
	manager := s.TokenWith(t, permission.Rule{Subject: permission.Identity, Actions: []string{"create", "edit", "read"}})
	granter := s.TokenWith(t, permission.Rule{Subject: permission.Identity, Actions: []string{"create", "edit", "read", "grant-privileges"}})
	identity := s.NewIdentity(t, "member", nil)

	for n, c := range []struct {
		token, method, path string
		role                string
		status              int
	}{
		{manager, http.MethodPost, "/v1/identities", "no-access", http.StatusOK},
		{manager, http.MethodPost, "/v1/identities", "member", http.StatusForbidden},
		{manager, http.MethodPost, "/v1/identities", "admin", http.StatusForbidden},
		{granter, http.MethodPost, "/v1/identities", "member", http.StatusOK},
		{manager, http.MethodPatch, "/v1/identities/" + identity.ID, "member", http.StatusOK}, // as it is
		{manager, http.MethodPatch, "/v1/identities/" + identity.ID, "admin", http.StatusForbidden},
		{manager, http.MethodPatch, "/v1/identities/" + identity.ID, "no-access", http.StatusForbidden},
		{granter, http.MethodPatch, "/v1/identities/" + identity.ID, "no-access", http.StatusOK},
	} {
		a := s.Call(t, c.method, c.path, c.token, object{
			"name": fmt.Sprint("grant ", n), "organizationId": s.Admin.OrganizationID, "role": c.role,
		})
		if a.Status != c.status {
			t.Errorf("%d: %s with role %s: %d %v", n, c.method, c.role, a.Status, a.Body)
		}
		if c.status == http.StatusForbidden && a.Text("error") != "PermissionBoundaryError" {
			t.Errorf("%d: %v", n, a.Body)
		}
	}
	if got := s.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+s.Admin.OrganizationID, nil).At("totalCount"); got != 6.0 {
		t.Errorf("%v identities, want the admin, two callers, the target and two made: refused requests left something", got)
	}
}
