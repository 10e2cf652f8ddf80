package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// needs says what each route demands, in the order in which it is asked for. everybody: a token
// is enough. nobody: not even that.
var (
	nobody    []string
	everybody = []string{}
	needs     = map[string][]string{
		"POST /v1/auth/universal-auth/login": nobody,
		"POST /v1/auth/token/renew":          nobody,
		"POST /v1/auth/token/revoke":         nobody,

		"POST /v1/auth/universal-auth/identities/{identityId}":                                        {"edit-auth"},
		"GET /v1/auth/universal-auth/identities/{identityId}":                                         {"read"},
		"PATCH /v1/auth/universal-auth/identities/{identityId}":                                       {"edit-auth"},
		"DELETE /v1/auth/universal-auth/identities/{identityId}":                                      {"edit", "revoke-auth"},
		"POST /v1/auth/universal-auth/identities/{identityId}/clear-lockouts":                         {"edit"},
		"POST /v1/auth/universal-auth/identities/{identityId}/client-secrets":                         {"create", "create-token"},
		"GET /v1/auth/universal-auth/identities/{identityId}/client-secrets":                          {"read", "get-token"},
		"GET /v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}":         {"read", "get-token"},
		"POST /v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}/revoke": {"delete", "delete-token"},
		"POST /v1/identities":                                {"create"},
		"GET /v1/identities":                                 {"read"},
		"GET /v1/identities/details":                         everybody,
		"POST /v1/identities/search":                         {"read"},
		"GET /v1/identities/{identityId}":                    {"read"},
		"PATCH /v1/identities/{identityId}":                  {"edit"},
		"DELETE /v1/identities/{identityId}":                 {"delete"},
		"GET /v2/organizations/{orgId}/identity-memberships": {"read"},
	}
)

// boundary are the actions whose lack is a matter of the privilege boundary.
var boundary = []string{"revoke-auth", "create-token", "get-token", "delete-token", "grant-privileges"}

// TestMatrix asks HTTP, for every route, with every permission alone and with all that the route
// needs, and compares with the table.
func TestMatrix(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	routes := server.Routes()
	if len(routes) != len(needs) {
		t.Errorf("the API has %d routes, the matrix %d", len(routes), len(needs))
	}
	target := s.NewIdentity(t, "no-access", nil)
	for _, route := range routes {
		want, known := needs[route]
		if !known {
			t.Errorf("the matrix does not know %s", route)
			continue
		}
		t.Run(route, func(t *testing.T) {
			if want == nil {
				if a := call(t, s, route, "", target); a.Status == http.StatusUnauthorized && a.Text("message") == "Token missing" {
					t.Error("a public route asks for a token")
				}
				return
			}
			if a := call(t, s, route, "", target); a.Status != http.StatusUnauthorized || a.Text("error") != "UnauthorizedError" {
				t.Errorf("without a token: %d %v", a.Status, a.Body)
			}
			checkDenied(t, s, route, nil, firstMissing(want, nil), target)
			for _, action := range identityActions() {
				checkDenied(t, s, route, []string{action}, firstMissing(want, []string{action}), target)
			}
			for n := range want {
				held := slices.Delete(slices.Clone(want), n, n+1)
				checkDenied(t, s, route, held, want[n], target)
			}
			checkDenied(t, s, route, want, "", target)
		})
	}
}

// identityActions are the actions on identities, as all routes of now need no other subject.
func identityActions() []string {
	var actions []string
	for _, p := range permission.All(permission.Organization) {
		if p.Subject == permission.Identity {
			actions = append(actions, p.Action)
		}
	}
	return actions
}

func firstMissing(want, held []string) string {
	for _, action := range want {
		if !slices.Contains(held, action) {
			return action
		}
	}
	return ""
}

// checkDenied calls as somebody who holds just those actions. missing is what is lacking; empty:
// the call must not be refused for lack of a permission.
func checkDenied(t *testing.T, s *servertest.Server, route string, held []string, missing string, target servertest.Identity) {
	t.Helper()
	token := s.TokenWith(t, permission.Rule{Subject: permission.Identity, Actions: held})
	a := call(t, s, route, token, target)
	if missing == "" {
		if a.Status == http.StatusForbidden || a.Status == http.StatusUnauthorized {
			t.Errorf("holding %v: %d %v", held, a.Status, a.Body)
		}
		return
	}
	name := "PermissionDenied"
	if slices.Contains(boundary, missing) {
		name = "PermissionBoundaryError"
	}
	if a.Status != http.StatusForbidden || a.Text("error") != name || !strings.Contains(a.Text("message"), missing+" on identity") {
		t.Errorf("holding %v, lacking %s: %d %v", held, missing, a.Status, a.Body)
	}
}

// call calls a route on the target with a body that is valid and changes little.
func call(t *testing.T, s *servertest.Server, route, token string, target servertest.Identity) servertest.Answer {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	path = strings.NewReplacer("{identityId}", target.ID, "{orgId}", s.Admin.OrganizationID,
		"{clientSecretId}", "00000000-0000-0000-0000-000000000000").Replace(path)
	if route == "GET /v1/identities" {
		path += "?orgId=" + s.Admin.OrganizationID
	}
	if method == http.MethodDelete { // not what the next case needs
		path = strings.Replace(path, target.ID, "00000000-0000-0000-0000-000000000001", 1)
	}
	bodies := map[string]any{
		"POST /v1/auth/universal-auth/login": map[string]any{"clientId": target.ClientID, "clientSecret": target.ClientSecret},
		"POST /v1/auth/token/renew":          map[string]any{"accessToken": "x"},
		"POST /v1/auth/token/revoke":         map[string]any{"accessToken": "x"},
		"POST /v1/identities":                map[string]any{"name": "matrix", "organizationId": s.Admin.OrganizationID},
	}
	body, ok := bodies[route]
	if !ok && method != http.MethodGet {
		body = map[string]any{}
	}
	return s.Call(t, method, path, token, body)
}

// TestGrantingTakesThePrivilege: a role that can do anything is given only by who may grant.
func TestGrantingTakesThePrivilege(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
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
		a := s.Call(t, c.method, c.path, c.token, map[string]any{
			"name": fmt.Sprint("grant ", n), "organizationId": s.Admin.OrganizationID, "role": c.role,
		})
		if a.Status != c.status {
			t.Errorf("%d: %s with role %s: %d %v", n, c.method, c.role, a.Status, a.Body)
		}
		if c.status == http.StatusForbidden && a.Text("error") != "PermissionBoundaryError" {
			t.Errorf("%d: %v", n, a.Body)
		}
	}
	if got := s.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+s.Admin.OrganizationID, nil).Body["totalCount"]; got != 6.0 {
		t.Errorf("%v identities, want the admin, two callers, the target and two made: refused requests left something", got)
	}
}
