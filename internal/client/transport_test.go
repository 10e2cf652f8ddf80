package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestRepeats is each fault, once, on each kind of request: what is safe is sent again, the rest is not.
func TestRepeats(t *testing.T) {
	server := servertest.Start(t)
	status := func(code int, headers ...string) wire {
		return func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return answer(code, "application/json", `{"error":"SomeError","message":"some message"}`, headers...), nil
		}
	}
	faults := map[string]struct {
		fault         wire
		reads, writes bool // whether they are sent again
	}{
		"502":                  {status(502), true, false},
		"503":                  {status(503), true, false},
		"504":                  {status(504), true, false},
		"429":                  {status(429), true, false},
		"429 with Retry-After": {status(429, "Retry-After", "0"), true, true},
		"500":                  {status(500), false, false},
		"400":                  {status(400), false, false},
		"reset before": {func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}
		}, true, false},
		"refused": {func(http.RoundTripper, *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		}, true, true},
		"cut off after": {func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(req)
			if err == nil {
				resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 5), broken{}))
			}
			return resp, err
		}, true, false},
	}
	calls := map[string]struct {
		call  func(*client.Client) error
		reads bool
	}{
		"read":   {func(c *client.Client) error { _, err := c.Identity(t.Context(), server.Admin.IdentityID); return err }, true},
		"search": {func(c *client.Client) error { _, err := c.IdentitiesByName(t.Context(), "x"); return err }, true},
		"create": {func(c *client.Client) error {
			_, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "made"})
			return err
		}, false},
		"change": {func(c *client.Client) error {
			_, err := c.UpdateIdentity(t.Context(), server.Admin.IdentityID, api.UpdateIdentityRequest{Name: new("admin")})
			return err
		}, false},
	}
	for fault, f := range faults {
		for call, tc := range calls {
			t.Run(fault+"/"+call, func(t *testing.T) {
				t.Parallel()
				sent := 0
				c := newClient(t, client.Config{
					Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), OrganizationID: server.Admin.OrganizationID,
					Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
						if sent++; sent == 1 {
							return f.fault(next, req)
						}
						return next.RoundTrip(req)
					})})
				err := tc.call(c)
				again := f.writes || tc.reads && f.reads
				if again != (err == nil) || again != (sent == 2) {
					t.Errorf("sent %d times: %v", sent, err)
				}
			})
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestCertificates are not tried again: they do not mend.
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

// TestInterruptEndsWaits: nobody waits out a server's minute after Ctrl-C.
func TestInterruptEndsWaits(t *testing.T) {
	server := servertest.Start(t)
	ctx, interrupt := context.WithCancel(t.Context())
	c := newClient(t, client.Config{Host: server.Host, AccessToken: "x", Transport: wire(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		time.AfterFunc(10*time.Millisecond, interrupt)
		return answer(429, "application/json", `{"error":"RateLimitExceeded","message":"x"}`, "Retry-After", "60"), nil
	})})
	start := time.Now()
	_, err := c.Identity(ctx, "x")
	mustFail(t, err, "interrupted")
	if time.Since(start) > time.Second {
		t.Errorf("it took %s", time.Since(start))
	}
}

// TestInterruptEndsReads while they are under way.
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

// TestInterruptedWriteSettles: what the server did is known, although Ctrl-C came in between.
func TestInterruptedWriteSettles(t *testing.T) {
	server := servertest.Start(t)
	ctx, interrupt := context.WithCancel(t.Context())
	c := newClient(t, client.Config{
		Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), OrganizationID: server.Admin.OrganizationID,
		Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			interrupt()
			return next.RoundTrip(req)
		})})
	made, err := c.CreateIdentity(ctx, api.CreateIdentityRequest{Name: "x"})
	if err != nil || made.ID == "" {
		t.Errorf("lost: %+v, %v", made, err)
	}
	if _, err := c.CreateIdentity(ctx, api.CreateIdentityRequest{Name: "never sent"}); err == nil {
		t.Error("a write was sent after the interrupt")
	}
	found, err := c.IdentitiesByName(t.Context(), "never sent")
	if err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestTimeout(t *testing.T) {
	server := servertest.Start(t)
	c := newClient(t, client.Config{
		Host: server.Host, AccessToken: "x", OrganizationID: "x", Timeout: 20 * time.Millisecond,
		Transport: wire(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})})
	_, err := c.CreateIdentity(t.Context(), api.CreateIdentityRequest{Name: "x"})
	mustFail(t, err, "no answer came in time")
}
