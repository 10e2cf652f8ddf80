// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// TestAuthMethods expects at most one auth method of an identity, with the fields of an older server.
func TestAuthMethods(t *testing.T) {
	t.Parallel()
	s := servertest.StartWith(t, servertest.Options{Generation: "old"})
	s.Clock.Stop()
	i := oidctest.Start(t, s.Clock.Now)
	admin := s.Admin.AccessToken
	universal, federated, issued := s.NewIdentity(t, "no-access", nil).ID, newIdentity(t, s), newIdentity(t, s)

	made := s.AsAdmin(t, http.MethodPost, oidcAuth+federated, oidcSettings(i, object{"claimMetadataMapping": object{"a": "b"}, "accessTokenTTL": 60, "accessTokenMaxTTL": 600}))
	if made.At("identityOidcAuth", "claimMetadataMapping") != nil || made.Text("identityOidcAuth", "boundIssuer") != i.URL {
		t.Errorf("%v", made.Body)
	}
	s.AsAdmin(t, http.MethodPost, tokenAuth+issued, object{"accessTokenTTL": 60, "accessTokenMaxTTL": 600})
	for _, id := range []string{universal, federated, issued} {
		for path, body := range map[string]object{universalAuth + id: {}, oidcAuth + id: oidcSettings(i, nil), tokenAuth + id: {}} {
			expectError(t, "a second method", s.Call(t, http.MethodPost, path, admin, body), 400, "BadRequest")
		}
	}
	bare := newIdentity(t, s)
	expectError(t, "a TTL of 0", s.Call(t, http.MethodPost, tokenAuth+bare, admin, object{"accessTokenTTL": 0, "accessTokenMaxTTL": 0}), 401, "ValidationFailure")
	expectError(t, "a TTL of 0", s.Call(t, http.MethodPost, oidcAuth+bare, admin, oidcSettings(i, object{"accessTokenMaxTTL": 0})), 401, "ValidationFailure")

	login := s.Call(t, http.MethodPost, "/v1/auth/oidc-auth/login", "", object{"identityId": federated, "jwt": i.Sign(t, nil), "organizationSlug": "elsewhere"})
	created := s.AsAdmin(t, http.MethodPost, tokenAuth+issued+"/tokens", object{"name": "deploy"})
	if created.At("tokenData", "authMethod") != nil || created.At("tokenData", "accessTokenPeriod") != nil || created.Text("tokenData", "name") != "deploy" {
		t.Errorf("%v", created.Body)
	}
	for _, a := range []servertest.Response{login, created} {
		token := a.Text("accessToken")
		s.Clock.Advance(50 * time.Second)
		if again := renew(t, s, token); again.Text("accessToken") != token {
			t.Errorf("renewed to another access token: %d %v", again.Status, again.Body)
		}
		s.Clock.Advance(50 * time.Second)
		if !s.Alive(t, token) {
			t.Error("a renewed access token has expired")
		}
		s.Clock.Advance(-100 * time.Second)
	}
	id := created.Text("tokenData", "id")
	expectError(t, "read an access token", s.Call(t, http.MethodGet, accessTokens+id, admin, nil), 404, "Not Found")
	if renamed := s.AsAdmin(t, http.MethodPatch, accessTokens+id, object{"name": "x"}); renamed.Text("token", "name") != "x" || renamed.At("token", "authMethod") != nil {
		t.Errorf("%v", renamed.Body)
	}
	s.AsAdmin(t, http.MethodPost, accessTokens+id+"/revoke", object{})
	if s.Alive(t, created.Text("accessToken")) {
		t.Error("a revoked access token is valid")
	}
}
