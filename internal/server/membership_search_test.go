// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const searchV2 = "/v2/identities/search"

var (
	organizationScope = []string{"organization"}
	projectScope      = []string{"project"}
	bothScopes        = []string{"organization", "project"}
)

// foundIn are the rows of a search, as the name of the identity and the slug of the project.
func foundIn(a servertest.Answer) []string {
	rows := []string{}
	found, _ := a.At("identities").([]any)
	for _, row := range found {
		m := row.(object)
		text := fmt.Sprint(m["identity"].(object)["name"])
		if p, ok := m["project"].(object); ok {
			text += "@" + fmt.Sprint(p["slug"])
		}
		rows = append(rows, text)
	}
	return rows
}

// named makes an identity of that name.
func named(t *testing.T, s *servertest.Server, name, role string) string {
	t.Helper()
	return s.AsAdmin(t, http.MethodPost, "/v1/identities", object{"name": name, "role": role, "organizationId": s.Admin.OrganizationID}).Text("identity", "id")
}

func TestSearchOfMemberships(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	s.Clock.Stop()
	admin := s.Admin.AccessToken
	project := func(token, slug string) servertest.Project {
		made := s.Call(t, http.MethodPost, "/v1/projects", token, object{"projectName": slug, "slug": slug})
		want(t, "project", made, http.StatusOK, "")
		return servertest.Project{ID: made.Text("project", "id"), Slug: slug}
	}
	stranger := s.TokenWith(t, permission.Rule{Subject: permission.Workspace, Actions: []string{"create"}})
	shop := project(admin, "webshop")
	project(stranger, "theirs")
	s.AsAdmin(t, http.MethodPost, "/v1/projects/"+shop.ID+"/roles", object{"slug": "deployer", "name": "Deployer", "description": "deploys", "permissions": []object{}})
	alice, bob := named(t, s, "alice", "member"), named(t, s, "bob", "no-access")
	start := s.Clock.Now().UTC().Truncate(time.Second).Format(time.RFC3339)
	s.AsAdmin(t, http.MethodPost, "/v1/projects/"+shop.ID+"/memberships/identities/"+alice, object{"roles": []object{
		{"role": "viewer"}, {"role": "deployer", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": start},
	}})
	s.AsAdmin(t, http.MethodPost, "/v1/projects/"+shop.ID+"/identities", object{"name": "own"})

	only := func(names ...string) object { return object{"name": object{"$in": names}} }
	everybody := only("alice", "bob", "own")
	for what, c := range map[string]struct {
		body object
		rows []string
	}{
		"the default scope":    {object{"search": everybody}, []string{"alice", "bob"}},
		"organisation":         {object{"search": everybody, "scope": organizationScope}, []string{"alice", "bob"}},
		"project":              {object{"search": everybody, "scope": projectScope}, []string{"alice@webshop", "own@webshop"}},
		"the same scope twice": {object{"search": only("own"), "scope": []string{"project", "project"}}, []string{"own@webshop"}},
		"backwards":            {object{"search": only("alice", "bob"), "orderDirection": "desc"}, []string{"bob", "alice"}},
		"by role":              {object{"search": only("alice", "bob", "own"), "scope": bothScopes, "orderBy": "role", "limit": 1}, []string{"alice@webshop"}},
		"a role of several":    {object{"search": object{"role": "deployer"}, "scope": bothScopes}, []string{"alice@webshop"}},
		"role of organisation": {object{"search": object{"role": object{"$eq": "member"}, "name": object{"$contains": "LIC"}}, "scope": bothScopes}, []string{"alice"}},
		"one or the other":     {object{"search": object{"$or": []object{{"name": "bob"}, {"name": "own"}}}, "scope": bothScopes}, []string{"bob", "own@webshop"}},
		"page":                 {object{"search": only("alice", "bob"), "limit": 1, "offset": 1}, []string{"bob"}},
		"past the end":         {object{"search": only("alice", "bob"), "offset": 9}, []string{}},
		"unknown keys":         {object{"search": only("bob"), "organizationId": unknown, "SCOPE": projectScope}, []string{"bob"}},
		"a project of strangers": {object{"search": object{"role": "admin"}, "scope": projectScope, "orderDirection": "desc"},
			[]string{"organization-admin@webshop", t.Name() + "@theirs"}},
	} {
		a := s.AsAdmin(t, http.MethodPost, searchV2, c.body)
		if got := foundIn(a); !slices.Equal(got, c.rows) {
			t.Errorf("%s: %q, want %q", what, got, c.rows)
		}
	}
	both := s.AsAdmin(t, http.MethodPost, searchV2, object{"search": everybody, "scope": bothScopes})
	rows := foundIn(both)
	slices.Sort(rows)
	if !slices.Equal(rows, []string{"alice", "alice@webshop", "bob", "own@webshop"}) || both.At("totalCount") != 4.0 {
		t.Errorf("%q of %v", rows, both.At("totalCount"))
	}

	// What each row is made of, a lock among it.
	s.AsAdmin(t, http.MethodPost, attached+bob, object{"lockoutThreshold": 1})
	client := s.AsAdmin(t, http.MethodGet, attached+bob, nil).Text("identityUniversalAuth", "clientId")
	secret := s.AsAdmin(t, http.MethodPost, attached+bob+"/client-secrets", object{}).Text("clientSecret")
	want(t, "login", s.Login(t, client, secret), http.StatusOK, "")
	s.Login(t, client, "wrong")
	row := func(name string, scope []string) object {
		found := s.AsAdmin(t, http.MethodPost, searchV2, object{"search": only(name), "scope": scope}).At("identities").([]any)
		return found[0].(object)
	}
	read := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+bob, nil).At("identity").(object)
	ofBob := row("bob", organizationScope)
	for field, value := range map[string]any{
		"id": read["id"], "identityId": bob, "scope": "organization", "orgId": s.Admin.OrganizationID, "projectId": nil, "project": nil,
		"createdAt": read["createdAt"], "updatedAt": read["updatedAt"], "lastLoginAuthMethod": "universal-auth", "lastLoginTime": read["lastLoginTime"],
	} {
		if got, there := ofBob[field]; !there || got != value {
			t.Errorf("%s is %v, not %v", field, got, value)
		}
	}
	if got := jsonOf(t, ofBob["identity"]); got != jsonOf(t, object{"id": bob, "name": "bob", "hasDeleteProtection": false, "orgId": s.Admin.OrganizationID,
		"authMethods": []string{"universal-auth"}, "activeLockoutAuthMethods": []string{"universal-auth"}}) {
		t.Error(got)
	}
	if roles := ofBob["roles"].([]any); len(roles) != 1 || roles[0].(object)["role"] != "no-access" || roles[0].(object)["isTemporary"] != false || roles[0].(object)["id"] == "" {
		t.Errorf("%v", roles)
	}
	ofAlice := row("alice", projectScope)
	if got := jsonOf(t, ofAlice["project"]); ofAlice["projectId"] != shop.ID || got != jsonOf(t, object{"id": shop.ID, "name": "webshop", "slug": "webshop", "type": "secret-manager"}) {
		t.Error(got)
	}
	listed := s.AsAdmin(t, http.MethodGet, "/v1/projects/"+shop.ID+"/memberships/identities/"+alice, nil).At("identityMembership").(object)
	deployer := listed["roles"].([]any)[1].(object)
	deployer["customRoleDescription"] = "deploys"
	if jsonOf(t, ofAlice["roles"]) != jsonOf(t, listed["roles"]) || ofAlice["id"] != listed["id"] {
		t.Errorf("%v\n%v", ofAlice, listed)
	}
	if deployer["customRoleSlug"] != "deployer" || deployer["temporaryRange"] != "1h" {
		t.Errorf("%v", deployer)
	}

	counts := func(token string, body object) string {
		t.Helper()
		a := s.Call(t, http.MethodPost, searchV2+"/count", token, body)
		want(t, "count", a, http.StatusOK, "")
		return jsonOf(t, a.At("counts"))
	}
	for want, body := range map[string]object{
		`{"organization":2,"project":2}`: {"search": everybody, "limit": 1000, "orderBy": 5}, // which are no keys of a count
		`{"organization":1}`:             {"search": only("alice", "own"), "scope": organizationScope},
		`{"project":0}`:                  {"search": only("bob"), "scope": projectScope},
	} {
		if got := counts(admin, body); got != want {
			t.Errorf("%v: %s, want %s", body, got, want)
		}
	}
	for what, wrong := range map[string]object{
		"no scope": {"scope": []string{}}, "unknown scope": {"scope": []string{"world"}}, "a text as scope": {"scope": "project"}, "null": {"scope": nil},
		"a dot": {"search": object{"name": "a.b"}}, "unknown field": {"search": object{"foo": "x"}},
	} {
		for _, path := range []string{searchV2, searchV2 + "/count"} {
			want(t, path+" "+what, s.Call(t, http.MethodPost, path, admin, wrong), 422, "ValidationFailure")
		}
	}
	for what, wrong := range map[string]object{
		"limit 0": {"limit": 0}, "limit 101": {"limit": 101}, "offset": {"offset": -1}, "order": {"orderBy": "id"}, "direction": {"orderDirection": "up"},
	} {
		want(t, what, s.Call(t, http.MethodPost, searchV2, admin, wrong), 422, "ValidationFailure")
	}
}

// TestSearchFindsWhatTheCallerMayRead, and refuses nobody who is in the organisation.
func TestSearchFindsWhatTheCallerMayRead(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	shop, other := s.NewProject(t), s.NewProject(t)
	ids := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		ids[name] = named(t, s, name, "no-access")
		s.Join(t, shop, ids[name], "viewer")
		s.Join(t, other, ids[name], "viewer")
	}
	reader := func(conditions permission.Conditions) string {
		return s.TokenIn(t, shop, permission.Rule{Subject: permission.Identity, Actions: []string{"read"}, Conditions: conditions})
	}
	conditions := func(text string) permission.Conditions {
		rules, err := permission.Parse(permission.Project, []byte(`[{"subject":"identity","action":"read","conditions":`+text+`}]`))
		if err != nil {
			t.Fatal(err)
		}
		return rules[0].Conditions
	}
	some := reader(conditions(`{"identityId":{"$in":["` + ids["a"] + `","` + ids["c"] + `","` + ids["d"] + `"]}}`))
	all := reader(nil)
	inOrganization := s.TokenWith(t, permission.Rule{Subject: permission.Identity, Actions: []string{"read"}})
	console := s.TokenWith(t, permission.Rule{Subject: "organization-admin-console", Actions: []string{"access-all-projects"}})
	everything := s.TokenWith(t, permission.Rule{Subject: "organization-admin-console", Actions: []string{"access-all-projects"}},
		permission.Rule{Subject: permission.Identity, Actions: []string{"read"}})
	names := object{"name": object{"$in": []string{"a", "b", "c", "d"}}}
	for what, c := range map[string]struct {
		token                 string
		organization, project string
	}{
		"nobody":               {s.TokenWith(t), "", ""},
		"in the organisation":  {inOrganization, "a b c d", ""},
		"in the project":       {all, "", "a b c d"},
		"some in the project":  {some, "", "a c d"},
		"the console alone":    {console, "", ""},
		"the console and more": {everything, "a b c d", "a a b b c c d d"},
	} {
		for scope, rows := range map[string]string{"organization": c.organization, "project": c.project} {
			want := strings.Fields(rows)
			counted := s.Call(t, http.MethodPost, searchV2+"/count", c.token, object{"search": names, "scope": []string{scope}})
			if got := jsonOf(t, counted.At("counts")); got != fmt.Sprintf(`{%q:%d}`, scope, len(want)) {
				t.Errorf("%s: %d %s in %s, want %d", what, counted.Status, got, scope, len(want))
			}
			for limit := 1; limit < 6; limit++ {
				for offset := range 6 {
					a := s.Call(t, http.MethodPost, searchV2, c.token, object{"search": names, "scope": []string{scope}, "limit": limit, "offset": offset})
					page := want[min(offset, len(want)):min(offset+limit, len(want))]
					got := foundIn(a)
					for n := range got {
						got[n], _, _ = strings.Cut(got[n], "@")
					}
					if a.Status != http.StatusOK || !slices.Equal(got, page) || a.At("totalCount") != float64(len(want)) {
						t.Errorf("%s, %s, limit %d, offset %d: %d %q of %v, want %q of %d", what, scope, limit, offset, a.Status, got, a.At("totalCount"), page, len(want))
					}
				}
			}
		}
	}
}
