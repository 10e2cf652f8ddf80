// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	org := s.Admin.OrganizationID
	made := s.AsAdmin(t, http.MethodPost, "/v1/identities", object{
		"name": "  naïve 名前 🙂 <b>&\"' ", "organizationId": org, "role": "member", "hasDeleteProtection": true,
		"metadata": []object{{"key": " team ", "value": "x"}, {"key": "team", "value": "y"}}, "id": unknown, "foo": 1, "NAME": "dropped",
	})
	id := made.Text("identity", "id")
	if made.Text("identity", "name") != "naïve 名前 🙂 <b>&\"'" || id == unknown || made.At("identity", "hasDeleteProtection") != true ||
		made.Text("identity", "orgId") != org || len(made.At("identity", "metadata").([]any)) != 2 || made.At("identity", "role") != nil {
		t.Fatalf("%v", made.Body)
	}
	path := "/v1/identities/" + id
	read := s.AsAdmin(t, http.MethodGet, path, nil)
	if read.Text("identity", "identityId") != id || read.Text("identity", "id") == id || read.Text("identity", "role") != "member" ||
		fmt.Sprint(read.At("identity", "identity", "authMethods")) != "[]" || read.At("identity", "identity", "hasDeleteProtection") != true ||
		fmt.Sprint(read.At("identity", "identity", "activeLockoutAuthMethods")) != "[]" {
		t.Fatalf("%v", read.Body)
	}
	if pairs := read.At("identity", "metadata").([]any); pairs[0].(object)["key"] != "team" || pairs[0].(object)["value"] != "x" || pairs[1].(object)["value"] != "y" {
		t.Errorf("metadata: %v", pairs)
	}
	want(t, "id in upper case, trailing slash", s.AsAdmin(t, http.MethodGet, "/v1/identities/"+strings.ToUpper(id)+"/", nil), http.StatusOK, "")

	if a := s.AsAdmin(t, http.MethodPatch, path, object{"hasDeleteProtection": false}); a.At("identity", "hasDeleteProtection") != false ||
		len(a.At("identity", "metadata").([]any)) != 0 {
		t.Errorf("protection alone is changed, and only sent metadata echoed: %v", a.Body)
	}
	s.AsAdmin(t, http.MethodPatch, path, object{})
	if a := s.AsAdmin(t, http.MethodGet, path, nil); len(a.At("identity", "metadata").([]any)) != 2 {
		t.Errorf("metadata that was not sent is kept: %v", a.Body)
	}
	s.AsAdmin(t, http.MethodPatch, path, object{"metadata": []object{}, "name": "renamed", "role": "no-access", "hasDeleteProtection": true})
	if a := s.AsAdmin(t, http.MethodGet, path, nil); len(a.At("identity", "metadata").([]any)) != 0 ||
		a.Text("identity", "identity", "name") != "renamed" || a.Text("identity", "role") != "no-access" {
		t.Errorf("%v", a.Body)
	}
	admin := s.Admin.AccessToken
	want(t, "a protected one", s.Call(t, http.MethodDelete, path, admin, nil), http.StatusBadRequest, "BadRequest")
	s.AsAdmin(t, http.MethodPatch, path, object{"hasDeleteProtection": false})
	s.AsAdmin(t, http.MethodDelete, path, nil)
	for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
		want(t, method+" of a deleted one", s.Call(t, method, path, admin, object{}), http.StatusNotFound, "NotFound")
		want(t, method+" of no id", s.Call(t, method, "/v1/identities/nope", admin, object{}), http.StatusNotFound, "NotFound")
	}
}

func TestIdentityRefused(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	org := s.Admin.OrganizationID
	target := s.NewIdentity(t, "no-access", nil)
	for name, c := range map[string]struct {
		change object
		status int
		error  string
		path   string // of the issue
	}{
		"no name":          {object{"name": nil}, 422, "ValidationFailure", "[name]"},
		"empty name":       {object{"name": ""}, 422, "ValidationFailure", "[name]"},
		"blank name":       {object{"name": " \t"}, 422, "ValidationFailure", "[name]"},
		"long name":        {object{"name": strings.Repeat("n", 256)}, 422, "ValidationFailure", "[name]"},
		"NUL in the name":  {object{"name": "a\x00b"}, 422, "ValidationFailure", "[name]"},
		"number as name":   {object{"name": 5}, 422, "ValidationFailure", "[name]"},
		"unknown role":     {object{"role": "does-not-exist"}, 404, "NotFound", ""},
		"role in capitals": {object{"role": "Admin"}, 404, "NotFound", ""},
		"the word custom":  {object{"role": "custom"}, 422, "ValidationFailure", "[role]"},
		"empty role":       {object{"role": ""}, 422, "ValidationFailure", "[role]"},
		"null role":        {object{"role": nil}, 422, "ValidationFailure", "[role]"},
		"empty value":      {object{"metadata": []object{{"key": "k", "value": ""}}}, 422, "ValidationFailure", "[metadata 0 value]"},
		"blank key":        {object{"metadata": []object{{"key": "k", "value": "v"}, {"key": "  ", "value": "v"}}}, 422, "ValidationFailure", "[metadata 1 key]"},
		"text as flag":     {object{"hasDeleteProtection": "true"}, 422, "ValidationFailure", "[hasDeleteProtection]"},
	} {
		body := object{"name": "refused", "organizationId": org}
		maps.Copy(body, c.change)
		for method, path := range map[string]string{http.MethodPost: "/v1/identities", http.MethodPatch: "/v1/identities/" + target.ID} {
			a := s.Call(t, method, path, s.Admin.AccessToken, body)
			want(t, method+" "+name, a, c.status, c.error)
			if c.path != "" && fmt.Sprint(issue(a)["path"]) != c.path {
				t.Errorf("%s %s: the issue is at %v", method, name, issue(a))
			}
		}
	}
	admin := s.Admin.AccessToken
	want(t, "no organization", s.Call(t, http.MethodPost, "/v1/identities", admin, object{"name": "x"}), 422, "ValidationFailure")
	for _, other := range []string{unknown, "nope"} {
		want(t, "another organization", s.Call(t, http.MethodPost, "/v1/identities", admin, object{"name": "x", "organizationId": other}), 403, "ForbiddenError")
		want(t, "list of another", s.Call(t, http.MethodGet, "/v1/identities?orgId="+other, admin, nil), 403, "ForbiddenError")
		want(t, "memberships of another", s.Call(t, http.MethodGet, "/v2/organizations/"+other+"/identity-memberships", admin, nil), 403, "ForbiddenError")
	}
	want(t, "nonsense without a token", s.Call(t, http.MethodPost, "/v1/identities", "", object{"nonsense": true}), 401, "UnauthorizedError")
	if got := s.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+org, nil).At("totalCount"); got != 2.0 {
		t.Errorf("%v identities: a refused request left one", got)
	}
	if got := s.AsAdmin(t, http.MethodGet, "/v1/identities/"+target.ID, nil).Text("identity", "identity", "name"); got != t.Name() {
		t.Errorf("a refused change renamed the identity to %q", got)
	}
}

func issue(a servertest.Response) object {
	issues, _ := a.At("message").([]any)
	if len(issues) == 0 {
		return object{}
	}
	first, _ := issues[0].(object)
	return first
}

func deepSearch(levels int) object {
	s := object{"name": object{"$contains": "a"}}
	for range levels {
		s = object{"name": object{"$contains": "a"}, "$or": []object{s}}
	}
	return s
}

// TestLengthsAfterTrimming: white space at the ends does not count, and whole numbers are whole
// however they are written.
func TestLengthsAfterTrimming(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	longest := strings.Repeat("x", 255)
	made := s.AsAdmin(t, http.MethodPost, "/v1/identities", object{
		"name": " " + longest + " ", "organizationId": s.Admin.OrganizationID, "metadata": []object{{"key": longest + " ", "value": " v"}},
	})
	if made.Text("identity", "name") != longest {
		t.Errorf("%v", made.Body)
	}
	if _, there := made.At("identity").(object)["projectId"]; !there {
		t.Error("projectId must be there, and null")
	}
	path := attached + made.Text("identity", "id")
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Host+"/api"+path, strings.NewReader(`{"accessTokenTTL":3600.0,"accessTokenMaxTTL":1e4}`))
	r.Header.Set("Authorization", "Bearer "+s.Admin.AccessToken)
	r.Header.Set("Content-Type", "APPLICATION/JSON; charset=UTF-8")
	r.Header.Set("Accept", "application/x-www-form-urlencoded")
	a := s.Send(t, r)
	if a.At("identityUniversalAuth", "accessTokenTTL") != 3600.0 || a.At("identityUniversalAuth", "accessTokenMaxTTL") != 10000.0 {
		t.Errorf("%d %v", a.Status, a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the answer is of type %q", got)
	}
	s.AsAdmin(t, http.MethodPost, path+"/client-secrets", object{"description": " " + longest, "ttl": 60.0})
}

// TestTokenOfADeletedIdentity checks that every request with such a token is rejected with 401: a client that
// receives 404 would take existing objects for deleted.
func TestTokenOfADeletedIdentity(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	for range 5 {
		i := s.NewIdentity(t, "no-access", object{"accessTokenNumUsesLimit": 1000000})
		token := s.TokenOf(t, i)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 20 {
					if a := s.Call(t, http.MethodGet, "/v1/identities/details", token, nil); a.Status != http.StatusOK {
						want(t, "after its end", a, http.StatusUnauthorized, "UnauthorizedError")
					}
				}
			})
		}
		s.AsAdmin(t, http.MethodDelete, "/v1/identities/"+i.ID, nil)
		wg.Wait()
	}
}

func TestParallelDeletes(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	i := s.NewIdentity(t, "no-access", nil)
	succeeded := parallel(16, func() bool {
		a := s.Call(t, http.MethodDelete, "/v1/identities/"+i.ID, s.Admin.AccessToken, nil)
		if a.Status != http.StatusOK {
			want(t, "a later delete", a, http.StatusNotFound, "NotFound")
		}
		return a.Status == http.StatusOK
	})
	if succeeded != 1 {
		t.Errorf("%d of 16 deletes succeeded", succeeded)
	}
}

// TestListings holds every way of listing against the names that it must answer, in order.
func TestListings(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	org := s.Admin.OrganizationID
	for _, i := range []object{
		{"name": "100%", "role": "member"}, {"name": "100 pigs", "role": "admin"}, {"name": "a_b"}, {"name": "axb"}, {"name": "B-team/x"},
		{"name": "straße"}, {"name": "ÜBER"}, {"name": "b-team/x"}, {"name": "back\\slash"},
	} {
		i["organizationId"] = org
		s.AsAdmin(t, http.MethodPost, "/v1/identities", i)
	}
	all := []string{"100 pigs", "100%", "B-team/x", "a_b", "axb", "b-team/x", "back\\slash", "organization-admin", "straße", "ÜBER"}
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	search := func(s object) object { return object{"search": s} }
	for name, c := range map[string]struct {
		path  string
		body  object // nil: a GET
		names []string
		total int
	}{
		"v1":                      {"/v1/identities?orgId=" + org, nil, all, 10},
		"v2":                      {"memberships?", nil, all, 10},
		"v2 backwards":            {"memberships?orderBy=name&orderDirection=desc", nil, reversed, 10},
		"v2 page":                 {"memberships?limit=3&offset=2", nil, all[2:5], 10},
		"v2 past the end":         {"memberships?limit=3&offset=20", nil, nil, 10},
		"v2 percent":              {"memberships?search=" + url.QueryEscape("0%"), nil, []string{"100%"}, 1},
		"v2 underscore":           {"memberships?search=a_b", nil, []string{"a_b"}, 1},
		"v2 backslash":            {"memberships?search=" + url.QueryEscape("k\\s"), nil, []string{"back\\slash"}, 1},
		"v2 case":                 {"memberships?search=TEAM", nil, []string{"B-team/x", "b-team/x"}, 2},
		"v2 case beyond ASCII":    {"memberships?search=" + url.QueryEscape("über"), nil, []string{"ÜBER"}, 1},
		"v2 unknown parameters":   {"memberships?search=axb&foo=1", nil, []string{"axb"}, 1},
		"search all":              {"/v1/identities/search", object{}, all, 10},
		"search page":             {"/v1/identities/search", object{"limit": 2, "offset": 1, "orderDirection": "desc"}, reversed[1:3], 10},
		"search name":             {"/v1/identities/search", search(object{"name": "axb"}), []string{"axb"}, 1},
		"search name, exact case": {"/v1/identities/search", search(object{"name": object{"$eq": "b-team/x"}}), []string{"b-team/x"}, 1},
		"search contains":         {"/v1/identities/search", search(object{"name": object{"$contains": "ADM"}}), []string{"organization-admin"}, 1},
		"search in":               {"/v1/identities/search", search(object{"name": object{"$in": []string{"axb", "a_b", "none"}}}), []string{"a_b", "axb"}, 2},
		"search role":             {"/v1/identities/search", search(object{"role": "admin"}), []string{"100 pigs", "organization-admin"}, 2},
		"search role and name":    {"/v1/identities/search", search(object{"role": "admin", "name": object{"$contains": "pig"}}), []string{"100 pigs"}, 1},
		"search or": {"/v1/identities/search", search(object{"$or": []object{{"role": "member"}, {"name": "axb"}}}),
			[]string{"100%", "axb"}, 2},
		"search and or": {"/v1/identities/search", search(object{"role": object{"$in": []string{"admin", "member"}},
			"$or": []object{{"name": object{"$contains": "100"}}, {"name": "axb"}}}), []string{"100 pigs", "100%"}, 2},
		"search nothing": {"/v1/identities/search", search(object{"name": object{"$in": []string{}}}), nil, 0},
	} {
		method, list, path := http.MethodPost, "identities", c.path
		if rest, ok := strings.CutPrefix(path, "memberships"); ok {
			path, list = "/v2/organizations/"+org+"/identity-memberships"+rest, "identityMemberships"
		}
		var body any = c.body
		if c.body == nil {
			method, body = http.MethodGet, nil
		}
		a := s.AsAdmin(t, method, path, body)
		var names []string
		for _, item := range a.At(list).([]any) {
			m := item.(object)
			names = append(names, m["identity"].(object)["name"].(string))
			if _, carries := m["metadata"]; carries {
				t.Errorf("%s: a listing carries metadata", name)
			}
		}
		if !slices.Equal(names, c.names) || a.At("totalCount") != float64(c.total) {
			t.Errorf("%s: %q of %v, want %q of %d", name, names, a.At("totalCount"), c.names, c.total)
		}
	}
	for name, body := range map[string]object{
		"null name": search(object{"name": nil}), "null in a name": search(object{"name": object{"$eq": nil}}), "null in a list": search(object{"name": object{"$in": []any{nil}}}),
		"deep": search(deepSearch(1200)), "a dot": search(object{"name": "a.b"}), "unknown operator": search(object{"name": object{"$regex": "x"}}), "unknown field": search(object{"foo": "x"}),
		"contains on a role": search(object{"role": object{"$contains": "x"}}), "number": search(object{"name": 5}), "limit 101": {"limit": 101},
		"long": search(object{"name": strings.Repeat("x", 256)}), "empty or": search(object{"$or": []object{}}), "order": {"orderBy": "id"}, "null": {"search": nil},
	} {
		want(t, name, s.Call(t, http.MethodPost, "/v1/identities/search", s.Admin.AccessToken, body), 422, "ValidationFailure")
	}
	want(t, "four levels", s.Call(t, http.MethodPost, "/v1/identities/search", s.Admin.AccessToken, search(deepSearch(4))), 200, "")
	for _, query := range []string{"search=" + strings.Repeat("_", 25001), "limit=0", "limit=20001", "limit=x", "limit=1.5", "offset=-1", "orderBy=id", "orderDirection=up"} {
		want(t, query, s.Call(t, http.MethodGet, "/v2/organizations/"+org+"/identity-memberships?"+query, s.Admin.AccessToken, nil), 422, "ValidationFailure")
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	for path, status := range map[string]int{"/v1/identities/" + s.Admin.IdentityID: http.StatusOK, "/v1/nope": http.StatusNotFound} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodHead, s.Host+"/api"+path, nil)
		r.Header.Set("Authorization", "Bearer "+s.Admin.AccessToken)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("HEAD %s: %d", path, resp.StatusCode)
		}
	}
}
