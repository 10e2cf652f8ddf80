// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"net/http"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestRulesInForceAtOnce checks that every change of roles, privileges and memberships applies to the next request
// with a token that was issued before. Contract: sections 4.1, 7 and 8.
func TestRulesInForceAtOnce(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	one, other := s.NewIdentity(t, "no-access", nil), s.NewIdentity(t, "no-access", nil)
	s.Join(t, p, other.ID, "no-access")
	organizationRole := s.AsAdmin(t, http.MethodPost, "/v1/organization/roles", object{"slug": "now", "name": "x", "permissions": []object{}}).Text("role", "id")
	i := s.NewIdentity(t, "now", nil)
	s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": "now", "name": "x", "permissions": []object{}})
	role := "/v1/projects/" + p.ID + "/roles/" + s.AsAdmin(t, http.MethodGet, "/v1/projects/"+p.ID+"/roles/slug/now", nil).Text("role", "id")
	s.Join(t, p, i.ID, "now")
	s.Join(t, p, one.ID, "no-access")
	token := s.TokenOf(t, i)
	member := func(id string) string { return "/v1/projects/" + p.ID + "/memberships/identities/" + id }
	reads := func(rules ...object) object { return object{"permissions": append([]object{}, rules...)} }
	all, hisOwn := rule("identity", "", "read"), `{"identityId":"`+one.ID+`"}`
	privilege := ""
	give := func(id string, rules ...object) func() {
		return func() {
			privilege = s.AsAdmin(t, http.MethodPost, privileges, with(reads(rules...), "identityId", id, "projectId", p.ID, "type", object{"isTemporary": false})).Text("privilege", "id")
		}
	}
	set := func(method, path string, body any) func() { return func() { s.AsAdmin(t, method, path, body) } }
	for _, c := range []struct {
		what  string
		does  func()
		reads bool   // the membership of one
		error string // where it does not; empty: PermissionDenied
	}{
		{"nothing yet", func() {}, false, ""},
		{"a rule in the role", set(http.MethodPatch, role, reads(all)), true, ""},
		{"a denial behind it", set(http.MethodPatch, role, reads(all, deny(rule("identity", hisOwn, "read")))), false, ""},
		{"a denial before it", set(http.MethodPatch, role, reads(deny(rule("identity", hisOwn, "read")), all)), false, ""},
		{"a denial of everybody else", set(http.MethodPatch, role, reads(all, deny(rule("identity", `{"identityId":{"$ne":"`+one.ID+`"}}`, "read")))), true, ""},
		{"some others", set(http.MethodPatch, role, reads(rule("identity", `{"identityId":{"$in":["`+other.ID+`","`+i.ID+`"]}}`, "read"))), false, ""},
		{"some", set(http.MethodPatch, role, reads(rule("identity", `{"identityId":{"$in":["`+other.ID+`","`+one.ID+`"],"$ne":"`+other.ID+`"}}`, "read"))), true, ""},
		{"a template of nothing", set(http.MethodPatch, role, reads(rule("identity", `{"identityId":"{{identity.metadata.reads}}"}`, "read"))), false, ""},
		{"metadata", set(http.MethodPatch, "/v1/identities/"+i.ID, object{"metadata": []object{{"key": "reads", "value": one.ID}}}), true, ""},
		{"other metadata", set(http.MethodPatch, "/v1/identities/"+i.ID, object{"metadata": []object{{"key": "reads", "value": other.ID}}}), false, ""},
		{"a template of the name", set(http.MethodPatch, role, reads(rule("identity", `{"identityId":{"$in":["x","{{identity.username}}"]}}`, "read"))), false, ""},
		{"the name", set(http.MethodPatch, "/v1/identities/"+i.ID, object{"name": one.ID}), true, ""},
		{"no rule", set(http.MethodPatch, role, reads()), false, ""},
		{"a privilege", give(i.ID, all), true, ""},
		{"a later one that denies", give(i.ID, deny(rule("identity", hisOwn, "read"))), false, ""},
		{"which is changed", func() { s.AsAdmin(t, http.MethodPatch, privileges+"/"+privilege, reads()) }, true, ""},
		{"roles of the membership", set(http.MethodPatch, member(i.ID), object{"roles": []object{{"role": "no-access"}}}), true, ""},
		{"no membership", set(http.MethodDelete, member(i.ID), nil), false, "ForbiddenError"},
		{"a membership again", set(http.MethodPost, member(i.ID), object{"roles": []object{{"role": "viewer"}}}), true, ""},
		{"a role without access", set(http.MethodPatch, member(i.ID), object{"roles": []object{{"role": "no-access"}}}), false, ""},
	} {
		c.does()
		a := s.Call(t, http.MethodGet, member(one.ID), token, nil)
		refused := "PermissionDenied"
		if c.error != "" {
			refused = c.error
		}
		if c.reads != (a.Status == http.StatusOK) || !c.reads && a.Text("error") != refused {
			t.Errorf("%s: %d %v", c.what, a.Status, a.Body)
		}
	}
	lists := func() servertest.Response { return s.Call(t, http.MethodGet, "/v1/organization/roles", token, nil) }
	want(t, "nothing in the organization", lists(), http.StatusForbidden, "PermissionDenied")
	s.AsAdmin(t, http.MethodPatch, "/v1/organization/roles/"+organizationRole, reads(rule("role", "", "read")))
	want(t, "a rule in the organization's role", lists(), http.StatusOK, "")
	s.AsAdmin(t, http.MethodPatch, "/v1/organization/roles/"+organizationRole, reads())
	want(t, "none any more", lists(), http.StatusForbidden, "PermissionDenied")
}
