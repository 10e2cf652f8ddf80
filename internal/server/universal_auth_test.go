// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func newIdentity(t *testing.T, s *servertest.Server) string {
	t.Helper()
	return s.AsAdmin(t, http.MethodPost, "/v1/identities", object{"name": t.Name(), "organizationId": s.Admin.OrganizationID}).Text("identity", "id")
}

func TestUniversalAuth(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	path := attached + newIdentity(t, s)
	admin := s.Admin.AccessToken
	before := func() {
		t.Helper()
		want(t, "GET before it is attached", s.Call(t, http.MethodGet, path, admin, nil), http.StatusNotFound, "NotFound")
		if said := s.Call(t, http.MethodGet, path, admin, nil).Text("message"); !strings.HasPrefix(said, "Failed to find universal auth for identity with ID ") {
			t.Error(said)
		}
		want(t, "PATCH before it is attached", s.Call(t, http.MethodPatch, path, admin, object{"accessTokenTTL": 1}), http.StatusNotFound, "NotFound")
		want(t, "DELETE before it is attached", s.Call(t, http.MethodDelete, path, admin, nil), http.StatusBadRequest, "BadRequest")
		want(t, "clearing lockouts before it is attached", s.Call(t, http.MethodPost, path+"/clear-lockouts", admin, nil), http.StatusBadRequest, "BadRequest")
	}
	before()
	want(t, "secrets before it is attached", s.Call(t, http.MethodGet, path+"/client-secrets", admin, nil), http.StatusBadRequest, "BadRequest")

	made := s.AsAdmin(t, http.MethodPost, path, object{})
	for field, value := range map[string]any{
		"accessTokenTTL": 2592000.0, "accessTokenMaxTTL": 2592000.0, "accessTokenNumUsesLimit": 0.0, "accessTokenPeriod": 0.0,
		"lockoutEnabled": true, "lockoutThreshold": 3.0, "lockoutDurationSeconds": 300.0, "lockoutCounterResetSeconds": 30.0,
	} {
		if got := made.At("identityUniversalAuth", field); got != value {
			t.Errorf("the default of %s is %v, not %v", field, got, value)
		}
	}
	everywhere := "[map[ipAddress:0.0.0.0 prefix:0 type:ipv4] map[ipAddress::: prefix:0 type:ipv6]]"
	for _, field := range []string{"accessTokenTrustedIps", "clientSecretTrustedIps"} {
		if got := fmt.Sprint(made.At("identityUniversalAuth", field)); got != everywhere {
			t.Errorf("the default of %s is %s", field, got)
		}
	}
	want(t, "attached twice", s.Call(t, http.MethodPost, path, admin, object{}), http.StatusBadRequest, "BadRequest")

	changed := s.AsAdmin(t, http.MethodPatch, path, object{
		"accessTokenTTL": 60, "accessTokenMaxTTL": 3600, "accessTokenNumUsesLimit": 5, "accessTokenPeriod": 7, "lockoutEnabled": false,
		"lockoutThreshold": 30, "lockoutDurationSeconds": 86400, "lockoutCounterResetSeconds": 5,
		"clientSecretTrustedIps": []object{{"ipAddress": "10.1.2.3/8"}, {"ipAddress": "192.168.1.7"}, {"ipAddress": "2001:DB8:0:0::/32"}},
		"accessTokenTrustedIps":  []object{{"ipAddress": "::1", "type": "ipv4", "prefix": 9}, {"ipAddress": "127.0.0.1/32"}},
	})
	read := s.AsAdmin(t, http.MethodGet, path, nil)
	if fmt.Sprint(read.Body) != fmt.Sprint(changed.Body) {
		t.Errorf("read %v, answered %v", read.Body, changed.Body)
	}
	for field, value := range map[string]string{
		"clientSecretTrustedIps":  "[map[ipAddress:10.1.2.3 prefix:8 type:ipv4] map[ipAddress:192.168.1.7 type:ipv4] map[ipAddress:2001:DB8:0:0:: prefix:32 type:ipv6]]",
		"accessTokenTrustedIps":   "[map[ipAddress:::1 type:ipv6] map[ipAddress:127.0.0.1 prefix:32 type:ipv4]]",
		"accessTokenTTL":          "60",
		"accessTokenMaxTTL":       "3600",
		"accessTokenNumUsesLimit": "5",
		"accessTokenPeriod":       "7",
		"lockoutEnabled":          "false",
	} {
		if got := fmt.Sprint(read.At("identityUniversalAuth", field)); got != value {
			t.Errorf("%s reads back %s, not %s", field, got, value)
		}
	}
	s.AsAdmin(t, http.MethodPatch, path, object{"accessTokenNumUsesLimit": 0, "accessTokenPeriod": 0, "accessTokenTTL": 0, "accessTokenMaxTTL": 0})
	cleared := s.AsAdmin(t, http.MethodGet, path, nil)
	for _, field := range []string{"accessTokenNumUsesLimit", "accessTokenPeriod", "accessTokenTTL", "accessTokenMaxTTL"} {
		if got := cleared.At("identityUniversalAuth", field); got != 0.0 {
			t.Errorf("%s was not cleared: %v", field, got)
		}
	}
	if got := s.AsAdmin(t, http.MethodDelete, path, nil).Text("identityUniversalAuth", "clientId"); got != made.Text("identityUniversalAuth", "clientId") {
		t.Errorf("the client id changed to %q", got)
	}
	before() // removed twice
	again := s.AsAdmin(t, http.MethodPost, path, object{})
	if again.Text("identityUniversalAuth", "clientId") == made.Text("identityUniversalAuth", "clientId") {
		t.Error("a method attached again has the old client ID")
	}
}

func TestUniversalAuthRefused(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	bare, with := attached+newIdentity(t, s), attached+s.NewIdentity(t, "no-access", nil).ID
	ip := func(text string) []object { return []object{{"ipAddress": text}} }
	for name, c := range map[string]struct {
		body   object
		status int // of the attach; a change returns the same
		path   string
	}{
		"ttl above max":              {object{"accessTokenTTL": 100, "accessTokenMaxTTL": 50}, 422, "[accessTokenTTL]"},
		"negative ttl":               {object{"accessTokenTTL": -1}, 422, "[accessTokenTTL]"},
		"negative max ttl":           {object{"accessTokenTTL": 5, "accessTokenMaxTTL": -1}, 422, "[accessTokenMaxTTL]"},
		"ttl over ten years":         {object{"accessTokenTTL": 315360001, "accessTokenMaxTTL": 315360000}, 422, "[accessTokenTTL]"},
		"fraction":                   {object{"accessTokenTTL": 1.5}, 422, "[accessTokenTTL]"},
		"text":                       {object{"accessTokenTTL": "60"}, 422, "[accessTokenTTL]"},
		"null":                       {object{"accessTokenTTL": nil}, 422, "[accessTokenTTL]"},
		"negative uses":              {object{"accessTokenNumUsesLimit": -1}, 422, "[accessTokenNumUsesLimit]"},
		"uses beyond all numbers":    {object{"accessTokenNumUsesLimit": 1e30}, 422, "[accessTokenNumUsesLimit]"},
		"negative period":            {object{"accessTokenPeriod": -1}, 422, "[accessTokenPeriod]"},
		"threshold 0":                {object{"lockoutThreshold": 0}, 422, "[lockoutThreshold]"},
		"threshold 31":               {object{"lockoutThreshold": 31}, 422, "[lockoutThreshold]"},
		"lockout of 29 s":            {object{"lockoutDurationSeconds": 29}, 422, "[lockoutDurationSeconds]"},
		"lockout of more than a day": {object{"lockoutDurationSeconds": 86401}, 422, "[lockoutDurationSeconds]"},
		"reset after 4 s":            {object{"lockoutCounterResetSeconds": 4}, 422, "[lockoutCounterResetSeconds]"},
		"reset after over an hour":   {object{"lockoutCounterResetSeconds": 3601}, 422, "[lockoutCounterResetSeconds]"},
		"no address at all":          {object{"clientSecretTrustedIps": []object{}}, 422, "[clientSecretTrustedIps]"},
		"texts as addresses":         {object{"accessTokenTrustedIps": []string{"10.0.0.1"}}, 422, "[accessTokenTrustedIps 0]"},
		"no address":                 {object{"accessTokenTrustedIps": ip("not-an-ip")}, 400, ""},
		"prefix 33":                  {object{"clientSecretTrustedIps": ip("10.0.0.0/33")}, 400, ""},
		"junk behind":                {object{"clientSecretTrustedIps": ip("10.0.0.0/8abc")}, 400, ""},
	} {
		for method, path := range map[string]string{http.MethodPost: bare, http.MethodPatch: with} {
			a := s.Call(t, method, path, s.Admin.AccessToken, c.body)
			names := map[int]string{422: "ValidationFailure", 400: "BadRequest"}
			want(t, method+" "+name, a, c.status, names[c.status])
			if c.path != "" && fmt.Sprint(issue(a)["path"]) != c.path {
				t.Errorf("%s %s: the issue is at %v", method, name, issue(a))
			}
			if strings.Contains(fmt.Sprint(issue(a)["message"]), "e+") {
				t.Errorf("%s %s: nobody reads numbers like that: %v", method, name, issue(a))
			}
		}
	}
	admin := s.Admin.AccessToken
	want(t, "max 0 with the default ttl", s.Call(t, http.MethodPost, bare, admin, object{"accessTokenMaxTTL": 0}), 422, "ValidationFailure")
	want(t, "max below the default ttl", s.Call(t, http.MethodPost, bare, admin, object{"accessTokenMaxTTL": 50}), 422, "ValidationFailure")
	want(t, "a change to a period over ten years", s.Call(t, http.MethodPatch, with, admin, object{"accessTokenPeriod": 315360001}), 422, "ValidationFailure")
	want(t, "nothing to change", s.Call(t, http.MethodPatch, with, admin, object{}), 400, "BadRequest")
	want(t, "nothing that is known", s.Call(t, http.MethodPatch, with, admin, object{"clientId": unknown, "ACCESSTOKENTTL": -5}), 400, "BadRequest")
	want(t, "no identity", s.Call(t, http.MethodPost, attached+unknown, admin, object{}), 404, "NotFound")
	want(t, "no id", s.Call(t, http.MethodGet, attached+"nope", admin, nil), 404, "NotFound")
	want(t, "still not attached", s.Call(t, http.MethodGet, bare, admin, nil), 404, "NotFound")
}

func TestClientSecrets(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	one, other := newIdentity(t, s), s.NewIdentity(t, "no-access", nil).ID
	s.AsAdmin(t, http.MethodPost, attached+one, object{})
	path := attached + one + "/client-secrets"
	admin := s.Admin.AccessToken
	var ids []string
	for n := range 7 {
		ids = append(ids, s.AsAdmin(t, http.MethodPost, path, object{"description": fmt.Sprint(n), "numUsesLimit": 10}).Text("clientSecretData", "id"))
	}
	s.AsAdmin(t, http.MethodPost, path+"/"+ids[3]+"/revoke", object{})
	listed := s.AsAdmin(t, http.MethodGet, path, nil).At("clientSecretData").([]any)
	if len(listed) != 6 || listed[0].(object)["id"] != ids[0] || listed[3].(object)["id"] != ids[4] {
		t.Errorf("all but the revoked one, the oldest first: %v", listed)
	}
	if a := s.AsAdmin(t, http.MethodGet, path+"/"+ids[3], nil); a.At("clientSecretData", "isClientSecretRevoked") != true || a.At("clientSecret") != nil {
		t.Errorf("%v", a.Body)
	}
	for name, where := range map[string]string{
		"unknown": path + "/" + unknown, "no id": path + "/nope", "of another identity": attached + other + "/client-secrets/" + ids[0],
		"of no identity": attached + unknown + "/client-secrets/" + ids[0],
	} {
		want(t, name, s.Call(t, http.MethodGet, where, admin, nil), 404, "NotFound")
		want(t, "revoke "+name, s.Call(t, http.MethodPost, where+"/revoke", admin, nil), 404, "NotFound")
	}
	if a := s.AsAdmin(t, http.MethodGet, path+"/"+ids[0], nil); a.At("clientSecretData", "isClientSecretRevoked") != false {
		t.Error("a secret was revoked through another identity")
	}
	want(t, "DELETE", s.Call(t, http.MethodDelete, path+"/"+ids[0], admin, nil), 404, "Not Found")
	want(t, "PATCH", s.Call(t, http.MethodPatch, path+"/"+ids[0], admin, object{"description": "x"}), 404, "Not Found")
	for name, body := range map[string]object{
		"negative ttl": {"ttl": -1}, "long ttl": {"ttl": 315360001}, "fraction": {"ttl": 1.5}, "text": {"ttl": "60"}, "uses": {"numUsesLimit": -1},
		"null description": {"description": nil}, "long description": {"description": fmt.Sprintf("%0256d", 0)}, "NUL": {"description": "a\x00"},
	} {
		want(t, name, s.Call(t, http.MethodPost, path, admin, body), 422, "ValidationFailure")
	}
	want(t, "no body", s.Call(t, http.MethodPost, path, admin, nil), 422, "ValidationFailure")
}
