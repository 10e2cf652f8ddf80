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
	minLimitWait = time.Second      // after a rate limit response: servers count whole seconds
	maxVagueWait = 30 * time.Second // after a rate limit response without a time
	probeTimeout = time.Second      // that other requests wait for the one that discovers the limit
)

// Pacer keeps requests below the rate limits that servers report in their responses. A limit applies
// to one route and one client address, so all clients of a process should share a Pacer.
type Pacer struct {
	mu     sync.Mutex
	routes map[string]*rateWindow // by host, method and path template
}

// NewPacer returns a Pacer that knows no limits yet.
func NewPacer() *Pacer { return &Pacer{routes: map[string]*rateWindow{}} }

// rateWindow is the rate limit window of one route. While the window is known, it admits as many
// requests as it has left. Otherwise, at first and after the end of each window, one request probes
// the limit and the others wait for its response, so that they are not rejected together.
type rateWindow struct {
	unlimited  bool          // the last response reported no limit
	limit      int           // requests per window
	left       int           // requests that may still be sent before ends
	ends       time.Time     // in the past: the window is not known
	inFlight   int           // requests without a response
	probeUntil time.Time     // until then, others wait for the probe
	logged     bool          // the log mentions the wait for this window
	changed    chan struct{} // closed and replaced on each response
}

// rateLimitError is a wait for a rate limit beyond RateLimitMaxWait.
type rateLimitError struct {
	route         string
	wait, maxWait time.Duration
}

func (e *rateLimitError) Error() string {
	return fmt.Sprintf("the rate limit of %s requires a wait of %s, but rate_limit_max_wait allows a call %s in all",
		e.route, e.wait.Round(time.Second), e.maxWait)
}

func isRateLimitError(err error) bool {
	_, ok := errors.AsType[*rateLimitError](err)
	return ok
}

// pacedTransport delays requests until the rate limit admits them.
type pacedTransport struct {
	next    http.RoundTripper
	attempt *attempt
	pacer   *Pacer
	maxWait time.Duration
}

func (t *pacedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	route := req.Method + " " + strings.ReplaceAll(t.attempt.template, "%s", "{id}")
	w := t.pacer.window(req.URL.Host + " " + route)
	for {
		wait, changed := t.pacer.admit(w, t.attempt)
		if wait <= 0 {
			break
		}
		if changed == nil && t.attempt.limitWait+wait > t.maxWait {
			return nil, &rateLimitError{route: route, wait: wait, maxWait: t.maxWait}
		}
		t.pacer.logWait(req.Context(), w, route, wait)
		t.attempt.setWaitingFor("the rate limit of %s, which resets in %s", route, wait.Round(time.Second))
		if err := t.attempt.wait(req.Context(), wait, changed); err != nil {
			return nil, err
		}
	}
	resp, err := t.next.RoundTrip(req)
	t.pacer.done(w, t.attempt, resp)
	return resp, err
}

func (p *Pacer) window(key string) *rateWindow {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.routes[key] == nil {
		p.routes[key] = &rateWindow{changed: make(chan struct{})}
	}
	return p.routes[key]
}

// admit counts a request as sent and returns 0, or returns how long to wait before the next try. If
// changed is not nil, a response may arrive before that time and end the wait.
func (p *Pacer) admit(w *rateWindow, a *attempt) (wait time.Duration, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if wait := a.notBefore.Sub(now); wait > 0 {
		return wait, nil
	}
	switch {
	case now.Before(w.ends):
		if w.left <= 0 {
			return w.ends.Sub(now), nil
		}
		w.left--
	case !w.unlimited:
		if w.inFlight > 0 && now.Before(w.probeUntil) {
			return w.probeUntil.Sub(now), w.changed
		}
		w.probeUntil = now.Add(probeTimeout)
	}
	w.inFlight++
	return 0, nil
}

// done updates the window from a response, which is nil if there was none.
func (p *Pacer) done(w *rateWindow, a *attempt, resp *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.inFlight--
	close(w.changed)
	w.changed = make(chan struct{})
	if resp != nil {
		w.update(a, resp, time.Now())
	}
}

func (w *rateWindow) update(a *attempt, resp *http.Response, now time.Time) {
	reset, hasReset := headerSeconds(resp.Header, "X-Ratelimit-Reset", now)
	left, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Remaining"))
	known := hasReset && err == nil
	if limit, err := strconv.Atoi(resp.Header.Get("X-Ratelimit-Limit")); err == nil {
		w.limit = limit
	}
	switch {
	case isRateLimited(resp):
		w.exhaust(a, resp, now)
	case !known:
		w.unlimited = resp.StatusCode < http.StatusInternalServerError && !now.Before(w.ends)
	case !now.Before(w.ends):
		w.unlimited, w.left, w.ends, w.logged = false, left, now.Add(reset), false
	default:
		w.left = min(w.left, left) // others use the limit, too
	}
}

// exhaust closes the window until the time that a rate limit response gives. If it gives none, as for
// a lock that another request holds, only this call waits, twice as long each time.
func (w *rateWindow) exhaust(a *attempt, resp *http.Response, now time.Time) {
	wait, known := headerSeconds(resp.Header, "Retry-After", now)
	if !known && resp.Header.Get("X-Ratelimit-Remaining") == "0" {
		wait, known = headerSeconds(resp.Header, "X-Ratelimit-Reset", now)
	}
	if !known {
		a.notBefore = now.Add(withJitter(min(minLimitWait<<min(a.vagueLimits, 10), maxVagueWait)))
		a.vagueLimits++
		return
	}
	w.logged = w.logged && now.Before(w.ends)
	w.unlimited, w.left, w.ends = false, 0, now.Add(max(wait, minLimitWait))
}

// isRateLimited reports whether a rate limit rejected a request before it was processed. Servers of
// October 2024 return status 500 with the headers of the limit.
func isRateLimited(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusInternalServerError && resp.Header.Get("Retry-After") != "" && resp.Header.Get("X-Ratelimit-Remaining") == "0"
}

// headerSeconds parses a header that holds a number of seconds from now, or a date.
func headerSeconds(header http.Header, name string, now time.Time) (time.Duration, bool) {
	text := header.Get(name)
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(text)
	return max(0, at.Sub(now)), err == nil
}

// logWait logs, once per window, that requests wait for it.
func (p *Pacer) logWait(ctx context.Context, w *rateWindow, route string, wait time.Duration) {
	p.mu.Lock()
	first := !w.logged && wait > probeTimeout
	w.logged = w.logged || first
	fields := map[string]any{"route": route, "limit": w.limit, "seconds": int(wait.Seconds() + 0.5)}
	p.mu.Unlock()
	if first {
		tflog.Warn(ctx, "Waiting for the server's rate limit", fields)
	}
}
