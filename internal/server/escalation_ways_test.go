// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// schemers joins people who go about it in a roundabout way.
func (h *escalationFixture) schemers(t *testing.T) {
	t.Helper()
	dev := rule("secrets", `{"environment":"dev"}`, "readValue")
	h.projectRole(t, "named", rule("secrets", `{"environment":"{{identity.username}}"}`, "readValue"))
	h.projectRole(t, "claimed", rule("secrets", `{"environment":"{{identity.auth.oidc.claims.env}}"}`, "readValue"))
	h.projectRole(t, "shackle", deny(rule("secrets", `{"environment":"prod"}`, "readValue")))
	h.projectRole(t, "hollow")
	h.projectRole(t, "muted", deny(rule("secrets", `{"environment":"{{identity.metadata.env}}"}`, "readValue")))
	h.projectRole(t, "dev-manager", dev, rule("identity", "", everyIdentityAction...))
	h.projectRole(t, "viewers-only", rule("identity", "", "create", "edit"), rule("identity", `{"assignableRole":"viewer"}`, "assign-role"),
		rule("identity", `{"assignableSubject":"tags"}`, "assign-additional-privileges"))
	h.organizationRole(t, "connector", rule("identity", "", permission.Actions(permission.Organization, "identity")...),
		rule("app-connections", `{"connectionId":"mine"}`, "connect"))

	for name, member := range map[string]struct {
		role  string
		roles []string
	}{
		"namer": {"member", []string{"named"}}, "tagged": {"member", []string{"templated"}}, "muted": {"member", []string{"reader", "muted"}}, "claimant": {"identity-manager", []string{"claimed"}},
		"connector": {"connector", nil}, "p-shackled": {"no-access", []string{"reader", "shackle", "role-editor", "identity-manager"}},
		"p-chief": {"no-access", []string{"admin", "hollow"}}, "p-dev-manager": {"no-access", []string{"dev-manager"}},
		"p-viewers-only": {"no-access", []string{"viewers-only"}}, "p-future": {"no-access", []string{"identity-manager"}},
		"p-lent": {"no-access", []string{"identity-manager"}}, "p-privileged": {"no-access", []string{"no-access"}},
	} {
		h.join(t, name, member.role, member.roles)
	}
	later := h.temporary("admin", "1h")
	later["temporaryAccessStartTime"] = h.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	h.AsAdmin(t, http.MethodPatch, h.member("p-future"), object{"roles": []object{{"role": "identity-manager"}, later}})
	h.id["privileged"] = h.privilege(t, "p-privileged", rule("identity", "", everyIdentityAction...))
	lent := h.newPrivilege("p-lent", rule("secrets", "", "readValue"))
	lent["slug"], lent["type"] = "lent", h.temporary("", "1h")
	h.id["lent"] = h.AsAdmin(t, http.MethodPost, privileges, lent).Text("privilege", "id")
	for name, metadata := range map[string]object{"tagged": {"key": "env", "value": "dev"}, "muted": {"key": "env", "value": "prod"}, "connector": {"key": "connection", "value": "mine"}} {
		h.AsAdmin(t, http.MethodPatch, h.identityPath(name), object{"metadata": []object{metadata}})
	}
	for name, role := range map[string]string{"own-admin": "admin", "own-named": "named", "own-templated": "templated", "own-manager": "identity-manager"} {
		i := h.NewProjectIdentity(t, h.project)
		h.AsAdmin(t, http.MethodPatch, "/v1/projects/"+h.project.ID+"/memberships/identities/"+i.ID, object{"roles": []object{{"role": role}}})
		h.AsAdmin(t, http.MethodPatch, h.own(i), object{"name": "dev", "metadata": []object{{"key": "env", "value": "dev"}}})
		h.person[name], h.token[name] = i, h.TokenOf(t, i)
	}
	h.AttachAll(t, h.person["own-admin"].ID)
	h.id["token of chief"] = h.tokenID(t, "chief")
}

func (h *escalationFixture) own(i servertest.Identity) string {
	return "/v1/projects/" + h.project.ID + "/identities/" + i.ID
}

func (h *escalationFixture) tokenID(t *testing.T, name string) string {
	t.Helper()
	return h.AsAdmin(t, http.MethodGet, h.method("token-auth", name)+"/tokens", nil).At("tokens").([]any)[0].(object)["id"].(string)
}

// v1 is a body for the first version of privileges.
func (h *escalationFixture) v1(name, slug string, more ...any) object {
	return with(object{"identityId": h.person[name].ID, "projectSlug": h.project.Slug, "slug": slug, "privilegeSlug": slug}, more...)
}

// roundabout are ways that begin with something harmless.
func (h *escalationFixture) roundabout(t *testing.T) []way {
	t.Helper()
	const post, patch, remove = http.MethodPost, http.MethodPatch, http.MethodDelete
	project := "/v1/projects/" + h.project.ID
	role := func(slug string) string { return project + "/roles/" + h.id[slug] }
	roles := func(slugs ...string) object {
		var assigned []object
		for _, slug := range slugs {
			assigned = append(assigned, object{"role": slug})
		}
		return object{"roles": assigned}
	}
	rules := func(rules ...object) object { return object{"permissions": append([]object{}, rules...)} }
	written := func(some ...object) object { return with(rules(some...), "slug", "more", "name", "x") }
	reading := func(conditions string) object { return rule("secrets", conditions, "readValue") }
	everywhere := object{"subject": "secrets", "actions": []string{"read"}, "conditions": object{"environment": "prod"}}
	metadata := func(key, value string) object {
		return object{"metadata": []object{{"key": key, "value": value}}}
	}
	window := h.temporary("", "2h")
	delete(window, "role")
	long := with(window, "temporaryRange", "30d")
	forever := object{"isTemporary": false}
	future := h.temporary("admin", "30m")
	future["temporaryAccessStartTime"] = h.Clock.Now().Add(75 * time.Minute).UTC().Format(time.RFC3339)
	ways := []way{
		// through what templates speak of
		{"somebody takes the name that a template speaks of", "namer", patch, h.identityPath("namer"), object{"name": "prod"}, false},
		{"somebody changes their own metadata", "tagged", patch, h.identityPath("tagged"), metadata("env", "prod"), false},
		{"somebody changes what is denied to them by their metadata", "muted", patch, h.identityPath("muted"), metadata("env", "dev"), false},
		{"somebody changes both", "tagged", patch, h.identityPath("tagged"), with(metadata("env", "prod"), "name", "x"), false},
		{"a reader of dev gives a project's identity another name", "p-dev-manager", patch, h.own(h.person["own-named"]), object{"name": "prod"}, false},
		{"a reader of dev gives a project's identity other metadata", "p-dev-manager", patch, h.own(h.person["own-templated"]), metadata("env", "prod"), false},
		{"a reader of dev takes what nobody knows away", "p-dev-manager", patch, h.own(h.person["own-templated"]), object{"metadata": []object{}}, false},
		{"a reader of dev makes an identity with a name", "p-dev-manager", post, project + "/identities", with(roles("named"), "name", "prod"), false},
		{"a reader of dev makes an identity with metadata", "p-dev-manager", post, project + "/identities", with(metadata("env", "prod"), "name", "x", "roles", []object{{"role": "templated"}}), false},
		{"a reader of dev makes an identity of whom nobody knows", "p-dev-manager", post, project + "/identities", with(roles("templated"), "name", "x"), false},
		{"somebody decides their claims by their own issuer", "claimant", post, h.method("oidc-auth", "claimant"), with(boundAnywhere, "claimMetadataMapping", object{"env": "env"}), false},
		// through roles that hold somebody down
		{"who is shackled empties the shackle", "p-shackled", patch, role("shackle"), rules(), false},
		{"who is shackled narrows the shackle", "p-shackled", patch, role("shackle"), rules(deny(reading(`{"environment":"prod","secretPath":"/x"}`))), false},
		{"who is shackled turns it round", "p-shackled", patch, role("shackle"), rules(reading(`{"environment":"prod"}`)), false},
		{"who is shackled leaves it out", "p-shackled", patch, h.member("p-shackled"), roles("reader", "role-editor", "identity-manager"), false},
		{"who is shackled puts the shackle first", "p-shackled", patch, h.member("p-shackled"), roles("shackle", "reader", "role-editor", "identity-manager"), false},
		{"who is shackled makes it temporary", "p-shackled", patch, h.member("p-shackled"),
			object{"roles": []object{{"role": "reader"}, h.temporary("shackle", "1s"), {"role": "role-editor"}, {"role": "identity-manager"}}}, false},
		{"who is shackled gives another what it is denied", "p-shackled", post, privileges, h.newPrivilege("p-accomplice", reading("")), false},
		{"an editor of roles takes another's shackle off", "p-editor", patch, role("shackle"), rules(), false},
		{"an editor of roles shackles a chief", "p-editor", patch, role("hollow"), rules(deny(rule("identity", "", everyIdentityAction...))), false},
		{"a manager shackles an admin by a privilege", "p-manager", post, privileges, h.newPrivilege("p-admin", deny(reading(""))), false},
		{"a manager shackles an admin by what it may itself", "p-manager", post, privileges, h.newPrivilege("p-admin", deny(rule("identity", "", "edit"))), false},
		{"a manager shackles an admin for a while", "p-manager", post, privileges, with(h.newPrivilege("p-admin", deny(reading(""))), "type", window), false},
		// through rules whose order, or whose conditions, are tricky
		{"all, and prod denied, in any order", "p-dev", post, project + "/roles", written(deny(reading(`{"environment":"prod"}`)), reading("")), false},
		{"all but prod", "p-dev", post, project + "/roles", written(reading(""), deny(reading(`{"environment":"prod"}`))), false},
		{"all but what is not dev, for those who have none", "p-dev", post, project + "/roles", written(reading(""), deny(reading(`{"environment":{"$in":["prod","staging"]}}`))), false},
		{"all environments but prod", "p-dev", post, project + "/roles", written(reading(`{"environment":{"$ne":"prod"}}`)), false},
		{"all environments that begin with dev", "p-dev", post, project + "/roles", written(reading(`{"environment":{"$glob":"dev*"}}`)), false},
		{"either, in braces", "p-dev", post, project + "/roles", written(reading(`{"environment":{"$glob":"{dev,prod}"}}`)), false},
		{"a path of everywhere", "p-dev", post, project + "/roles", written(reading(`{"secretPath":{"$glob":"/app/**"}}`)), false},
		{"no conditions, said", "p-dev", post, project + "/roles", written(reading(`{}`)), false},
		{"the environment in capitals", "p-dev", post, project + "/roles", written(reading(`{"environment":"DEV"}`)), false},
		{"another action there", "p-dev", post, project + "/roles", written(rule("secrets", `{"environment":"dev"}`, "describeSecret")), false},
		{"both actions by their old name", "p-dev", post, project + "/roles", written(rule("secrets", `{"environment":"dev"}`, "read")), false},
		{"what lies beside it", "p-dev", post, project + "/roles", written(rule("secret-imports", `{"environment":"dev"}`, "read")), false},
		{"what the first version brings along", "p-dev", post, "/v1/workspace/" + h.project.Slug + "/roles", written(reading2v1("dev")), false},
		{"dynamic secrets of some metadata", "p-dev", post, project + "/roles", written(rule("dynamic-secrets", `{"metadata":{"$elemMatch":{"key":"team","value":"a"}}}`, "lease")), false},
		{"by the other family", "p-dev", post, "/v2/workspace/" + h.project.ID + "/roles", written(reading("")), false},
		{"its own role, by the other family", "p-dev", patch, "/v2/workspace/" + h.project.ID + "/roles/" + h.id["dev-reader"], rules(reading("")), false},
		// through the first version of privileges
		{"V1: a manager gives itself one", "p-manager", post, privilegesV1 + "/permanent", h.v1("p-manager", "v1", "privilegePermission", everywhere), false},
		{"V1: a manager gives another one", "p-manager", post, privilegesV1 + "/permanent", h.v1("p-accomplice", "v1", "privilegePermission", everywhere), false},
		{"V1: by the old key", "p-manager", post, privilegesV1 + "/permanent", h.v1("p-accomplice", "v1", "permissions", []object{{"subject": "secrets", "action": "read"}}), false},
		{"V1: a manager gives one for a while", "p-manager", post, privilegesV1 + "/temporary", with(h.v1("p-manager", "v1", "privilegePermission", everywhere), pairs(window)...), false},
		{"V1: a member gives itself one", "p-member", post, privilegesV1 + "/permanent", h.v1("p-member", "v1", "privilegePermission", everywhere), true},
		{"V1: a viewer gives itself one", "p-viewer", post, privilegesV1 + "/permanent", h.v1("p-viewer", "v1", "privilegePermission", everywhere), true},
		{"V1: the borrower keeps it", "p-lent", patch, privilegesV1, h.v1("p-lent", "lent", "privilegeDetails", forever), false},
		{"V1: the borrower keeps it longer", "p-lent", patch, privilegesV1, h.v1("p-lent", "lent", "privilegeDetails", long), false},
		{"V1: somebody else changes it", "p-manager", patch, privilegesV1, h.v1("p-lent", "lent", "privilegeDetails", object{"slug": "mine"}), false},
		{"V1: somebody else takes it away", "p-manager", remove, privilegesV1, h.v1("p-lent", "lent"), false},
		{"V1: from outside of the project", "manager", post, privilegesV1 + "/permanent", h.v1("p-accomplice", "v1", "privilegeDetails", object{}, "privilegePermission", everywhere), true},
		// through additional privileges
		{"the borrower keeps it", "p-lent", patch, privileges + "/" + h.id["lent"], object{"type": forever}, false},
		{"the borrower keeps it longer", "p-lent", patch, privileges + "/" + h.id["lent"], object{"type": long}, false},
		{"the borrower gets it again", "p-lent", post, privileges, h.newPrivilege("p-lent", reading("")), false},
		{"the borrower passes it on permanently", "p-lent", post, privileges, h.newPrivilege("p-accomplice", reading("")), false},
		{"somebody else takes a privilege away", "p-manager", remove, privileges + "/" + h.id["viewer's"], nil, false},
		{"a holder of a privilege makes a viewer", "p-privileged", patch, h.member("p-accomplice"), roles("viewer"), false},
		{"a holder of a privilege makes itself an admin", "p-privileged", patch, h.member("p-privileged"), roles("admin"), false},
		{"a holder of a privilege widens it", "p-privileged", patch, privileges + "/" + h.id["privileged"], rules(rule("identity", "", everyIdentityAction...), reading("")), false},
		{"who may make viewers makes an admin", "p-viewers-only", patch, h.member("p-accomplice"), roles("admin"), true},
		{"who may make viewers makes one with more beside it", "p-viewers-only", patch, h.member("p-accomplice"), roles("viewer", "member"), true},
		{"who may make viewers makes a viewer", "p-viewers-only", patch, h.member("p-accomplice"), roles("viewer"), false},
		{"who may give tags gives secrets", "p-viewers-only", post, privileges, h.newPrivilege("p-accomplice", reading("")), true},
		{"who may give tags gives both", "p-viewers-only", post, privileges, h.newPrivilege("p-accomplice", rule("tags", "", "read"), reading("")), true},
		{"who may give tags gives tags", "p-viewers-only", post, privileges, h.newPrivilege("p-accomplice", rule("tags", "", "read")), false},
		// through time
		{"an admin to be hands out its future", "p-future", post, h.member("accomplice"), object{"roles": []object{{"role": "no-access"}, future}}, false},
		{"an admin to be begins at once", "p-future", patch, h.member("p-future"), object{"roles": []object{{"role": "identity-manager"}, h.temporary("admin", "1h")}}, false},
		{"a temporary admin comes back later", "p-temporary", patch, h.member("p-temporary"), object{"roles": []object{{"role": "no-access"}, future}}, false},
		{"a temporary admin lends for longer", "p-temporary", post, privileges, with(h.newPrivilege("p-accomplice", reading("")), "type", long), false},
		{"a temporary admin makes an identity of the project", "p-temporary", post, project + "/identities", with(roles("admin"), "name", "x"), false},
		// through identities of a project
		{"an identity of a project gets itself a secret's worth more", "own-manager", patch, h.member("own-manager"), roles("admin"), false},
		{"an identity of a project makes one of the organization", "own-manager", post, "/v1/identities", object{"name": "x", "organizationId": h.Admin.OrganizationID}, true},
		{"an identity of a project makes a project", "own-manager", post, "/v1/projects", object{"projectName": "Mine"}, true},
		{"an identity of a project goes to another", "own-manager", post, "/v1/projects/" + h.other.ID + "/memberships/identities/" + h.person["own-manager"].ID, roles("no-access"), true},
		{"a manager makes a secret for a project's identity", "p-manager", post, h.auth("own-admin") + "/client-secrets", object{}, false},
		{"a manager makes a token for a project's identity", "p-manager", post, h.method("token-auth", "own-admin") + "/tokens", object{}, false},
		{"a manager changes its OIDC", "p-manager", patch, h.method("oidc-auth", "own-admin"), object{"boundIssuer": "https://mine"}, false},
		{"a manager trusts more addresses of it", "p-manager", patch, h.auth("own-admin"), object{"clientSecretTrustedIps": []object{{"ipAddress": "0.0.0.0/0"}}}, false},
		{"a manager lengthens its tokens", "p-manager", patch, h.auth("own-admin"), object{"accessTokenPeriod": 3600}, false},
		{"a manager renames it", "p-manager", patch, h.own(h.person["own-admin"]), object{"name": "x"}, false},
		{"a manager lifts its protection", "p-manager", patch, h.own(h.person["own-admin"]), object{"hasDeleteProtection": false}, false},
		{"a manager deletes it", "p-manager", remove, h.own(h.person["own-admin"]), nil, false},
		{"a manager demotes it", "p-manager", patch, h.member("own-admin"), roles("no-access"), false},
		{"the organization's manager makes a secret for it", "manager", post, h.auth("own-admin") + "/client-secrets", object{}, true},
		{"a project's viewer makes one of its identities", "p-viewer", post, project + "/identities", object{"name": "x"}, true},
		// through what surrounds an identity
		{"a manager lifts an admin's protection", "manager", patch, h.identityPath("boss"), object{"hasDeleteProtection": false}, false},
		{"a manager gives an admin metadata", "manager", patch, h.identityPath("boss"), metadata("team", "mine"), false},
		{"a manager trusts more addresses of an admin", "manager", patch, h.auth("boss"), object{"accessTokenTrustedIps": []object{{"ipAddress": "0.0.0.0/0"}}}, false},
		{"a manager switches an admin's lockout off", "manager", patch, h.auth("boss"), object{"lockoutEnabled": false}, false},
		{"a manager renames an admin's token", "manager", patch, "/v1/auth/token-auth/tokens/" + h.id["token of chief"], object{"name": "harmless"}, false},
		{"an editor deletes a role with more", "editor", remove, "/v1/organization/roles/" + h.id["org auditor"], nil, false},
		{"a manager of identities writes a role", "manager", post, "/v1/organization/roles", written(), true},
		{"a member of the organization joins a project", "member", post, h.member("member"), roles("admin"), true},
		{"an admin of the organization who is no member joins a project", "boss", post, h.member("boss"), roles("admin"), true},
		{"a viewer lifts a project's protection", "p-viewer", patch, project, object{"hasDeleteProtection": false}, true},
		{"a member deletes a project", "p-member", remove, project, nil, true},
		{"a viewer renames an environment", "p-viewer", post, project + "/environments", object{"name": "x", "slug": "x"}, true},
		{"a viewer removes somebody", "p-viewer", remove, h.member("p-accomplice"), nil, true},
	}
	return ways
}

func reading2v1(environment string) object {
	return object{"subject": "secrets", "action": []string{"read"}, "conditions": object{"environment": environment}}
}

func pairs(o object) []any {
	var all []any
	for key, value := range o {
		all = append(all, key, value)
	}
	return all
}

// TestMoreThanAsked: what nobody may set stays as it is, however it is sent.
func TestMoreThanAsked(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	more := object{
		"id": unknown, "identityId": h.person["boss"].ID, "orgId": unknown, "organizationId": h.Admin.OrganizationID, "projectId": h.other.ID,
		"authMethods": []string{"token-auth"}, "permissions": []object{rule("secrets", "", "readValue")}, "isActive": true, "createdAt": "2020-01-01T00:00:00Z",
		"orgMembership": object{"role": "admin"}, "roleId": h.id["org identity-manager"], "customRole": object{"slug": "identity-manager"}, "__proto__": object{"role": "admin"},
	}
	for _, w := range []way{
		{"its own name", "member", http.MethodPatch, h.identityPath("member"), with(more, "name", "x"), false},
		{"a new identity", "member", http.MethodPost, "/v1/identities", with(more, "name", "x"), false},
		{"an identity of a project", "own-manager", http.MethodPatch, h.own(h.person["own-manager"]), with(more, "name", "x", "role", "admin", "roles", []object{{"role": "admin"}}), false},
		{"a new identity of a project", "p-manager", http.MethodPost, "/v1/projects/" + h.project.ID + "/identities", with(more, "name", "x", "role", "admin"), false},
		{"a project", "p-admin", http.MethodPatch, "/v1/projects/" + h.project.ID, with(more, "name", "x", "version", 1), false},
		{"a role", "p-editor", http.MethodPatch, "/v1/projects/" + h.project.ID + "/roles/" + h.id["hollow"], object{"name": "x", "projectId": h.other.ID, "isBuiltIn": true, "rules": more["permissions"]}, false},
		{"a privilege", "p-lent", http.MethodPatch, privileges + "/" + h.id["lent"], object{"slug": "x", "identityId": h.person["p-accomplice"].ID, "projectId": h.other.ID, "isTemporary": false, "temporaryAccessEndTime": "2099-01-01T00:00:00Z"}, false},
		{"an auth method", "manager", http.MethodPatch, h.auth("manager"), object{"accessTokenTTL": 60, "identityId": h.person["boss"].ID, "clientId": "mine", "id": unknown}, false},
	} {
		a := h.Call(t, w.method, w.path, h.token[w.who], w.body)
		if a.Status != http.StatusOK {
			t.Errorf("%s: %d %v", w.what, a.Status, a.Body)
		}
		answered := jsonOf(t, a.Body)
		for _, sent := range []string{unknown, h.person["boss"].ID, h.other.ID, "2020-01-01", "2099-01-01", "readValue\"]}]", `"mine"`} {
			if strings.Contains(answered, sent) && w.what != "a privilege" {
				t.Errorf("%s: %s came through: %s", w.what, sent, answered)
			}
		}
	}
	for name, role := range map[string]string{"member": "member", "own-manager": "no-access", "manager": "custom"} {
		if got := h.AsAdmin(t, http.MethodGet, h.identityPath(name), nil).Text("identity", "role"); got != role {
			t.Errorf("%s has come to be %s", name, got)
		}
	}
	lent := h.AsAdmin(t, http.MethodGet, privileges+"/"+h.id["lent"], nil)
	if lent.Text("privilege", "identityId") != h.person["p-lent"].ID || lent.At("privilege", "isTemporary") != true || strings.HasPrefix(lent.Text("privilege", "temporaryAccessEndTime"), "2099") {
		t.Errorf("%v", lent.Body)
	}
	if roles := h.AsAdmin(t, http.MethodGet, h.member("own-manager"), nil).At("identityMembership", "roles").([]any); len(roles) != 1 || roles[0].(object)["customRoleSlug"] != "identity-manager" {
		t.Errorf("%v", roles)
	}
}

// TestElsewhere: nothing of one project is reached by the paths of another, where its admin asks.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	mine := h.Call(t, http.MethodPost, "/v1/projects", h.token["member"], object{"projectName": "Mine"})
	id, slug := mine.Text("project", "id"), mine.Text("project", "slug")
	own := h.person["own-admin"].ID
	before := h.snapshot(t)
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{http.MethodPatch, "/v1/projects/" + id + "/roles/" + h.id["hollow"], object{"name": "x"}, 404},
		{http.MethodDelete, "/v2/workspace/" + id + "/roles/" + h.id["hollow"], nil, 404},
		{http.MethodPatch, "/v1/workspace/" + slug + "/roles/" + h.id["hollow"], object{"name": "x"}, 404},
		{http.MethodGet, "/v1/projects/roles/" + h.id["hollow"], nil, 403},
		{http.MethodGet, "/v1/projects/" + id + "/roles/slug/hollow", nil, 404},
		{http.MethodPost, "/v1/projects/" + id + "/memberships/identities/" + h.person["accomplice"].ID, object{"roles": []object{{"role": "hollow"}}}, 404},
		{http.MethodPost, "/v1/projects/" + id + "/memberships/identities/" + own, object{}, 400},
		{http.MethodGet, "/v1/projects/" + id + "/identities/" + own, nil, 404},
		{http.MethodPatch, "/v1/projects/" + id + "/identities/" + own, object{"name": "x"}, 404},
		{http.MethodDelete, "/v1/projects/" + id + "/identities/" + own, nil, 404},
		{http.MethodPatch, "/v1/projects/" + id + "/identities/" + h.person["boss"].ID, object{"name": "x"}, 404},
		{http.MethodPost, attached + own + "/client-secrets", object{}, 403},
		{http.MethodGet, privileges + "/" + h.id["lent"], nil, 403},
		{http.MethodPatch, privileges + "/" + h.id["lent"], object{"type": object{"isTemporary": false}}, 403},
		{http.MethodDelete, privileges + "/" + h.id["lent"], nil, 403},
		{http.MethodPost, privileges, object{"identityId": own, "projectId": id, "permissions": []object{}, "type": object{"isTemporary": false}}, 400},
		{http.MethodGet, "/v1/projects/" + h.project.ID, nil, 403},
		{http.MethodGet, "/v2/workspace/" + h.project.Slug, nil, 403},
		{http.MethodGet, "/v2/workspace/" + h.project.ID + "/identity-memberships", nil, 403},
		{http.MethodGet, "/v1/projects//roles", nil, 422},
		{http.MethodPatch, "/v1/projects/%20/roles/" + h.id["hollow"], object{"name": "x"}, 404},
	} {
		if a := h.Call(t, c.method, c.path, h.token["member"], c.body); a.Status != c.status {
			t.Errorf("%s %s: %d %v, want %d", c.method, c.path, a.Status, a.Body, c.status)
		}
	}
	if listed := h.Call(t, http.MethodGet, "/v1/projects", h.token["member"], nil).At("projects").([]any); len(listed) != 1 {
		t.Errorf("%v", listed)
	}
	if h.snapshot(t) != before {
		t.Error("something was changed")
	}
}

// TestAnotherOfThatName: what bears the slug of something that is gone has nothing of it.
func TestAnotherOfThatName(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	s := h.Server
	project := "/v1/projects/" + h.project.ID
	// A role that somebody has, if only for a time that is over, stays; so nobody gets another of its slug.
	ended := object{"role": "hollow", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1s", "temporaryAccessStartTime": "2020-01-01T00:00:00Z"}
	s.AsAdmin(t, http.MethodPatch, h.member("p-chief"), object{"roles": []object{{"role": "admin"}, ended}})
	want(t, "a role that somebody had", s.Call(t, http.MethodDelete, project+"/roles/"+h.id["hollow"], s.Admin.AccessToken, nil), 400, "BadRequest")
	s.AsAdmin(t, http.MethodPatch, h.member("p-chief"), object{"roles": []object{{"role": "admin"}}})
	s.AsAdmin(t, http.MethodDelete, project+"/roles/"+h.id["hollow"], nil)
	// A role that takes another's slug is not the other.
	s.AsAdmin(t, http.MethodPatch, project+"/roles/"+h.id["reader"], object{"slug": "was-reader"})
	s.AsAdmin(t, http.MethodPost, project+"/roles", object{"slug": "reader", "name": "x", "permissions": []object{rule("identity", "", "edit")}})
	roles := s.AsAdmin(t, http.MethodGet, h.member("p-reader"), nil).At("identityMembership", "roles").([]any)
	if got := roles[0].(object)["customRoleSlug"]; got != "was-reader" {
		t.Errorf("the member has %v", got)
	}
	want(t, "with the role of before", s.Call(t, http.MethodPatch, h.member("p-accomplice"), h.token["p-reader"], object{"roles": []object{{"role": "no-access"}}}), 403, "PermissionDenied")
	// A project that takes another's slug has none of its members.
	gone := s.NewProject(t)
	s.Join(t, gone, h.person["accomplice"].ID, "admin")
	s.AsAdmin(t, http.MethodDelete, "/v1/projects/"+gone.ID, nil)
	s.AsAdmin(t, http.MethodPost, "/v1/projects", object{"projectName": "x", "slug": gone.Slug})
	want(t, "a member of before", s.Call(t, http.MethodGet, "/v2/workspace/"+gone.Slug, h.token["accomplice"], nil), 403, "ForbiddenError")
	// Who comes back to a project comes with nothing.
	s.AsAdmin(t, http.MethodDelete, h.member("p-lent"), nil)
	s.Join(t, h.project, h.person["p-lent"].ID, "no-access")
	want(t, "who came back", s.Call(t, http.MethodGet, h.member("p-accomplice"), h.token["p-lent"], nil), 403, "PermissionDenied")
	want(t, "its privilege", s.Call(t, http.MethodGet, privileges+"/"+h.id["lent"], s.Admin.AccessToken, nil), 404, "NotFound")
}

// TestRewrittenWhileAssigned: a role that is widened while somebody hands it out is handed out by
// nobody who does not cover what it has come to be.
func TestRewrittenWhileAssigned(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	path := "/v1/projects/" + h.project.ID + "/roles/" + h.id["hollow"]
	h.AsAdmin(t, http.MethodPatch, h.member("p-chief"), object{"roles": []object{{"role": "admin"}}})
	var wide atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				late := wide.Load()
				a := h.Call(t, http.MethodPatch, h.member("p-accomplice"), h.token["p-manager"], object{"roles": []object{{"role": "hollow"}}})
				if late && a.Status == http.StatusOK {
					t.Error("a role was handed out by somebody whom it exceeds")
				}
			}
		})
	}
	h.AsAdmin(t, http.MethodPatch, path, object{"permissions": []object{rule("secrets", "", "readValue")}})
	wide.Store(true)
	wg.Wait()
}
