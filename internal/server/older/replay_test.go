// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// exchange is a request to a server of October 2024 with its response. IDs, secrets, access tokens and
// times are placeholders; long lists are cut to one element of each shape.
type exchange struct {
	Case, Method, Path string
	Request            json.RawMessage
	Status             int
	Response           any
}

func recorded(t *testing.T) []exchange {
	t.Helper()
	f, err := os.Open("testdata/recorded-old.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var all []exchange
	lines := bufio.NewScanner(f)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var e exchange
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReplay replays the recorded exchanges, each on its own fixtures, and compares the status, the
// error and the shape of the response.
func TestReplay(t *testing.T) {
	excluded := map[string]string{}
	for reason, cases := range exclusions {
		for name := range strings.FieldsSeq(cases) {
			excluded[name] = reason
		}
	}
	counts, used := map[string]int{}, map[string]bool{}
	var group string
	var old, maker *servertest.Server
	for _, e := range recorded(t) {
		if now, _, _ := strings.Cut(e.Case, "."); now != group {
			group = now
			old, maker = generations(t)
		}
		s := &scene{T: t, old: old, maker: maker, admin: maker.Admin.AccessToken, description: "d", rules: permitted("member")}
		s.set(e.Case)
		difference := e.replay(s)
		key := e.Case
		if excluded[key] == "" {
			key = group + ".*"
		}
		switch {
		case difference == "" && key == e.Case:
			t.Errorf("%s matches: take it out of exclusions", e.Case)
		case difference == "" && e.failed():
			counts["matched but for a 4xx, where an old server fails with 500"]++
		case difference == "":
			counts["matched"]++
		case excluded[key] != "":
			counts["excluded: "+excluded[key]]++
			used[key] = true
		default:
			t.Errorf("%s: %s %s: %s", e.Case, e.Method, e.Path, difference)
		}
	}
	for name := range excluded {
		if !used[name] {
			t.Errorf("%s is excluded, but is not in the recording", name)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%3d %s", counts[what], what)
	}
}

// generations are a server of each generation on one database. The first admin is the newer's.
func generations(t *testing.T) (old, newer *servertest.Server) {
	t.Helper()
	database := filepath.Join(t.TempDir(), "machineid.db")
	old = servertest.StartWith(t, servertest.Options{Database: database, Generation: "old"})
	old.Clock.Stop()
	return old, servertest.StartWith(t, servertest.Options{Database: database, Clock: old.Clock})
}

func (e exchange) failed() bool { return e.Status == http.StatusInternalServerError }

// replay sends the request and returns how the response differs from the recorded one, or "".
func (e exchange) replay(s *scene) string {
	path := s.path(e.Path)
	body, contentType := s.body(e.Request)
	if s.joined != nil && s.gone == "" {
		for _, one := range s.joined {
			if slug, _ := one.(map[string]any)["role"].(string); strings.HasPrefix(slug, "rec-") {
				s.customRole(slug)
			}
		}
		s.post("/v1/projects/"+s.theProject().ID+"/memberships/identities/"+s.identityID(), map[string]any{"roles": s.joined})
	}
	if s.asIdentity {
		s.theToken()
	}
	if s.before != nil {
		s.before(s)
	}
	if s.after != nil {
		defer s.after()
	}
	r, err := http.NewRequestWithContext(s.Context(), e.Method, s.old.Host+path, body)
	if err != nil {
		s.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if header := s.authorization(); header != "" {
		r.Header.Set("Authorization", header)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	var got any = ""
	if len(data) > 0 && json.Unmarshal(data, &got) != nil {
		return "the response is not JSON"
	}
	if e.failed() && resp.StatusCode >= http.StatusBadRequest && resp.StatusCode < http.StatusInternalServerError {
		return ""
	}
	if resp.StatusCode != e.Status {
		return fmt.Sprintf("response %d %s, recorded %d %v", resp.StatusCode, data, e.Status, e.Response)
	}
	if resp.StatusCode != http.StatusOK {
		if got, want := errorOf(s.T, got), errorOf(s.T, e.Response); got != want {
			return fmt.Sprintf("response %s, recorded %s", got, want)
		}
		return ""
	}
	if got, want := shape(got), shape(e.Response); got != want {
		return fmt.Sprintf("response\n%s, recorded\n%s", got, want)
	}
	return ""
}

// errorOf returns the error with the code and the path of every issue.
func errorOf(t *testing.T, v any) string {
	var e struct {
		Error   string
		Message any
	}
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	text := anyID.ReplaceAllString(fmt.Sprint(e.Error, " ", keys(v)), "ID")
	issues, _ := e.Message.([]any)
	for _, issue := range issues {
		i, _ := issue.(map[string]any)
		text += fmt.Sprint(" ", i["path"], i["code"])
	}
	return text
}

var anyID = regexp.MustCompile(`<uuid-\d>|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func keys(v any) []string {
	object, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(object))
}

// shape returns the keys and the types of a value, and for a list those of all its elements.
func shape(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var text string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			text += key + ":" + shape(v[key]) + ","
		}
		return "{" + text + "}"
	case []any:
		var shapes []string
		for _, element := range v {
			shapes = append(shapes, shape(element))
		}
		slices.Sort(shapes)
		return fmt.Sprint(slices.Compact(shapes))
	}
	return fmt.Sprintf("%T", v)
}

// scene has the fixtures of an exchange, which are created when a path or a body names them.
type scene struct {
	*testing.T
	old, maker *servertest.Server // the same database; the maker has all routes
	admin      string

	role       string       // of the identity
	auth       any          // its Universal Auth as attached; nil: the defaults
	bare       bool         // it has none
	roleless   bool         // custom roles that it names do not exist
	gone       string       // what the request names does not exist: identity, secret, project, role, …
	joined     []any        // its roles in the project; nil: it is no member
	secret     any          // its client secret as made; nil: the defaults
	public     bool         // the request goes without a token …
	asIdentity bool         // … with the identity's, not the admin's …
	header     *string      // … or with this header
	before     func(*scene) // the request is sent
	after      func()

	identity servertest.Identity
	token    string
	project  servertest.Project
	made     map[string]string

	description string // of project roles …
	rules       []any  // … and what they allow
}

func (s *scene) post(path string, body any) servertest.Response {
	return s.maker.AsAdmin(s.T, http.MethodPost, path, body)
}

func (s *scene) remember(kind string, create func() string) string {
	if s.gone == kind {
		return uuid.NewString()
	}
	if s.made == nil {
		s.made = map[string]string{}
	}
	if s.made[kind] == "" {
		s.made[kind] = create()
	}
	return s.made[kind]
}

func (s *scene) theIdentity() servertest.Identity {
	if s.identity.ID != "" {
		return s.identity
	}
	if s.role == "" {
		s.role = "admin"
	}
	if s.bare {
		s.identity.ID = s.post("/v1/identities", map[string]any{"name": "rec", "organizationId": s.maker.Admin.OrganizationID, "role": s.role}).Text("identity", "id")
	} else {
		s.identity = s.maker.NewIdentity(s.T, s.role, s.auth)
	}
	if s.secret != nil {
		s.revokeSecrets()
		s.identity.ClientSecret = s.post("/v1/auth/universal-auth/identities/"+s.identity.ID+"/client-secrets", s.secret).Text("clientSecret")
	}
	return s.identity
}

func (s *scene) identityID() string {
	return s.remember("identity", func() string { return s.theIdentity().ID })
}

// theToken is the identity's, from a login with the old generation.
func (s *scene) theToken() string {
	if s.token == "" {
		s.token = s.old.TokenOf(s.T, s.theIdentity())
	}
	return s.token
}

func (s *scene) theProject() servertest.Project {
	if s.project.ID == "" {
		made := s.post("/v1/projects", map[string]any{"projectName": "Project", "slug": "rec-" + uuid.NewString()[:8]})
		s.project = servertest.Project{ID: made.Text("project", "id"), Slug: made.Text("project", "slug")}
	}
	return s.project
}

var placeholder = regexp.MustCompile(`<(uuid-\d|64 hex|jwt|time)>`)

func (s *scene) path(recorded string) string {
	path, query, _ := strings.Cut(recorded, "?")
	segments := strings.Split(path, "/")
	for n, segment := range segments {
		if placeholder.MatchString(segment) || strings.HasPrefix(segment, "rec-") {
			segments[n] = s.named(segments[n-1], segment)
		}
	}
	path = strings.Join(segments, "/")
	if query != "" {
		path += "?" + s.query(query)
	}
	return path
}

func (s *scene) query(recorded string) string {
	fields := strings.Split(recorded, "&")
	for n, field := range fields {
		switch key, value, _ := strings.Cut(field, "="); {
		case key == "projectSlug" && strings.HasPrefix(value, "rec-"):
			fields[n] = key + "=" + s.theProject().Slug
		case key == "identityId":
			fields[n] = key + "=" + s.identityID()
		default:
			fields[n] = placeholder.ReplaceAllStringFunc(field, func(string) string { return s.named("organizations", "") })
		}
	}
	return strings.Join(fields, "&")
}

// named is the id or the slug of what stands behind a segment of a path.
func (s *scene) named(kind, segment string) string {
	switch kind {
	case "identities", "identity-memberships":
		return s.identityID()
	case "client-secrets":
		return s.remember("secret", func() string {
			return s.post("/v1/auth/universal-auth/identities/"+s.theIdentity().ID+"/client-secrets", map[string]any{}).Text("clientSecretData", "id")
		})
	case "organizations", "organization":
		if s.gone == "organization" {
			return uuid.NewString()
		}
		return s.maker.Admin.OrganizationID
	case "workspace":
		id := s.remember("project", func() string { return s.theProject().ID })
		if strings.HasPrefix(segment, "rec-") && s.gone != "project" {
			return s.theProject().Slug
		}
		return id
	case "roles":
		return s.remember("role", func() string { return s.customRole("rec-role") })
	case "slug":
		s.customRole(segment)
		return segment
	case "environments":
		return s.remember("environment", func() string {
			return s.post("/v1/projects/"+s.theProject().ID+"/environments", map[string]any{"name": "QA", "slug": "qa"}).Text("environment", "id")
		})
	}
	return segment
}

// customRole makes a role of the project, once.
func (s *scene) customRole(slug string) string {
	return s.remember("role "+slug, func() string {
		return s.post("/v1/projects/"+s.theProject().ID+"/roles", map[string]any{
			"slug": slug, "name": slug, "description": s.description, "permissions": s.rules,
		}).Text("role", "id")
	})
}

func (s *scene) body(request json.RawMessage) (io.Reader, string) {
	var sent any
	if err := json.Unmarshal(request, &sent); err != nil {
		s.Fatal(err)
	}
	switch sent := sent.(type) {
	case nil:
		return http.NoBody, ""
	case string:
		if strings.Contains(sent, "clientId=") {
			return strings.NewReader("clientId=" + s.theIdentity().ClientID + "&clientSecret=" + s.theIdentity().ClientSecret), "application/x-www-form-urlencoded"
		}
		return strings.NewReader(sent), "application/json"
	}
	data, err := json.Marshal(s.bound("", sent))
	if err != nil {
		s.Fatal(err)
	}
	return bytes.NewReader(data), "application/json"
}

// bound puts what exists in the place of placeholders.
func (s *scene) bound(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, field := range v {
			v[key] = s.bound(key, field)
		}
	case []any:
		for n, element := range v {
			v[n] = s.bound(key, element)
		}
	case string:
		if key == "projectSlug" && strings.HasPrefix(v, "rec-") {
			return s.theProject().Slug
		}
		if key == "role" && !s.roleless && strings.HasPrefix(v, "rec-") {
			s.anyRole(v)
		}
		return placeholder.ReplaceAllStringFunc(v, func(string) string { return s.value(key) })
	}
	return v
}

func (s *scene) value(key string) string {
	switch key {
	case "clientId":
		return s.remember("client", func() string { return s.theIdentity().ClientID })
	case "clientSecret":
		return s.remember("client secret", func() string { return s.theIdentity().ClientSecret })
	case "organizationId":
		return s.named("organizations", "")
	case "accessToken":
		return s.theToken()
	case "identityId":
		return s.identityID()
	}
	return time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
}

// anyRole makes a custom role of that slug, in the organization and in the project.
func (s *scene) anyRole(slug string) {
	s.maker.Call(s.T, http.MethodPost, "/v1/organization/roles", s.admin, map[string]any{"slug": slug, "name": slug, "permissions": []any{}})
	if s.project.ID != "" {
		s.customRole(slug)
	}
}

// authorization is the header of the request: that of the admin, unless the case says otherwise.
func (s *scene) authorization() string {
	switch {
	case s.header != nil:
		return *s.header
	case s.asIdentity:
		return "Bearer " + s.theToken()
	case s.public:
		return ""
	}
	return "Bearer " + s.admin
}
