// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// TestOrganizationAdminKeepsControl checks that a project cannot take the control of its members from an
// organization admin: by making the admin a member with a role that denies something.
func TestOrganizationAdminKeepsControl(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	made := h.Call(t, http.MethodPost, "/v1/projects", h.token["member"], object{"projectName": "Mine"})
	project := "/v1/projects/" + made.Text("project", "id")
	role := object{"slug": "gag", "name": "Gag", "permissions": []object{deny(rule("identity", "", everyIdentityAction...))}}
	if a := h.Call(t, http.MethodPost, project+"/roles", h.token["member"], role); a.Status != http.StatusOK {
		t.Fatal(a.Body)
	}
	boss := project + "/memberships/identities/" + h.person["boss"].ID
	gag := object{"roles": []object{{"role": "gag"}}}
	want(t, "a member adds an admin to its project", h.Call(t, http.MethodPost, boss, h.token["member"], gag), 403, "PermissionBoundaryError")

	h.AsAdmin(t, http.MethodPost, "/v1/projects/"+h.project.ID+"/roles", role)
	h.AsAdmin(t, http.MethodPost, h.member("boss"), gag)
	for name, change := range map[string]struct {
		method, path string
		body         object
	}{
		"renames a project admin":             {http.MethodPatch, h.identityPath("p-admin"), object{"name": "x"}},
		"makes a secret for a project admin":  {http.MethodPost, h.auth("p-admin") + "/client-secrets", object{}},
		"removes the auth of a project admin": {http.MethodDelete, h.auth("p-chief"), nil},
		"deletes a project admin":             {http.MethodDelete, h.identityPath("p-temporary"), nil},
	} {
		if a := h.Call(t, change.method, change.path, h.token["boss"], change.body); a.Status != http.StatusOK {
			t.Errorf("an organization admin that the project denies something %s: %d %v", name, a.Status, a.Body)
		}
	}
}

// TestRemovalDespiteProjectRoles checks that an actor that controls an identity in the organization can still
// delete it, or revoke its credentials, after a project has given it more than its manager holds. The
// manager gains nothing by that.
func TestRemovalDespiteProjectRoles(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	h.AttachAll(t, h.person["accomplice"].ID)
	secret := h.AsAdmin(t, http.MethodPost, h.auth("accomplice")+"/client-secrets", object{}).Text("clientSecretData", "id")
	token := h.tokenID(t, "accomplice")
	if a := h.Call(t, http.MethodPost, h.member("accomplice"), h.token["p-admin"], object{"roles": []object{{"role": "admin"}}}); a.Status != http.StatusOK {
		t.Fatal(a.Body)
	}
	for name, path := range map[string]string{
		"secret": h.auth("accomplice") + "/client-secrets", "token": h.method("token-auth", "accomplice") + "/tokens",
	} {
		want(t, "a manager makes a "+name, h.Call(t, http.MethodPost, path, h.token["manager"], object{}), 403, "PermissionBoundaryError")
	}
	for _, removal := range []struct{ what, method, path string }{
		{"revokes a secret", http.MethodPost, h.auth("accomplice") + "/client-secrets/" + secret + "/revoke"},
		{"revokes a token", http.MethodPost, "/v1/auth/token-auth/tokens/" + token + "/revoke"},
		{"removes Universal Auth", http.MethodDelete, h.auth("accomplice")},
		{"removes OIDC auth", http.MethodDelete, h.method("oidc-auth", "accomplice")},
		{"removes Token auth", http.MethodDelete, h.method("token-auth", "accomplice")},
		{"deletes the identity", http.MethodDelete, h.identityPath("accomplice")},
	} {
		if a := h.Call(t, removal.method, removal.path, h.token["manager"], nil); a.Status != http.StatusOK {
			t.Errorf("a manager %s: %d %v", removal.what, a.Status, a.Body)
		}
	}
	revoke := "/v1/auth/token-auth/tokens/" + h.id["token of chief"] + "/revoke"
	want(t, "a manager revokes a token of an admin", h.Call(t, http.MethodPost, revoke, h.token["manager"], nil), 403, "PermissionBoundaryError")
	if a := h.Call(t, http.MethodPost, revoke, h.token["boss"], nil); a.Status != http.StatusOK {
		t.Errorf("an admin revokes a token of another: %d %v", a.Status, a.Body)
	}
}

// TestClaimsGrantNothing checks that permissions that depend on claims are not a source of others: its
// holder neither lifts a denial by an issuer of its own, nor keeps what the claims of one token allow.
func TestClaimsGrantNothing(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	const template = `{"environment":"{{identity.auth.oidc.claims.env}}"}`
	h.projectRole(t, "muted-by-claims", deny(rule("secrets", template, "readValue")))
	h.join(t, "muted-by-claims", "identity-manager", []string{"reader", "muted-by-claims"})
	attach := with(boundAnywhere, "claimMetadataMapping", object{"env": "env"})
	want(t, "a denial by claims", h.Call(t, http.MethodPost, h.method("oidc-auth", "muted-by-claims"), h.token["muted-by-claims"], attach), 403, "PermissionBoundaryError")

	h.join(t, "by-claims", "no-access", []string{"claimed", "identity-manager"})
	issuer := oidctest.Start(t, h.Clock.Now)
	h.AsAdmin(t, http.MethodPost, h.method("oidc-auth", "by-claims"), boundTo(issuer, object{"claimMetadataMapping": object{"env": "env"}, "accessTokenTTL": 60}))
	jwt := issuer.Sign(t, map[string]any{"sub": "x", "env": "prod"})
	token := loginOIDC(t, h.Server, h.person["by-claims"].ID, jwt).Text("accessToken")
	prod := rule("secrets", `{"environment":"prod"}`, "readValue")
	for name, body := range map[string]object{
		"itself": h.newPrivilege("by-claims", prod), "another": h.newPrivilege("p-accomplice", prod),
		"another, by the same template": h.newPrivilege("p-accomplice", rule("secrets", template, "readValue")),
	} {
		want(t, "a permission by claims for "+name, h.Call(t, http.MethodPost, privileges, token, body), 403, "PermissionBoundaryError")
	}
}

// TestDeleteProjectWithIdentities checks that deleting a project requires control of the identities of
// the project, which are deleted with it, and that none has delete protection.
func TestDeleteProjectWithIdentities(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	h.projectRole(t, "janitor", rule("workspace", "", "delete"))
	h.join(t, "janitor", "no-access", []string{"janitor"})
	project := "/v1/projects/" + h.project.ID
	want(t, "an identity that holds more", h.Call(t, http.MethodDelete, project, h.token["janitor"], nil), 403, "PermissionBoundaryError")
	h.AsAdmin(t, http.MethodPatch, h.own(h.person["own-manager"]), object{"hasDeleteProtection": true})
	want(t, "a protected identity", h.Call(t, http.MethodDelete, project, h.token["p-admin"], nil), 400, "BadRequest")
	h.AsAdmin(t, http.MethodPatch, h.own(h.person["own-manager"]), object{"hasDeleteProtection": false})
	if a := h.Call(t, http.MethodDelete, project, h.token["p-admin"], nil); a.Status != http.StatusOK {
		t.Errorf("an admin of the project: %d %v", a.Status, a.Body)
	}
}

// TestBoundaryHidesForeignRules checks that an error shows permissions that an identity holds in a project
// only to an actor that may read the roles of that project.
func TestBoundaryHidesForeignRules(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	h.projectRole(t, "role-reader", rule("role", "", "read"))
	h.join(t, "insider", "identity-manager", []string{"role-reader"})
	path := h.auth("p-templated") + "/client-secrets"
	for name, shown := range map[string]bool{"manager": false, "insider": true} {
		a := h.Call(t, http.MethodPost, path, h.token[name], object{})
		want(t, name, a, 403, "PermissionBoundaryError")
		if text := jsonOf(t, a.Body); strings.Contains(text, "secrets") != shown || strings.Contains(text, `"dev"`) != shown {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestRefusalsByActor checks that any number of anonymous failures leaves the denied attempts of known
// actors as events of their own.
func TestRefusalsByActor(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	for n := range 60 {
		s.Call(t, http.MethodPost, "/v1/auth/universal-auth/login", "", object{"clientId": fmt.Sprintf("%036d", n), "clientSecret": "x"})
	}
	i := s.NewIdentity(t, "no-access", nil)
	token := s.TokenOf(t, i)
	want(t, "a denied attempt", s.Call(t, http.MethodPost, "/v1/projects", token, object{"projectName": "x"}), 403, "PermissionDenied")
	found := logs(t, s, "eventType=create-project&actor="+i.ID)
	if len(found) != 1 || found[0]["outcome"] != "refused" {
		t.Errorf("%v", found)
	}
}
