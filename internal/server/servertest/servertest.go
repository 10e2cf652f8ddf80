// Package servertest runs the real API for tests: on loopback, on a database of
// its own, with the credentials of an organisation admin.
package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store"
)

// Server is a running API.
type Server struct {
	Host    string          // without /api
	Admin   iam.Credentials // of an organisation admin
	Clock   *Clock
	Sandbox *sandbox.Sandbox

	database string
	mu       sync.Mutex
	tokens   map[string]string // by the rules of their holder
}

// Start runs the API until the test ends, on a database file of its own.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartOn(t, filepath.Join(t.TempDir(), "machineid.db"))
}

// StartOn runs the API on the database until the test ends.
func StartOn(t testing.TB, database string) *Server {
	t.Helper()
	clock := &Clock{}
	s, err := sandbox.Open(context.Background(), sandbox.Options{Database: database, Now: clock.Now})
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
	return &Server{Host: h.URL, Admin: admin, Clock: clock, Sandbox: s, database: database, tokens: map[string]string{}}
}

// Clock is the system's clock, put forward as a test likes.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now is the time for the server.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Advance lets that much time pass.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Answer is what the API answered.
type Answer struct {
	Status int
	Body   map[string]any
	Header http.Header
}

// At walks the body by field names: At("identity", "id").
func (a Answer) At(fields ...string) any {
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

// Text is At where a text stands, else empty.
func (a Answer) Text(fields ...string) string {
	text, _ := a.At(fields...).(string)
	return text
}

// Call sends a request with a token, if it is not empty, and a body, if it is not nil, to a path
// below /api.
func (s *Server) Call(t testing.TB, method, path, token string, body any) Answer {
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
func (s *Server) Send(t testing.TB, r *http.Request) Answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&a.Body); err != nil {
		t.Fatalf("%s %s answered %d with no JSON: %v", r.Method, r.URL.Path, resp.StatusCode, err)
	}
	return a
}

// AsAdmin sends a request of the admin, and fails the test unless it succeeds.
func (s *Server) AsAdmin(t testing.TB, method, path string, body any) Answer {
	t.Helper()
	a := s.Call(t, method, path, s.Admin.AccessToken, body)
	if a.Status != http.StatusOK {
		t.Fatalf("%s %s answered %d: %v", method, path, a.Status, a.Body)
	}
	return a
}

// Identity is an identity with Universal Auth and a client secret.
type Identity struct {
	ID, ClientID, ClientSecret string
}

// NewIdentity makes an identity that can log in, with the organisation role. auth is the body of
// the attach; nil takes the defaults.
func (s *Server) NewIdentity(t testing.TB, role string, auth any) Identity {
	t.Helper()
	if auth == nil {
		auth = struct{}{}
	}
	id := s.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{
		"name": t.Name(), "organizationId": s.Admin.OrganizationID, "role": role,
	}).Text("identity", "id")
	attached := s.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+id, auth)
	secret := s.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+id+"/client-secrets", struct{}{})
	return Identity{ID: id, ClientID: attached.Text("identityUniversalAuth", "clientId"), ClientSecret: secret.Text("clientSecret")}
}

// Login logs in.
func (s *Server) Login(t testing.TB, clientID, clientSecret string) Answer {
	t.Helper()
	return s.Call(t, http.MethodPost, "/v1/auth/universal-auth/login", "", map[string]any{
		"clientId": clientID, "clientSecret": clientSecret,
	})
}

// TokenOf logs an identity in and answers its access token.
func (s *Server) TokenOf(t testing.TB, i Identity) string {
	t.Helper()
	a := s.Login(t, i.ClientID, i.ClientSecret)
	if a.Status != http.StatusOK {
		t.Fatalf("login answered %d: %v", a.Status, a.Body)
	}
	return a.Text("accessToken")
}

// Alive asks the server whether it takes the token. Asking costs one use.
func (s *Server) Alive(t testing.TB, token string) bool {
	t.Helper()
	return s.Call(t, http.MethodGet, "/v1/identities/details", token, nil).Status == http.StatusOK
}

// TokenWith answers the access token of an identity that may do what the rules say and no more.
// The API must run on a database file.
func (s *Server) TokenWith(t testing.TB, rules ...permission.Rule) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(rules)
	if s.tokens[key] == "" {
		s.tokens[key] = s.TokenOf(t, s.NewIdentity(t, s.newRole(t, rules), nil))
	}
	return s.tokens[key]
}

// newRole makes a custom organisation role and answers its slug.
func (s *Server) newRole(t testing.TB, rules permission.Rules) string {
	t.Helper()
	st, err := store.Open(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	slug := fmt.Sprintf("role-%d", len(s.tokens))
	now := s.Clock.Now()
	err = st.Write(t.Context(), func(tx iam.Tx) error {
		return tx.InsertRole(t.Context(), iam.Role{
			ID: uuid.NewString(), OrganizationID: s.Admin.OrganizationID, Slug: slug, Name: slug,
			Permissions: rules, CreatedAt: now, UpdatedAt: now,
		})
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	return slug
}
