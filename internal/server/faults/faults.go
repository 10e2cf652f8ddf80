// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package faults breaks the answers of a server on request, so that anyone can see what their
// pipeline does then. It knows requests by method and path, and nothing of what they mean.
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

// Kind is what is done to an answer.
type Kind string

// The kinds of faults.
const (
	Latency  Kind = "latency"  // it comes late
	Status   Kind = "status"   // it is an error
	Reset    Kind = "reset"    // the connection is reset instead
	Truncate Kind = "truncate" // the connection breaks off in the middle of it
	HTML     Kind = "html"     // it is a page of HTML with status 200, as of a proxy
)

// Rule says which requests meet which fault.
type Rule struct {
	Method     string        `yaml:"method"`      // of HTTP; empty: any
	Path       string        `yaml:"path"`        // template below /api, such as /v1/identities/{id}; empty: any
	Fault      Kind          `yaml:"fault"`       // see the kinds
	Done       bool          `yaml:"done"`        // the request is processed before; always so for Truncate
	Status     int           `yaml:"status"`      // of Status: 400 to 599
	RetryAfter int           `yaml:"retry_after"` // of Status, in seconds, as a header; 0: none
	Latency    time.Duration `yaml:"latency"`     // before the answer, and before the work unless Done
	Rate       *float64      `yaml:"rate"`        // share of the matching requests, above 0 up to 1; nil: 1
	Skip       int           `yaml:"skip"`        // matching requests that are spared at first
	Count      int           `yaml:"count"`       // faults at most; 0: no bound
}

// Plan is what is to go wrong. The same plan breaks the same requests, where they come in the same order.
type Plan struct {
	Seed  uint64 `yaml:"seed"`
	Rules []Rule `yaml:"faults"`
}

// Injector breaks answers as the plan says with which it was armed last.
type Injector struct {
	log *slog.Logger

	mu    sync.Mutex
	armed []*armed
}

// armed is a rule and what has become of it.
type armed struct {
	Rule
	random        *rand.Rand
	matched, done int
}

// New is an Injector without a plan: it does nothing.
func New(log *slog.Logger) *Injector { return &Injector{log: log} }

// Arm replaces the plan.
func (i *Injector) Arm(p Plan) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed = nil
	for n, rule := range p.Rules {
		//nolint:gosec // what breaks must be repeatable, not unpredictable
		i.armed = append(i.armed, &armed{Rule: rule, random: rand.New(rand.NewPCG(p.Seed, uint64(n)))})
	}
}

// Injected is how many faults there were since the plan was given.
func (i *Injector) Injected() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	sum := 0
	for _, a := range i.armed {
		sum += a.done
	}
	return sum
}

// strikes is the first rule that strikes the request.
func (i *Injector) strikes(r *http.Request) (Rule, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, a := range i.armed {
		if !a.matches(r) {
			continue
		}
		a.matched++
		if a.matched <= a.Skip || a.Count > 0 && a.done >= a.Count || a.Rate != nil && a.random.Float64() >= *a.Rate {
			continue
		}
		a.done++
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

// Handler answers as next does, but for the faults.
func (i *Injector) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rule, struck := i.strikes(r)
		if !struck {
			next.ServeHTTP(w, r)
			return
		}
		i.log.LogAttrs(r.Context(), slog.LevelWarn, "injecting a fault", slog.String("fault", string(rule.Fault)), slog.String("method", r.Method),
			slog.String("template", cmp.Or(rule.Path, "any")), slog.Bool("done", rule.Done))
		rule.strike(w, r, next)
	})
}

// grace is what an answer may take beyond its latency, whatever the server's time-out says.
const grace = 30 * time.Second

func (r Rule) strike(w http.ResponseWriter, req *http.Request, next http.Handler) {
	buffer(req)
	var answer recorder
	if r.Done || r.Fault == Truncate {
		next.ServeHTTP(&answer, req)
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
			answer.send(w, len(answer.body))
		} else {
			next.ServeHTTP(w, req)
		}
	case Status:
		r.refuse(w)
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>This is a fault that was asked for.</body></html>\n"))
	case Truncate:
		answer.send(w, len(answer.body)/2)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	}
}

func (r Rule) refuse(w http.ResponseWriter) {
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
	_ = json.NewEncoder(w).Encode(api.Error{StatusCode: r.Status, Name: name, Message: api.Message{Text: "This is a fault that was asked for"}})
}

// reset ends the connection without an answer, in the manner of a machine that went away.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, or no network at all
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

// wait is false where the caller leaves before the time is over.
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
