// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package servertest runs the real API for tests: on loopback, on a database of
// its own, with the credentials of an organization admin.
package servertest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// Server is a running API.
type Server struct {
	Host     string          // without /api
	Database string          // the file, or the URL of PostgreSQL
	Admin    iam.Credentials // of an organization admin
	Clock    *Clock
	Faults   *faults.Injector // does nothing before Arm
	Sandbox  *sandbox.Sandbox

	mu     sync.Mutex
	tokens map[string]string // by the rules of their identity
}

// Options configure a server.
type Options struct {
	Boundary   iam.BoundaryMode // empty: strict
	Generation string           // as for serve; empty: new
	Plan       iam.Plan         // empty: enterprise
	RateLimits string           // as for serve; empty: off
	Database   string           // may be shared; empty: a new one
	Clock      *Clock           // may be shared; nil: a new one
	NoIssuers  bool             // deny requests to OIDC issuers on this machine
	Log        *slog.Logger     // nil: nothing is logged
}

// Start runs the API until the test ends, on a database of its own.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartWith(t, Options{})
}

// StartWith runs the API until the test ends, on a database of its own unless one is given.
func StartWith(t testing.TB, o Options) *Server {
	t.Helper()
	clock := cmp.Or(o.Clock, &Clock{})
	if o.Database == "" {
		o.Database = NewDatabase(t)
	}
	limits, err := server.ParseRateLimits(cmp.Or(o.RateLimits, "off"))
	if err != nil {
		t.Fatal(err)
	}
	injector := faults.New(slog.New(slog.DiscardHandler))
	var issuers []netip.Prefix
	if !o.NoIssuers {
		issuers = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	s, err := sandbox.Open(context.Background(), sandbox.Options{
		Database: o.Database, Now: clock.Now, Boundary: o.Boundary, Plan: o.Plan, Generation: o.Generation, OIDCNetworks: issuers, Log: o.Log,
		RateLimits: limits, Faults: injector,
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler)
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	admin, err := s.Bootstrap(context.Background(), iam.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	return &Server{Host: h.URL, Admin: admin, Clock: clock, Faults: injector, Sandbox: s, Database: o.Database, tokens: map[string]string{}}
}

// DatabaseVariable names the environment variable that, with the value "postgres", puts the servers
// of all tests on PostgreSQL.
const DatabaseVariable = "MACHINEID_TEST_DATABASE"

// NewDatabase returns a database that several servers may share: a file or, with DatabaseVariable set,
// a schema in PostgreSQL.
func NewDatabase(t testing.TB) string {
	t.Helper()
	switch engine := os.Getenv(DatabaseVariable); engine {
	case "", "sqlite":
		return filepath.Join(t.TempDir(), "machineid.db")
	case "postgres":
		return storetest.Postgres(t)
	default:
		t.Fatalf("%s=%s is neither sqlite nor postgres", DatabaseVariable, engine)
		return ""
	}
}

// Clock is the system's clock, put forward or stopped as a test likes.
type Clock struct {
	mu      sync.Mutex
	ahead   time.Duration
	stopped time.Time
}

// Now returns the time of the server.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.stopped
	if now.IsZero() {
		now = time.Now()
	}
	return now.Add(c.ahead)
}

// Stop stops the clock. Only Advance moves it then.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = time.Now()
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Response is a decoded response of the API.
type Response struct {
	Status int
	Body   map[string]any
	Header http.Header
}

// At returns a field of the body by its path: At("identity", "id").
func (a Response) At(fields ...string) any {
	var v any = a.Body
	for _, field := range fields {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[field]
	}
	return v
}

// Text returns a string field of the body, or an empty text.
func (a Response) Text(fields ...string) string {
	text, _ := a.At(fields...).(string)
	return text
}

// Call sends a request with a token, if it is not empty, and a body, if it is not nil, to a path
// below /api.
func (s *Server) Call(t testing.TB, method, path, token string, body any) Response {
	t.Helper()
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.Host+api.Prefix+path, content)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return s.Send(t, r)
}

// Send sends a request as it is.
func (s *Server) Send(t testing.TB, r *http.Request) Response {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := Response{Status: resp.StatusCode, Header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&a.Body); err != nil {
		t.Fatalf("%s %s returned %d without JSON: %v", r.Method, r.URL.Path, resp.StatusCode, err)
	}
	return a
}

// AsAdmin sends a request of the admin, and fails the test unless it succeeds.
func (s *Server) AsAdmin(t testing.TB, method, path string, body any) Response {
	t.Helper()
	a := s.Call(t, method, path, s.Admin.AccessToken, body)
	if a.Status != http.StatusOK {
		t.Fatalf("%s %s returned %d: %v", method, path, a.Status, a.Body)
	}
	return a
}

// Identity is an identity with Universal Auth and a client secret.
type Identity struct {
	ID, ClientID, ClientSecret string
}

// NewIdentity creates an identity that can log in, with the organization role. auth is the body of
// the attach; nil takes the defaults.
func (s *Server) NewIdentity(t testing.TB, role string, auth any) Identity {
	t.Helper()
	if auth == nil {
		auth = struct{}{}
	}
	id := s.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{
		"name": t.Name(), "organizationId": s.Admin.OrganizationID, "role": role,
	}).Text("identity", "id")
	return s.withSecret(t, id, auth)
}

func (s *Server) withSecret(t testing.TB, id string, auth any) Identity {
	t.Helper()
	attached := s.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+id, auth)
	secret := s.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+id+"/client-secrets", struct{}{})
	return Identity{ID: id, ClientID: attached.Text("identityUniversalAuth", "clientId"), ClientSecret: secret.Text("clientSecret")}
}

// AttachAll attaches the other methods to an identity with Universal Auth, and returns the ID of a token
// of Token auth.
func (s *Server) AttachAll(t testing.TB, identityID string) string {
	t.Helper()
	s.AsAdmin(t, http.MethodPost, "/v1/auth/oidc-auth/identities/"+identityID, map[string]any{
		"oidcDiscoveryUrl": "https://issuer.example.com", "boundIssuer": "https://issuer.example.com", "boundClaims": map[string]any{},
	})
	path := "/v1/auth/token-auth/identities/" + identityID
	s.AsAdmin(t, http.MethodPost, path, struct{}{})
	return s.AsAdmin(t, http.MethodPost, path+"/tokens", struct{}{}).Text("tokenData", "id")
}

// Login logs in.
func (s *Server) Login(t testing.TB, clientID, clientSecret string) Response {
	t.Helper()
	return s.Call(t, http.MethodPost, "/v1/auth/universal-auth/login", "", map[string]any{
		"clientId": clientID, "clientSecret": clientSecret,
	})
}

// TokenOf logs an identity in and returns its access token.
func (s *Server) TokenOf(t testing.TB, i Identity) string {
	t.Helper()
	a := s.Login(t, i.ClientID, i.ClientSecret)
	if a.Status != http.StatusOK {
		t.Fatalf("login returned %d: %v", a.Status, a.Body)
	}
	return a.Text("accessToken")
}

// Alive reports whether the server accepts the token. It costs one use.
func (s *Server) Alive(t testing.TB, token string) bool {
	t.Helper()
	a := s.Call(t, http.MethodGet, "/v1/identities/details", token, nil)
	old := a.Status == http.StatusNotFound || a.Text("error") == api.ErrorPermissionDenied // takes details for an id
	return a.Status == http.StatusOK || old
}

// TokenWith returns the access token of an identity with exactly these rules in the organization. The
// same rules return the same token.
func (s *Server) TokenWith(t testing.TB, rules ...permission.Rule) string {
	t.Helper()
	return s.tokenFor(fmt.Sprint(rules), func(n int) string {
		if len(rules) == 0 {
			return s.TokenOf(t, s.NewIdentity(t, "no-access", nil))
		}
		slug := fmt.Sprintf("role-%d", n)
		s.AsAdmin(t, http.MethodPost, "/v1/organization/roles", newRole(slug, rules))
		return s.TokenOf(t, s.NewIdentity(t, slug, nil))
	})
}

// TokenIn returns the access token of an identity with exactly these rules in the project and none in
// the organization. The same rules return the same token.
func (s *Server) TokenIn(t testing.TB, p Project, rules ...permission.Rule) string {
	t.Helper()
	return s.tokenFor(p.ID+fmt.Sprint(rules), func(n int) string {
		i := s.NewIdentity(t, "no-access", nil)
		slug := fmt.Sprintf("role-%d", n)
		s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", newRole(slug, rules))
		s.Join(t, p, i.ID, slug)
		return s.TokenOf(t, i)
	})
}

func newRole(slug string, rules permission.Rules) map[string]any {
	if rules == nil {
		rules = permission.Rules{}
	}
	return map[string]any{"slug": slug, "name": slug, "permissions": rules}
}

func (s *Server) tokenFor(key string, create func(n int) string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens[key] == "" {
		s.tokens[key] = create(len(s.tokens))
	}
	return s.tokens[key]
}

// Project is a project of which the admin is a member.
type Project struct {
	ID, Slug string
}

// NewProject creates a project.
func (s *Server) NewProject(t testing.TB) Project {
	t.Helper()
	made := s.AsAdmin(t, http.MethodPost, "/v2/workspace", map[string]any{"projectName": "Project"})
	return Project{ID: made.Text("project", "id"), Slug: made.Text("project", "slug")}
}

// Join adds an identity to a project with the project roles.
func (s *Server) Join(t testing.TB, p Project, identityID string, roles ...string) {
	t.Helper()
	var assigned []map[string]any
	for _, r := range roles {
		assigned = append(assigned, map[string]any{"role": r})
	}
	s.AsAdmin(t, http.MethodPost, "/v2/workspace/"+p.ID+"/identity-memberships/"+identityID, map[string]any{"roles": assigned})
}

// NewProjectIdentity creates an identity of the project that can log in, without access.
func (s *Server) NewProjectIdentity(t testing.TB, p Project) Identity {
	t.Helper()
	id := s.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/identities", map[string]any{"name": t.Name()}).Text("identity", "id")
	return s.withSecret(t, id, struct{}{})
}

// RequiredAccess returns the route of a request, as METHOD /path, and the access that it requires.
func RequiredAccess(r *http.Request) (string, server.Access) {
	route := server.RouteOf(r.Method, strings.TrimPrefix(r.URL.Path, api.Prefix))
	return route, server.Permissions()[route]
}
