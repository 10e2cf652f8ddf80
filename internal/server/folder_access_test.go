// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func folderAccessPath(p servertest.Project, identityID string) string {
	return "/v1/projects/" + p.ID + "/memberships/identities/" + identityID + "/secret-folder-access"
}

func folder(environment, path string, more ...object) object {
	body := object{"environmentSlug": environment, "secretPath": path}
	for _, m := range more {
		maps.Copy(body, m)
	}
	return body
}

func level(permission string) object { return object{"permission": permission} }

func TestFolderAccess(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	i := s.NewIdentity(t, "no-access", nil)
	s.Join(t, p, i.ID, "no-access")
	path, admin := folderAccessPath(p, i.ID), s.Admin.AccessToken
	temporary := object{"type": object{"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1d", "temporaryAccessStartTime": "2026-12-01T00:00:00Z"}}

	made := s.AsAdmin(t, http.MethodPost, path, folder("dev", "/app", level("manage"), temporary))
	got := made.At("folderAccess").(object)
	for field, value := range (object{
		"projectId": p.ID, "identityId": i.ID, "permission": "manage", "environment": "dev", "secretPath": "/app",
		"isTemporary": true, "temporaryRange": "1d", "temporaryAccessEndTime": "2026-12-02T00:00:00Z",
	}) {
		if got[field] != value {
			t.Errorf("%s is %v, want %v", field, got[field], value)
		}
	}
	want(t, "the same folder", s.Call(t, http.MethodPost, path, admin, folder("DEV", "app/", level("read"))), 400, "BadRequest")
	s.AsAdmin(t, http.MethodPost, path, folder("prod", "/", level("list")))
	listed := s.AsAdmin(t, http.MethodGet, path, nil).At("folderAccess").([]any)
	if len(listed) != 2 || jsonOf(t, listed[0]) != jsonOf(t, got) {
		t.Errorf("%v", listed)
	}
	changed := s.AsAdmin(t, http.MethodPatch, path, folder("dev", "/app", level("full-access"), object{"type": object{"isTemporary": false}})).At("folderAccess").(object)
	if changed["id"] != got["id"] || changed["permission"] != "full-access" || changed["isTemporary"] != false || changed["temporaryAccessEndTime"] != nil {
		t.Errorf("%v", changed)
	}
	if kept := s.AsAdmin(t, http.MethodPatch, path, folder("dev", "/app")).At("folderAccess", "permission"); kept != "full-access" {
		t.Errorf("an update without fields sets the permission %v", kept)
	}

	roster := s.AsAdmin(t, http.MethodGet, "/v1/projects/"+p.ID+"/memberships/secret-folder-access/identities?environmentSlug=dev&secretPath=/app", nil)
	members := roster.At("identities").([]any)
	if roster.At("totalCount") != 2.0 || len(members) != 2 || len(roster.At("identitiesWithoutAccess").([]any)) != 0 {
		t.Errorf("%v", roster.Body)
	}
	elsewhere := s.AsAdmin(t, http.MethodGet, "/v1/projects/"+p.ID+"/memberships/secret-folder-access/identities?environmentSlug=dev&secretPath=/", nil)
	if without := elsewhere.At("identitiesWithoutAccess").([]any); len(without) != 1 || without[0].(object)["identityId"] != i.ID {
		t.Errorf("%v", elsewhere.Body)
	}

	gone := s.AsAdmin(t, http.MethodDelete, path, folder("dev", "/app")).At("folderAccess").(object)
	if gone["id"] != got["id"] {
		t.Errorf("%v", gone)
	}
	want(t, "deleted twice", s.Call(t, http.MethodDelete, path, admin, folder("dev", "/app")), 404, "NotFound")
	want(t, "changed when it is gone", s.Call(t, http.MethodPatch, path, admin, folder("dev", "/app", level("read"))), 404, "NotFound")
	s.AsAdmin(t, http.MethodDelete, "/v1/projects/"+p.ID+"/memberships/identities/"+i.ID, nil)
	s.Join(t, p, i.ID, "no-access")
	if left := s.AsAdmin(t, http.MethodGet, path, nil).At("folderAccess").([]any); len(left) != 0 {
		t.Errorf("folder access is left after the membership was deleted: %v", left)
	}
	types := map[string]bool{}
	for _, e := range s.AsAdmin(t, http.MethodGet, "/v1/organization/audit-logs?projectId="+p.ID, nil).At("auditLogs").([]any) {
		types[fmt.Sprint(e.(object)["event"].(object)["type"])] = true
	}
	for _, event := range []string{"create-folder-access", "update-folder-access", "delete-folder-access"} {
		if !types[event] {
			t.Errorf("no audit event %s: %v", event, types)
		}
	}
}

func TestFolderAccessRejects(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	i, other := s.NewIdentity(t, "no-access", nil), s.NewIdentity(t, "no-access", nil)
	s.Join(t, p, i.ID, "viewer")
	admin := s.Admin.AccessToken
	temporary := object{"type": object{"isTemporary": true, "temporaryRange": "1h", "temporaryAccessStartTime": "2026-12-01T00:00:00Z"}}
	kms := servertest.Project{ID: s.AsAdmin(t, http.MethodPost, "/v1/projects", object{"projectName": "Keys", "type": "kms"}).Text("project", "id")}
	s.Join(t, kms, i.ID, "viewer")
	for name, c := range map[string]struct {
		path   string
		body   object
		status int
		error  string
	}{
		"a project admin":             {folderAccessPath(p, s.Admin.IdentityID), folder("dev", "/", level("read")), 400, "BadRequest"},
		"no member":                   {folderAccessPath(p, other.ID), folder("dev", "/", level("read")), 400, "BadRequest"},
		"an unknown identity":         {folderAccessPath(p, unknown), folder("dev", "/", level("read")), 400, "BadRequest"},
		"another type of project":     {folderAccessPath(kms, i.ID), folder("dev", "/", level("read")), 400, "BadRequest"},
		"an unknown environment":      {folderAccessPath(p, i.ID), folder("nope", "/", level("read")), 404, "NotFound"},
		"an unknown project":          {folderAccessPath(servertest.Project{ID: unknown}, i.ID), folder("dev", "/", level("read")), 404, "NotFound"},
		"a malformed path":            {folderAccessPath(p, i.ID), folder("dev", "/bad name!", level("read")), 400, "BadRequest"},
		"an empty path":               {folderAccessPath(p, i.ID), folder("dev", "", level("read")), 422, "ValidationFailure"},
		"an unknown permission":       {folderAccessPath(p, i.ID), folder("dev", "/", level("write")), 422, "ValidationFailure"},
		"no permission":               {folderAccessPath(p, i.ID), folder("dev", "/"), 422, "ValidationFailure"},
		"temporary full access":       {folderAccessPath(p, i.ID), folder("dev", "/", level("full-access"), temporary), 400, "BadRequest"},
		"a window without its fields": {folderAccessPath(p, i.ID), folder("dev", "/", level("read"), object{"type": object{"isTemporary": true}}), 400, "BadRequest"},
	} {
		want(t, name, s.Call(t, http.MethodPost, c.path, admin, c.body), c.status, c.error)
	}
	s.AsAdmin(t, http.MethodPost, folderAccessPath(p, i.ID), folder("dev", "/", level("manage"), temporary))
	want(t, "full access of a temporary one", s.Call(t, http.MethodPatch, folderAccessPath(p, i.ID), admin, folder("dev", "/", level("full-access"))), 400, "BadRequest")
}

// TestFolderAccessApplies checks that access replaces the rights of roles in its folder alone and for its
// window, and that a project admin keeps its own.
func TestFolderAccessApplies(t *testing.T) {
	t.Parallel()
	s := servertest.StartWith(t, servertest.Options{Boundary: iam.Actions})
	s.Clock.Stop()
	p := s.NewProject(t)
	manager, target := s.NewIdentity(t, "no-access", nil), s.NewIdentity(t, "no-access", nil)
	s.Join(t, p, manager.ID, "no-access")
	s.Join(t, p, target.ID, "no-access")
	token := s.TokenOf(t, manager)
	manages := func(environment, path string) bool {
		a := s.Call(t, http.MethodGet, "/v1/projects/"+p.ID+"/memberships/secret-folder-access/identities?environmentSlug="+environment+"&secretPath="+path, token, nil)
		return a.Status == http.StatusOK
	}
	mine := folderAccessPath(p, manager.ID)
	check := func(what string, want bool, environment, path string) {
		t.Helper()
		if got := manages(environment, path); got != want {
			t.Errorf("%s: manages access to %s:%s: %t", what, environment, path, got)
		}
	}
	check("without access", false, "dev", "/app")
	s.AsAdmin(t, http.MethodPost, mine, folder("dev", "/app", level("full-access")))
	check("with full access", true, "dev", "/app")
	check("with full access elsewhere", false, "dev", "/app/db")
	check("with full access elsewhere", false, "dev", "/")
	check("with full access elsewhere", false, "prod", "/app")
	if a := s.Call(t, http.MethodPost, folderAccessPath(p, target.ID), token, folder("dev", "/app", level("read"))); a.Status != http.StatusOK {
		t.Errorf("with full access, another gets access: %v", a.Body)
	}
	s.AsAdmin(t, http.MethodPatch, mine, folder("dev", "/app", level("manage")))
	check("with less access", false, "dev", "/app")

	start := s.Clock.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	s.AsAdmin(t, http.MethodPatch, mine, folder("dev", "/app", object{"type": object{"isTemporary": true, "temporaryRange": "1h", "temporaryAccessStartTime": start}}))
	s.AsAdmin(t, http.MethodPatch, "/v1/projects/"+p.ID+"/memberships/identities/"+manager.ID, object{"roles": []object{{"role": "admin"}}})
	s.Clock.Advance(2 * time.Minute)
	check("as a project admin", true, "dev", "/app")
	want(t, "access of a project admin", s.Call(t, http.MethodPatch, mine, s.Admin.AccessToken, folder("dev", "/app", level("read"))), 400, "BadRequest")
	s.AsAdmin(t, http.MethodDelete, mine, folder("dev", "/app"))
}

// TestFolderAccessBoundary checks that nobody grants more access to a folder than they have there, takes control
// of an identity with more, or gets back what access takes away.
func TestFolderAccessBoundary(t *testing.T) {
	t.Parallel()
	h := newEscalationFixture(t)
	h.join(t, "f-owner", "no-access", []string{"identity-manager"})
	h.join(t, "f-reader", "no-access", []string{"no-access"})
	h.join(t, "f-dev", "no-access", []string{"reader", "identity-manager", "role-editor"})
	h.join(t, "f-blank", "no-access", []string{"no-access"})
	access := func(name string) string { return folderAccessPath(h.project, h.person[name].ID) }
	h.AsAdmin(t, http.MethodPost, access("f-owner"), folder("dev", "/app", level("full-access")))
	h.AsAdmin(t, http.MethodPost, access("f-reader"), folder("dev", "/app", level("read")))
	h.AsAdmin(t, http.MethodPost, access("f-reader"), folder("dev", "/more", level("edit")))
	h.AsAdmin(t, http.MethodPost, access("f-dev"), folder("dev", "/app", level("list")))
	window := object{"type": object{"isTemporary": true, "temporaryRange": "1h", "temporaryAccessStartTime": h.Clock.Now().UTC().Format(time.RFC3339)}}
	const post, patch, remove = http.MethodPost, http.MethodPatch, http.MethodDelete
	project := "/v1/projects/" + h.project.ID
	secrets := func(conditions string) object {
		return object{"slug": "more", "name": "x", "permissions": []object{rule("secrets", conditions, "readValue")}}
	}
	for _, c := range []struct {
		what, who, method, path string
		body                    object
		refused                 string // the name of the error; empty: it is done
	}{
		{"an owner gives what it has", "f-owner", post, access("f-blank"), folder("dev", "/app", level("manage"), window), ""},
		{"an owner gives all that it has", "f-owner", patch, access("f-blank"), folder("dev", "/app", level("full-access"), object{"type": object{"isTemporary": false}}), ""},
		{"an owner takes it back", "f-owner", remove, access("f-blank"), folder("dev", "/app"), ""},
		{"an owner gives access elsewhere", "f-owner", post, access("f-blank"), folder("dev", "/", level("list")), "PermissionDenied"},
		{"an owner narrows a member with more", "f-owner", post, access("p-member"), folder("dev", "/app", level("list")), "PermissionBoundaryError"},
		{"an owner changes one with more access", "f-owner", patch, access("f-reader"), folder("dev", "/app", level("list")), "PermissionBoundaryError"},
		{"an owner ends its own access", "f-owner", remove, access("f-owner"), folder("dev", "/app"), "PermissionBoundaryError"},
		{"a reader gives access", "f-reader", post, access("f-blank"), folder("dev", "/app", level("list")), "PermissionDenied"},
		{"a member gives access", "p-member", post, access("f-blank"), folder("dev", "/app", level("list")), "PermissionDenied"},
		{"a manager adds a role to one with more access", "f-dev", patch, h.member("f-reader"), object{"roles": []object{{"role": "no-access"}}}, "PermissionBoundaryError"},
		{"a narrowed reader writes a role that reads everywhere", "f-dev", post, project + "/roles", secrets(""), "PermissionBoundaryError"},
		{"a narrowed reader writes a role that reads there", "f-dev", post, project + "/roles", secrets(`{"environment":"dev","secretPath":"/app"}`), "PermissionBoundaryError"},
		{"a narrowed reader writes a role that reads elsewhere", "f-dev", post, project + "/roles", secrets(`{"environment":"prod"}`), ""},
		{"an organization's manager makes a secret for one with access", "manager", post, h.auth("f-reader") + "/client-secrets", object{}, "PermissionBoundaryError"},
		{"an admin gives access", "p-admin", post, access("p-viewer"), folder("prod", "/", level("full-access")), ""},
	} {
		a := h.Call(t, c.method, c.path, h.token[c.who], c.body)
		if c.refused == "" && a.Status != http.StatusOK || c.refused != "" && (a.Status != http.StatusForbidden || a.Text("error") != c.refused) {
			t.Errorf("%s: %d %v", c.what, a.Status, a.Body)
		}
	}
}
