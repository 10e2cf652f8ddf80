// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// bubble runs a test with a server in a synctest bubble, without a network.
func bubble(t *testing.T, test func(t *testing.T, server *servertest.Server, direct http.RoundTripper)) {
	t.Helper()
	server := servertest.Start(t)
	bubbleWith(t, server, func(t *testing.T, direct http.RoundTripper) { test(t, server, direct) })
}

// bubbleWith runs a test in a synctest bubble. The server runs outside of it, in real time; direct
// passes requests to its handler.
func bubbleWith(t *testing.T, server *servertest.Server, test func(t *testing.T, direct http.RoundTripper)) {
	t.Helper()
	var mu sync.Mutex
	in, out := make(chan *http.Request), make(chan *http.Response)
	defer close(in)
	go func() {
		for req := range in {
			recorder := httptest.NewRecorder()
			server.Sandbox.Handler.ServeHTTP(recorder, req)
			out <- recorder.Result()
		}
	}()
	direct := sender(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		outside := req.Clone(context.Background())
		outside.RemoteAddr = "127.0.0.1:1"
		if req.Body == nil {
			outside.Body = http.NoBody
		}
		in <- outside
		return <-out, nil
	})
	synctest.Test(t, func(t *testing.T) { test(t, direct) })
}

// over sends requests through w and on to next.
func over(next http.RoundTripper, w wire) sender {
	return func(req *http.Request) (*http.Response, error) { return w(next, req) }
}

type sender func(*http.Request) (*http.Response, error)

func (s sender) RoundTrip(req *http.Request) (*http.Response, error) { return s(req) }

// limits admits a number of requests per route and window, as servers do.
type limits struct {
	next    http.RoundTripper
	each    int // requests a window
	window  time.Duration
	refusal int // status

	mu      sync.Mutex
	routes  map[string]*struct{ used, refused, sent int }
	windows map[string]time.Time
}

const minute = time.Minute

func limit(next http.RoundTripper, each, refusal int) *limits {
	return &limits{next: next, each: each, window: minute, refusal: refusal,
		routes: map[string]*struct{ used, refused, sent int }{}, windows: map[string]time.Time{}}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// use counts one request.
func (l *limits) use(route string) (left int, ends time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.routes[route] == nil {
		l.routes[route] = &struct{ used, refused, sent int }{}
	}
	r := l.routes[route]
	if now := time.Now(); !now.Before(l.windows[route]) {
		r.used, l.windows[route] = 0, now.Add(l.window)
	}
	r.used++
	r.sent++
	if r.used > l.each {
		r.refused++
	}
	return l.each - r.used, l.windows[route]
}

func (l *limits) RoundTrip(req *http.Request) (*http.Response, error) {
	left, ends := l.use(req.Method + " " + uuids.ReplaceAllString(req.URL.Path, "ID"))
	reset := strconv.Itoa(int((time.Until(ends) + time.Second - 1) / time.Second))
	var resp *http.Response
	if left < 0 {
		resp = respond(l.refusal, "application/json", `{"error":"RateLimitExceeded","message":"too many"}`, "Retry-After", reset)
	} else {
		var err error
		if resp, err = l.next.RoundTrip(req); err != nil {
			return nil, err
		}
	}
	resp.Header.Set("X-RateLimit-Limit", strconv.Itoa(l.each))
	resp.Header.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, left)))
	resp.Header.Set("X-RateLimit-Reset", reset)
	return resp, nil
}

func (l *limits) count(route string) (sent, refused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.routes[route] == nil {
		return 0, 0
	}
	return l.routes[route].sent, l.routes[route].refused
}

const readRoute = "GET /api/v1/identities/ID"

func reading(ctx context.Context, c *client.Client, id string) func() error {
	return func() error { _, err := c.Again().Identity(ctx, id); return err }
}

func asToken(server *servertest.Server, transport http.RoundTripper) client.Config {
	return client.Config{
		Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), OrganizationID: server.Admin.OrganizationID, Transport: transport,
	}
}

// TestBurst sends 200 concurrent reads to a server that admits 60 a minute: none is rejected, and all end
// when the fourth minute begins. If others have exhausted the window before, one is rejected.
func TestBurst(t *testing.T) {
	for name, tc := range map[string]struct {
		refusal, before int
		refused         int
		took            time.Duration
	}{
		"fresh":                  {429, 0, 0, 3 * minute},
		"half used up":           {429, 30, 0, 3 * minute},
		"used up":                {429, 60, 1, 4 * minute},
		"used up, an old server": {500, 60, 1, 4 * minute},
		"one left":               {500, 59, 0, 4 * minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, server *servertest.Server, direct http.RoundTripper) {
				behind := limit(direct, 60, tc.refusal)
				for range tc.before {
					behind.use(readRoute)
				}
				c := newClient(t, asToken(server, behind))
				start := time.Now()
				if err := errors.Join(together(200, reading(t.Context(), c, server.Admin.IdentityID))...); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				sent, refused := behind.count(readRoute)
				if refused != tc.refused || sent != 200+tc.before+tc.refused || took != tc.took {
					t.Errorf("%d sent, %d refused, in %s; want %d refused, in %s", sent, refused, took, tc.refused, tc.took)
				}
			})
		})
	}
}

// TestBurstBesideOthers checks that at most the requests in flight are rejected if another process uses
// half of each window.
func TestBurstBesideOthers(t *testing.T) {
	for name, tc := range map[string]struct{ workers, refused int }{
		"one after the other": {1, 0},
		"ten at once":         {10, 6 * 9},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, server *servertest.Server, direct http.RoundTripper) {
				behind := limit(direct, 60, 429)
				var refused atomic.Int32
				c := newClient(t, asToken(server, sender(func(req *http.Request) (*http.Response, error) {
					behind.use(readRoute)
					<-time.After(10 * time.Millisecond)
					resp, err := behind.RoundTrip(req)
					if err == nil && resp.StatusCode == http.StatusTooManyRequests {
						refused.Add(1)
					}
					<-time.After(10 * time.Millisecond)
					return resp, err
				})))
				start := time.Now()
				err := errors.Join(together(tc.workers, func() error {
					for range 200 / tc.workers {
						if err := reading(t.Context(), c, server.Admin.IdentityID)(); err != nil {
							return err
						}
					}
					return nil
				})...)
				if took := time.Since(start); err != nil || int(refused.Load()) > tc.refused || took > 6*minute+30*time.Second {
					t.Errorf("%d refused, in %s: %v", refused.Load(), took, err)
				}
			})
		})
	}
}

// TestLimitsPerRoute checks that limits apply to one route of one server.
func TestLimitsPerRoute(t *testing.T) {
	bubble(t, func(t *testing.T, server *servertest.Server, direct http.RoundTripper) {
		behind := limit(direct, 1, 429)
		config := asToken(server, behind)
		config.Pacer = client.NewPacer()
		one, other := newClient(t, config), newClient(t, config)
		elsewhere := config
		elsewhere.Host, elsewhere.Transport = "http://elsewhere.example", direct
		for _, step := range []struct {
			name string
			call func() error
			took time.Duration
		}{
			{"read", reading(t.Context(), one, server.Admin.IdentityID), 0},
			{"another route", func() error { _, err := one.IdentitiesByName(t.Context(), "x"); return err }, 0},
			{"another server", reading(t.Context(), newClient(t, elsewhere), server.Admin.IdentityID), 0},
			{"another client of the process", reading(t.Context(), other, server.Admin.IdentityID), minute},
		} {
			start := time.Now()
			if err := step.call(); err != nil || time.Since(start) != step.took {
				t.Errorf("%s: %v, in %s", step.name, err, time.Since(start))
			}
		}
		if _, refused := behind.count(readRoute); refused != 0 {
			t.Errorf("%d refused", refused)
		}
	})
}

// TestRateLimitResponses checks the rate limit responses of different servers and gateways, for a write.
func TestRateLimitResponses(t *testing.T) {
	for name, tc := range map[string]struct {
		status          int
		headers         func() []string
		shortest, bound time.Duration // that it is waited; bound 0 where it is not sent again
	}{
		"retry-after": {429, func() []string { return []string{"Retry-After", "7"} }, 7 * time.Second, 7 * time.Second},
		"retry-after, a date": {429, func() []string {
			return []string{"Retry-After", time.Now().Add(7 * time.Second).UTC().Format(http.TimeFormat)}
		}, 7 * time.Second, 7 * time.Second},
		"retry-after now":                 {429, func() []string { return []string{"Retry-After", "0"} }, time.Second, time.Second},
		"the window's end":                {429, func() []string { return []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9"} }, 9 * time.Second, 9 * time.Second},
		"a lock that another holds":       {429, func() []string { return []string{"X-RateLimit-Remaining", "50", "X-RateLimit-Reset", "60"} }, 500 * time.Millisecond, time.Second},
		"nothing said":                    {429, func() []string { return nil }, 500 * time.Millisecond, time.Second},
		"old server":                      {500, func() []string { return []string{"Retry-After", "7", "X-RateLimit-Remaining", "0"} }, 7 * time.Second, 7 * time.Second},
		"a fault of the last that it let": {500, func() []string { return []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "60"} }, 0, 0},
		"a fault with retry-after":        {500, func() []string { return []string{"Retry-After", "7", "X-RateLimit-Remaining", "3"} }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := newClient(t, client.Config{Host: client.DefaultHost, AccessToken: "x", OrganizationID: "o", Transport: sender(func(*http.Request) (*http.Response, error) {
					if sent++; sent == 1 {
						return respond(tc.status, "application/json", `{"error":"SomeError","message":"x"}`, tc.headers()...), nil
					}
					return respond(200, "application/json", `{"identity":{"id":"i"}}`), nil
				})})
				start := time.Now()
				_, err := c.UpdateIdentity(t.Context(), "i", api.UpdateIdentityRequest{Name: new("x")})
				took := time.Since(start)
				if again := tc.bound > 0; again != (err == nil) || again != (sent == 2) || took < tc.shortest || took > tc.bound {
					t.Errorf("sent %d times in %s: %v", sent, took, err)
				}
			})
		})
	}
}

// TestRateLimitMaxWait checks that a longer wait is an error with a remedy.
func TestRateLimitMaxWait(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		sent    int
		bound   time.Duration
	}{
		"known beforehand": {[]string{"Retry-After", "60"}, 1, 0},
		"found out":        {nil, 3, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := newClient(t, client.Config{Host: client.DefaultHost, AccessToken: "x", RateLimitMaxWait: 10 * time.Second, Transport: sender(func(*http.Request) (*http.Response, error) {
					sent++
					return respond(429, "application/json", `{"error":"RateLimitExceeded","message":"too many"}`, tc.headers...), nil
				})})
				start := time.Now()
				_, err := c.Identity(t.Context(), "x")
				mustFail(t, err, "read the identity", "GET /api/v1/identities/{id}", "10s in all")
				if took := time.Since(start); took > tc.bound || sent < tc.sent || !strings.Contains(client.Explain(err), "rate_limit_max_wait") {
					t.Errorf("sent %d times in %s: %s", sent, took, client.Explain(err))
				}
			})
		})
	}
}

// TestInterruptEndsPacing checks that an interrupt ends the wait for a window and for the probe, and that
// a waiting write is not sent.
func TestInterruptEndsPacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		sent := 0
		c := newClient(t, client.Config{Host: client.DefaultHost, AccessToken: "x", OrganizationID: "o", Transport: sender(func(*http.Request) (*http.Response, error) {
			sent++
			return respond(429, "application/json", `{"error":"RateLimitExceeded","message":"too many"}`, "Retry-After", "60"), nil
		})})
		go func() {
			synctest.Wait()
			interrupt()
		}()
		start := time.Now()
		for _, err := range together(10, func() error {
			_, err := c.CreateIdentity(ctx, api.CreateIdentityRequest{Name: "x"})
			return err
		}) {
			mustFail(t, err, "interrupted")
		}
		if time.Since(start) != 0 || sent != 1 {
			t.Errorf("sent %d times in %s", sent, time.Since(start))
		}
	})
}

// TestWithoutLimits checks that requests wait for the first response only, for probeTimeout at most.
func TestWithoutLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		first time.Duration // of the first response
		took  time.Duration
	}{
		"quick": {50 * time.Millisecond, 100 * time.Millisecond},
		"hangs": {20 * time.Second, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var ends []time.Duration
				sent, start := 0, time.Now()
				c := newClient(t, client.Config{Host: client.DefaultHost, AccessToken: "x", RateLimitMaxWait: time.Second / 2, Transport: sender(func(req *http.Request) (*http.Response, error) {
					mu.Lock()
					sent++
					wait := 50 * time.Millisecond
					if sent == 1 {
						wait = tc.first
					}
					mu.Unlock()
					<-time.After(wait)
					return respond(200, "application/json", `{"identity":{"identityId":"i","role":"r","orgId":"o","identity":{"id":"i"}}}`), nil
				})})
				errs := together(100, func() error {
					err := reading(t.Context(), c, "i")()
					mu.Lock()
					defer mu.Unlock()
					ends = append(ends, time.Since(start))
					return err
				})
				if err := errors.Join(errs...); err != nil || ends[98] > time.Second+100*time.Millisecond || ends[99] != tc.took {
					t.Errorf("%v; the last two ended after %s", err, fmt.Sprint(ends[98:]))
				}
			})
		})
	}
}

// TestLogOfWaits checks that the log has each wait for a window once.
func TestLogOfWaits(t *testing.T) {
	bubble(t, func(t *testing.T, server *servertest.Server, direct http.RoundTripper) {
		var output bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &output)
		c := newClient(t, asToken(server, limit(direct, 5, 429)))
		if err := errors.Join(together(12, reading(ctx, c, server.Admin.IdentityID))...); err != nil {
			t.Fatal(err)
		}
		entries, err := tflogtest.MultilineJSONDecode(&output)
		if err != nil {
			t.Fatal(err)
		}
		var waits []string
		for _, entry := range entries {
			if entry["@level"] == "warn" {
				waits = append(waits, fmt.Sprint(entry["@message"], "; ", entry["route"], "; ", entry["limit"], "; ", entry["seconds"]))
			}
		}
		want := "Waiting for the server's rate limit; GET /api/v1/identities/{id}; 5; 60"
		if len(waits) != 2 || waits[0] != want || waits[1] != want {
			t.Errorf("the log has %q", waits)
		}
	})
}
