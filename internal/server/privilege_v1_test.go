// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const privilegesV1 = "/v1/additional-privilege/identity"

// TestPrivilegesV1: what is written as rules on secrets is read back as one rule an action, and
// what these bring along is there but not shown. Contract: sections 4.3 and 8.
func TestPrivilegesV1(t *testing.T) {
	t.Parallel()
	for _, generation := range []string{"new", "old"} {
		t.Run(generation, func(t *testing.T) {
			t.Parallel()
			s := servertest.StartWith(t, servertest.Options{Generation: generation})
			p := s.NewProject(t)
			member := s.NewIdentity(t, "no-access", nil)
			s.Join(t, p, member.ID, "viewer")
			livePrivilegeV1(t, s, p, member)
		})
	}
}

// with returns the object with more fields.
func with(o object, more ...any) object {
	out := maps.Clone(o)
	for n := 0; n < len(more); n += 2 {
		out[more[n].(string)] = more[n+1]
	}
	return out
}

func livePrivilegeV1(t *testing.T, s *servertest.Server, p servertest.Project, member servertest.Identity) {
	t.Helper()
	secrets := func(environment string, actions ...string) object {
		return object{"subject": "secrets", "actions": actions, "conditions": object{"environment": environment, "secretPath": object{"$glob": "/a/**"}}}
	}
	ref := object{"identityId": member.ID, "projectSlug": p.Slug, "privilegeSlug": "one"}
	query := "?identityId=" + member.ID + "&projectSlug=" + p.Slug
	made := s.AsAdmin(t, http.MethodPost, privilegesV1+"/permanent", object{
		"identityId": member.ID, "projectSlug": p.Slug, "slug": "one", "privilegePermission": secrets("dev", "read", "edit"),
	})
	const want = `[map[action:[read] conditions:map[environment:dev secretPath:map[$glob:/a/**]] subject:secrets]` +
		` map[action:[edit] conditions:map[environment:dev secretPath:map[$glob:/a/**]] subject:secrets]]`
	rules := func(permissions any) string {
		return strings.ReplaceAll(fmt.Sprint(permissions), " inverted:false", "") // which an old server does not send
	}
	if got := rules(made.At("privilege", "permissions")); got != want || made.At("privilege", "isTemporary") != false {
		t.Errorf("made with %s", got)
	}
	read := s.AsAdmin(t, http.MethodGet, privilegesV1+"/one"+query, nil)
	if got := rules(read.At("privilege", "permissions")); got != want || read.Text("privilege", "id") != made.Text("privilege", "id") {
		t.Errorf("read as %v", read.Body)
	}
	all := s.AsAdmin(t, http.MethodGet, privilegesV1+query, nil).At("privileges").([]any)
	if len(all) != 1 || rules(all[0].(object)["permissions"]) != want {
		t.Errorf("listed as %v", all)
	}
	// A window that is not to count, as it comes with every change.
	changed := s.AsAdmin(t, http.MethodPatch, privilegesV1, with(ref, "privilegeDetails", object{
		"slug": "two", "privilegePermission": secrets("prod", "read"), "isTemporary": false, "temporaryAccessStartTime": "2030-01-01T00:00:00Z",
	}))
	if changed.Text("privilege", "slug") != "two" || changed.At("privilege", "isTemporary") != false {
		t.Errorf("changed to %v", changed.Body)
	}
	temporary := object{"temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": "2030-01-01T00:00:00Z"}
	ref["privilegeSlug"] = "two"
	kept := s.AsAdmin(t, http.MethodPatch, privilegesV1, with(ref, "privilegeDetails", with(temporary, "isTemporary", true)))
	if kept.Text("privilege", "temporaryAccessEndTime") != "2030-01-01T01:00:00Z" || len(kept.At("privilege", "permissions").([]any)) != 1 {
		t.Errorf("made temporary: %v", kept.Body)
	}
	another := s.AsAdmin(t, http.MethodPost, privilegesV1+"/temporary", with(temporary,
		"identityId", member.ID, "projectSlug", p.Slug, "permissions", []object{{"subject": "secrets", "action": "read"}}))
	if slug := another.Text("privilege", "slug"); len(slug) != 8 || another.At("privilege", "isTemporary") != true {
		t.Errorf("temporary: %v", another.Body)
	}
	for what, refused := range map[string]struct {
		method, path string
		body         object
		status       int
	}{
		"no rules":             {http.MethodPost, privilegesV1 + "/permanent", object{"identityId": member.ID, "projectSlug": p.Slug}, http.StatusUnprocessableEntity},
		"another subject":      {http.MethodPost, privilegesV1 + "/permanent", object{"identityId": member.ID, "projectSlug": p.Slug, "privilegePermission": with(secrets("dev", "read"), "subject", "role")}, http.StatusUnprocessableEntity},
		"a slug twice":         {http.MethodPost, privilegesV1 + "/permanent", object{"identityId": member.ID, "projectSlug": p.Slug, "slug": "two", "permissions": []object{}}, http.StatusBadRequest},
		"no such project":      {http.MethodPost, privilegesV1 + "/permanent", object{"identityId": member.ID, "projectSlug": "none", "permissions": []object{}}, http.StatusNotFound},
		"a range of nothing":   {http.MethodPost, privilegesV1 + "/temporary", with(temporary, "identityId", member.ID, "projectSlug", p.Slug, "permissions", []object{}, "temporaryRange", "0s"), http.StatusUnprocessableEntity},
		"a range, but of what": {http.MethodPatch, privilegesV1, with(ref, "privilegeDetails", temporary), http.StatusUnprocessableEntity},
		"no such privilege":    {http.MethodPatch, privilegesV1, with(ref, "privilegeSlug", "one", "privilegeDetails", object{}), http.StatusNotFound},
		"nothing named":        {http.MethodDelete, privilegesV1, object{}, http.StatusUnprocessableEntity},
	} {
		status := refused.status
		a := s.Call(t, refused.method, refused.path, s.Admin.AccessToken, refused.body)
		if status == http.StatusUnprocessableEntity && a.At("reqId") == nil {
			status = http.StatusUnauthorized // of the old generation
		}
		if a.Status != status {
			t.Errorf("%s: %d %v, want %d", what, a.Status, a.Body, status)
		}
	}
	if gone := s.AsAdmin(t, http.MethodDelete, privilegesV1, ref); gone.Text("privilege", "slug") != "two" {
		t.Errorf("deleted %v", gone.Body)
	}
	if a := s.Call(t, http.MethodGet, privilegesV1+"/two"+query, s.Admin.AccessToken, nil); a.Status != http.StatusNotFound {
		t.Errorf("deleted, and read: %d %v", a.Status, a.Body)
	}
}

// TestWindowsThatDoNotCount: clients send empty or zero fields with what is not temporary, as the
// official provider does with every permanent role.
func TestWindowsThatDoNotCount(t *testing.T) {
	t.Parallel()
	for _, generation := range []string{"new", "old"} {
		s := servertest.StartWith(t, servertest.Options{Generation: generation})
		p := s.NewProject(t)
		member := s.NewIdentity(t, "no-access", nil)
		path := "/v2/workspace/" + p.ID + "/identity-memberships/" + member.ID
		unused := object{"isTemporary": false, "temporaryMode": "", "temporaryRange": "", "temporaryAccessStartTime": "0001-01-01T00:00:00Z"}
		viewer := object{"roles": []object{with(unused, "role", "viewer")}}
		s.AsAdmin(t, http.MethodPost, path, viewer)
		s.AsAdmin(t, http.MethodPatch, path, viewer)
		if got := fmt.Sprint(s.AsAdmin(t, http.MethodGet, path, nil).At("identityMembership", "roles").([]any)[0].(object)["temporaryRange"]); got != "<nil>" {
			t.Errorf("%s: a range of %s", generation, got)
		}
		bad := with(unused, "isTemporary", true, "temporaryMode", "absolute", "temporaryRange", "1h")
		status := http.StatusUnprocessableEntity
		if generation == "old" {
			status = http.StatusUnauthorized
		} else {
			made := s.AsAdmin(t, http.MethodPost, privileges, object{"identityId": member.ID, "projectId": p.ID, "permissions": []object{}, "type": unused})
			want(t, "a mode of privileges", s.Call(t, http.MethodPatch, privileges+"/"+made.Text("privilege", "id"), s.Admin.AccessToken, object{"type": bad}), status, "ValidationFailure")
		}
		want(t, "a mode of roles", s.Call(t, http.MethodPatch, path, s.Admin.AccessToken, object{"roles": []object{{"role": "viewer"}, with(bad, "role", "member")}}), status, "ValidationFailure")
	}
}
