// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// together makes n concurrent calls.
func together(n int, call func() error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = call() })
	}
	group.Wait()
	return errs
}

func TestOneLoginForAll(t *testing.T) {
	server := servertest.Start(t)
	sent := &log{}
	c := admin(t, server, sent)
	if len(sent.sent) != 0 {
		t.Errorf("sent before the first call: %v", sent.sent)
	}
	read := func() error { _, err := c.Identity(t.Context(), server.Admin.IdentityID); return err }
	if err := errors.Join(together(16, read)...); err != nil || sent.count(loginPath) != 1 {
		t.Errorf("%d logins, %v", sent.count(loginPath), err)
	}
}

// TestLogsInAgain checks the new login after a token was revoked or expired.
func TestLogsInAgain(t *testing.T) {
	for name, kill := range map[string]func(*testing.T, *servertest.Server, string){
		"revoked": func(t *testing.T, server *servertest.Server, token string) {
			if a := server.Call(t, http.MethodPost, "/v1/auth/token/revoke", "", map[string]string{"accessToken": token}); a.Status != 200 {
				t.Fatal(a)
			}
		},
		"expired": func(_ *testing.T, server *servertest.Server, _ string) { server.Clock.Advance(31 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			server := servertest.Start(t)
			sent, token := &log{}, ""
			c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				sent.note(req)
				if bearer, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok && sent.count("GET") == 1 {
					token = bearer
				}
				return next.RoundTrip(req)
			}))
			read := func() error { _, err := c.Identity(t.Context(), server.Admin.IdentityID); return err }
			if err := read(); err != nil {
				t.Fatal(err)
			}
			kill(t, server, token)
			if err := errors.Join(together(16, read)...); err != nil || sent.count(loginPath) != 2 {
				t.Errorf("%d logins, %v", sent.count(loginPath), err)
			}
			// A request body is sent again, too.
			kill(t, server, token)
			if name == "expired" {
				if _, err := c.IdentitiesByName(t.Context(), "x"); err != nil || sent.count(loginPath) != 3 {
					t.Errorf("%d logins, %v", sent.count(loginPath), err)
				}
			}
		})
	}
}

// TestLogsInAgainOnce checks that a second rejected token ends the call.
func TestLogsInAgainOnce(t *testing.T) {
	server := servertest.Start(t)
	for _, body := range []string{
		`{"statusCode":401,"error":"UnauthorizedError","message":"token has been revoked"}`,
		`{"statusCode":403,"error":"TokenError","message":"Your token has expired"}`,
		`{"statusCode":401,"error":"ValidationFailure","message":[{"path":["name"],"code":"too_small","message":"too short"}]}`,
		`{"statusCode":403,"error":"PermissionDenied","message":"no"}`,
	} {
		sent := &log{}
		c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			sent.note(req)
			if req.URL.Path == loginPath {
				return next.RoundTrip(req)
			}
			status := http.StatusUnauthorized
			if strings.Contains(body, "403") {
				status = http.StatusForbidden
			}
			return respond(status, "application/json", body), nil
		}))
		_, err := c.Identity(t.Context(), "x")
		mustFail(t, err)
		times := 2
		again := !strings.Contains(body, "ValidationFailure") && !strings.Contains(body, "PermissionDenied")
		if said := client.Explain(err); again != strings.Contains(said, "raise access_token_num_uses_limit") {
			t.Error(said)
		}
		if strings.Contains(body, "ValidationFailure") || strings.Contains(body, "PermissionDenied") {
			times = 1
		}
		if sent.count(loginPath) != times || sent.count("GET") != times {
			t.Errorf("%s: sent %v", body, sent.sent)
		}
	}
}

// TestRejectedCredentials checks that rejected credentials are not retried, which would lock the login.
func TestRejectedCredentials(t *testing.T) {
	server := servertest.Start(t)
	sent := &log{}
	c := newClient(t, client.Config{Host: server.Host, Transport: sent, Credentials: &client.Credentials{ClientID: server.Admin.ClientID, ClientSecret: "wrong"}})
	read := func() error { _, err := c.Identity(t.Context(), "x"); return err }
	for _, err := range append(together(10, read), read()) {
		if e := mustFail(t, err, "log in"); e.Status != 401 || strings.Contains(err.Error(), "wrong") {
			t.Error(err)
		}
	}
	if sent.count(loginPath) != 1 || sent.count("GET") != 0 {
		t.Errorf("sent %v", sent.sent)
	}
}

// TestLoginAfterAFault checks that a login after a server failure is retried.
func TestLoginAfterAFault(t *testing.T) {
	server := servertest.Start(t)
	down := true
	c := newClient(t, client.Config{Host: server.Host, Credentials: credentials(server), RetryMaxElapsed: 1, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if down {
			return respond(503, "text/html", "down"), nil
		}
		return next.RoundTrip(req)
	})})
	_, err := c.Identity(t.Context(), server.Admin.IdentityID)
	mustFail(t, err, "503")
	down = false
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil {
		t.Error(err)
	}
}

func TestGivenToken(t *testing.T) {
	server := servertest.Start(t)
	sent := &log{}
	tokens := client.NewOpenCredentials()
	c := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), Transport: sent, Opened: tokens})
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil || sent.count(loginPath) != 0 || tokens.Len() != 0 {
		t.Errorf("%v, sent %v, %d in the register", err, sent.sent, tokens.Len())
	}
	server.Clock.Advance(365 * 24 * time.Hour)
	_, err := c.Identity(t.Context(), server.Admin.IdentityID)
	mustFail(t, err, "configured access token")
	if text := client.Explain(err); !errors.Is(err, client.ErrTokenRejected) || !strings.Contains(text, "universal_auth") || strings.Contains(text, server.Admin.AccessToken) {
		t.Error(text)
	}
}

// TestPublicRoutes checks that public routes get no Authorization, with which servers of October 2024
// reject a login.
func TestPublicRoutes(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		public := strings.Contains(req.URL.Path, "/login") || strings.Contains(req.URL.Path, "/token/")
		if header, has := req.Header["Authorization"]; has == public {
			t.Errorf("%s %s goes with %d Authorization headers", req.Method, req.URL.Path, len(header))
		}
		return next.RoundTrip(req)
	}))
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil {
		t.Fatal(err)
	}
	token, err := c.Login(t.Context(), *credentials(server))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Renew(t.Context(), token.AccessToken); err != nil {
		t.Error(err)
	}
	if err := c.Revoke(t.Context(), token.AccessToken); err != nil {
		t.Error(err)
	}
	if err := c.Revoke(t.Context(), token.AccessToken); err != nil {
		t.Errorf("revoked twice: %v", err)
	}
}

// TestInterruptedWait checks that a caller stops waiting for a login, which goes on for the others.
func TestInterruptedWait(t *testing.T) {
	server := servertest.Start(t)
	begun, end := make(chan struct{}), make(chan struct{})
	c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.URL.Path == loginPath {
			close(begun)
			<-end
		}
		return next.RoundTrip(req)
	}))
	ctx, interrupt := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := c.Identity(ctx, "x"); left <- err }()
	<-begun
	interrupt()
	mustFail(t, <-left, "interrupted")
	close(end)
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil {
		t.Error(err)
	}
}

// TestTokenUsedUp checks the advice if concurrent requests exhaust the uses of a token.
func TestTokenUsedUp(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", map[string]any{"accessTokenNumUsesLimit": 1})
	c := newClient(t, client.Config{Host: server.Host, Credentials: &client.Credentials{ClientID: identity.ClientID, ClientSecret: client.Secret(identity.ClientSecret)},
		Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			if req.URL.Path != loginPath {
				other := req.Clone(req.Context())
				if resp, err := next.RoundTrip(other); err == nil {
					_ = resp.Body.Close()
				}
			}
			return next.RoundTrip(req)
		})})
	_, err := c.Identity(t.Context(), identity.ID)
	if said := client.Explain(err); !strings.Contains(said, "raise access_token_num_uses_limit") || !strings.Contains(said, "-parallelism") {
		t.Error(said)
	}
}

// TestLostLogin checks that a lost login is retried, which costs one use of the client secret.
func TestLostLogin(t *testing.T) {
	server := servertest.Start(t)
	for name, loss := range losses {
		sent := &log{}
		c := admin(t, server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			sent.note(req)
			if req.URL.Path == loginPath && sent.count(loginPath) == 1 {
				return loss(next, req)
			}
			return next.RoundTrip(req)
		}))
		_, err := c.Identity(t.Context(), server.Admin.IdentityID)
		// A success without a token and a status that is not retried end the call; the next call logs in.
		if ends := strings.Contains(name, "200") || strings.Contains(name, "nothing") || strings.Contains(name, "500"); ends != (err != nil) {
			t.Errorf("%s: %v", name, err)
		} else if ends {
			_, err = c.Identity(t.Context(), server.Admin.IdentityID)
		}
		if err != nil || sent.count(loginPath) != 2 {
			t.Errorf("%s: %d logins, %v", name, sent.count(loginPath), err)
		}
	}
}
