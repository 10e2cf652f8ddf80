// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const (
	tokenAuth  = "/v1/auth/token-auth/identities/"
	tokensPath = "/v1/auth/token-auth/tokens/"
)

func newToken(t *testing.T, s *servertest.Server, identityID string, body object) servertest.Response {
	t.Helper()
	return s.AsAdmin(t, http.MethodPost, tokenAuth+identityID+"/tokens", body)
}

func TestTokenAuth(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	id := newIdentity(t, s)
	path, admin := tokenAuth+id, s.Admin.AccessToken
	want(t, "read before", s.Call(t, http.MethodGet, path, admin, nil), 400, "BadRequest")
	want(t, "a token before", s.Call(t, http.MethodPost, path+"/tokens", admin, object{}), 400, "BadRequest")
	want(t, "tokens before", s.Call(t, http.MethodGet, path+"/tokens", admin, nil), 400, "BadRequest")
	made := s.AsAdmin(t, http.MethodPost, path, object{"accessTokenPeriod": 9})
	for field, value := range map[string]any{
		"accessTokenTTL": 2592000.0, "accessTokenMaxTTL": 2592000.0, "accessTokenNumUsesLimit": 0.0, "identityId": id, "accessTokenPeriod": nil,
	} {
		if got := made.At("identityTokenAuth", field); got != value {
			t.Errorf("the default of %s is %v, not %v", field, got, value)
		}
	}
	if got := fmt.Sprint(made.At("identityTokenAuth", "accessTokenTrustedIps")); got != "[map[ipAddress:0.0.0.0 prefix:0 type:ipv4] map[ipAddress::: prefix:0 type:ipv6]]" {
		t.Error(got)
	}
	want(t, "attached twice", s.Call(t, http.MethodPost, path, admin, object{}), 400, "BadRequest")
	changed := s.AsAdmin(t, http.MethodPatch, path, object{"accessTokenTTL": 60, "accessTokenMaxTTL": 0, "accessTokenNumUsesLimit": 7, "accessTokenTrustedIps": []object{{"ipAddress": "::1"}}})
	if read := s.AsAdmin(t, http.MethodGet, path, nil); fmt.Sprint(read.Body) != fmt.Sprint(changed.Body) || read.At("identityTokenAuth", "accessTokenTTL") != 60.0 || read.At("identityTokenAuth", "accessTokenNumUsesLimit") != 7.0 {
		t.Errorf("read %v, answered %v", read.Body, changed.Body)
	}
	want(t, "nothing to change", s.Call(t, http.MethodPatch, path, admin, object{"accessTokenPeriod": 3}), 400, "BadRequest")
	bare := newIdentity(t, s)
	for name, body := range map[string]object{
		"ttl above max": {"accessTokenTTL": 100, "accessTokenMaxTTL": 50}, "negative ttl": {"accessTokenTTL": -1}, "text": {"accessTokenMaxTTL": "60"}, "null": {"accessTokenTTL": nil},
		"negative uses": {"accessTokenNumUsesLimit": -1}, "no address at all": {"accessTokenTrustedIps": []object{}},
	} {
		want(t, "POST "+name, s.Call(t, http.MethodPost, tokenAuth+bare, admin, body), 422, "ValidationFailure")
		want(t, "PATCH "+name, s.Call(t, http.MethodPatch, path, admin, body), 422, "ValidationFailure")
	}
	want(t, "no identity", s.Call(t, http.MethodPost, tokenAuth+unknown, admin, object{}), 404, "NotFound")
	if removed := s.AsAdmin(t, http.MethodDelete, path, nil); removed.At("identityTokenAuth", "id") != made.At("identityTokenAuth", "id") {
		t.Errorf("%v", removed.Body)
	}
	want(t, "removed twice", s.Call(t, http.MethodDelete, path, admin, nil), 400, "BadRequest")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	id, admin := newIdentity(t, s), s.Admin.AccessToken
	s.AsAdmin(t, http.MethodPost, tokenAuth+id, object{"accessTokenTTL": 600, "accessTokenMaxTTL": 1000, "accessTokenNumUsesLimit": 50})
	a := newToken(t, s, id, object{"name": " deploy "})
	token, tokenID := a.Text("accessToken"), a.Text("tokenData", "id")
	if a.At("expiresIn") != 600.0 || a.At("accessTokenMaxTTL") != 1000.0 || a.Text("tokenType") != "Bearer" || !s.Alive(t, token) {
		t.Fatalf("%v", a.Body)
	}
	for field, value := range map[string]any{
		"name": "deploy", "identityId": id, "authMethod": "token-auth", "accessTokenTTL": 600.0, "accessTokenMaxTTL": 1000.0, "accessTokenNumUses": 0.0, "accessTokenNumUsesLimit": 50.0,
		"accessTokenPeriod": 0.0, "isAccessTokenRevoked": false, "identityUAClientSecretId": nil, "accessTokenLastUsedAt": nil, "accessTokenLastRenewedAt": nil,
	} {
		if got := a.At("tokenData", field); got != value {
			t.Errorf("%s is %v, not %v", field, got, value)
		}
	}
	read := s.AsAdmin(t, http.MethodGet, tokensPath+tokenID, nil)
	if read.At("token", "accessTokenNumUses") != 1.0 || read.Text("token", "accessTokenLastUsedAt") == "" || strings.Contains(fmt.Sprint(read.Body), token) {
		t.Errorf("%v", read.Body)
	}
	if i := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+id, nil); i.Text("identity", "lastLoginAuthMethod") != "token-auth" || fmt.Sprint(i.At("identity", "identity", "authMethods")) != "[token-auth]" {
		t.Errorf("%v", i.Body)
	}
	s.Clock.Advance(time.Second)
	renamed := s.AsAdmin(t, http.MethodPatch, tokensPath+strings.ToUpper(tokenID), object{"name": "build"})
	if renamed.Text("token", "name") != "build" || renamed.At("token", "updatedAt") == read.At("token", "updatedAt") {
		t.Errorf("%v", renamed.Body)
	}
	if cleared := s.AsAdmin(t, http.MethodPatch, tokensPath+tokenID, object{"name": ""}); cleared.At("token", "name") != nil {
		t.Errorf("%v", cleared.Body)
	}
	want(t, "nothing to change", s.Call(t, http.MethodPatch, tokensPath+tokenID, admin, object{}), 400, "BadRequest")
	want(t, "long name", s.Call(t, http.MethodPatch, tokensPath+tokenID, admin, object{"name": strings.Repeat("x", 256)}), 422, "ValidationFailure")
	want(t, "NUL", s.Call(t, http.MethodPost, tokenAuth+id+"/tokens", admin, object{"name": "a\x00"}), 422, "ValidationFailure")
	want(t, "another organization", s.Call(t, http.MethodPost, tokenAuth+id+"/tokens", admin, object{"organizationSlug": "elsewhere"}), 404, "NotFound")

	renewed := renew(t, s, token)
	if renewed.At("expiresIn") != 600.0 || s.AsAdmin(t, http.MethodGet, tokensPath+tokenID, nil).Text("token", "accessTokenLastRenewedAt") == "" {
		t.Errorf("%v", renewed.Body)
	}
	for range 2 {
		want(t, "revoke", s.Call(t, http.MethodPost, tokensPath+tokenID+"/revoke", admin, nil), 200, "")
	}
	want(t, "revoked", details(t, s, token), 401, "UnauthorizedError")
	want(t, "revoked, though renewed", details(t, s, renewed.Text("accessToken")), 401, "UnauthorizedError")
	if s.AsAdmin(t, http.MethodGet, tokensPath+tokenID, nil).At("token", "isAccessTokenRevoked") != true {
		t.Error("the error does not say that the token is revoked")
	}
	short := newToken(t, s, id, object{}).Text("accessToken")
	s.Clock.Advance(601 * time.Second)
	want(t, "after its TTL", details(t, s, short), 403, "TokenError")

	// Tokens of other methods are none of these.
	other := s.NewIdentity(t, "no-access", nil)
	s.TokenOf(t, other)
	for _, wrong := range []string{unknown, "nope", other.ID} {
		want(t, "read "+wrong, s.Call(t, http.MethodGet, tokensPath+wrong, admin, nil), 404, "NotFound")
		want(t, "rename "+wrong, s.Call(t, http.MethodPatch, tokensPath+wrong, admin, object{"name": "x"}), 404, "NotFound")
		want(t, "revoke "+wrong, s.Call(t, http.MethodPost, tokensPath+wrong+"/revoke", admin, nil), 404, "NotFound")
	}
	stranger := s.TokenWith(t)
	want(t, "whether a token is there", s.Call(t, http.MethodGet, tokensPath+unknown, stranger, nil), 403, "PermissionDenied")
}

func TestTokenPages(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	id := newIdentity(t, s)
	s.AsAdmin(t, http.MethodPost, tokenAuth+id, object{})
	for n := range 25 {
		newToken(t, s, id, object{"name": fmt.Sprint(n)})
		s.Clock.Advance(time.Second)
	}
	list := func(query string) string {
		var names []string
		for _, token := range s.AsAdmin(t, http.MethodGet, tokenAuth+id+"/tokens"+query, nil).At("tokens").([]any) {
			names = append(names, token.(object)["name"].(string))
		}
		return strings.Join(names, " ")
	}
	for query, want := range map[string]string{
		"?limit=3": "24 23 22", "?limit=3&offset=2": "22 21 20", "?offset=23": "1 0", "?limit=100&offset=100": "",
		"": "24 23 22 21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5",
	} {
		if got := list(query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	for _, query := range []string{"?limit=0", "?limit=101", "?offset=-1", "?offset=101", "?limit=x"} {
		want(t, query, s.Call(t, http.MethodGet, tokenAuth+id+"/tokens"+query, s.Admin.AccessToken, nil), 422, "ValidationFailure")
	}
}

// TestTokensOfAMethod: what Token auth gave is bound to it.
func TestTokensOfAMethod(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	both := s.NewIdentity(t, "no-access", nil)
	s.AsAdmin(t, http.MethodPost, tokenAuth+both.ID, object{"accessTokenNumUsesLimit": 3})
	made, universal := newToken(t, s, both.ID, object{}).Text("accessToken"), s.TokenOf(t, both)
	s.AsAdmin(t, http.MethodPatch, tokenAuth+both.ID, object{"accessTokenTrustedIps": []object{{"ipAddress": "10.0.0.0/8"}}})
	want(t, "from elsewhere", details(t, s, made), 403, "ForbiddenError")
	if !s.Alive(t, universal) {
		t.Error("the addresses of one method bind another's token")
	}
	s.AsAdmin(t, http.MethodPatch, tokenAuth+both.ID, object{"accessTokenTrustedIps": []object{{"ipAddress": "127.0.0.1"}}})
	if succeeded := parallel(16, func() bool { return s.Alive(t, made) }); succeeded != 3 {
		t.Errorf("%d of 16 requests succeeded with three uses", succeeded)
	}
	want(t, "spent", details(t, s, made), 401, "UnauthorizedError")

	s.AsAdmin(t, http.MethodDelete, attached+both.ID, nil)
	made = newToken(t, s, both.ID, object{}).Text("accessToken")
	if !s.Alive(t, made) {
		t.Error("removing another method kills the token")
	}
	s.AsAdmin(t, http.MethodDelete, tokenAuth+both.ID, nil)
	want(t, "its method is gone", details(t, s, made), 401, "UnauthorizedError")
	s.AsAdmin(t, http.MethodPost, tokenAuth+both.ID, object{})
	want(t, "its method is back", details(t, s, made), 401, "UnauthorizedError")
	made = newToken(t, s, both.ID, object{}).Text("accessToken")
	s.AsAdmin(t, http.MethodDelete, "/v1/identities/"+both.ID, nil)
	want(t, "its identity is gone", details(t, s, made), 401, "UnauthorizedError")
}

// TestOnesOwnClaims: who may attach auth to itself does not decide by its own issuer what a
// template of its rules comes to.
func TestOnesOwnClaims(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	body := object{"oidcDiscoveryUrl": "https://mine.example.com", "boundIssuer": "mine", "boundClaims": object{}, "claimMetadataMapping": object{"env": "env"}}
	edit := rule("identity", "", "read", "edit-auth")
	orgEditor := object{"slug": "auth-editor", "name": "x", "permissions": []object{{"subject": "identity", "action": permission.Actions(permission.Organization, permission.Identity)}}}
	s.AsAdmin(t, http.MethodPost, "/v1/organization/roles", orgEditor)
	for slug, rules := range map[string][]object{
		"templated": {edit, rule("secrets", `{"environment":"{{identity.auth.oidc.claims.env}}"}`, "readValue")},
		"plain":     {edit, rule("secrets", `{"environment":"dev"}`, "readValue"), deny(rule("secrets", `{"environment":"prod"}`, "readValue"))},
	} {
		s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": slug, "name": slug, "permissions": rules})
		i := s.NewIdentity(t, "auth-editor", nil)
		s.Join(t, p, i.ID, slug)
		token := s.TokenOf(t, i)
		status := map[string]int{"templated": 403, "plain": 200}[slug]
		if a := s.Call(t, http.MethodPost, oidcAuth+i.ID, token, body); a.Status != status {
			t.Errorf("%s: attach: %d %v", slug, a.Status, a.Body)
		}
		if status == 403 {
			s.AsAdmin(t, http.MethodPost, oidcAuth+i.ID, body)
		}
		if a := s.Call(t, http.MethodPatch, oidcAuth+i.ID, token, object{"boundIssuer": "other"}); a.Status != status {
			t.Errorf("%s: change: %d %v", slug, a.Status, a.Body)
		}
	}
}
