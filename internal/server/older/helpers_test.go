// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

const (
	universalAuth = "/v1/auth/universal-auth/identities/"
	oidcAuth      = "/v1/auth/oidc-auth/identities/"
	tokenAuth     = "/v1/auth/token-auth/identities/"
	accessTokens  = "/v1/auth/token-auth/tokens/"
	privileges    = "/v1/additional-privilege/identity"
)

type object = map[string]any

func expectError(t *testing.T, what string, a servertest.Response, status int, name string) {
	t.Helper()
	if a.Status != status || a.Text("error") != name {
		t.Errorf("%s: %d %v; want %d %s", what, a.Status, a.Body, status, name)
	}
}

func newIdentity(t *testing.T, s *servertest.Server) string {
	t.Helper()
	return s.AsAdmin(t, http.MethodPost, "/v1/identities", object{"name": t.Name(), "organizationId": s.Admin.OrganizationID}).Text("identity", "id")
}

// oidcSettings returns settings of OIDC auth that accept every token of the issuer.
func oidcSettings(i *oidctest.Issuer, more object) object {
	body := object{"oidcDiscoveryUrl": i.URL, "boundIssuer": i.URL, "boundClaims": object{}}
	maps.Copy(body, more)
	return body
}

func renew(t *testing.T, s *servertest.Server, token string) servertest.Response {
	t.Helper()
	return s.Call(t, http.MethodPost, "/v1/auth/token/renew", "", object{"accessToken": token})
}
