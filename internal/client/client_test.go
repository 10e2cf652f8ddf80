// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// wire intercepts requests on their way to the network.
type wire func(next http.RoundTripper, req *http.Request) (*http.Response, error)

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	return w(http.DefaultTransport, req)
}

// log records requests as "GET /api/v1/identities/details".
type log struct {
	mu   sync.Mutex
	sent []string
}

func (l *log) RoundTrip(req *http.Request) (*http.Response, error) {
	l.note(req)
	return http.DefaultTransport.RoundTrip(req)
}

func (l *log) note(req *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, req.Method+" "+req.URL.EscapedPath())
}

func (l *log) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.sent {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

const loginPath = "/api/v1/auth/universal-auth/login"

func credentials(server *servertest.Server) *client.Credentials {
	return &client.Credentials{ClientID: server.Admin.ClientID, ClientSecret: client.Secret(server.Admin.ClientSecret)}
}

func newClient(t *testing.T, config client.Config) *client.Client {
	t.Helper()
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// admin returns a client of the server's admin.
func admin(t *testing.T, server *servertest.Server, transport http.RoundTripper) *client.Client {
	t.Helper()
	return newClient(t, client.Config{Host: server.Host, Credentials: credentials(server), Transport: transport, Version: "test"})
}

// respond returns a response.
func respond(status int, contentType, body string, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	if contentType != "" {
		resp.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

func mustFail(t *testing.T, err error, parts ...string) client.Error {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in the error: %v", part, err)
		}
	}
	e, ok := errors.AsType[*client.Error](err)
	if !ok {
		t.Fatalf("%T is no client.Error: %v", err, err)
	}
	return *e
}

func TestParseHost(t *testing.T) {
	for text, want := range map[string]string{
		"https://a.example":               "https://a.example",
		"https://a.example/":              "https://a.example",
		"https://a.example/api":           "https://a.example",
		"https://a.example/api//":         "https://a.example",
		"http://127.0.0.1:8080":           "http://127.0.0.1:8080",
		"https://a.example/infisical/api": "https://a.example/infisical",
		"https://a.example/apis":          "https://a.example/apis",
		"http://[::1]:80/api/":            "http://[::1]:80",
	} {
		if host, err := client.ParseHost(text); err != nil || host.String() != want {
			t.Errorf("%s is %v, %v; want %s", text, host, err, want)
		}
	}
	for _, text := range []string{
		"", "a.example", "a.example:443", "ftp://a.example", "https://", "https:///api", "https://u:p@a.example",
		"https://u@a.example", "https://a.example?x=1", "https://a.example/?", "https://a.example/#x", "https://a b",
	} {
		if host, err := client.ParseHost(text); err == nil {
			t.Errorf("%q is taken for %s", text, host)
		}
	}
}

func TestNewWantsOneWayToAuthenticate(t *testing.T) {
	if _, err := client.New(client.Config{Host: client.DefaultHost, Credentials: &client.Credentials{}, AccessToken: "x"}); err == nil {
		t.Error("credentials and a token are taken together")
	}
}

func TestIdentityRoundTrip(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	made, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "a b", Role: new("member"), Metadata: &[]api.Metadata{{Key: "k", Value: "v"}}})
	if err != nil {
		t.Fatal(err)
	}
	read, err := c.Identity(t.Context(), made.ID)
	if err != nil || read.Identity.Name != "a b" || read.RoleSlug() != "member" || len(read.Metadata) != 1 || read.OrgID != server.Admin.OrganizationID {
		t.Errorf("read back %+v, %v", read, err)
	}
	// An update clears metadata.
	if _, err := c.UpdateIdentity(t.Context(), made.ID, api.UpdateIdentityRequest{Name: new("b"), Metadata: &[]api.Metadata{}}); err != nil {
		t.Fatal(err)
	}
	if read, err = c.Identity(t.Context(), made.ID); err != nil || len(read.Metadata) != 0 || read.Identity.Name != "b" {
		t.Errorf("read back %+v, %v", read, err)
	}
	if err := c.DeleteIdentity(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Identity(t.Context(), made.ID); !client.IsNotFound(err) {
		t.Errorf("a deleted identity is read: %v", err)
	}
	if err := c.DeleteIdentity(t.Context(), made.ID); !client.IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
}

// TestZeroIsSent checks that requests contain zero values (5→0).
func TestZeroIsSent(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	made, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.UniversalAuth.Attach(t.Context(), c, made.ID, api.UniversalAuthRequest{TokenSettingsRequest: api.TokenSettingsRequest{AccessTokenNumUsesLimit: new(int64(5))}, AccessTokenPeriod: new(int64(60)), LockoutEnabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	zero := new(int64(0))
	auth, err := client.UniversalAuth.Update(t.Context(), c, made.ID, api.UniversalAuthRequest{
		TokenSettingsRequest: api.TokenSettingsRequest{AccessTokenNumUsesLimit: zero, AccessTokenTTL: zero, AccessTokenMaxTTL: zero},
		AccessTokenPeriod:    zero, LockoutEnabled: new(false),
	})
	if err != nil {
		t.Fatal(err)
	}
	if auth.AccessTokenNumUsesLimit != 0 || *auth.AccessTokenPeriod != 0 || auth.AccessTokenTTL != 0 || auth.AccessTokenMaxTTL != 0 || *auth.LockoutEnabled {
		t.Errorf("something was not cleared: %+v", auth)
	}
}

func TestIDsAreCheckedAndEscaped(t *testing.T) {
	sent := &log{}
	server := servertest.Start(t)
	c := admin(t, server, sent)
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.Identity(t.Context(), id); err == nil || len(sent.sent) > 0 {
			t.Errorf("the ID %q was sent: %v, %v", id, sent.sent, err)
		}
	}
	if _, err := c.ClientSecret(t.Context(), "x", ""); err == nil || len(sent.sent) > 0 {
		t.Errorf("an empty ID was sent: %v, %v", sent.sent, err)
	}
	_, err := c.Identity(t.Context(), "a/b?c#d%2F")
	if want := "GET /api/v1/identities/a%2Fb%3Fc%23d%252F"; !slices.Contains(sent.sent, want) {
		t.Errorf("sent %v, want %s; %v", sent.sent, want, err)
	}
}

// TestResponsesAreChecked checks status 200 with a portal's page, another API or a truncated body.
func TestResponsesAreChecked(t *testing.T) {
	server := servertest.Start(t)
	secret := server.Admin.ClientSecret
	for name, tc := range map[string]struct {
		status          int
		mediaType, body string
		says            []string
	}{
		"page":     {200, "text/html; charset=utf-8", "<html>\n<title>Sign in</title>", []string{`"text/html"`, "<html> <title>Sign in</title>", "host"}},
		"long":     {200, "text/html", strings.Repeat("x", 5000), []string{"…"}},
		"untyped":  {200, "", "{}", []string{`type ""`}},
		"no JSON":  {200, "application/json", "{", []string{"not JSON"}},
		"empty":    {200, "application/json", "", []string{"not JSON"}},
		"null":     {200, "application/json", "null", []string{"lacks identity.identityId"}},
		"lacking":  {200, "application/json", `{"identity":{"identityId":"x","role":""}}`, []string{"lacks identity.role"}},
		"shape":    {200, "application/json", `{"identity":{"identityId":"x","role":"r","orgId":"o","identity":{"id":5}}}`, []string{"unexpected form"}},
		"echo":     {200, "text/plain", "you sent " + secret, []string{"[redacted]"}},
		"token":    {200, "text/plain", `{"accessToken":"eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eUlkIjoieCJ9.c2lnbmF0dXJl"}`, []string{"[redacted]"}},
		"proxy":    {500, "text/html", "<h1>oops</h1>", []string{"500", "<h1>oops</h1>"}},
		"no route": {404, "application/json", `{"statusCode":404,"error":"Not Found","message":"Route GET:/x not found"}`, []string{"does not have the route"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				if req.URL.Path == loginPath {
					return next.RoundTrip(req)
				}
				return respond(tc.status, tc.mediaType, tc.body), nil
			}))
			_, err := c.Identity(t.Context(), "x")
			e := mustFail(t, err, tc.says...)
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "eyJ") || len(e.Message) > 400 {
				t.Errorf("the error shows too much: %v", err)
			}
			if client.IsNotFound(err) {
				t.Errorf("taken for a missing identity: %v", err)
			}
		})
	}
}

func TestResponsesAreBounded(t *testing.T) {
	server := servertest.Start(t)
	c := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), Transport: wire(
		func(http.RoundTripper, *http.Request) (*http.Response, error) {
			resp := respond(200, "application/json", "")
			resp.Body = io.NopCloser(endless{})
			return resp, nil
		})})
	_, err := c.Identity(t.Context(), "x")
	mustFail(t, err, "larger than")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestMissing distinguishes a missing object, a missing route, a proxy's page and a rejected login.
func TestMissing(t *testing.T) {
	server := servertest.Start(t)
	_, err := admin(t, server, nil).Identity(t.Context(), "6f1d2a34-0000-4000-8000-000000000000")
	if !client.IsNotFound(err) || client.IsNoRoute(err) {
		t.Errorf("a missing identity is %v", err)
	}
	for name, resp := range map[string]func() *http.Response{
		"route": func() *http.Response { return respond(404, "application/json", `{"error":"Not Found","message":"x"}`) },
		"page":  func() *http.Response { return respond(404, "text/html", "not found") },
		"proxy": func() *http.Response { return respond(404, "application/json", `{"message":"not found"}`) },
	} {
		c := newClient(t, client.Config{Host: server.Host, AccessToken: "x", Transport: wire(
			func(http.RoundTripper, *http.Request) (*http.Response, error) { return resp(), nil })})
		if _, err := c.Identity(t.Context(), "x"); client.IsNotFound(err) || client.IsNoRoute(err) != (name == "route") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Servers of October 2024 return 404 NotFound for an unknown client ID, which must not remove resources
	// from the state.
	c := admin(t, server, wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return respond(404, "application/json", `{"statusCode":404,"error":"NotFound","message":"No identity with specified client ID was found"}`), nil
	}))
	if _, err := c.Identity(t.Context(), "x"); err == nil || client.IsNotFound(err) {
		t.Errorf("a refused login is taken for a missing identity: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	server := servertest.Start(t)
	for name, tc := range map[string]struct {
		location string
		call     func(*client.Client) error
		follows  bool
	}{
		"same server":  {"", func(c *client.Client) error { _, err := c.Identity(t.Context(), server.Admin.IdentityID); return err }, true},
		"other host":   {"https://evil.example", func(c *client.Client) error { _, err := c.Identity(t.Context(), "x"); return err }, false},
		"other scheme": {strings.Replace(server.Host, "http:", "https:", 1), func(c *client.Client) error { _, err := c.Identity(t.Context(), "x"); return err }, false},
		"subdomain":    {strings.Replace(server.Host, "127.0.0.1", "a.127.0.0.1", 1), func(c *client.Client) error { _, err := c.Identity(t.Context(), "x"); return err }, false},
		"a write":      {"", func(c *client.Client) error { return c.DeleteIdentity(t.Context(), "x") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var redirected atomic.Bool
			c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				if req.URL.Scheme+"://"+req.URL.Host != server.Host {
					t.Errorf("sent to %s, with %q", req.URL, req.Header.Get("Authorization"))
				}
				if req.URL.Path != loginPath && !redirected.Swap(true) {
					return respond(307, "", "", "Location", tc.location+req.URL.Path), nil
				}
				return next.RoundTrip(req)
			}))
			err := tc.call(c)
			if (err == nil) != tc.follows {
				t.Fatal(err)
			}
			if err != nil {
				mustFail(t, err, "redirects")
			}
		})
	}
}

func TestGoneWithoutA404(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	identity := server.NewIdentity(t, "no-access", nil)
	if _, err := client.UniversalAuth.Get(t.Context(), c, identity.ID); err != nil {
		t.Fatal(err)
	}
	list, err := c.ClientSecrets(t.Context(), identity.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	id := list[0].ID

	// Servers return 400 for other reasons as well, and those of October 2024 return 500 for a deleted secret.
	refuse := func(status int, name, suffix string) *client.Client {
		return admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, suffix) {
				return respond(status, "application/json", fmt.Sprintf(`{"statusCode":%d,"error":%q,"message":"some reason"}`, status, name)), nil
			}
			return next.RoundTrip(req)
		}))
	}
	if _, err := client.UniversalAuth.Get(t.Context(), refuse(400, "BadRequest", "universal-auth/identities/"+identity.ID), identity.ID); client.IsNotFound(err) || client.Status(err) != 400 {
		t.Errorf("a 400 for another reason: %v", err)
	}
	if _, err := refuse(500, "InternalServerError", id).ClientSecret(t.Context(), identity.ID, id); client.IsNotFound(err) || client.Status(err) != 500 {
		t.Errorf("a 500 of a secret that is there: %v", err)
	}

	if err := c.RevokeClientSecret(t.Context(), identity.ID, id); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ClientSecret(t.Context(), identity.ID, id); !client.IsNotFound(err) {
		t.Errorf("a revoked secret: %v", err)
	}
	if _, err := refuse(500, "InternalServerError", id).ClientSecret(t.Context(), identity.ID, id); !client.IsNotFound(err) {
		t.Errorf("a 500 of a secret that is gone: %v", err)
	}
	if err := client.UniversalAuth.Remove(t.Context(), c, identity.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.UniversalAuth.Get(t.Context(), c, identity.ID); !client.IsNotFound(err) {
		t.Errorf("a removed Universal Auth: %v", err)
	}
	if _, err := c.ClientSecret(t.Context(), identity.ID, id); !client.IsNotFound(err) {
		t.Errorf("a secret without Universal Auth: %v", err)
	}
	if err := c.DeleteIdentity(t.Context(), identity.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.UniversalAuth.Get(t.Context(), c, identity.ID); !client.IsNotFound(err) {
		t.Errorf("the Universal Auth of a deleted identity: %v", err)
	}
}

func TestIdentitiesByName(t *testing.T) {
	server := servertest.Start(t)
	sent := &log{}
	c := admin(t, server, sent)
	want := map[string]int{"twin": 103, "twins": 1, "Twin": 1, "dot.ted": 2, "none": 0, "naïve %_": 1}
	for name, n := range want {
		for range n {
			if _, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, n := range want {
		found, err := c.IdentitiesByName(t.Context(), name)
		if err != nil || len(found) != n {
			t.Errorf("%d of %q, want %d; %v", len(found), name, n, err)
		}
	}
	if n := sent.count("identities/search"); n != 2+3 {
		t.Errorf("searched %d times", n)
	}
	// An older server has no search.
	old := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/search") {
			return respond(404, "application/json", `{"statusCode":404,"error":"Not Found","message":"Route POST:/api/v1/identities/search not found"}`), nil
		}
		return next.RoundTrip(req)
	}))
	if found, err := old.IdentitiesByName(t.Context(), "twin"); err != nil || len(found) != 103 {
		t.Errorf("%d found, %v", len(found), err)
	}
}

func TestOrganization(t *testing.T) {
	server := servertest.Start(t)
	sent := &log{}
	c := admin(t, server, sent)
	for range 3 {
		if id, err := c.OrganizationID(t.Context()); err != nil || id != server.Admin.OrganizationID {
			t.Errorf("%s, %v", id, err)
		}
	}
	if sent.count("details") != 1 {
		t.Errorf("asked again: %v", sent.sent)
	}
	if id, err := newClient(t, client.Config{Host: server.Host, OrganizationID: "given"}).OrganizationID(t.Context()); id != "given" || err != nil {
		t.Errorf("%s, %v", id, err)
	}
	// An older server takes "details" for an ID: a database error, or a 404.
	for status, body := range map[int]string{
		500: `{"statusCode":500,"error":"FindByOrgId","message":"x"}`,
		404: `{"statusCode":404,"error":"NotFound","message":"Failed to find identity with id details"}`,
	} {
		old := wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, "/details") {
				return respond(status, "application/json", body), nil
			}
			return next.RoundTrip(req)
		})
		if id, err := admin(t, server, old).OrganizationID(t.Context()); err != nil || id != server.Admin.OrganizationID {
			t.Errorf("%d: %s, %v", status, id, err)
		}
		nobody := server.NewIdentity(t, "no-access", nil)
		_, err := newClient(t, client.Config{Host: server.Host, Transport: old, Credentials: &client.Credentials{
			ClientID: nobody.ClientID, ClientSecret: client.Secret(nobody.ClientSecret)}}).OrganizationID(t.Context())
		mustFail(t, err, "set organization_id")
	}
	// A sub-organization that the server does not confirm is an error.
	into := credentials(server)
	into.OrganizationSlug = "elsewhere"
	_, err := newClient(t, client.Config{Host: server.Host, Credentials: into, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.URL.Path == loginPath {
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader(fmt.Sprintf(`{"clientId":%q,"clientSecret":%q}`, server.Admin.ClientID, server.Admin.ClientSecret))), -1
		}
		return next.RoundTrip(req)
	})}).OrganizationID(t.Context())
	mustFail(t, err, "elsewhere", "set organization_id")
}

func TestPermissionErrors(t *testing.T) {
	server := servertest.Start(t)
	member := server.NewIdentity(t, "member", nil)
	nobody := server.NewIdentity(t, "no-access", nil)
	as := func(i servertest.Identity) *client.Client {
		return newClient(t, client.Config{Host: server.Host, Credentials: &client.Credentials{ClientID: i.ClientID, ClientSecret: client.Secret(i.ClientSecret)}})
	}
	_, err := as(nobody).Identity(t.Context(), member.ID)
	if e := mustFail(t, err, "read", "identity"); e.Name != api.ErrorPermissionDenied || e.ReqID == "" || !strings.Contains(client.Explain(err), e.ReqID) {
		t.Errorf("%+v", e)
	}
	_, err = as(member).CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "x", Role: new("admin")})
	if e := mustFail(t, err); e.Status != http.StatusForbidden {
		t.Errorf("%+v", e)
	}
}

func TestNoCredentials(t *testing.T) {
	sent := &log{}
	c := newClient(t, client.Config{Host: "https://unreachable.invalid", Transport: sent})
	if c.HasCredentials() {
		t.Error("it has credentials")
	}
	_, err := c.Identity(t.Context(), "x")
	if !errors.Is(err, client.ErrNoCredentials) || len(sent.sent) > 0 {
		t.Errorf("%v, sent %v", err, sent.sent)
	}
}

func TestUserAgent(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if agent := req.Header.Get("User-Agent"); agent != "terraform-provider-machineid/test" {
			t.Errorf("%s %s came from %q", req.Method, req.URL.Path, agent)
		}
		return next.RoundTrip(req)
	}))
	if _, err := c.Identity(context.WithoutCancel(t.Context()), server.Admin.IdentityID); err != nil {
		t.Error(err)
	}
}
