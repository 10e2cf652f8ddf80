// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// Contract: section 0, "Rate limits", and section 16.

const (
	shortestWait  = time.Second      // after a refusal: servers count whole seconds
	longestDoubt  = 30 * time.Second // after a refusal that does not say when to come back
	probePatience = time.Second      // that others wait for the answer that tells the limit
)

// Pacer keeps requests below the limits that servers tell of in their answers. A limit is that of
// one route and one address of a client, so all clients of a process should share a Pacer.
type Pacer struct {
	mu     sync.Mutex
	routes map[string]*allowance // by host, method and path template
}

// NewPacer is a Pacer that knows of no limit yet.
func NewPacer() *Pacer { return &Pacer{routes: map[string]*allowance{}} }

// allowance is what a server lets through on one route. Within a window whose limit is known, as
// many go as are left. Where nothing is known, at first and after the end of each window, one goes
// ahead, and the others wait for what its answer tells, so that they are not refused together.
type allowance struct {
	unlimited bool          // the last answer told of no limit
	limit     int           // requests in a window, as far as the server has told
	left      int           // requests that may still be sent before ends
	ends      time.Time     // of the window; in the past, nothing is known
	inFlight  int           // requests sent and not answered
	ahead     time.Time     // until when others wait for the one that went ahead
	told      bool          // the log knows that requests wait for this window
	changed   chan struct{} // closed and replaced when an answer has come
}

// limitError is a wait for a server's limit that is longer than the user wants.
type limitError struct {
	route         string
	wait, longest time.Duration
}

func (e *limitError) Error() string {
	return fmt.Sprintf("the server takes no more requests for %s before %s are over, and calls may wait %s in all",
		e.route, e.wait.Round(time.Second), e.longest)
}

func isLimit(err error) bool {
	_, ok := errors.AsType[*limitError](err)
	return ok
}

// pace holds requests back until the server will take them.
func pace(config Config) layer {
	return func(next http.RoundTripper) http.RoundTripper {
		return pacing{next: next, pacer: config.Pacer, longest: config.RateLimitMaxWait}
	}
}

type pacing struct {
	next    http.RoundTripper
	pacer   *Pacer
	longest time.Duration
}

func (p pacing) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	route := req.Method + " " + strings.ReplaceAll(c.template, "%s", "{id}")
	a := p.pacer.allowance(req.URL.Host + " " + route)
	for {
		wait, answered := p.pacer.enter(a, c)
		if wait <= 0 {
			break
		}
		if answered == nil && c.waited+wait > p.longest {
			return nil, &limitError{route: route, wait: wait, longest: p.longest}
		}
		p.pacer.tell(req.Context(), a, route, wait)
		c.waits("the server's limit of requests for %s, which lets more through in %s", route, wait.Round(time.Second))
		if err := c.wait(req.Context(), wait, answered); err != nil {
			return nil, err
		}
	}
	resp, err := p.next.RoundTrip(req)
	p.pacer.leave(a, c, resp)
	return resp, err
}

func (p *Pacer) allowance(key string) *allowance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.routes[key] == nil {
		p.routes[key] = &allowance{changed: make(chan struct{})}
	}
	return p.routes[key]
}

// enter counts a request as sent and answers 0, or says how long to wait before asking again.
// Where answered is given, an answer may come before that time and change what is known.
func (p *Pacer) enter(a *allowance, c *call) (wait time.Duration, answered <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if wait := c.notBefore.Sub(now); wait > 0 {
		return wait, nil
	}
	switch {
	case now.Before(a.ends):
		if a.left <= 0 {
			return a.ends.Sub(now), nil
		}
		a.left--
	case !a.unlimited:
		if a.inFlight > 0 && now.Before(a.ahead) {
			return a.ahead.Sub(now), a.changed
		}
		a.ahead = now.Add(probePatience)
	}
	a.inFlight++
	return 0, nil
}

// leave learns from an answer; resp is nil where none came.
func (p *Pacer) leave(a *allowance, c *call, resp *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.inFlight--
	close(a.changed)
	a.changed = make(chan struct{})
	if resp != nil {
		a.learn(c, resp, time.Now())
	}
}

func (a *allowance) learn(c *call, resp *http.Response, now time.Time) {
	reset, hasReset := seconds(resp.Header, "X-Ratelimit-Reset", now)
	left, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Remaining"))
	known := hasReset && err == nil
	if limit, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Limit")); err == nil {
		a.limit = limit
	}
	switch {
	case refusedByLimit(resp):
		a.refuse(c, resp, now)
	case !known:
		a.unlimited = resp.StatusCode < http.StatusInternalServerError && !now.Before(a.ends)
	case !now.Before(a.ends):
		a.unlimited, a.left, a.ends, a.told = false, left, now.Add(reset), false
	default:
		a.left = min(a.left, left) // others use it up, too
	}
}

// refuse closes the route until the server takes requests again. Where it does not say when, as
// for a lock that somebody else holds, the call alone waits, twice as long each time.
func (a *allowance) refuse(c *call, resp *http.Response, now time.Time) {
	wait, asked := seconds(resp.Header, "Retry-After", now)
	if !asked && resp.Header.Get("X-Ratelimit-Remaining") == "0" {
		wait, asked = seconds(resp.Header, "X-Ratelimit-Reset", now)
	}
	if !asked {
		c.notBefore = now.Add(jittered(min(shortestWait<<min(c.doubts, 10), longestDoubt)))
		c.doubts++
		return
	}
	a.told = a.told && now.Before(a.ends)
	a.unlimited, a.left, a.ends = false, 0, now.Add(max(wait, shortestWait))
}

// refusedByLimit tells whether a request was turned away unprocessed, because there were too many.
// Old servers say so with status 500.
func refusedByLimit(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusInternalServerError && resp.Header.Get("Retry-After") != "" && resp.Header.Get("X-Ratelimit-Remaining") == "0"
}

// seconds reads a header that holds a number of seconds from now on, or a date.
func seconds(header http.Header, name string, now time.Time) (time.Duration, bool) {
	text := header.Get(name)
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(text)
	return max(0, at.Sub(now)), err == nil
}

// tell logs why requests wait: once a window.
func (p *Pacer) tell(ctx context.Context, a *allowance, route string, wait time.Duration) {
	p.mu.Lock()
	first := !a.told && wait > probePatience
	a.told = a.told || first
	fields := map[string]any{"route": route, "limit": a.limit, "seconds": int(wait.Seconds() + 0.5)}
	p.mu.Unlock()
	if first {
		tflog.Warn(ctx, "Waiting for the server's rate limit", fields)
	}
}
