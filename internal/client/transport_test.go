// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestRetries applies each fault once to each kind of request except creates: all are safe to retry.
func TestRetries(t *testing.T) {
	status := func(code int, headers ...string) wire {
		return func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return respond(code, "application/json", `{"error":"SomeError","message":"some message"}`, headers...), nil
		}
	}
	fails := func(op, text string) wire {
		return func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: op, Err: errors.New(text)}
		}
	}
	faults := map[string]struct {
		fault        wire
		repeats, all bool // whether what is safe is sent again, and whether everything is
	}{
		"502":                           {status(502), true, false},
		"503":                           {status(503), true, false},
		"503 with Retry-After":          {status(503, "Retry-After", "20"), true, false},
		"503 with a longer Retry-After": {status(503, "Retry-After", "120"), false, false},
		"504":                           {status(504), true, false},
		"429":                           {status(429), true, true},
		"429 with Retry-After":          {status(429, "Retry-After", "120"), true, true},
		"500":                           {status(500), false, false},
		"500 for a limit":               {status(500, "Retry-After", "60", "X-RateLimit-Remaining", "0"), true, true},
		"501":                           {status(501), false, false},
		"400":                           {status(400), false, false},
		"reset before":                  {fails("read", "connection reset by peer"), true, false},
		"refused":                       {fails("dial", "connection refused"), true, true},
		"refused by the proxy":          {fails("proxyconnect", "connection refused"), true, true},
		"an alert of TLS":               {fails("remote error", "tls: certificate required"), false, false},
		"no such host": {func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}, false, false},
		"no response": {func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}, true, false},
		"cut off after": {func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(req)
			if err == nil {
				resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 5), broken{}))
			}
			return resp, err
		}, true, false},
	}
	// Each call has its own identity.
	calls := map[string]struct {
		call func(context.Context, *client.Client, login) error
		safe bool
	}{
		"read": {func(ctx context.Context, c *client.Client, m login) error {
			_, err := c.Identity(ctx, m.id)
			return err
		}, true},
		"search": {func(ctx context.Context, c *client.Client, _ login) error {
			_, err := c.IdentitiesByName(ctx, "x")
			return err
		}, true},
		"change": {func(ctx context.Context, c *client.Client, m login) error {
			_, err := c.UpdateIdentity(ctx, m.id, api.UpdateIdentityRequest{Name: new("other")})
			return err
		}, true},
		"delete": {func(ctx context.Context, c *client.Client, m login) error { return c.DeleteIdentity(ctx, m.id) }, true},
		"revoke": {func(ctx context.Context, c *client.Client, m login) error {
			return c.RevokeClientSecret(ctx, m.id, m.secretID)
		}, true},
		"login": {func(ctx context.Context, c *client.Client, m login) error {
			_, err := c.Login(ctx, m.Credentials)
			return err
		}, true},
	}
	bubble(t, func(t *testing.T, server *servertest.Server, direct http.RoundTripper) {
		sound := newClient(t, asToken(server, direct))
		for fault, f := range faults {
			for call, tc := range calls {
				m := newLogin(t, sound)
				sent := 0
				err := tc.call(t.Context(), newClient(t, asToken(server, sender(func(req *http.Request) (*http.Response, error) {
					if sent++; sent == 1 {
						return f.fault(direct, req)
					}
					return direct.RoundTrip(req)
				}))), m)
				again := f.all || tc.safe && f.repeats
				gone := call == "delete" && fault == "cut off after" && client.IsNotFound(err)
				if again != (err == nil || gone) || again != (sent == 2) {
					t.Errorf("%s, %s: sent %d times: %v", fault, call, sent, err)
				}
			}
		}
	})
}

// login is an identity that can log in.
type login struct {
	id, secretID string
	client.Credentials
}

func create(ctx context.Context, c *client.Client) error {
	_, err := c.CreateIdentity(ctx, api.CreateIdentityRequest{Name: "made"})
	return err
}

func secret(ctx context.Context, c *client.Client, id string) (client.NewClientSecret, error) {
	return c.CreateClientSecret(ctx, id, api.CreateClientSecretRequest{})
}

func newLogin(t *testing.T, c *client.Client) login {
	t.Helper()
	identity, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "made"})
	if err != nil {
		t.Fatal(err)
	}
	method, err := client.UniversalAuth.Attach(t.Context(), c, identity.ID, api.UniversalAuthRequest{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := secret(t.Context(), c, identity.ID)
	if err != nil {
		t.Fatal(err)
	}
	return login{identity.ID, key.ID, client.Credentials{ClientID: method.ClientID, ClientSecret: key.Secret}}
}

// TestRetriesEnd checks that retries end after RetryMaxElapsed, without waits for rate limits.
func TestRetriesEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		responses         func(sent int) *http.Response
		shortest, longest time.Duration
		fewest, most      int // requests
	}{
		"down": {func(int) *http.Response { return respond(503, "text/html", "down") }, 15 * time.Second, 25 * time.Second, 5, 30},
		"down and limited": {func(sent int) *http.Response {
			if sent%2 == 0 {
				return respond(429, "application/json", `{"error":"RateLimitExceeded"}`, "Retry-After", "30")
			}
			return respond(503, "text/html", "down")
		}, minute, 20 * minute, 10, 60},
		"back in time": {func(sent int) *http.Response {
			if sent < 5 {
				return respond(503, "text/html", "down")
			}
			return respond(404, "application/json", `{"error":"NotFound","message":"503"}`)
		}, 0, 5 * time.Second, 5, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := newClient(t, client.Config{Host: client.DefaultHost, AccessToken: "x", RetryMaxElapsed: 20 * time.Second, RateLimitMaxWait: time.Hour,
					Transport: sender(func(*http.Request) (*http.Response, error) {
						sent++
						return tc.responses(sent), nil
					})})
				start := time.Now()
				_, err := c.Identity(t.Context(), "x")
				mustFail(t, err, "503")
				if took := time.Since(start); took < tc.shortest || took > tc.longest || sent < tc.fewest || sent > tc.most {
					t.Errorf("sent %d times in %s", sent, took)
				}
			})
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestCertificates checks that certificate errors are not retried.
func TestCertificates(t *testing.T) {
	server := servertest.Start(t)
	sent := 0
	c := newClient(t, client.Config{Host: strings.Replace(server.Host, "http:", "https:", 1), AccessToken: "x", Transport: wire(
		func(http.RoundTripper, *http.Request) (*http.Response, error) {
			sent++
			return nil, errors.New("x509: certificate is not trusted")
		})})
	_, err := c.Identity(t.Context(), "x")
	mustFail(t, err, "certificate")
	if sent != 1 {
		t.Errorf("sent %d times", sent)
	}
}

// TestInterruptEndsWaits checks that an interrupt ends the wait for Retry-After.
func TestInterruptEndsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		c := newClient(t, client.Config{Host: client.DefaultHost, AccessToken: "x", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
			time.AfterFunc(10*time.Second, interrupt)
			return respond(503, "application/json", `{"error":"Down","message":"x"}`, "Retry-After", "50"), nil
		})})
		start := time.Now()
		_, err := c.Identity(ctx, "x")
		mustFail(t, err, "interrupted while waiting for the server to recover from status 503")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// TestInterruptEndsReads checks that an interrupt ends a read in flight.
func TestInterruptEndsReads(t *testing.T) {
	server := servertest.Start(t)
	ctx, interrupt := context.WithCancel(t.Context())
	c := newClient(t, client.Config{Host: server.Host, AccessToken: "x", Transport: wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
		interrupt()
		<-req.Context().Done()
		return nil, req.Context().Err()
	})})
	_, err := c.Identity(ctx, "x")
	mustFail(t, err, "interrupted")
}

// TestInterruptedWriteFinishes checks that a write in flight returns its result after an interrupt.
func TestInterruptedWriteFinishes(t *testing.T) {
	server := servertest.Start(t)
	m := newLogin(t, newClient(t, asToken(server, http.DefaultTransport)))
	for name, call := range map[string]func(context.Context, *client.Client) error{
		"create": create,
		"change": func(ctx context.Context, c *client.Client) error {
			_, err := c.UpdateIdentity(ctx, m.id, api.UpdateIdentityRequest{Name: new("other")})
			return err
		},
		"revoke": func(ctx context.Context, c *client.Client) error { return c.RevokeClientSecret(ctx, m.id, m.secretID) },
		"remove": func(ctx context.Context, c *client.Client) error { return client.UniversalAuth.Remove(ctx, c, m.id) },
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		sent := 0
		c := newClient(t, asToken(server, wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			sent++
			interrupt()
			return next.RoundTrip(req)
		})))
		if name == "revoke" || name == "remove" {
			m = newLogin(t, newClient(t, asToken(server, http.DefaultTransport)))
		}
		if err := call(ctx, c); err != nil {
			t.Errorf("%s: lost: %v", name, err)
		}
		if err := call(ctx, c); err == nil || sent != 1 {
			t.Errorf("%s: sent %d times, and after the interrupt: %v", name, sent, err)
		}
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, client.Config{
			Host: client.DefaultHost, AccessToken: "x", OrganizationID: "x", Timeout: 20 * time.Second, RetryMaxElapsed: 1,
			Transport: wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			})})
		start := time.Now()
		_, err := c.UpdateIdentity(t.Context(), "x", api.UpdateIdentityRequest{})
		mustFail(t, err, "no response within the timeout")
		if took := time.Since(start); took < 20*time.Second || took > time.Minute {
			t.Errorf("it took %s", took)
		}
		_, err = c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "x"})
		mustFail(t, err, "no response within the timeout; the lookup of what it may have created failed")
	})
}
