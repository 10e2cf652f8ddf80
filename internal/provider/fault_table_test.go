// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// strike is what befalls one request of a run.
type strike struct {
	name   string
	rule   faults.Rule   // of the server
	ahead  time.Duration // of the server's clock, in the whole run
	before func(tb *table, req *http.Request)
}

// requestTimeout is the provider's request_timeout for late responses: the shortest valid one.
const requestTimeout = "1s"

// strikes are the faults of the table.
var strikes = []strike{
	{name: "connection refused", before: func(tb *table, req *http.Request) { req.URL.Host = tb.nobody }},
	{name: "token revoked", before: func(tb *table, req *http.Request) {
		if token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok {
			tb.Call(tb.t, http.MethodPost, "/v1/auth/token/revoke", "", map[string]any{"accessToken": token})
		}
	}},
	{name: "reset before", rule: faults.Rule{Fault: faults.Reset}},
	{name: "reset after", rule: faults.Rule{Fault: faults.Reset, Done: true}},
	{name: "truncated", rule: faults.Rule{Fault: faults.Truncate}},
	{name: "HTML", rule: faults.Rule{Fault: faults.HTML}},
	{name: "HTML after", rule: faults.Rule{Fault: faults.HTML, Done: true}},
	{name: "429", rule: faults.Rule{Fault: faults.Status, Status: 429, RetryAfter: 1}},
	{name: "500", rule: faults.Rule{Fault: faults.Status, Status: 500}},
	{name: "500 after", rule: faults.Rule{Fault: faults.Status, Status: 500, Done: true}},
	{name: "503", rule: faults.Rule{Fault: faults.Status, Status: 503}},
	{name: "503 after", rule: faults.Rule{Fault: faults.Status, Status: 503, Done: true}},
	{name: "slow", rule: faults.Rule{Fault: faults.Latency, Latency: 30 * time.Second}},
	{name: "slow after", rule: faults.Rule{Fault: faults.Latency, Latency: 30 * time.Second, Done: true}},
	{name: "server's clock ahead", ahead: 10 * time.Minute},
	{name: "server's clock behind", ahead: -10 * time.Minute},
}

var operations = []string{"plan", "apply", "change", "destroy"}

// combination is one cell of the table: the fault strikes the request number at of the run.
type combination struct {
	kind, operation string // or one of otherFixtures
	config          string // of a resource; empty: its fixture's
	strike          strike
	at              int // from 0 on, and round again where the run has fewer; all: each of them
}

const all = -1

func combinations() []combination {
	var list []combination
	for _, s := range strikes {
		for _, kind := range slices.Sorted(maps.Keys(fixtures)) {
			for _, operation := range operations {
				list = append(list, combination{kind: kind, operation: operation, strike: s, at: all})
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(dataFixtures)) {
			list = append(list, combination{kind: kind, operation: "read", strike: s, at: all})
		}
	}
	return list
}

// soaking reports whether make soak runs the tests, and seed repeats what it ran.
func soaking() bool { return os.Getenv("SOAK") != "" }

func seed(t testing.TB) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("SOAK_SEED"), 10, 64)
	if err != nil {
		n = rand.Uint64N(1 << 30)
	}
	t.Logf("SOAK_SEED=%d repeats this", n)
	return n
}

// TestFaultTable: for every fault of a request of a run, the run succeeds or reports clearly why not, and
// the next one makes good what is left to do: nothing is there twice, and nothing is left behind.
// make soak runs all of it, with every request of each run; else a sample is run.
func TestFaultTable(t *testing.T) {
	t.Parallel()
	const sample = 60
	list := combinations()
	if !soaking() {
		random := rand.New(rand.NewPCG(seed(t), 0))
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		list = list[:sample]
		for n := range list {
			list[n].at = random.IntN(100)
		}
	}
	groups := map[string][]combination{} // those that can share a server
	for _, c := range list {
		name := strings.TrimPrefix(c.kind, "machineid_")
		if c.operation == "read" {
			name += " (data source)"
		}
		if c.strike.ahead != 0 {
			name += ", " + c.strike.name
		}
		groups[name] = append(groups[name], c)
	}
	var mu sync.Mutex
	played, runs, errs, struck := 0, 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := newTable(t, groups[name][0].strike.ahead)
			for _, c := range groups[name] {
				tb.play(c)
			}
			mu.Lock()
			defer mu.Unlock()
			played, runs, errs, struck = played+len(groups[name]), runs+tb.runs, errs+tb.errs, struck+tb.struck
		})
	}
	t.Cleanup(func() {
		t.Logf("%d of %d combinations: %d runs, in %d of them a request was struck, %d ended with an error", played, len(combinations()), runs, struck, errs)
	})
}

// table is a server on which combinations are played, one after the other.
type table struct {
	*servertest.Server
	t      *testing.T
	names  *strings.Replacer
	nobody string // an address where nobody listens
	plain  map[string]plainRun

	mu                 sync.Mutex
	secrets            map[string]bool     // that nothing may say
	sent, at           int                 // requests of the run, and which is struck; -1: none
	asked              []*http.Request     // of the run
	as                 servertest.Identity // that the provider logs in as
	project            servertest.Project  // of the fixtures
	before             func(*table, *http.Request)
	timeout            any // of the provider's requests; nil: its default
	lives              int
	runs, errs, struck int
}

// plainRun is an operation without a fault.
type plainRun struct {
	requests int
	adds     map[string]int // to the server, by what it is
}

func newTable(t *testing.T, ahead time.Duration) *table {
	t.Helper()
	var clock servertest.Clock
	clock.Advance(ahead)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	tb := newTableOn(t, servertest.StartWith(t, servertest.Options{Clock: &clock}))
	tb.nobody = listener.Addr().String()
	return tb
}

func newTableOn(t *testing.T, server *servertest.Server) *table {
	t.Helper()
	tb := &table{
		Server: server, t: t,
		plain: map[string]plainRun{}, secrets: map[string]bool{}, at: -1,
	}
	tb.as = servertest.Identity{ClientID: tb.Admin.ClientID, ClientSecret: tb.Admin.ClientSecret}
	tb.names, tb.project = placeholderValues(t, tb.Server)
	tb.secrets[tb.Admin.ClientSecret] = true
	return tb
}

// RoundTrip is the network of the table's providers.
func (tb *table) RoundTrip(req *http.Request) (*http.Response, error) {
	tb.mu.Lock()
	if token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok {
		tb.secrets[token] = true
	}
	hit := tb.sent == tb.at
	tb.sent++
	tb.asked = append(tb.asked, req)
	before := tb.before
	tb.mu.Unlock()
	if hit && before != nil {
		req = req.Clone(req.Context())
		before(tb, req)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// play plays one combination, or one for each request of its run.
func (tb *table) play(c combination) {
	plain := tb.rehearse(c)
	if c.at != all {
		tb.playAt(c, c.at%plain.requests)
		return
	}
	for at := range plain.requests {
		tb.playAt(c, at)
		if c.strike.ahead != 0 { // no request is special
			return
		}
	}
}

// rehearse runs the operation without a fault, once for each kind.
func (tb *table) rehearse(c combination) plainRun {
	known, ok := tb.plain[c.kind+c.operation]
	if ok {
		return known
	}
	before := inventory(tb.t, tb.Server)
	s := tb.scene(c)
	if !s.run(c.operation) {
		tb.t.Fatalf("%s of %s fails without a fault: %s", c.operation, c.kind, s.said)
	}
	known = plainRun{tb.sent, added(before, inventory(tb.t, tb.Server))}
	s.converge(before, nil)
	tb.plain[c.kind+c.operation] = known
	return known
}

func (tb *table) playAt(c combination, at int) {
	name := fmt.Sprintf("%s, request %d of %s of %s", c.strike.name, at+1, c.operation, c.kind)
	before := inventory(tb.t, tb.Server)
	s := tb.scene(c)
	s.name = name
	tb.mu.Lock()
	tb.at, tb.before = at, c.strike.before
	tb.mu.Unlock()
	if c.strike.rule.Latency > 0 {
		tb.timeout = requestTimeout
	}
	if rule := c.strike.rule; rule.Fault != "" {
		rule.Skip, rule.Count = at, 1
		tb.Faults.Arm(faults.Plan{Rules: []faults.Rule{rule}})
	}
	ok := s.run(c.operation)
	tb.runs++
	tb.struck += tb.Faults.Injected()
	if c.strike.rule.Fault == "" && tb.sent > at {
		tb.struck++
	}
	tb.mu.Lock()
	tb.at = -1
	tb.mu.Unlock()
	tb.Faults.Arm(faults.Plan{})
	tb.timeout = nil
	if !ok {
		tb.errs++
		s.mustBeClear()
	} else if s.changed {
		tb.t.Errorf("%s: it plans a change where there is none: %s", name, s.said)
	}
	s.mustBeDiscreet()
	s.converge(before, tb.plain[c.kind+c.operation].adds)
}

// added counts what is there now and was not before, and the other way round.
func added(before, now map[string]string) map[string]int {
	counts := map[string]int{}
	for key, what := range now {
		if _, was := before[key]; !was {
			counts[what]++
		}
	}
	for key, what := range before {
		if _, is := now[key]; !is {
			counts[what]--
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

// scene is one resource, or data source, and what is done to it.
type scene struct {
	*table
	name    string
	c       combination
	life    life
	config  string // that the operation makes true
	said    string
	changed bool // a plan has found something to do
}

// scene has the resource there, unless the operation is to make it.
func (tb *table) scene(c combination) *scene {
	tb.t.Helper()
	tb.lives++
	s := &scene{table: tb, c: c, name: c.operation + " of " + c.kind}
	named := strings.NewReplacer("N", strconv.Itoa(tb.lives))
	write := func(text string) string { return named.Replace(tb.names.Replace(text)) }
	if text, ok := otherFixtures[c.operation][c.kind]; ok {
		s.config = tb.names.Replace(text)
		return s
	}
	f := fixtures[c.kind]
	s.life.kind, s.config = c.kind, write(cmp.Or(c.config, f.config))
	w := s.begin()
	s.life.state = tftypes.NewValue(w.schemas.ResourceSchemas[c.kind].ValueType(), nil)
	w.end(tb.t)
	if c.operation != "apply" && !s.run("apply") {
		tb.t.Fatalf("%s: making it fails: %s", c.kind, s.said)
	}
	if c.operation == "change" {
		s.config = write(f.changed)
	}
	return s
}

func (s *scene) begin() *walk {
	return begin(s.t, provider.New("test").WithTransport(s.table), providertest.Values{
		"host": s.Host, "universal_auth": providertest.Values{"client_id": s.as.ClientID, "client_secret": s.as.ClientSecret}, "request_timeout": s.timeout,
	})
}

// run runs what a command of the CLI does, each of its walks in a process of its own.
func (s *scene) run(operation string) bool {
	s.t.Helper()
	s.said, s.changed = "", false
	s.mu.Lock()
	s.sent, s.asked = 0, nil
	s.mu.Unlock()
	if otherFixtures[operation] != nil {
		return s.walk(s.act)
	}
	planned := s.walk(func(w *walk) bool {
		if !w.refresh(s.t, &s.life) {
			return false
		}
		if operation == "destroy" {
			return true
		}
		changed, ok := w.changes(s.t, &s.life, s.wanted(w))
		s.changed = changed && operation == "plan"
		return ok
	})
	if !planned || operation == "plan" {
		return planned
	}
	return s.walk(func(w *walk) bool {
		if operation == "destroy" {
			return w.destroy(s.t, &s.life)
		}
		return w.change(s.t, &s.life, s.wanted(w))
	})
}

func (s *scene) wanted(w *walk) tftypes.Value {
	return configOf(s.t, w.schemas.ResourceSchemas[s.c.kind], s.config)
}

func (s *scene) walk(do func(*walk) bool) bool {
	w := s.begin()
	ok := do(w)
	w.end(s.t)
	s.said += providertest.Summaries(w.said)
	if !s.life.state.IsNull() {
		s.secrets[textOf(s.life.state, "client_secret")] = true
	}
	return ok
}

// unclear are words of errors that nobody can do anything with.
var unclear = []string{"panic", "unexpected", "nil pointer", "<nil>", "%!", "runtime error", "inconsistent", "in the provider"}

func (s *scene) mustBeClear() {
	for _, word := range unclear {
		if strings.Contains(strings.ToLower(s.said), word) {
			s.t.Errorf("%s: the error says %q: %s", s.name, word, s.said)
		}
	}
	if !strings.Contains(s.said, "Could not ") {
		s.t.Errorf("%s: the error does not say what could not be done: %s", s.name, s.said)
	}
}

func (s *scene) mustBeDiscreet() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for secret := range s.secrets {
		if secret != "" && strings.Contains(s.said, secret) {
			s.t.Errorf("%s: a secret or a token is in what it says", s.name)
		}
	}
}

// converge runs the operation again, without a fault, and wants nothing to be left to do then, and the
// server to have what the operation makes, no more and no less. It ends with nothing.
func (s *scene) converge(before map[string]string, adds map[string]int) {
	s.t.Helper()
	first := s.said
	if !s.run(s.c.operation) {
		s.t.Errorf("%s: the next run does not converge: %s\nafter: %s", s.name, s.said, first)
	}
	if s.c.operation != "read" && s.c.operation != "destroy" {
		if !s.run("plan") || s.changed {
			s.t.Errorf("%s: a further plan is not empty: %s\nafter: %s", s.name, s.said, first)
		}
	}
	now := inventory(s.t, s.Server)
	if got := added(before, now); adds != nil && !maps.Equal(got, adds) {
		s.t.Errorf("%s: the server has %v more than before, not %v\nafter: %s", s.name, got, adds, first)
	}
	if s.c.operation == "read" {
		return
	}
	if !s.run("destroy") {
		s.t.Errorf("%s: it cannot be destroyed: %s", s.name, s.said)
	}
	if got := added(before, inventory(s.t, s.Server)); adds != nil && len(got) > 0 {
		s.t.Errorf("%s: it leaves behind %v\nafter: %s", s.name, got, first)
	}
}
