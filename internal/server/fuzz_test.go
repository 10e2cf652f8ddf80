// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
)

// fuzzed is the API in memory, and the credentials of its admin.
func fuzzed(f *testing.F) (http.Handler, iam.Credentials) {
	f.Helper()
	s, err := sandbox.Open(f.Context(), sandbox.Options{Database: ":memory:"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	admin, err := s.Bootstrap(f.Context(), iam.Credentials{})
	if err != nil {
		f.Fatal(err)
	}
	return s.Handler, admin
}

func answered(t *testing.T, h http.Handler, r *http.Request, secrets ...string) int {
	t.Helper()
	r.RemoteAddr = "127.0.0.1:1"
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	if out.Code >= http.StatusInternalServerError {
		t.Fatalf("%d %s", out.Code, out.Body)
	}
	for _, secret := range secrets {
		if bytes.Contains(out.Body.Bytes(), []byte(secret)) {
			t.Fatalf("the answer quotes a secret: %s", out.Body)
		}
	}
	return out.Code
}

// FuzzBody: no body is a fault of the server, as JSON and as a form.
func FuzzBody(f *testing.F) {
	h, admin := fuzzed(f)
	paths := []string{
		"/api/v1/auth/universal-auth/login", "/api/v1/auth/token/renew", "/api/v1/identities", "/api/v1/identities/search", "/api/v1/organization/roles",
		"/api/v1/projects", "/api/v1/auth/universal-auth/identities/" + admin.IdentityID, "/api/v2/identity-project-additional-privilege",
	}
	for n, seed := range []string{
		`{"clientId":"a","clientSecret":"b","organizationSlug":"x"}`, `{"accessToken":"a.b.c"}`, `{"name":"a","organizationId":"` + admin.OrganizationID + `","metadata":[{"key":"a","value":"b"}]}`,
		`{"search":{"$or":[{"name":{"$contains":"a"}},{"role":{"$in":["admin"]}}]},"limit":1}`,
		`{"slug":"a","name":"A","permissions":[{"subject":"role","action":"read","conditions":{"x":{"$glob":"{a,b}"}}}]}`,
		`{"projectName":"a","slug":"aaaaa"}`, `{"accessTokenTTL":1e3,"accessTokenTrustedIps":[{"ipAddress":"10.0.0.0/8"}]}`,
		`{"identityId":"a","projectId":"b","permissions":[],"type":{"isTemporary":true,"temporaryMode":"relative","temporaryRange":"1h","temporaryAccessStartTime":"2026-01-01T00:00:00Z"}}`,
		"clientId=a&clientSecret=b", `{"name":null}`, `{"name":"\ud800"}`, "\xff", `[[[[`, `{"a":{"a":{"a":{}}}}`,
	} {
		f.Add(byte(n), n == 8, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, where byte, form bool, body []byte) {
		path := paths[int(where)%len(paths)]
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if form {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header.Set("Authorization", "Bearer "+admin.AccessToken)
		answered(t, h, r, admin.AccessToken, admin.ClientSecret)
	})
}

// FuzzToken: no token is taken but the one that the server signed, and none is a fault.
func FuzzToken(f *testing.F) {
	h, admin := fuzzed(f)
	parts := strings.Split(admin.AccessToken, ".")
	for _, seed := range []string{
		"", "a.b.c", "...", "eyJhbGciOiJub25lIn0." + parts[1] + ".", parts[0] + "." + parts[1] + ".", parts[0] + ".e30." + parts[2],
		parts[0] + ".." + parts[2], "eyJhbGciOiJIUzI1NiIsImtpZCI6MX0." + parts[1] + "." + parts[2], "\x00", "é.é.é",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/identities/details", nil)
		r.Header["Authorization"] = []string{"Bearer " + token}
		if status := answered(t, h, r, admin.AccessToken); status == http.StatusOK && strings.TrimSpace(token) != admin.AccessToken {
			t.Fatalf("%q is taken", token)
		}
	})
}

// FuzzQuery: no query is a fault of the server.
func FuzzQuery(f *testing.F) {
	h, admin := fuzzed(f)
	paths := []string{
		"/api/v1/organization/audit-logs", "/api/v2/organizations/" + admin.OrganizationID + "/identity-memberships", "/api/v1/identities", "/api/v1/projects",
	}
	for n, seed := range []string{
		"limit=1&offset=0&startDate=2026-01-01T00:00:00Z&eventType=a,b", "limit=9999999999999999999", "search=%25_&orderBy=name&orderDirection=desc",
		"startDate=0000-00-00", "startDate=-9999-01-01T00:00:00Z&endDate=9999-12-31T23:59:59.999999999Z", "actor=%00", "%", "a;b=c", "projectId=x",
	} {
		f.Add(byte(n), seed)
	}
	f.Fuzz(func(t *testing.T, where byte, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, paths[int(where)%len(paths)], nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Bearer "+admin.AccessToken)
		answered(t, h, r, admin.AccessToken)
	})
}
