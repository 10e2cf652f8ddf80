// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const (
	attached = "/v1/auth/universal-auth/identities/"
	unknown  = "00000000-0000-0000-0000-000000000000"
)

type object = map[string]any

// want fails the test unless the answer has that status and error name.
func want(t *testing.T, what string, a servertest.Response, status int, name string) {
	t.Helper()
	if a.Status != status || a.Text("error") != name {
		t.Errorf("%s: %d %v; want %d %s", what, a.Status, a.Body, status, name)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	a := s.Login(t, i.ClientID, i.ClientSecret)
	if a.Status != http.StatusOK || a.At("expiresIn") != 2592000.0 || a.At("accessTokenMaxTTL") != 2592000.0 || a.Text("tokenType") != "Bearer" {
		t.Fatalf("%d %v", a.Status, a.Body)
	}
	if !s.Alive(t, a.Text("accessToken")) {
		t.Fatal("the token of a login is refused")
	}
	want(t, "padded", s.Login(t, " "+i.ClientID+" ", " "+i.ClientSecret+"\n"), http.StatusOK, "")
	want(t, "client id in upper case", s.Login(t, strings.ToUpper(i.ClientID), i.ClientSecret), http.StatusOK, "")
	want(t, "wrong secret", s.Login(t, i.ClientID, strings.Repeat("0", 64)), http.StatusUnauthorized, "UnauthorizedError")
	want(t, "unknown client id", s.Login(t, unknown, i.ClientSecret), http.StatusUnauthorized, "UnauthorizedError")
	want(t, "empty", s.Login(t, "", ""), http.StatusUnauthorized, "UnauthorizedError")
	want(t, "client id of another", s.Login(t, s.NewIdentity(t, "no-access", nil).ClientID, i.ClientSecret), http.StatusUnauthorized, "UnauthorizedError")

	login := func(extra object) servertest.Response {
		body := object{"clientId": i.ClientID, "clientSecret": i.ClientSecret}
		maps.Copy(body, extra)
		return s.Call(t, http.MethodPost, "/v1/auth/universal-auth/login", "", body)
	}
	want(t, "unknown keys are dropped", login(object{"foo": 1}), http.StatusOK, "")
	want(t, "own organization", login(object{"organizationSlug": "organization"}), http.StatusOK, "")
	want(t, "own organization as people write it", login(object{"organizationSlug": " Organization "}), http.StatusOK, "")
	want(t, "unknown organization", login(object{"organizationSlug": "elsewhere"}), http.StatusNotFound, "NotFound")
	for _, slug := range []string{"", "bad slug!", strings.Repeat("x", 33)} {
		want(t, "no slug", login(object{"organizationSlug": slug}), http.StatusUnprocessableEntity, "ValidationFailure")
	}

	form := strings.NewReader("clientId=" + i.ClientID + "&clientSecret=" + i.ClientSecret)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Host+"/api/v1/auth/universal-auth/login/", form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer garbage")
	want(t, "a form, a trailing slash and a stale header", s.Send(t, r), http.StatusOK, "")
}

func TestClientSecretExpires(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	i := s.NewIdentity(t, "no-access", nil)
	made := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets", object{"ttl": 60, "description": " ci "})
	secret, id := made.Text("clientSecret"), made.Text("clientSecretData", "id")
	if made.Text("clientSecretData", "description") != "ci" || made.Text("clientSecretData", "clientSecretPrefix") != secret[:4] || len(secret) != 64 {
		t.Fatalf("%v", made.Body)
	}
	before := s.Login(t, i.ClientID, secret)
	want(t, "within its TTL", before, http.StatusOK, "")
	s.Clock.Advance(time.Minute)
	want(t, "after its TTL", s.Login(t, i.ClientID, secret), http.StatusUnauthorized, "UnauthorizedError")
	if !strings.Contains(s.Login(t, i.ClientID, secret).Text("message"), "Invalid credentials") {
		t.Error("an expired secret is reported once, and is a wrong one after that")
	}
	if data := s.AsAdmin(t, http.MethodGet, attached+i.ID+"/client-secrets/"+id, nil); data.At("clientSecretData", "isClientSecretRevoked") != true {
		t.Errorf("an expired secret that was tried is flagged: %v", data.Body)
	}
	if !s.Alive(t, before.Text("accessToken")) {
		t.Error("the expiry of a secret must not end tokens it gave out before")
	}
}

// TestExactlySoManyLogins: a secret of N uses is good for N of 64 parallel logins.
func TestExactlySoManyLogins(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	for _, uses := range []int{1, 7, 63} {
		made := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets", object{"numUsesLimit": uses})
		succeeded := parallel(64, func() bool { return s.Login(t, i.ClientID, made.Text("clientSecret")).Status == http.StatusOK })
		if succeeded != uses {
			t.Errorf("%d of 64 logins succeeded with a secret of %d uses", succeeded, uses)
		}
		data := s.AsAdmin(t, http.MethodGet, attached+i.ID+"/client-secrets/"+made.Text("clientSecretData", "id"), nil)
		if data.At("clientSecretData", "clientSecretNumUses") != float64(uses) {
			t.Errorf("%v", data.Body)
		}
	}
}

// parallel counts how many of n calls at once succeed.
func parallel(n int, call func() bool) int {
	var (
		wg        sync.WaitGroup
		mu        sync.Mutex
		succeeded int
	)
	for range n {
		wg.Go(func() {
			if call() {
				mu.Lock()
				succeeded++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return succeeded
}

func TestLockoutOverHTTP(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	i := s.NewIdentity(t, "no-access", nil)
	wrong := strings.Repeat("f", 64)
	locked := func(what string, want bool) {
		t.Helper()
		a := s.Login(t, i.ClientID, i.ClientSecret)
		if (a.Status != http.StatusOK) != want {
			t.Fatalf("%s: %d %v", what, a.Status, a.Body)
		}
	}
	for range 2 {
		s.Login(t, i.ClientID, wrong)
	}
	locked("two wrong secrets", false) // and the count is cleared
	for range 2 {
		s.Login(t, i.ClientID, wrong)
	}
	locked("two more after a good login", false)
	for n := range 3 {
		if a := s.Login(t, i.ClientID, wrong); !strings.Contains(a.Text("message"), "Invalid credentials") {
			t.Fatalf("wrong secret %d: %v", n, a.Body)
		}
	}
	locked("three in a row", true)
	if got := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+i.ID, nil).At("identity", "identity", "activeLockoutAuthMethods"); len(got.([]any)) != 1 {
		t.Errorf("active lockouts: %v", got)
	}
	if got := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/clear-lockouts", nil).At("deleted"); got != 1.0 {
		t.Errorf("cleared %v", got)
	}
	if got := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/clear-lockouts", object{}).At("deleted"); got != 0.0 {
		t.Errorf("cleared %v the second time", got)
	}
	locked("cleared", false)
	for range 3 {
		s.Login(t, i.ClientID, wrong)
	}
	s.Clock.Advance(5*time.Minute - time.Millisecond)
	locked("just before the end", true)
	s.Clock.Advance(time.Millisecond)
	locked("at the end", false)
	for range 3 {
		s.Login(t, i.ClientID, wrong)
	}
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"lockoutEnabled": false})
	locked("switched off", false)
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"lockoutEnabled": true})
	locked("switched on again after a good login", false)
	for range 3 {
		s.Login(t, i.ClientID, wrong)
	}
	s.AsAdmin(t, http.MethodDelete, attached+i.ID, nil)
	i.ClientID = s.AsAdmin(t, http.MethodPost, attached+i.ID, object{}).Text("identityUniversalAuth", "clientId")
	i.ClientSecret = s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets", object{}).Text("clientSecret")
	locked("attached again", false)
}

// TestRevokedSecretsNeverLock: somebody who did not hear that a secret was revoked is no attacker.
func TestRevokedSecretsNeverLock(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	made := s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets", object{})
	s.AsAdmin(t, http.MethodPost, attached+i.ID+"/client-secrets/"+made.Text("clientSecretData", "id")+"/revoke", nil)
	for range 5 {
		want(t, "revoked secret", s.Login(t, i.ClientID, made.Text("clientSecret")), http.StatusUnauthorized, "UnauthorizedError")
	}
	want(t, "the other secret", s.Login(t, i.ClientID, i.ClientSecret), http.StatusOK, "")
}

func TestTrustedIPsOverHTTP(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	token := s.TokenOf(t, i)
	only := func(ip string) []object { return []object{{"ipAddress": ip}} }

	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"accessTokenTrustedIps": only("10.0.0.0/8")})
	want(t, "a token from elsewhere", s.Call(t, http.MethodGet, "/v1/identities/details", token, nil), http.StatusForbidden, "ForbiddenError")
	want(t, "its renewal from elsewhere", s.Call(t, http.MethodPost, "/v1/auth/token/renew", "", object{"accessToken": token}), http.StatusForbidden, "ForbiddenError")
	want(t, "login", s.Login(t, i.ClientID, i.ClientSecret), http.StatusOK, "")
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Host+"/api/v1/identities/details", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Cf-Connecting-Ip", "X-Client-Ip", "True-Client-Ip", "Forwarded"} {
		r.Header.Set(header, "10.0.0.1")
	}
	want(t, "an address that the caller claims", s.Send(t, r), http.StatusForbidden, "ForbiddenError")
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"accessTokenTrustedIps": only("127.0.0.0/8")})
	if !s.Alive(t, token) {
		t.Error("a token is refused from where it is trusted")
	}

	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"clientSecretTrustedIps": only("10.0.0.0/8")})
	want(t, "login from elsewhere", s.Login(t, i.ClientID, i.ClientSecret), http.StatusForbidden, "ForbiddenError")
	for range 5 {
		want(t, "wrong secret from elsewhere", s.Login(t, i.ClientID, "x"), http.StatusForbidden, "ForbiddenError")
	}
	s.AsAdmin(t, http.MethodPatch, attached+i.ID, object{"clientSecretTrustedIps": only("127.0.0.1")})
	want(t, "login from a trusted address", s.Login(t, i.ClientID, i.ClientSecret), http.StatusOK, "")
}
