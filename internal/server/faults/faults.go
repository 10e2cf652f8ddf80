// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package faults injects faults into the responses of a server, to test how a pipeline handles them. It
// selects requests by method and path and knows nothing of their meaning.
package faults

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Kind is a kind of fault.
type Kind string

// The kinds of faults.
const (
	Latency  Kind = "latency"  // the response is delayed
	Status   Kind = "status"   // the response is an error
	Reset    Kind = "reset"    // the connection is reset without a response
	Truncate Kind = "truncate" // the connection is closed in the middle of the response
	HTML     Kind = "html"     // the response is an HTML page with status 200, as from a proxy
)

// Rule selects requests and their fault.
type Rule struct {
	Method     string        `yaml:"method"`      // of HTTP; empty: any
	Path       string        `yaml:"path"`        // template below /api, such as /v1/identities/{id}; empty: any
	Fault      Kind          `yaml:"fault"`       // one of the kinds
	Done       bool          `yaml:"done"`        // process the request first; always for Truncate
	Status     int           `yaml:"status"`      // of Status: 400 to 599
	RetryAfter int           `yaml:"retry_after"` // of Status, in seconds, as a header; 0: none
	Latency    time.Duration `yaml:"latency"`     // delay before the response and, unless Done, before processing
	Rate       *float64      `yaml:"rate"`        // share of the matching requests, above 0 up to 1; nil: 1
	Skip       int           `yaml:"skip"`        // matching requests without a fault at first
	Count      int           `yaml:"count"`       // maximum number of faults; 0: no limit
}

// Plan is a list of rules. The same plan selects the same requests if they arrive in the same order.
type Plan struct {
	Seed  uint64 `yaml:"seed"`
	Rules []Rule `yaml:"faults"`
}

// Injector injects the faults of the plan that it was last armed with.
type Injector struct {
	log *slog.Logger

	mu    sync.Mutex
	armed []*armed
}

// armed is a rule with its counters.
type armed struct {
	Rule
	random            *rand.Rand
	matched, injected int
}

// New returns an Injector without a plan, which does nothing.
func New(log *slog.Logger) *Injector { return &Injector{log: log} }

// Arm replaces the plan.
func (i *Injector) Arm(p Plan) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed = nil
	for n, rule := range p.Rules {
		//nolint:gosec // faults must be repeatable, not unpredictable
		i.armed = append(i.armed, &armed{Rule: rule, random: rand.New(rand.NewPCG(p.Seed, uint64(n)))})
	}
}

// Injected returns the number of faults since Arm.
func (i *Injector) Injected() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	sum := 0
	for _, a := range i.armed {
		sum += a.injected
	}
	return sum
}

// selectRule returns the first rule that injects a fault into the request.
func (i *Injector) selectRule(r *http.Request) (Rule, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, a := range i.armed {
		if !a.matches(r) {
			continue
		}
		a.matched++
		if a.matched <= a.Skip || a.Count > 0 && a.injected >= a.Count || a.Rate != nil && a.random.Float64() >= *a.Rate {
			continue
		}
		a.injected++
		return a.Rule, true
	}
	return Rule{}, false
}

func (r Rule) matches(req *http.Request) bool {
	if r.Method != "" && r.Method != req.Method {
		return false
	}
	if r.Path == "" {
		return true
	}
	segments := strings.Split(strings.Trim(strings.TrimPrefix(req.URL.Path, api.Prefix), "/"), "/")
	wanted := strings.Split(strings.Trim(r.Path, "/"), "/")
	if len(segments) != len(wanted) {
		return false
	}
	for n, want := range wanted {
		if want != segments[n] && !isPlaceholder(want) {
			return false
		}
	}
	return true
}

func isPlaceholder(segment string) bool {
	return strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}

// Handler returns next with faults.
func (i *Injector) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rule, ok := i.selectRule(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		i.log.LogAttrs(r.Context(), slog.LevelWarn, "injecting a fault", slog.String("fault", string(rule.Fault)), slog.String("method", r.Method),
			slog.String("template", cmp.Or(rule.Path, "any")), slog.Bool("done", rule.Done))
		rule.inject(w, r, next)
	})
}

// grace extends the server's write timeout beyond the latency of a fault.
const grace = 30 * time.Second

func (r Rule) inject(w http.ResponseWriter, req *http.Request, next http.Handler) {
	buffer(req)
	var recorded recorder
	if r.Done || r.Fault == Truncate {
		next.ServeHTTP(&recorded, req)
	}
	if r.Latency > 0 {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(r.Latency + grace))
		if !wait(req.Context(), r.Latency) {
			return
		}
	}
	switch r.Fault {
	case Latency:
		if r.Done {
			recorded.send(w, len(recorded.body))
		} else {
			next.ServeHTTP(w, req)
		}
	case Status:
		r.writeError(w)
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>This is an injected fault.</body></html>\n"))
	case Truncate:
		recorded.send(w, len(recorded.body)/2)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	}
}

func (r Rule) writeError(w http.ResponseWriter) {
	name := http.StatusText(r.Status)
	switch r.Status {
	case http.StatusTooManyRequests:
		name = api.ErrorRateLimit
	case http.StatusInternalServerError:
		name = api.ErrorInternal
	}
	w.Header().Set("Content-Type", "application/json")
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(r.RetryAfter))
	}
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(api.Error{StatusCode: r.Status, Name: name, Message: api.Message{Text: "This is an injected fault"}})
}

// reset closes the connection with RST instead of a response.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, or no network connection
		panic(http.ErrAbortHandler)
	}
	var under = conn
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		under = secured.NetConn()
	}
	if tcp, ok := under.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = under.Close()
}

// wait is false if the client closes the connection first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
