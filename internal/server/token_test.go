// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

func renew(t *testing.T, s *servertest.Server, token string) servertest.Response {
	t.Helper()
	return s.Call(t, http.MethodPost, "/v1/auth/token/renew", "", object{"accessToken": token})
}

func revoke(t *testing.T, s *servertest.Server, token string) servertest.Response {
	t.Helper()
	return s.Call(t, http.MethodPost, "/v1/auth/token/revoke", "", object{"accessToken": token})
}

func details(t *testing.T, s *servertest.Server, token string) servertest.Response {
	t.Helper()
	return s.Call(t, http.MethodGet, "/v1/identities/details", token, nil)
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	i := s.NewIdentity(t, "no-access", object{"accessTokenTTL": 600, "accessTokenMaxTTL": 1000})
	first := s.Login(t, i.ClientID, i.ClientSecret)
	if first.At("expiresIn") != 600.0 || first.At("accessTokenMaxTTL") != 1000.0 {
		t.Fatalf("%v", first.Body)
	}
	s.Clock.Advance(300 * time.Second)
	second := renew(t, s, first.Text("accessToken"))
	if second.Status != http.StatusOK || second.At("expiresIn") != 600.0 || second.Text("accessToken") == first.Text("accessToken") {
		t.Fatalf("renewal: %d %v", second.Status, second.Body)
	}
	s.Clock.Advance(301 * time.Second)
	want(t, "the first, after its TTL", details(t, s, first.Text("accessToken")), http.StatusForbidden, "TokenError")
	want(t, "its renewal", renew(t, s, first.Text("accessToken")), http.StatusForbidden, "TokenError")
	want(t, "the second", details(t, s, second.Text("accessToken")), http.StatusOK, "")
	third := renew(t, s, second.Text("accessToken"))
	if left, _ := third.At("expiresIn").(float64); third.Status != http.StatusOK || left != 399 {
		t.Fatalf("a renewal near the maximum is shortened to what is left: %d %v", third.Status, third.Body)
	}
	s.Clock.Advance(400 * time.Second)
	want(t, "after the maximum", details(t, s, third.Text("accessToken")), http.StatusForbidden, "TokenError")
}

// TestRenewalNeverKills: with TTL = max TTL, the default, a renewal is shortened, and one that is
// refused leaves the token alive.
func TestRenewalNeverKills(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	i := s.NewIdentity(t, "no-access", object{"accessTokenTTL": 600, "accessTokenMaxTTL": 600})
	token := s.TokenOf(t, i)
	s.Clock.Advance(100 * time.Second)
	a := renew(t, s, token)
	if left, _ := a.At("expiresIn").(float64); a.Status != http.StatusOK || left != 500 {
		t.Fatalf("%d %v", a.Status, a.Body)
	}
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"accessTokenTrustedIps": []object{{"ipAddress": "10.0.0.1"}}})
	want(t, "renewal from elsewhere", renew(t, s, token), http.StatusForbidden, "ForbiddenError")
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"accessTokenTrustedIps": []object{{"ipAddress": "127.0.0.1"}}})
	want(t, "the token after it", details(t, s, token), http.StatusOK, "")
	want(t, "the renewed one", details(t, s, a.Text("accessToken")), http.StatusOK, "")
}

func TestPeriodicToken(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	i := s.NewIdentity(t, "no-access", object{"accessTokenPeriod": 60, "accessTokenTTL": 10, "accessTokenMaxTTL": 100})
	a := s.Login(t, i.ClientID, i.ClientSecret)
	if a.At("expiresIn") != 60.0 || a.At("accessTokenMaxTTL") != 0.0 {
		t.Fatalf("%v", a.Body)
	}
	for range 10 {
		s.Clock.Advance(50 * time.Second)
		if a = renew(t, s, a.Text("accessToken")); a.Status != http.StatusOK || a.At("expiresIn") != 60.0 {
			t.Fatalf("%d %v", a.Status, a.Body)
		}
	}
	want(t, "after ten renewals", details(t, s, a.Text("accessToken")), http.StatusOK, "")
}

func TestTTLZero(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", object{"accessTokenTTL": 0, "accessTokenMaxTTL": 0})
	if a := s.Login(t, i.ClientID, i.ClientSecret); a.At("expiresIn") != 7776000.0 || a.At("accessTokenMaxTTL") != 0.0 {
		t.Fatalf("%v", a.Body)
	}
}

func TestUsesOfAToken(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", object{"accessTokenNumUsesLimit": 5})
	token := s.TokenOf(t, i)
	for range 3 {
		want(t, "renewals do not count", renew(t, s, token), http.StatusOK, "")
	}
	want(t, "a request that fails counts", s.Call(t, http.MethodGet, "/v1/identities/"+unknown, token, nil), http.StatusForbidden, "PermissionDenied")
	if succeeded := parallel(32, func() bool { return s.Alive(t, token) }); succeeded != 4 {
		t.Errorf("%d of 32 requests succeeded with four uses left", succeeded)
	}
	want(t, "spent", details(t, s, token), http.StatusUnauthorized, "UnauthorizedError")
	want(t, "its renewal", renew(t, s, token), http.StatusUnauthorized, "UnauthorizedError")
}

// TestRevocation checks that a revoked token of any auth method, renewed or not, is rejected at the next request,
// and that no other token is.
func TestRevocation(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	for name, end := range map[string]func(t *testing.T, i servertest.Identity, secretID, token string){
		"the token": func(t *testing.T, _ servertest.Identity, _, token string) {
			want(t, "revoke", revoke(t, s, token), http.StatusOK, "")
			want(t, "revoke again", revoke(t, s, token), http.StatusOK, "")
		},
		"its client secret": func(t *testing.T, i servertest.Identity, secretID, _ string) {
			for range 2 {
				a := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets/"+secretID+"/revoke", nil)
				if a.At("clientSecretData", "isClientSecretRevoked") != true {
					t.Errorf("%v", a.Body)
				}
			}
		},
		"its method": func(t *testing.T, i servertest.Identity, _, _ string) {
			s.AsAdmin(t, http.MethodDelete, attached+i.ID, nil)
			s.AsAdmin(t, http.MethodPost, attached+i.ID, object{}) // attached again; the old tokens stay revoked
		},
		"its identity": func(t *testing.T, i servertest.Identity, _, _ string) {
			s.AsAdmin(t, http.MethodDelete, "/v1/identities/"+i.ID, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, other := s.NewIdentity(t, "no-access", nil), s.NewIdentity(t, "no-access", nil)
			made := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets", object{})
			i.ClientSecret = made.Text("clientSecret")
			token, others := s.TokenOf(t, i), s.TokenOf(t, other)
			renewed := renew(t, s, token).Text("accessToken")
			if !s.Alive(t, token) || !s.Alive(t, renewed) {
				t.Fatal("dead before")
			}
			end(t, i, made.Text("clientSecretData", "id"), token)
			want(t, "the token", details(t, s, token), http.StatusUnauthorized, "UnauthorizedError")
			want(t, "the renewed token", details(t, s, renewed), http.StatusUnauthorized, "UnauthorizedError")
			want(t, "a renewal", renew(t, s, renewed), http.StatusUnauthorized, "UnauthorizedError")
			if !s.Alive(t, others) {
				t.Error("somebody else's token died too")
			}
		})
	}
}

// TestRoleInForceAtOnce: a live token has the rights of its identity's role of now.
func TestRoleInForceAtOnce(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	token := s.TokenOf(t, i)
	read := func() servertest.Response { return s.Call(t, http.MethodGet, "/v1/identities/"+i.ID, token, nil) }
	want(t, "no-access", read(), http.StatusForbidden, "PermissionDenied")
	s.AsAdmin(t, http.MethodPatch, "/v1/identities/"+i.ID, object{"role": "member"})
	want(t, "member", read(), http.StatusOK, "")
	s.AsAdmin(t, http.MethodPatch, "/v1/identities/"+i.ID, object{"role": "no-access"})
	want(t, "no-access again", read(), http.StatusForbidden, "PermissionDenied")
}

// claimsOf are what stands in a token. Clients should not look, but some do.
func claimsOf(t *testing.T, token string) object {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims object
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestClaims(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	now := float64(s.Clock.Now().Unix())
	i := s.NewIdentity(t, "no-access", object{"accessTokenTTL": 60, "accessTokenMaxTTL": 600, "accessTokenNumUsesLimit": 5})
	secret := s.AsAdmin(t, http.MethodGet, attached+i.ID+"/client-secrets", nil).At("clientSecretData").([]any)[0].(object)["id"]
	token := s.TokenOf(t, i)
	first := claimsOf(t, token)
	org := s.Admin.OrganizationID
	expected := object{
		"identityId": i.ID, "identityName": t.Name(), "authMethod": "universal-auth", "orgId": org, "rootOrgId": org, "parentOrgId": org,
		"clientSecretId": secret, "accessTokenTTL": 60.0, "accessTokenMaxTTL": 600.0, "accessTokenPeriod": 0.0, "numUsesLimit": 5.0,
		"creationEpoch": now, "iat": now, "exp": now + 60, "authTokenType": "identityAccessToken", "ipRestrictionEnabled": false, "identityAuth": object{},
		"jti": first["jti"], "identityAccessTokenId": first["identityAccessTokenId"],
	}
	if jsonOf(t, first) != jsonOf(t, expected) || first["jti"] == "" || first["identityAccessTokenId"] == "" {
		t.Errorf("%v", first)
	}
	s.Clock.Advance(time.Second)
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"accessTokenTrustedIps": []object{{"ipAddress": "127.0.0.0/8"}}})
	renewed := claimsOf(t, renew(t, s, token).Text("accessToken"))
	if renewed["identityAccessTokenId"] != first["identityAccessTokenId"] || renewed["jti"] == first["jti"] || renewed["creationEpoch"] != now || renewed["exp"] != now+61 {
		t.Errorf("%v", renewed)
	}
	for what, c := range map[string]struct {
		ips        []object
		restricted bool
	}{
		"all of IPv4":           {[]object{{"ipAddress": "0.0.0.0/0"}}, true},
		"half of each":          {[]object{{"ipAddress": "0.0.0.0/1"}, {"ipAddress": "::/1"}}, true},
		"an address":            {[]object{{"ipAddress": "127.0.0.1"}, {"ipAddress": "::/0"}}, true},
		"everybody, and others": {[]object{{"ipAddress": "10.0.0.1"}, {"ipAddress": "::/0"}, {"ipAddress": "0.0.0.0/0"}}, false},
	} {
		s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"accessTokenTrustedIps": c.ips})
		if got := claimsOf(t, s.TokenOf(t, i))["ipRestrictionEnabled"]; got != c.restricted {
			t.Errorf("%s: %v", what, got)
		}
	}
	s.AsAdmin(t, http.MethodPost, tokenAuth+i.ID, object{})
	named := claimsOf(t, s.AsAdmin(t, http.MethodPost, tokenAuth+i.ID+"/tokens", object{}).Text("accessToken"))
	if named["authMethod"] != "token-auth" || named["clientSecretId"] != "" || jsonOf(t, named["identityAuth"]) != "{}" {
		t.Errorf("%v", named)
	}
	issuer := oidctest.Start(t, s.Clock.Now)
	for want, mapping := range map[string]object{
		`{"oidc":{"claims":{}}}`:                {},
		`{"oidc":{"claims":{"branch":"main"}}}`: {"branch": "ref"},
	} {
		id := newIdentity(t, s)
		s.AsAdmin(t, http.MethodPost, oidcAuth+id, boundTo(issuer, object{"claimMetadataMapping": mapping}))
		a := loginOIDC(t, s, id, issuer.Sign(t, object{"ref": "main", "other": "x"}))
		if got := jsonOf(t, claimsOf(t, a.Text("accessToken"))["identityAuth"]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	token := s.TokenOf(t, s.NewIdentity(t, "admin", nil))
	parts := strings.Split(token, ".")
	encode := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	var header, claims object
	for n, into := range []*object{&header, &claims} {
		data, _ := base64.RawURLEncoding.DecodeString(parts[n])
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	resigned := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims))
	resigned.Header["kid"] = header["kid"]
	otherKey, _ := resigned.SignedString([]byte("another key"))
	noKey := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims))
	unknownKey, _ := noKey.SignedString([]byte(""))
	claims["exp"] = claims["exp"].(float64) + 1e6

	for name, forged := range map[string]string{
		"garbage":        "garbage",
		"alg none":       encode(object{"alg": "none", "typ": "JWT", "kid": header["kid"]}) + "." + parts[1] + ".",
		"alg HS512":      encode(object{"alg": "HS512", "typ": "JWT", "kid": header["kid"]}) + "." + parts[1] + "." + parts[2],
		"no signature":   parts[0] + "." + parts[1] + ".",
		"longer life":    parts[0] + "." + encode(claims) + "." + parts[2],
		"another key":    otherKey,
		"an unknown key": unknownKey,
		"cut":            token[:len(token)-1],
	} {
		want(t, name, details(t, s, forged), http.StatusForbidden, "TokenError")
		want(t, "renewal of "+name, renew(t, s, forged), http.StatusForbidden, "TokenError")
		want(t, "revocation of "+name, revoke(t, s, forged), http.StatusForbidden, "TokenError")
	}
	for header, allowed := range map[string]bool{
		"Bearer " + token: true, "bearer " + token: true, "BEARER  " + token: true,
		"Basic " + token: false, token: false, "xxxxxx " + token: false, "Bearer": false,
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Host+"/api/v1/identities/details", nil)
		r.Header.Set("Authorization", header)
		if a := s.Send(t, r); (a.Status == http.StatusOK) != allowed || !allowed && a.Text("error") != "TokenError" {
			t.Errorf("%.10s…: %d %v", header, a.Status, a.Body)
		}
	}
	want(t, "no token", details(t, s, ""), http.StatusUnauthorized, "UnauthorizedError")
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	before := s.TokenOf(t, i)
	if err := s.Sandbox.RotateSigningKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := s.TokenOf(t, i)
	if strings.Split(before, ".")[0] == strings.Split(after, ".")[0] {
		t.Error("the new key does not sign")
	}
	if !s.Alive(t, before) || !s.Alive(t, after) {
		t.Error("a token of either key must be taken")
	}
}
