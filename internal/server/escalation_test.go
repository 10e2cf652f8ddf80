// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// escalationFixture has identities with every combination of rights, and two projects of the admin. Each can log in.
type escalationFixture struct {
	*servertest.Server
	database       string
	project, other servertest.Project
	token          map[string]string // of each person
	person         map[string]servertest.Identity
	id             map[string]string // of roles and privileges
}

func rule(subject string, conditions string, actions ...string) object {
	r := object{"subject": subject, "action": actions}
	if conditions != "" {
		r["conditions"] = json.RawMessage(conditions)
	}
	return r
}

func deny(r object) object {
	r["inverted"] = true
	return r
}

// everyIdentityAction has no grant-privileges, which includes two of the others.
var everyIdentityAction = slices.DeleteFunc(permission.Actions(permission.Project, permission.Identity), func(action string) bool {
	return action == permission.GrantPrivileges
})

func newEscalationFixture(t *testing.T) *escalationFixture {
	t.Helper()
	database := filepath.Join(t.TempDir(), "escalation.db")
	s := servertest.StartWith(t, servertest.Options{Boundary: iam.Strict, Database: database})
	h := &escalationFixture{Server: s, database: database, project: s.NewProject(t), other: s.NewProject(t),
		token: map[string]string{}, person: map[string]servertest.Identity{}, id: map[string]string{}}

	orgIdentity := permission.Actions(permission.Organization, permission.Identity)
	h.organizationRole(t, "identity-manager", rule("identity", "", orgIdentity...))
	h.organizationRole(t, "role-editor", rule("role", "", "create", "read", "edit", "delete"))
	h.organizationRole(t, "auditor", rule("audit-logs", "", "read"))
	h.projectRole(t, "identity-manager", rule("identity", "", everyIdentityAction...))
	h.projectRole(t, "role-editor", rule("role", "", "create", "read", "edit", "delete"))
	h.projectRole(t, "dev-reader", rule("secrets", `{"environment":"dev"}`, "readValue"), rule("role", "", "create", "edit", "read"))
	h.projectRole(t, "reader", rule("secrets", "", "readValue"))
	h.projectRole(t, "templated", rule("secrets", `{"environment":"{{identity.metadata.env}}"}`, "readValue"))
	h.projectRole(t, "one-only", rule("identity", `{"identityId":"`+unknown+`"}`, slices.DeleteFunc(slices.Clone(everyIdentityAction), func(a string) bool { return a == "create" })...))

	for name, role := range map[string]string{
		"member": "member", "manager": "identity-manager", "editor": "role-editor", "accomplice": "no-access", "boss": "admin", "chief": "admin", "audited": "auditor",
		"newcomer": "no-access", "newcomer 2": "no-access", "newcomer 3": "no-access",
	} {
		h.join(t, name, role, nil)
	}
	for name, roles := range map[string][]string{
		"p-admin": {"admin"}, "p-member": {"member"}, "p-viewer": {"viewer"}, "p-manager": {"identity-manager"}, "p-editor": {"role-editor"},
		"p-dev": {"dev-reader"}, "p-reader": {"reader"}, "p-templated": {"templated", "identity-manager"}, "p-one": {"one-only"}, "p-accomplice": {"no-access"},
		"p-denied": {"reader", "identity-manager"}, "p-second": {"no-access", "admin"},
	} {
		h.join(t, name, "no-access", roles)
	}
	h.join(t, "p-temporary", "no-access", []string{"no-access"})
	s.AsAdmin(t, http.MethodPatch, h.member("p-temporary"), object{"roles": []object{{"role": "no-access"}, h.temporary("admin", "1h")}})
	s.AttachAll(t, h.person["chief"].ID)
	s.AttachAll(t, h.person["p-viewer"].ID)
	h.id["deny"] = h.privilege(t, "p-denied", deny(rule("secrets", "", "readValue")))
	h.id["viewer's"] = h.privilege(t, "p-viewer", rule("secrets", "", "create"))
	s.AsAdmin(t, http.MethodPatch, "/v1/identities/"+h.person["p-templated"].ID, object{"metadata": []object{{"key": "env", "value": "dev"}}})
	h.schemers(t)
	return h
}

// copied returns a copy of the fixture on a database of its own.
func (h *escalationFixture) copied(t *testing.T, o servertest.Options) *escalationFixture {
	t.Helper()
	database := filepath.Join(t.TempDir(), "escalation.db")
	for _, suffix := range []string{"", "-wal"} { // nobody is writing
		content, err := os.ReadFile(h.database + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(database+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.Database = database
	other := *h
	other.Server = servertest.StartWith(t, o)
	return &other
}

func (h *escalationFixture) organizationRole(t *testing.T, slug string, rules ...object) {
	t.Helper()
	h.id["org "+slug] = h.AsAdmin(t, http.MethodPost, "/v1/organization/roles", object{"slug": slug, "name": slug, "permissions": rules}).Text("role", "id")
}

func (h *escalationFixture) projectRole(t *testing.T, slug string, rules ...object) {
	t.Helper()
	path := "/v1/projects/" + h.project.ID + "/roles"
	h.id[slug] = h.AsAdmin(t, http.MethodPost, path, object{"slug": slug, "name": slug, "permissions": append([]object{}, rules...)}).Text("role", "id")
}

func (h *escalationFixture) join(t *testing.T, name, role string, roles []string) {
	t.Helper()
	i := h.NewIdentity(t, role, nil)
	if roles != nil {
		h.Join(t, h.project, i.ID, roles...)
	}
	h.person[name], h.token[name] = i, h.TokenOf(t, i)
}

func (h *escalationFixture) privilege(t *testing.T, name string, rules ...object) string {
	t.Helper()
	return h.AsAdmin(t, http.MethodPost, privileges, h.newPrivilege(name, rules...)).Text("privilege", "id")
}

const privileges = "/v2/identity-project-additional-privilege"

func (h *escalationFixture) newPrivilege(name string, rules ...object) object {
	return object{"identityId": h.person[name].ID, "projectId": h.project.ID, "permissions": rules, "type": object{"isTemporary": false}}
}

func (h *escalationFixture) temporary(role, length string) object {
	return object{"role": role, "isTemporary": true, "temporaryMode": "relative", "temporaryRange": length,
		"temporaryAccessStartTime": h.Clock.Now().UTC().Format(time.RFC3339)}
}

func (h *escalationFixture) member(name string) string {
	return "/v1/projects/" + h.project.ID + "/memberships/identities/" + h.person[name].ID
}

func (h *escalationFixture) identityPath(name string) string {
	return "/v1/identities/" + h.person[name].ID
}

func (h *escalationFixture) auth(name string) string { return attached + h.person[name].ID }

func (h *escalationFixture) method(method, name string) string {
	return "/v1/auth/" + method + "/identities/" + h.person[name].ID
}

// boundAnywhere is an OIDC auth that accepts all JWTs of an issuer.
var boundAnywhere = object{"oidcDiscoveryUrl": "https://mine.example.com", "boundIssuer": "https://mine.example.com", "boundClaims": object{}}

// way is one in which somebody could come to more than they have.
type way struct {
	what   string
	who    string
	method string
	path   string
	body   object
	// alsoByAction: NEW's contract refuses it too, as the management action is missing.
	alsoByAction bool
}

func (h *escalationFixture) ways(t *testing.T) []way {
	t.Helper()
	const (
		post, patch, remove = http.MethodPost, http.MethodPatch, http.MethodDelete
		identities          = "/v1/identities"
		organizationRoles   = "/v1/organization/roles"
	)
	org := h.Admin.OrganizationID
	project := "/v1/projects/" + h.project.ID
	secretOf := func(name string) string {
		found := h.AsAdmin(t, http.MethodGet, h.auth(name)+"/client-secrets", nil).At("clientSecretData").([]any)
		return h.auth(name) + "/client-secrets/" + found[0].(object)["id"].(string)
	}
	roles := func(slugs ...string) object {
		var assigned []object
		for _, slug := range slugs {
			assigned = append(assigned, object{"role": slug})
		}
		return object{"roles": assigned}
	}
	all := []object{rule("secrets", "", "readValue")}
	return []way{
		// directly
		{"a member makes an admin", "member", post, identities, object{"name": "x", "organizationId": org, "role": "admin"}, true},
		{"a member makes a member", "member", post, identities, object{"name": "x", "organizationId": org, "role": "member"}, true},
		{"a member promotes itself", "member", patch, h.identityPath("member"), object{"role": "admin"}, true},
		{"a member promotes another", "member", patch, h.identityPath("accomplice"), object{"role": "admin"}, true},
		{"a member renames an admin", "member", patch, h.identityPath("boss"), object{"name": "harmless"}, false},
		{"a member deletes an admin", "member", remove, h.identityPath("boss"), nil, false},
		{"a manager of identities makes an admin", "manager", post, identities, object{"name": "x", "organizationId": org, "role": "admin"}, false},
		{"a manager promotes itself", "manager", patch, h.identityPath("manager"), object{"role": "admin"}, false},
		{"a manager promotes another", "manager", patch, h.identityPath("accomplice"), object{"role": "member"}, false},
		{"a manager demotes an admin", "manager", patch, h.identityPath("boss"), object{"role": "no-access"}, false},
		{"a manager gives a custom role it does not cover", "manager", patch, h.identityPath("accomplice"), object{"role": "auditor"}, false},
		// through another identity's credentials
		{"a member attaches auth to an admin", "member", post, h.auth("boss"), object{}, true},
		{"a member makes a secret for an admin", "member", post, h.auth("boss") + "/client-secrets", object{}, true},
		{"a manager makes a secret for an admin", "manager", post, h.auth("boss") + "/client-secrets", object{}, false},
		{"a manager changes an admin's auth", "manager", patch, h.auth("boss"), object{"accessTokenTTL": 1}, false},
		{"a manager removes an admin's auth", "manager", remove, h.auth("boss"), nil, false},
		{"a manager revokes an admin's secret", "manager", post, secretOf("boss") + "/revoke", nil, false},
		{"a manager makes a secret for somebody with a role it does not cover", "manager", post, h.auth("audited") + "/client-secrets", object{}, false},
		{"a manager makes a secret for a project's admin", "manager", post, h.auth("p-admin") + "/client-secrets", object{}, false},
		{"a manager makes a secret for a holder of a privilege", "manager", post, h.auth("p-viewer") + "/client-secrets", object{}, false},
		// through its other auth methods
		{"a member attaches OIDC to an admin", "member", post, h.method("oidc-auth", "boss"), boundAnywhere, true},
		{"a manager attaches OIDC to an admin", "manager", post, h.method("oidc-auth", "boss"), boundAnywhere, false},
		{"a manager attaches OIDC to a project's admin", "manager", post, h.method("oidc-auth", "p-admin"), boundAnywhere, false},
		{"a manager attaches OIDC to somebody with a template", "manager", post, h.method("oidc-auth", "p-templated"), boundAnywhere, false},
		{"a manager changes an admin's OIDC", "manager", patch, h.method("oidc-auth", "chief"), object{"boundIssuer": "https://mine"}, false},
		{"a manager widens an admin's OIDC", "manager", patch, h.method("oidc-auth", "chief"), object{"boundSubject": ""}, false},
		{"a manager removes an admin's OIDC", "manager", remove, h.method("oidc-auth", "chief"), nil, false},
		{"a member attaches token auth to an admin", "member", post, h.method("token-auth", "boss"), object{}, true},
		{"a manager attaches token auth to an admin", "manager", post, h.method("token-auth", "boss"), object{}, false},
		{"a manager changes an admin's token auth", "manager", patch, h.method("token-auth", "chief"), object{"accessTokenTTL": 1}, false},
		{"a manager removes an admin's token auth", "manager", remove, h.method("token-auth", "chief"), nil, false},
		{"a member makes a token for an admin", "member", post, h.method("token-auth", "chief") + "/tokens", object{}, true},
		{"a manager makes a token for an admin", "manager", post, h.method("token-auth", "chief") + "/tokens", object{}, false},
		{"a manager makes a token for a holder of a privilege", "manager", post, h.method("token-auth", "p-viewer") + "/tokens", object{}, false},
		// through roles
		{"an editor of roles writes a role with more", "editor", post, organizationRoles, object{"slug": "more", "name": "x", "permissions": []object{rule("identity", "", "create")}}, false},
		{"an editor writes more into its own role", "editor", patch, organizationRoles + "/" + h.id["org role-editor"], object{"permissions": []object{rule("identity", "", "create")}}, false},
		{"an editor writes more into another's role", "editor", patch, organizationRoles + "/" + h.id["org auditor"], object{"permissions": []object{rule("role", "", "read")}}, false},
		{"a project's editor writes a role with more", "p-editor", post, project + "/roles", object{"slug": "more", "name": "x", "permissions": all}, false},
		{"a project's editor writes more into its own role", "p-editor", patch, project + "/roles/" + h.id["role-editor"], object{"permissions": all}, false},
		{"a reader of dev writes a role that reads everywhere", "p-dev", post, project + "/roles", object{"slug": "more", "name": "x", "permissions": all}, false},
		{"a reader of dev writes a role that reads prod", "p-dev", post, project + "/roles",
			object{"slug": "more", "name": "x", "permissions": []object{rule("secrets", `{"environment":{"$in":["dev","prod"]}}`, "readValue")}}, false},
		{"a reader of dev writes a role with a template", "p-dev", post, project + "/roles",
			object{"slug": "more", "name": "x", "permissions": []object{rule("secrets", `{"environment":"{{identity.metadata.env}}"}`, "readValue")}}, false},
		// through projects
		{"a project's member adds an admin", "p-member", post, h.member("accomplice"), roles("admin"), true},
		{"a project's manager adds an admin", "p-manager", post, h.member("accomplice"), roles("admin"), false},
		{"a project's manager adds a viewer", "p-manager", post, h.member("accomplice"), roles("viewer"), false},
		{"a project's manager promotes itself", "p-manager", patch, h.member("p-manager"), roles("identity-manager", "admin"), false},
		{"a project's manager promotes another", "p-manager", patch, h.member("p-accomplice"), roles("admin"), false},
		{"a project's manager demotes an admin", "p-manager", patch, h.member("p-admin"), roles("no-access"), false},
		{"a project's manager removes an admin", "p-manager", remove, h.member("p-admin"), nil, false},
		{"a project's manager demotes one whose second role is admin", "p-manager", patch, h.member("p-second"), roles("no-access"), false},
		{"a project's manager changes the first role of one whose second role is admin", "p-manager", patch, h.member("p-second"), roles("identity-manager", "admin"), false},
		{"a project's manager removes one whose second role is admin", "p-manager", remove, h.member("p-second"), nil, false},
		{"a project's manager makes an identity of the project with more", "p-manager", post, project + "/identities",
			object{"name": "x", "roles": []object{{"role": "viewer"}}}, false},
		{"a project's admin adds one with more in the organization", "p-admin", post, h.member("editor"), roles("viewer"), false},
		{"a project's admin adds an admin of the organization", "p-admin", post, h.member("boss"), roles("no-access"), false},
		{"an admin of one project adds a member to another", "p-admin", post, "/v1/projects/" + h.other.ID + "/memberships/identities/" + h.person["accomplice"].ID, roles("no-access"), true},
		{"who may manage one identity manages another", "p-one", patch, h.member("p-accomplice"), roles("no-access"), true},
		// through additional privileges
		{"a project's manager gives itself a privilege", "p-manager", post, privileges, h.newPrivilege("p-manager", all...), false},
		{"a project's manager gives another a privilege", "p-manager", post, privileges, h.newPrivilege("p-accomplice", all...), false},
		{"a project's manager changes another's privilege", "p-manager", patch, privileges + "/" + h.id["viewer's"], object{"permissions": all}, false},
		{"who is denied takes the denial away", "p-denied", remove, privileges + "/" + h.id["deny"], nil, false},
		{"who is denied empties the denial", "p-denied", patch, privileges + "/" + h.id["deny"], object{"permissions": []object{}}, false},
		{"who is denied overrules the denial", "p-denied", post, privileges, h.newPrivilege("p-denied", all...), false},
		{"who is denied makes the denial temporary", "p-denied", patch, privileges + "/" + h.id["deny"],
			object{"type": object{"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1ms", "temporaryAccessStartTime": "2020-01-01T00:00:00Z"}}, false},
		// through metadata that templates speak of
		{"a member of the organization changes what a template of another says", "member", patch, h.identityPath("p-templated"),
			object{"metadata": []object{{"key": "env", "value": "prod"}}}, false},
		// through temporary windows
		{"a temporary admin makes a permanent one", "p-temporary", post, h.member("accomplice"), roles("admin"), false},
		{"a temporary admin makes itself permanent", "p-temporary", patch, h.member("p-temporary"), roles("admin"), false},
		{"a temporary admin stays longer", "p-temporary", patch, h.member("p-temporary"), object{"roles": []object{{"role": "no-access"}, h.temporary("admin", "2h")}}, false},
		{"a temporary admin gives a permanent privilege", "p-temporary", post, privileges, h.newPrivilege("p-accomplice", all...), false},
		{"a temporary admin writes a permanent role", "p-temporary", post, project + "/roles", object{"slug": "more", "name": "x", "permissions": all}, false},
	}
}

// snapshot is everything that the admin can see.
func (h *escalationFixture) snapshot(t *testing.T) string {
	t.Helper()
	var seen strings.Builder
	look := func(path string) servertest.Response {
		a := h.Call(t, http.MethodGet, path, h.Admin.AccessToken, nil)
		delete(a.Body, "reqId")
		_, _ = fmt.Fprintln(&seen, path, a.Status, a.Body)
		return a
	}
	for _, i := range look("/v1/identities?orgId=" + h.Admin.OrganizationID).At("identities").([]any) {
		id := i.(object)["identityId"].(string)
		for _, path := range []string{"/v1/identities/" + id, attached + id, attached + id + "/client-secrets", "/v1/identities/" + id + "/identity-memberships",
			oidcAuth + id, tokenAuth + id, tokenAuth + id + "/tokens",
			privileges + "?identityId=" + id + "&projectId=" + h.project.ID} {
			look(path)
		}
	}
	for _, path := range []string{"/v1/organization/roles", "/v1/projects", "/v1/projects/" + h.project.ID + "/identities?limit=1000"} {
		look(path)
	}
	for _, id := range slices.Sorted(maps.Values(h.id)) {
		look("/v1/organization/roles/" + id)
		look("/v1/projects/roles/" + id)
		look(privileges + "/" + id)
	}
	return seen.String()
}

// TestEscalation tries every way under the strict boundary: all are refused, and leave nothing
// behind. Under the other, the contract's own, those go through for which the action suffices.
func TestEscalation(t *testing.T) {
	t.Parallel()
	strict := newEscalationFixture(t)
	before := strict.snapshot(t)
	ways := slices.Concat(strict.ways(t), strict.roundabout(t))
	if len(ways) < 30 {
		t.Fatalf("only %d ways", len(ways))
	}
	var since []string
	for n, w := range ways {
		a := strict.Call(t, w.method, w.path, strict.token[w.who], w.body)
		if a.Status != http.StatusForbidden {
			t.Errorf("strict: %s: %d %v", w.what, a.Status, a.Body)
		}
		hidden := strings.Contains(a.Text("message"), "holds permissions in a project that you do not hold")
		if missing, _ := a.At("details", "missingPermissions").([]any); a.Text("error") == "PermissionBoundaryError" && len(missing) == 0 != hidden {
			t.Errorf("strict: %s: it does not say what is missing: %v", w.what, a.Body)
		}
		if since = append(since, w.what); len(since) == 10 || n == len(ways)-1 { // a look at everything takes its time
			if strict.snapshot(t) != before {
				t.Fatalf("strict: one of these left something behind: %q", since)
			}
			since = nil
		}
	}
	for _, w := range ways {
		t.Run("actions "+w.what, func(t *testing.T) {
			h := strict.copied(t, servertest.Options{Boundary: iam.Actions}) // each on its own, as some go through
			a := h.Call(t, w.method, w.path, h.token[w.who], w.body)
			if refused := a.Status == http.StatusForbidden; refused != w.alsoByAction {
				t.Errorf("%d %v", a.Status, a.Body)
			}
		})
	}
}

// TestEscalationOnAnOlderServer: the routes of an old server lead round no rule.
func TestEscalationOnAnOlderServer(t *testing.T) {
	t.Parallel()
	newer := newEscalationFixture(t)
	ways := slices.Concat(newer.ways(t), newer.roundabout(t))
	old := newer.copied(t, servertest.Options{Generation: "old"})
	refused := 0
	for _, w := range ways {
		a := old.Call(t, w.method, w.path, old.token[w.who], w.body)
		if a.Status < http.StatusBadRequest || a.Status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %v", w.what, a.Status, a.Body)
		}
		if a.Status == http.StatusForbidden {
			refused++
		}
	}
	if refused < 50 {
		t.Errorf("only %d ways lead to a route that is there", refused)
	}
}

// TestWithinOnesRights: what the strict boundary is not about goes through.
func TestWithinOnesRights(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	for _, w := range []way{
		{"a manager makes an identity without access", "manager", http.MethodPost, "/v1/identities", object{"name": "x", "organizationId": h.Admin.OrganizationID}, false},
		{"a manager gives its own role", "manager", http.MethodPatch, h.identityPath("accomplice"), object{"role": "identity-manager"}, false},
		{"a manager makes a secret for it", "manager", http.MethodPost, h.auth("accomplice") + "/client-secrets", object{}, false},
		{"a manager attaches OIDC to it", "manager", http.MethodPost, h.method("oidc-auth", "accomplice"), boundAnywhere, false},
		{"a manager attaches OIDC to itself", "manager", http.MethodPost, h.method("oidc-auth", "manager"), boundAnywhere, false},
		{"a manager attaches token auth to it", "manager", http.MethodPost, h.method("token-auth", "accomplice"), object{}, false},
		{"a manager makes a token for it", "manager", http.MethodPost, h.method("token-auth", "accomplice") + "/tokens", object{}, false},
		{"an admin makes a token for another", "boss", http.MethodPost, h.method("token-auth", "chief") + "/tokens", object{}, false},
		{"a manager makes a secret for itself", "manager", http.MethodPost, h.auth("manager") + "/client-secrets", object{}, false},
		{"a manager changes its own auth", "manager", http.MethodPatch, h.auth("manager"), object{"accessTokenTTL": 60, "accessTokenMaxTTL": 60}, false},
		{"a member renames one without access", "member", http.MethodPatch, h.identityPath("p-accomplice"), object{"name": "renamed"}, false},
		{"a project's admin adds an admin", "p-admin", http.MethodPost, h.member("newcomer"), object{"roles": []object{{"role": "admin"}}}, false},
		{"a project's admin writes a role", "p-admin", http.MethodPost, "/v1/projects/" + h.project.ID + "/roles",
			object{"slug": "made", "name": "Made", "permissions": []object{rule("secrets", `{"environment":"prod"}`, "readValue")}}, false},
		{"a project's admin demotes another", "p-admin", http.MethodPatch, h.member("p-viewer"), object{"roles": []object{{"role": "no-access"}}}, false},
		{"a temporary admin adds one for no longer", "p-temporary", http.MethodPost, h.member("newcomer 2"),
			object{"roles": []object{{"role": "no-access"}, h.temporary("viewer", "30m")}}, false},
		{"a reader of dev writes a role that reads a path of dev", "p-dev", http.MethodPost, "/v1/projects/" + h.project.ID + "/roles",
			object{"slug": "less", "name": "Less", "permissions": []object{rule("secrets", `{"environment":"dev","secretPath":{"$glob":"/app/**"}}`, "readValue")}}, false},
		{"an organization's admin makes a secret for a project's admin", "boss", http.MethodPost, h.auth("p-admin") + "/client-secrets", object{}, false},
		{"a member takes another name", "member", http.MethodPatch, h.identityPath("member"), object{"name": "another", "metadata": []object{{"key": "k", "value": "v"}}}, false},
		{"somebody with a template changes other metadata", "tagged", http.MethodPatch, h.identityPath("tagged"), object{"name": "x", "metadata": []object{{"key": "env", "value": "dev"}, {"key": "k", "value": "v"}}}, false},
		{"a manager holds one down that has less", "p-manager", http.MethodPost, privileges, h.newPrivilege("p-accomplice", deny(rule("identity", "", "edit"))), false},
		{"a manager holds itself down", "p-manager", http.MethodPost, privileges, h.newPrivilege("p-manager", deny(rule("secrets", "", "edit"))), false},
		{"who is shackled rewrites the shackle with the same", "p-shackled", http.MethodPatch, "/v1/projects/" + h.project.ID + "/roles/" + h.id["shackle"],
			object{"name": "Shackle", "permissions": []object{rule("role", "", "read"), deny(rule("secrets", `{"environment":"prod"}`, "readValue"))}}, false},
		{"who is shackled allows what stays denied, after the denial", "p-shackled", http.MethodPatch, "/v1/projects/" + h.project.ID + "/roles/" + h.id["shackle"],
			object{"permissions": []object{deny(rule("secrets", `{"environment":"prod"}`, "readValue")), rule("secrets", `{"environment":"prod"}`, "readValue")}}, false},
		{"an admin shackles a chief", "p-admin", http.MethodPatch, "/v1/projects/" + h.project.ID + "/roles/" + h.id["hollow"],
			object{"permissions": []object{deny(rule("identity", "", "edit"))}}, false},
		{"an admin takes a shackle off", "p-admin", http.MethodPatch, "/v1/projects/" + h.project.ID + "/roles/" + h.id["shackle"], object{"permissions": []object{}}, false},
		{"an admin renames another's token", "boss", http.MethodPatch, "/v1/auth/token-auth/tokens/" + h.id["token of chief"], object{"name": "x"}, false},
		{"an admin to be does what it may now", "p-future", http.MethodPost, h.member("newcomer 3"), object{"roles": []object{{"role": "identity-manager"}}}, false},
	} {
		if a := h.Call(t, w.method, w.path, h.token[w.who], w.body); a.Status != http.StatusOK {
			t.Errorf("%s: %d %v", w.what, a.Status, a.Body)
		}
	}
}

// TestDemotionInARace: whoever lost a right does nothing with it, however many requests they have
// under way. A request that began after the demotion was answered must be refused.
func TestDemotionInARace(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	var demoted atomic.Bool
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for k := range 20 {
				late := demoted.Load()
				a := h.Call(t, http.MethodPost, "/v1/identities", h.token["boss"], object{
					"name": fmt.Sprint("race ", n, k), "organizationId": h.Admin.OrganizationID, "role": "admin",
				})
				if late && a.Status == http.StatusOK {
					t.Error("an identity was made an admin by somebody who is none any more")
				}
			}
		})
	}
	h.AsAdmin(t, http.MethodPatch, h.identityPath("boss"), object{"role": "no-access"})
	demoted.Store(true)
	wg.Wait()
}
