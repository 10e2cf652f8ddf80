// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// jsonOf is a value as JSON, for comparing.
func jsonOf(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	for name, c := range map[string]struct {
		path     string
		one      string // of the reading by id; empty: there is none
		subject  string
		place    string
		builtIns int
	}{
		"organization":  {"/v1/organization/roles", "/v1/organization/roles/", "identity", "orgId", 3},
		"workspace":     {"/v1/workspace/" + p.Slug + "/roles", "/v1/projects/roles/", "identity", "projectId", 4},
		"workspace, v2": {"/v2/workspace/" + p.ID + "/roles", "/v1/projects/roles/", "identity", "projectId", 4},
		"projects":      {"/v1/projects/" + strings.ToUpper(p.ID) + "/roles", "/v1/projects/roles/", "identity", "projectId", 4},
	} {
		t.Run(name, func(t *testing.T) {
			slug := strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")
			admin := s.Admin.AccessToken
			made := s.AsAdmin(t, http.MethodPost, c.path, object{
				"slug": " " + strings.ToUpper(slug) + " ", "name": "Made", "description": "d",
				"permissions": []object{{"subject": c.subject, "action": "read"}, {"subject": c.subject, "action": []string{"edit", "create"}}},
			})
			id := made.Text("role", "id")
			wanted := `[{"action":["read"],"inverted":false,"subject":"identity"},{"action":["edit","create"],"inverted":false,"subject":"identity"}]`
			if made.Text("role", "slug") != slug || made.Text("role", c.place) == "" || jsonOf(t, made.At("role", "permissions")) != wanted {
				t.Errorf("%v", made.Body)
			}
			for _, path := range []string{c.path + "/slug/" + slug, c.one + id} {
				if read := s.AsAdmin(t, http.MethodGet, path, nil); jsonOf(t, read.At("role")) != jsonOf(t, made.At("role")) {
					t.Errorf("%s: %v", path, read.Body)
				}
			}
			listed := s.AsAdmin(t, http.MethodGet, c.path, nil).At("roles").([]any)
			if len(listed) <= c.builtIns || listed[0].(object)["slug"] != "admin" || listed[0].(object)["permissions"] != nil {
				t.Errorf("%v", listed)
			}
			want(t, "its slug twice", s.Call(t, http.MethodPost, c.path, admin, object{"slug": slug, "name": "x", "permissions": []object{}}), 400, "BadRequest")
			changed := s.AsAdmin(t, http.MethodPatch, c.path+"/"+id, object{"description": "", "permissions": []object{}})
			if changed.Text("role", "name") != "Made" || changed.At("role", "description") != "" || jsonOf(t, changed.At("role", "permissions")) != "[]" {
				t.Errorf("%v", changed.Body)
			}
			want(t, "nothing to change", s.Call(t, http.MethodPatch, c.path+"/"+id, admin, object{}), 400, "BadRequest")
			for what, slug := range map[string]string{"built in": "admin", "custom": "custom", "spaces": "a b", "double hyphen": "a--b", "too long": strings.Repeat("a", 65), "empty": ""} {
				want(t, what, s.Call(t, http.MethodPost, c.path, admin, object{"slug": slug, "name": "x", "permissions": []object{}}), 422, "ValidationFailure")
			}
			if built := s.AsAdmin(t, http.MethodGet, c.path+"/slug/admin", nil); len(built.At("role", "permissions").([]any)) < 10 {
				t.Errorf("%v", built.Body)
			}
			want(t, "unknown slug", s.Call(t, http.MethodGet, c.path+"/slug/nope", admin, nil), 404, "NotFound")
			s.AsAdmin(t, http.MethodDelete, c.path+"/"+id, nil)
			want(t, "deleted twice", s.Call(t, http.MethodDelete, c.path+"/"+id, admin, nil), 404, "NotFound")
			want(t, "a built-in one", s.Call(t, http.MethodDelete, c.path+"/"+listed[0].(object)["id"].(string), admin, nil), 404, "NotFound")
		})
	}
	other := s.NewProject(t)
	foreign := s.AsAdmin(t, http.MethodPost, "/v1/projects/"+other.ID+"/roles", object{"slug": "x", "name": "x", "permissions": []object{}}).Text("role", "id")
	for _, path := range []string{"/v1/projects/" + p.ID + "/roles/", "/v1/organization/roles/"} {
		want(t, "a role of elsewhere", s.Call(t, http.MethodPatch, path+foreign, s.Admin.AccessToken, object{"name": "y"}), 404, "NotFound")
	}
}

func TestRulesRefused(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	role := s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": "kept", "name": "x", "permissions": []object{}}).Text("role", "id")
	privilege := s.AsAdmin(t, http.MethodPost, privileges, object{"identityId": s.Admin.IdentityID, "projectId": p.ID, "permissions": []object{}, "type": object{"isTemporary": false}}).Text("privilege", "id")
	for name, c := range map[string]struct {
		rule object
		path string
	}{
		"unknown subject":     {object{"subject": "nonsense", "action": "read"}, "[permissions 0 subject]"},
		"unknown action":      {object{"subject": "secrets", "action": []string{"read", "fly"}}, "[permissions 0 action 1]"},
		"no action":           {object{"subject": "secrets", "action": []string{}}, "[permissions 0 action]"},
		"unknown condition":   {rule("secrets", `{"planet":"mars"}`, "readValue"), "[permissions 0 conditions planet]"},
		"unknown operator":    {rule("secrets", `{"environment":{"$regex":"x"}}`, "readValue"), "[permissions 0 conditions environment $regex]"},
		"bad glob":            {rule("secrets", `{"secretPath":{"$glob":"/app/[a"}}`, "readValue"), "[permissions 0 conditions secretPath $glob]"},
		"path without slash":  {rule("secrets", `{"secretPath":"app"}`, "readValue"), "[permissions 0 conditions secretPath]"},
		"no place for any":    {rule("role", `{"environment":"dev"}`, "read"), "[permissions 0 conditions]"},
		"template of nothing": {rule("secrets", `{"environment":"{{env.SECRET}}"}`, "readValue"), "[permissions 0 conditions environment]"},
	} {
		for _, request := range []struct {
			method, path string
			body         object
		}{
			{http.MethodPost, "/v1/projects/" + p.ID + "/roles", object{"slug": "refused", "name": "x", "permissions": []object{c.rule}}},
			{http.MethodPost, "/v2/workspace/" + p.ID + "/roles", object{"slug": "refused", "name": "x", "permissions": []object{c.rule}}},
			{http.MethodPatch, "/v2/workspace/" + p.ID + "/roles/" + role, object{"permissions": []object{c.rule}}},
			{http.MethodPatch, "/v1/projects/" + p.ID + "/roles/" + role, object{"permissions": []object{c.rule}}},
			{http.MethodPatch, privileges + "/" + privilege, object{"permissions": []object{c.rule}}},
			{http.MethodPost, privileges, object{"identityId": s.Admin.IdentityID, "projectId": p.ID, "permissions": []object{c.rule}, "type": object{"isTemporary": false}}},
		} {
			a := s.Call(t, request.method, request.path, s.Admin.AccessToken, request.body)
			want(t, name, a, 422, "ValidationFailure")
			if got := fmt.Sprint(issue(a)["path"]); !strings.HasPrefix(got, strings.TrimSuffix(c.path, "]")) {
				t.Errorf("%s: the issue is at %s, not %s", name, got, c.path)
			}
		}
	}
	for _, path := range []string{"/v1/organization/roles", "/v1/workspace/" + p.Slug + "/roles", privilegesV1 + "/permanent"} {
		for name, c := range map[string]struct {
			rule object
			path string
		}{
			"unknown subject": {object{"subject": "nonsense", "action": "read"}, "[permissions 0 subject]"}, "unknown action": {object{"subject": "role", "action": "fly"}, "[permissions 0 action"},
			"no conditions": {rule("role", `{"environment":"dev"}`, "read"), "[permissions 0 conditions"}, "not to be inverted": {deny(rule("role", "", "read")), "[permissions 0 inverted]"},
		} {
			a := s.Call(t, http.MethodPost, path, s.Admin.AccessToken, object{"slug": "refused", "name": "x", "identityId": s.Admin.IdentityID, "projectSlug": p.Slug, "permissions": []object{c.rule}})
			want(t, path+" "+name, a, 422, "ValidationFailure")
			if got := fmt.Sprint(issue(a)["path"]); !strings.HasPrefix(got, c.path) {
				t.Errorf("%s: %s: the issue is at %s, not %s", path, name, got, c.path)
			}
		}
	}
	mixed := object{"slug": "mixed", "name": "x", "permissions": []object{rule("secrets", "", "read", "readValue")}}
	want(t, "read beside what it stands for", s.Call(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", s.Admin.AccessToken, mixed), 400, "BadRequest")
	for name, permissions := range map[string]any{"none": nil, "an object": object{}, "a text": "x"} {
		want(t, name, s.Call(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", s.Admin.AccessToken, object{"slug": "x", "name": "x", "permissions": permissions}), 422, "ValidationFailure")
	}
}

func TestProjects(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	admin := s.Admin.AccessToken
	made := s.AsAdmin(t, http.MethodPost, "/v2/workspace", object{"projectName": " Web Shop! ", "projectDescription": "d", "hasDeleteProtection": true})
	id, slug := made.Text("project", "id"), made.Text("project", "slug")
	if made.Text("project", "name") != "Web Shop!" || !strings.HasPrefix(slug, "web-shop-") || made.Text("project", "_id") != id ||
		made.Text("project", "orgId") != s.Admin.OrganizationID || made.Text("project", "type") != "secret-manager" {
		t.Errorf("%v", made.Body)
	}
	var slugs []string
	for _, e := range made.At("project", "environments").([]any) {
		slugs = append(slugs, e.(object)["slug"].(string))
	}
	if fmt.Sprint(slugs) != "[dev staging prod]" {
		t.Errorf("%v", slugs)
	}
	shape := jsonOf(t, made.At("project"))
	for path, field := range map[string]string{
		"/v1/workspace/" + id: "workspace", "/v1/projects/" + id: "project", "/v2/workspace/" + slug: "", "/v1/projects/slug/" + strings.ToUpper(slug): "",
	} {
		read := s.AsAdmin(t, http.MethodGet, path, nil)
		var got any = read.Body
		if field != "" {
			got = read.At(field)
		}
		if jsonOf(t, got) != shape {
			t.Errorf("%s: %s\nnot %s", path, jsonOf(t, got), shape)
		}
	}
	if listed := s.AsAdmin(t, http.MethodGet, "/v1/projects?type=secret-manager", nil).At("projects").([]any); len(listed) != 1 || jsonOf(t, listed[0]) != shape {
		t.Errorf("%v", listed)
	}
	if listed := s.AsAdmin(t, http.MethodGet, "/v1/projects?type=kms", nil).At("projects").([]any); len(listed) != 0 {
		t.Errorf("%v", listed)
	}
	workspaces := s.AsAdmin(t, http.MethodGet, "/v2/organizations/"+s.Admin.OrganizationID+"/workspaces", nil).At("workspaces").([]any)
	if len(workspaces) != 1 || workspaces[0].(object)["organization"] != s.Admin.OrganizationID {
		t.Errorf("%v", workspaces)
	}

	changed := s.AsAdmin(t, http.MethodPatch, "/v1/projects/"+id, object{"name": "Shop", "description": "", "slug": "webshop", "hasDeleteProtection": true})
	if changed.Text("project", "slug") != "webshop" || changed.At("project", "description") != "" || changed.At("project", "environments") != nil {
		t.Errorf("%v", changed.Body)
	}
	want(t, "the old slug", s.Call(t, http.MethodGet, "/v2/workspace/"+slug, admin, nil), 404, "NotFound")
	want(t, "a slug that is taken", s.Call(t, http.MethodPost, "/v1/projects", admin, object{"projectName": "x", "slug": "webshop"}), 400, "BadRequest")
	want(t, "nothing to change", s.Call(t, http.MethodPatch, "/v2/workspace/webshop", admin, object{}), 400, "BadRequest")
	for name, body := range map[string]object{
		"short slug": {"projectName": "x", "slug": "abc"}, "bad slug": {"projectName": "x", "slug": "a b c d"}, "no name": {}, "blank name": {"projectName": "  "},
		"long name": {"projectName": strings.Repeat("x", 65)}, "unknown type": {"projectName": "x", "type": "other"}, "former type": {"projectName": "x", "type": "ssh"},
	} {
		want(t, name, s.Call(t, http.MethodPost, "/v1/projects", admin, body), 422, "ValidationFailure")
	}
	for _, kind := range []string{"secret-manager", "cert-manager", "kms", "secret-scanning", "pam", "agent-vault"} {
		if made := s.AsAdmin(t, http.MethodPost, "/v1/projects", object{"projectName": kind, "type": kind}); made.Text("project", "type") != kind {
			t.Errorf("%s: %v", kind, made.Body)
		}
	}
	for days, status := range map[any]int{7: 200, 0: 200, -1: 422, 1.5: 422} {
		want(t, fmt.Sprint(days, " days of audit logs"), s.Call(t, http.MethodPatch, "/v1/projects/"+id, admin, object{"auditLogsRetentionDays": days}), status, map[int]string{422: "ValidationFailure"}[status])
	}
	if kept := s.AsAdmin(t, http.MethodPatch, "/v1/projects/"+id, object{"auditLogsRetentionDays": 7}); kept.At("project", "auditLogsRetentionDays") != 7.0 {
		t.Errorf("%v", kept.Body)
	}
	ignoring := object{"secretDetectionIgnoreValues": []string{"x"}}
	editor := s.TokenIn(t, servertest.Project{ID: id}, permission.Rule{Subject: "settings", Actions: []string{"edit"}})
	want(t, "values to ignore, by who is no admin", s.Call(t, http.MethodPatch, "/v1/projects/"+id, editor, ignoring), 403, "ForbiddenError")
	want(t, "other settings, by them", s.Call(t, http.MethodPatch, "/v1/projects/"+id, editor, object{"pitVersionLimit": 20}), 200, "")
	if set := s.AsAdmin(t, http.MethodPatch, "/v1/projects/"+id, ignoring); fmt.Sprint(set.At("project", "secretDetectionIgnoreValues")) != "[x]" {
		t.Errorf("%v", set.Body)
	}
	want(t, "a protected one", s.Call(t, http.MethodDelete, "/v1/workspace/"+id, admin, nil), 403, "ForbiddenError")
	stranger := s.TokenOf(t, s.NewIdentity(t, "admin", nil))
	want(t, "of who is no member", s.Call(t, http.MethodGet, "/v1/projects/"+id, stranger, nil), 403, "ForbiddenError")
	if listed := s.Call(t, http.MethodGet, "/v1/projects", stranger, nil).At("projects").([]any); len(listed) != 0 {
		t.Errorf("somebody who is no member sees %v", listed)
	}
	for _, path := range []string{"/v1/projects/" + unknown, "/v1/workspace/nope", "/v2/workspace/no-such-slug"} {
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
			want(t, method+path, s.Call(t, method, path, admin, object{"name": "x"}), 404, "NotFound")
		}
	}
}

// TestDeletingAProject takes along what is in it, and nothing else.
func TestDeletingAProject(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	role := s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": "r", "name": "r", "permissions": []object{}}).Text("role", "id")
	member, own := s.NewIdentity(t, "no-access", nil), s.NewProjectIdentity(t, p)
	s.Join(t, p, member.ID, "r", "viewer")
	tokens := []string{s.TokenOf(t, member), s.TokenOf(t, own)}
	made := s.AsAdmin(t, http.MethodPost, privileges, object{"identityId": member.ID, "projectId": p.ID, "permissions": []object{}, "type": object{"isTemporary": false}})
	admin := s.Admin.AccessToken
	want(t, "a role in use", s.Call(t, http.MethodDelete, "/v1/projects/"+p.ID+"/roles/"+role, admin, nil), 400, "BadRequest")

	s.AsAdmin(t, http.MethodDelete, "/v1/projects/"+p.ID, nil)
	again := s.AsAdmin(t, http.MethodPost, "/v1/projects", object{"projectName": "Again", "slug": p.Slug}).Text("project", "id")
	if read := s.AsAdmin(t, http.MethodGet, "/v1/projects/slug/"+p.Slug, nil); read.Text("id") != again {
		t.Errorf("the slug of a deleted project leads to %v", read.Body)
	}
	for _, path := range []string{"/v1/projects/" + p.ID, "/v1/projects/roles/" + role, privileges + "/" + made.Text("privilege", "id"), "/v1/identities/" + own.ID} {
		want(t, path, s.Call(t, http.MethodGet, path, admin, nil), 404, "NotFound")
	}
	if s.Alive(t, tokens[1]) || s.Login(t, own.ClientID, own.ClientSecret).Status == http.StatusOK {
		t.Error("an identity outlived its project")
	}
	if !s.Alive(t, tokens[0]) {
		t.Error("a member of the organization died with a project")
	}
	if left := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+member.ID+"/identity-memberships", nil).At("identityMemberships").([]any); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	path := "/v1/workspace/" + p.ID + "/environments"
	made := s.AsAdmin(t, http.MethodPost, path, object{"name": "QA", "slug": "qa"})
	one := path + "/" + made.Text("environment", "id")
	if made.Text("workspace") != p.ID || made.At("environment", "position") != 4.0 {
		t.Errorf("%v", made.Body)
	}
	admin := s.Admin.AccessToken
	want(t, "twice", s.Call(t, http.MethodPost, path, admin, object{"name": "QA", "slug": "qa"}), 400, "BadRequest")
	want(t, "bad slug", s.Call(t, http.MethodPost, path, admin, object{"name": "QA", "slug": "Q A"}), 422, "ValidationFailure")
	long := strings.Repeat("x", 65)
	for name, body := range map[string]object{
		"no slug": {"name": "QA"}, "no name": {"slug": "new"}, "empty name": {"name": " ", "slug": "new"}, "empty slug": {"name": "QA", "slug": ""},
		"long name": {"name": long, "slug": "new"}, "long slug": {"name": "QA", "slug": long},
		"position 0": {"name": "QA", "slug": "new", "position": 0}, "position 1.5": {"name": "QA", "slug": "new", "position": 1.5},
	} {
		want(t, name, s.Call(t, http.MethodPost, path, admin, body), 422, "ValidationFailure")
	}
	for name, body := range map[string]object{"empty name": {"name": ""}, "long name": {"name": long}, "long slug": {"slug": long}, "position 0": {"position": 0}} {
		want(t, "update: "+name, s.Call(t, http.MethodPatch, one, admin, body), 422, "ValidationFailure")
	}
	s.AsAdmin(t, http.MethodPatch, one, object{"name": "QA2", "slug": "qa2", "position": 1})
	for _, path := range []string{one, "/v1/workspace/environments/" + made.Text("environment", "id"), "/v1/projects/" + p.ID + "/environments/slug/QA2"} {
		if read := s.AsAdmin(t, http.MethodGet, path, nil); read.Text("environment", "slug") != "qa2" || read.Text("environment", "name") != "QA2" ||
			read.At("environment", "position") != 1.0 || read.Text("environment", "projectId") != p.ID || read.Text("message") != "" {
			t.Errorf("%s: %v", path, read.Body)
		}
	}
	want(t, "no such slug", s.Call(t, http.MethodGet, "/v1/projects/"+p.ID+"/environments/slug/qa", admin, nil), 404, "NotFound")
	want(t, "no such environment", s.Call(t, http.MethodGet, "/v1/workspace/environments/"+unknown, admin, nil), 404, "NotFound")
	s.AsAdmin(t, http.MethodDelete, one, nil)
	want(t, "deleted twice", s.Call(t, http.MethodDelete, one, admin, nil), 404, "NotFound")
}

// TestEnvironmentPositions expects the environments between a new and the previous position to move.
func TestEnvironmentPositions(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	path := "/v1/projects/" + s.NewProject(t).ID + "/environments"
	expect := func(want string) {
		t.Helper()
		var got []string
		for _, slug := range []string{"dev", "staging", "prod", "qa"} {
			a := s.Call(t, http.MethodGet, path+"/slug/"+slug, s.Admin.AccessToken, nil)
			got = append(got, fmt.Sprint(slug, a.At("environment", "position")))
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	qa := path + "/" + s.AsAdmin(t, http.MethodPost, path, object{"name": "QA", "slug": "qa", "position": 2}).Text("environment", "id")
	expect("dev1 staging3 prod4 qa2")
	for position, want := range map[int]string{4: "dev1 staging2 prod3 qa4", 1: "dev2 staging3 prod4 qa1", 9: "dev1 staging2 prod3 qa9"} {
		s.AsAdmin(t, http.MethodPatch, qa, object{"position": 4})
		s.AsAdmin(t, http.MethodPatch, qa, object{"position": position})
		expect(want)
		s.AsAdmin(t, http.MethodPatch, qa, object{"position": 4})
	}
}

// TestDeletedEnvironments can be restored for 30 days, with the access to their folders.
func TestDeletedEnvironments(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	admin, path := s.Admin.AccessToken, "/v1/projects/"+p.ID+"/environments"
	made := s.AsAdmin(t, http.MethodPost, path, object{"name": "QA", "slug": "qa"})
	one := path + "/" + made.Text("environment", "id")
	member := s.NewIdentity(t, "no-access", nil)
	s.Join(t, p, member.ID, "viewer")
	access := "/v1/projects/" + p.ID + "/memberships/identities/" + member.ID + "/secret-folder-access"
	s.AsAdmin(t, http.MethodPost, access, object{"environmentSlug": "qa", "secretPath": "/", "permission": "read", "type": object{"isTemporary": false}})
	hasAccess := func(want bool) {
		t.Helper()
		if list := s.AsAdmin(t, http.MethodGet, access, nil).At("folderAccess").([]any); (len(list) == 1) != want {
			t.Errorf("folder access %v", list)
		}
	}
	hasAccess(true)

	deleted := s.AsAdmin(t, http.MethodDelete, one+"?hardDelete=false", nil)
	if deleted.Text("projectId") != p.ID || deleted.Text("environment", "deletedByIdentityId") != s.Admin.IdentityID || deleted.Text("environment", "deleteAfter") == "" {
		t.Errorf("%v", deleted.Body)
	}
	hasAccess(false)
	for _, path := range []string{one, path + "/slug/qa"} {
		want(t, "deleted", s.Call(t, http.MethodGet, path, admin, nil), 404, "NotFound")
	}
	if list := s.AsAdmin(t, http.MethodGet, "/v1/projects/"+p.ID, nil).At("project", "environments").([]any); len(list) != 3 {
		t.Errorf("the project has %v", list)
	}
	want(t, "in another project", s.Call(t, http.MethodPost, "/v1/projects/"+s.NewProject(t).ID+"/environments/"+made.Text("environment", "id")+"/restore", admin, nil), 404, "NotFound")

	second := s.AsAdmin(t, http.MethodPost, path, object{"name": "QA", "slug": "qa"}) // the slug is free
	want(t, "slug in use", s.Call(t, http.MethodPost, one+"/restore", admin, nil), 400, "BadRequest")
	s.AsAdmin(t, http.MethodDelete, path+"/"+second.Text("environment", "id")+"?hardDelete=true", nil)
	want(t, "deleted permanently", s.Call(t, http.MethodPost, path+"/"+second.Text("environment", "id")+"/restore", admin, nil), 404, "NotFound")
	restored := s.AsAdmin(t, http.MethodPost, one+"/restore", nil)
	if restored.Text("environment", "slug") != "qa" || restored.At("environment", "softDeletedAt") != nil {
		t.Errorf("%v", restored.Body)
	}
	hasAccess(true)
	want(t, "not deleted", s.Call(t, http.MethodPost, one+"/restore", admin, nil), 404, "NotFound")

	s.AsAdmin(t, http.MethodDelete, one, nil)
	s.Clock.Advance(30*24*time.Hour + time.Second)
	want(t, "too late", s.Call(t, http.MethodPost, one+"/restore", s.Login(t, s.Admin.ClientID, s.Admin.ClientSecret).Text("accessToken"), nil), 404, "NotFound")
}

func TestMemberships(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	custom := s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", object{"slug": "reader", "name": "Reader", "permissions": []object{}}).Text("role", "id")
	admin := s.Admin.AccessToken
	for name, family := range map[string]string{
		"v2":    "/v2/workspace/" + p.ID + "/identity-memberships/",
		"newer": "/v1/projects/" + p.ID + "/memberships/identities/",
	} {
		t.Run(name, func(t *testing.T) {
			newer := name == "newer"
			i := s.NewIdentity(t, "no-access", nil)
			path := family + i.ID
			want(t, "GET before", s.Call(t, http.MethodGet, path, admin, nil), 404, "NotFound")
			want(t, "PATCH before", s.Call(t, http.MethodPatch, path, admin, object{"roles": []object{{"role": "viewer"}}}), 400, "BadRequest")
			want(t, "DELETE before", s.Call(t, http.MethodDelete, path, admin, nil), 400, "BadRequest")
			made := s.AsAdmin(t, http.MethodPost, path, object{"role": "member"})
			if made.Text("identityMembership", "identityId") != i.ID || made.Text("identityMembership", "projectId") != p.ID || made.At("identityMembership", "roles") != nil {
				t.Errorf("%v", made.Body)
			}
			want(t, "twice", s.Call(t, http.MethodPost, path, admin, object{"role": "member"}), 400, "BadRequest")

			start := s.Clock.Now().Add(time.Hour).UTC().Truncate(time.Second)
			changed := s.AsAdmin(t, http.MethodPatch, path, object{"roles": []object{
				{"role": "viewer"}, {"role": "reader", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "2d",
					"temporaryAccessStartTime": start.In(time.FixedZone("", 7200)).Format(time.RFC3339)},
			}})
			if newer != (changed.At("roles") == nil) || newer != (changed.At("identityMembership") != nil) {
				t.Errorf("%v", changed.Body)
			}
			read := s.AsAdmin(t, http.MethodGet, path, nil)
			if newer != (read.At("identityMembership", "project") == nil) || newer != (read.At("identityMembership", "identityId") == nil) ||
				newer != (read.At("identityMembership", "metadata") != nil) || read.Text("identityMembership", "identity", "id") != i.ID {
				t.Errorf("%v", read.Body)
			}
			roles := read.At("identityMembership", "roles").([]any)
			first, second := roles[0].(object), roles[1].(object)
			if len(roles) != 2 || first["role"] != "viewer" || first["isTemporary"] != false || first["temporaryRange"] != nil ||
				second["role"] != "custom" || second["customRoleSlug"] != "reader" || second["customRoleId"] != custom || second["customRoleName"] != "Reader" ||
				second["temporaryRange"] != "2d" || second["temporaryAccessStartTime"] != start.Format(time.RFC3339) ||
				second["temporaryAccessEndTime"] != start.Add(48*time.Hour).Format(time.RFC3339) {
				t.Errorf("%v", roles)
			}
			for _, key := range []string{"customRoleId", "customRoleName", "customRoleSlug"} {
				if value, sent := first[key]; !sent || value != nil {
					t.Errorf("a built-in role has the %s %v, sent %t", key, value, sent)
				}
			}
			byID := s.AsAdmin(t, http.MethodGet, "/v2/workspace/identity-memberships/"+made.Text("identityMembership", "id"), nil)
			if byID.Text("identityMembership", "identityId") != i.ID {
				t.Errorf("%v", byID.Body)
			}
			of := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+i.ID+"/identity-memberships", nil).At("identityMemberships").([]any)
			if len(of) != 1 || of[0].(object)["project"].(object)["id"] != p.ID {
				t.Errorf("%v", of)
			}
			s.AsAdmin(t, http.MethodDelete, path, nil)
			want(t, "GET after", s.Call(t, http.MethodGet, path, admin, nil), 404, "NotFound")
		})
	}
}

// TestReaddedMember expects that a membership that is removed and created again has none of its former roles,
// privileges and folder access, for a token that is older than both.
func TestReaddedMember(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	i := s.NewIdentity(t, "no-access", nil)
	s.Join(t, p, i.ID, "viewer")
	member := "/v1/projects/" + p.ID + "/memberships/identities/" + i.ID
	s.AsAdmin(t, http.MethodPost, privileges, object{"identityId": i.ID, "projectId": p.ID, "permissions": []object{rule("settings", "", "edit")}, "type": object{"isTemporary": false}})
	s.AsAdmin(t, http.MethodPost, member+"/secret-folder-access", object{"environmentSlug": "dev", "secretPath": "/", "permission": "full-access", "type": object{"isTemporary": false}})
	token := s.TokenOf(t, i)
	may := func(want string) {
		t.Helper()
		got := fmt.Sprint(
			s.Call(t, http.MethodGet, member, token, nil).Status, " ",
			s.Call(t, http.MethodPatch, "/v1/projects/"+p.ID, token, object{"pitVersionLimit": 20}).Status, " ",
			s.Call(t, http.MethodGet, "/v1/projects/"+p.ID+"/memberships/secret-folder-access/identities?environmentSlug=dev&secretPath=/", token, nil).Status)
		if got != want {
			t.Errorf("read a membership, change the project, list folder access: %s, want %s", got, want)
		}
	}
	may("200 200 200")
	s.AsAdmin(t, http.MethodDelete, member, nil)
	may("403 403 403")
	s.Join(t, p, i.ID, "no-access")
	may("403 403 403")
	if left := s.AsAdmin(t, http.MethodGet, member+"/secret-folder-access", nil).At("folderAccess").([]any); len(left) != 0 {
		t.Errorf("folder access outlived its membership: %v", left)
	}
}

func TestMembershipsRefused(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p, other := s.NewProject(t), s.NewProject(t)
	member, stranger, own := s.NewIdentity(t, "no-access", nil), s.NewIdentity(t, "no-access", nil), s.NewProjectIdentity(t, other)
	s.Join(t, p, member.ID, "viewer")
	admin := s.Admin.AccessToken
	path := "/v1/projects/" + p.ID + "/memberships/identities/"
	temporary := func(changes object) object {
		r := object{"role": "viewer", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": "2026-01-01T00:00:00Z"}
		for key, value := range changes {
			if value == nil {
				delete(r, key)
			} else {
				r[key] = value
			}
		}
		return r
	}
	permanent := object{"role": "no-access"}
	for name, c := range map[string]struct {
		roles  any
		status int
		error  string
	}{
		"none":              {[]object{}, 422, "ValidationFailure"},
		"only temporary":    {[]object{temporary(nil)}, 400, "BadRequest"},
		"no range":          {[]object{permanent, temporary(object{"temporaryRange": nil})}, 400, "BadRequest"},
		"no start":          {[]object{permanent, temporary(object{"temporaryAccessStartTime": nil})}, 400, "BadRequest"},
		"range of nothing":  {[]object{permanent, temporary(object{"temporaryRange": "0h"})}, 422, "ValidationFailure"},
		"range of nonsense": {[]object{permanent, temporary(object{"temporaryRange": "soon"})}, 422, "ValidationFailure"},
		"negative range":    {[]object{permanent, temporary(object{"temporaryRange": "-1h"})}, 422, "ValidationFailure"},
		"endless range":     {[]object{permanent, temporary(object{"temporaryRange": "999999999999y"})}, 422, "ValidationFailure"},
		"after year 9999":   {[]object{permanent, temporary(object{"temporaryAccessStartTime": "9999-12-31T00:00:00Z", "temporaryRange": "1d"})}, 422, "ValidationFailure"},
		"before year 1":     {[]object{permanent, temporary(object{"temporaryAccessStartTime": "0000-01-01T00:00:00+12:00"})}, 422, "ValidationFailure"},
		"another mode":      {[]object{permanent, temporary(object{"temporaryMode": "cron"})}, 422, "ValidationFailure"},
		"start of nonsense": {[]object{permanent, temporary(object{"temporaryAccessStartTime": "soon"})}, 422, "ValidationFailure"},
		"unknown role":      {[]object{{"role": "nope"}}, 404, "NotFound"},
		"the word custom":   {[]object{{"role": "custom"}}, 422, "ValidationFailure"},
		"empty role":        {[]object{{"role": ""}}, 422, "ValidationFailure"},
	} {
		for method, id := range map[string]string{http.MethodPost: stranger.ID, http.MethodPatch: member.ID} {
			a := s.Call(t, method, path+id, admin, object{"roles": c.roles})
			want(t, method+" "+name, a, c.status, c.error)
			if place := fmt.Sprint(issue(a)["path"]); c.status == 422 && !strings.HasPrefix(place, "[roles") {
				t.Errorf("%s %s: the issue is at %s", method, name, place)
			}
		}
	}
	want(t, "nobody", s.Call(t, http.MethodPost, path+unknown, admin, object{}), 400, "BadRequest")
	want(t, "an identity of another project", s.Call(t, http.MethodPost, path+own.ID, admin, object{}), 400, "BadRequest")
	want(t, "its own membership", s.Call(t, http.MethodDelete, path+s.Admin.IdentityID, admin, nil), 400, "BadRequest")
	want(t, "a project's own identity", s.Call(t, http.MethodDelete, "/v1/projects/"+other.ID+"/memberships/identities/"+own.ID, admin, nil), 400, "BadRequest")
	want(t, "no project", s.Call(t, http.MethodPost, "/v2/workspace/"+unknown+"/identity-memberships/"+stranger.ID, admin, object{}), 404, "NotFound")
	want(t, "still no member", s.Call(t, http.MethodGet, path+stranger.ID, admin, nil), 404, "NotFound")
	if succeeded := parallel(8, func() bool {
		return s.Call(t, http.MethodPost, path+stranger.ID, admin, object{}).Status == http.StatusOK
	}); succeeded != 1 {
		t.Errorf("%d of 8 parallel additions succeeded", succeeded)
	}
}

// TestTemporaryRights: a temporary role and a temporary privilege count from their first second
// until their last, for a live token.
func TestTemporaryRights(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	p := s.NewProject(t)
	for name, give := range map[string]func(i servertest.Identity, window object){
		"role": func(i servertest.Identity, window object) {
			window["role"] = "viewer"
			s.AsAdmin(t, http.MethodPatch, "/v1/projects/"+p.ID+"/memberships/identities/"+i.ID, object{"roles": []object{{"role": "no-access"}, window}})
		},
		"privilege": func(i servertest.Identity, window object) {
			s.AsAdmin(t, http.MethodPost, privileges, object{"identityId": i.ID, "projectId": p.ID, "permissions": []object{rule("identity", "", "read")}, "type": window})
		},
	} {
		i := s.NewIdentity(t, "no-access", nil)
		s.Join(t, p, i.ID, "no-access")
		token := s.TokenOf(t, i)
		start := s.Clock.Now().Add(10 * time.Minute)
		give(i, object{"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "10m", "temporaryAccessStartTime": start.UTC().Format(time.RFC3339Nano)})
		may := func() bool {
			return s.Call(t, http.MethodGet, "/v1/projects/"+p.ID+"/memberships/identities/"+i.ID, token, nil).Status == http.StatusOK
		}
		for _, c := range []struct {
			at  time.Time
			may bool
		}{{start.Add(-time.Millisecond), false}, {start, true}, {start.Add(10*time.Minute - time.Millisecond), true}, {start.Add(10 * time.Minute), false}} {
			s.Clock.Advance(c.at.Sub(s.Clock.Now()))
			if may() != c.may {
				t.Errorf("%s: %s after its start: may %v", name, c.at.Sub(start), !c.may)
			}
		}
	}
}

func TestPrivileges(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p := s.NewProject(t)
	i := s.NewIdentity(t, "no-access", nil)
	admin := s.Admin.AccessToken
	body := object{"identityId": i.ID, "projectId": p.ID, "slug": "Extra", "permissions": []object{rule("secrets", `{"environment":"dev"}`, "readValue")}, "type": object{"isTemporary": false}}
	want(t, "of who is no member", s.Call(t, http.MethodPost, privileges, admin, body), 400, "BadRequest")
	s.Join(t, p, i.ID, "no-access")
	made := s.AsAdmin(t, http.MethodPost, privileges, body)
	one := privileges + "/" + made.Text("privilege", "id")
	if made.Text("privilege", "slug") != "extra" || made.At("privilege", "isTemporary") != false ||
		jsonOf(t, made.At("privilege", "permissions")) != `[{"action":["readValue"],"conditions":{"environment":"dev"},"inverted":false,"subject":"secrets"}]` {
		t.Errorf("%v", made.Body)
	}
	want(t, "twice", s.Call(t, http.MethodPost, privileges, admin, body), 400, "BadRequest")
	if read := s.AsAdmin(t, http.MethodGet, one, nil); jsonOf(t, read.At("privilege")) != jsonOf(t, made.At("privilege")) {
		t.Errorf("%v", read.Body)
	}
	listed := s.AsAdmin(t, http.MethodGet, privileges+"?identityId="+i.ID+"&projectId="+p.ID, nil).At("privileges").([]any)
	if len(listed) != 1 || listed[0].(object)["permissions"] != nil {
		t.Errorf("%v", listed)
	}
	delete(body, "slug")
	if random := s.AsAdmin(t, http.MethodPost, privileges, body); len(random.Text("privilege", "slug")) != 8 {
		t.Errorf("%v", random.Body)
	}
	changed := s.AsAdmin(t, http.MethodPatch, one, object{"slug": "less", "permissions": []object{},
		"type": object{"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": "2026-12-01T00:00:00Z"}})
	if changed.Text("privilege", "slug") != "less" || changed.Text("privilege", "temporaryAccessEndTime") != "2026-12-01T01:00:00Z" || jsonOf(t, changed.At("privilege", "permissions")) != "[]" {
		t.Errorf("%v", changed.Body)
	}
	s.AsAdmin(t, http.MethodDelete, one, nil)
	want(t, "deleted twice", s.Call(t, http.MethodDelete, one, admin, nil), 404, "NotFound")
	s.AsAdmin(t, http.MethodDelete, "/v1/projects/"+p.ID+"/memberships/identities/"+i.ID, nil)
	s.Join(t, p, i.ID, "no-access")
	if left := s.AsAdmin(t, http.MethodGet, privileges+"?identityId="+i.ID+"&projectId="+p.ID, nil).At("privileges").([]any); len(left) != 0 {
		t.Errorf("a privilege outlived its membership: %v", left)
	}
}

// TestProjectIdentities live in one project, and are managed with that project's rights alone.
func TestProjectIdentities(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	p, other := s.NewProject(t), s.NewProject(t)
	path := "/v1/projects/" + p.ID + "/identities"
	manager := s.TokenIn(t, p, permission.Rule{Subject: "identity", Actions: everyIdentityAction})
	as := func(method, path string, body any) servertest.Response { return s.Call(t, method, path, manager, body) }
	made := as(http.MethodPost, path, object{"name": "own", "metadata": []object{{"key": "k", "value": "v"}}, "hasDeleteProtection": true})
	id := made.Text("identity", "id")
	if made.Text("identity", "projectId") != p.ID || made.At("identity", "hasDeleteProtection") != true || len(made.At("identity", "metadata").([]any)) != 1 {
		t.Fatalf("%v", made.Body)
	}
	attach := as(http.MethodPost, attached+id, object{})
	secret := as(http.MethodPost, attached+id+"/client-secrets", object{})
	if a := s.Login(t, attach.Text("identityUniversalAuth", "clientId"), secret.Text("clientSecret")); a.Status != http.StatusOK {
		t.Errorf("%v", a.Body)
	}
	if read := as(http.MethodGet, path+"/"+id, nil); fmt.Sprint(read.At("identity", "authMethods")) != "[universal-auth]" {
		t.Errorf("%v", read.Body)
	}
	if listed := as(http.MethodGet, path+"?search=OW", nil); listed.At("totalCount") != 1.0 {
		t.Errorf("%v", listed.Body)
	}
	if all := s.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+s.Admin.OrganizationID, nil); strings.Contains(jsonOf(t, all.Body), id) {
		t.Error("an identity of a project stands among the organization's")
	}
	want(t, "by the organization's route", as(http.MethodPatch, "/v1/identities/"+id, object{"name": "x"}), 400, "BadRequest")
	want(t, "in another project", s.Call(t, http.MethodGet, "/v1/projects/"+other.ID+"/identities/"+id, s.Admin.AccessToken, nil), 404, "NotFound")
	orgManager := s.TokenWith(t, permission.Rule{Subject: "identity", Actions: permission.Actions(permission.Organization, "identity")})
	want(t, "by an organization's manager", s.Call(t, http.MethodPost, attached+id+"/client-secrets", orgManager, object{}), 403, "ForbiddenError")
	want(t, "a protected one", as(http.MethodDelete, path+"/"+id, nil), 400, "BadRequest")
	if changed := as(http.MethodPatch, path+"/"+id, object{"hasDeleteProtection": false, "metadata": []object{}}); changed.At("identity", "hasDeleteProtection") != false {
		t.Errorf("%v", changed.Body)
	}
	if gone := as(http.MethodDelete, path+"/"+id, nil); gone.Status != http.StatusOK {
		t.Errorf("%v", gone.Body)
	}
	want(t, "deleted twice", as(http.MethodDelete, path+"/"+id, nil), 404, "NotFound")
}

// TestLastAdmin: projects of some types always keep an identity with the role admin.
func TestLastAdmin(t *testing.T) {
	t.Parallel()
	s := servertest.StartWith(t, servertest.Options{Boundary: iam.Actions})
	admin := s.Admin.AccessToken
	for kind, keeps := range map[string]bool{"pam": true, "cert-manager": true, "agent-vault": true, "secret-manager": false, "kms": false} {
		project := s.AsAdmin(t, http.MethodPost, "/v1/projects", object{"projectName": kind, "type": kind}).Text("project", "id")
		members := "/v1/projects/" + project + "/memberships/identities/"
		last := s.NewIdentity(t, "no-access", nil)
		s.AsAdmin(t, http.MethodPost, members+last.ID, object{"role": "admin"})
		second := s.NewIdentity(t, "no-access", nil)
		s.AsAdmin(t, http.MethodPost, members+second.ID, object{"role": "admin"})
		s.AsAdmin(t, http.MethodDelete, members+second.ID, nil) // another one is left
		s.AsAdmin(t, http.MethodPost, "/v1/projects/"+project+"/roles", object{"slug": "manager", "name": "Manager", "permissions": []object{
			{"subject": "identity", "action": []string{"read", "edit", "delete", "assign-role"}},
		}})
		s.AsAdmin(t, http.MethodPatch, members+s.Admin.IdentityID, object{"roles": []object{{"role": "manager"}}})
		demoted := s.Call(t, http.MethodPatch, members+last.ID, admin, object{"roles": []object{{"role": "viewer"}}})
		removed := s.Call(t, http.MethodDelete, members+last.ID, admin, nil)
		for name, response := range map[string]servertest.Response{"demoted": demoted, "removed": removed} {
			if refused := strings.Contains(response.Text("message"), "last admin"); refused != keeps || refused != (response.Status == 400) {
				t.Errorf("%s of %s: %d %v", name, kind, response.Status, response.Body)
			}
		}
	}
}

// TestOtherMethodsKeepTheirTokens when Universal Auth is removed; deleting the identity revokes all.
func TestOtherMethodsKeepTheirTokens(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", object{})
	s.AsAdmin(t, http.MethodPost, "/v1/auth/token-auth/identities/"+i.ID, object{})
	issued := s.AsAdmin(t, http.MethodPost, "/v1/auth/token-auth/identities/"+i.ID+"/tokens", object{}).Text("accessToken")
	login := s.TokenOf(t, i)
	s.AsAdmin(t, http.MethodDelete, "/v1/auth/universal-auth/identities/"+i.ID, nil)
	if s.Alive(t, login) || !s.Alive(t, issued) {
		t.Error("the removal of Universal Auth revoked other tokens than its own")
	}
	s.AsAdmin(t, http.MethodDelete, "/v1/identities/"+i.ID, nil)
	if s.Alive(t, issued) {
		t.Error("a token is valid after its identity was deleted")
	}
}
