// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func limited(t *testing.T, limits string) *servertest.Server {
	t.Helper()
	s := servertest.StartWith(t, servertest.Options{RateLimits: limits})
	s.Clock.Stop()
	return s
}

func rateLimitStatus(a servertest.Response) string {
	return fmt.Sprint(a.Status, " ", a.Header.Get("X-RateLimit-Limit"), " ", a.Header.Get("X-RateLimit-Remaining"), " ",
		a.Header.Get("X-RateLimit-Reset"), " ", a.Header.Get("Retry-After"))
}

// TestRateLimits is a window from its first request to its end, of one route.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	s := limited(t, "read=3,write=200")
	one, other := "/v1/identities/"+s.Admin.IdentityID, "/v1/identities/"+s.NewIdentity(t, "member", nil).ID
	read := func(path, token string) string { return rateLimitStatus(s.Call(t, http.MethodGet, path, token, nil)) }
	token := s.Admin.AccessToken
	for _, step := range []struct{ got, want string }{
		{read(one, token), "200 3 2 60 "},
		{read(other, token), "200 3 1 60 "},
		{read(one, ""), "401 3 0 60 "},
		{read(one, token), "429 3 0 60 60"},
		{read("/v1/identities?orgId="+s.Admin.OrganizationID, token), "200 3 2 60 "},
	} {
		if step.got != step.want {
			t.Errorf("%q, not %q", step.got, step.want)
		}
	}
	s.Clock.Advance(59*time.Second + time.Millisecond)
	refused := s.Call(t, http.MethodGet, one, token, nil)
	if rateLimitStatus(refused) != "429 3 0 1 1" || refused.Text("error") != api.ErrorRateLimit || refused.Text("message") != "Rate limit exceeded. Please try again in 1 seconds" || refused.Text("reqId") == "" {
		t.Error(rateLimitStatus(refused), refused.Body)
	}
	s.Clock.Advance(time.Second)
	if got := read(one, token); got != "200 3 2 60 " {
		t.Error(got)
	}
}

// TestRateLimitClasses: a search reads, a login writes, and creations have limits of their own where they are given.
func TestRateLimitClasses(t *testing.T) {
	t.Parallel()
	identity := map[string]any{"name": "x"}
	for limits, want := range map[string]string{
		"default":                             "60 200 30 30 30",
		"read=5,write=6":                      "5 6 6 6 6",
		"identity-creation=7":                 "  7  7",
		"write=6,identity-creation=7":         " 6 7 6 7",
		"project-creation=8":                  "   8 ",
		"read=1,project-creation=8, write=40": "1 40 40 8 40",
	} {
		s := limited(t, limits)
		project := s.NewProject(t)
		var got []string
		for _, path := range []string{"/v1/identities/search", "/v1/auth/token/renew", "/v1/identities", "/v1/projects", "/v1/projects/" + project.ID + "/identities"} {
			got = append(got, s.Call(t, http.MethodPost, path, s.Admin.AccessToken, identity).Header.Get("X-RateLimit-Limit"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, not %q", limits, got, want)
		}
	}
}

// TestRateLimitsAreOfAnAddress: what one has used up is there for another.
func TestRateLimitsAreOfAnAddress(t *testing.T) {
	t.Parallel()
	s := limited(t, "read=1")
	for _, step := range []struct {
		from string
		want int
	}{{"192.0.2.1:1", 401}, {"192.0.2.1:2", 429}, {"192.0.2.2:1", 401}, {"[2001:db8::1]:1", 401}} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, api.Prefix+"/v1/identities/details", nil)
		r.RemoteAddr = step.from
		recorder := httptest.NewRecorder()
		if s.Sandbox.Handler.ServeHTTP(recorder, r); recorder.Code != step.want {
			t.Errorf("%s: %d", step.from, recorder.Code)
		}
	}
}

// TestCountersAreBounded: where too many addresses come, those beyond share one counter for a minute.
func TestCountersAreBounded(t *testing.T) {
	t.Parallel()
	var clock servertest.Clock
	clock.Stop()
	c := server.NewCounters(clock.Now)
	for n := range server.MaxCounters {
		c.Take(fmt.Sprint(n))
	}
	for _, step := range []struct {
		address string
		want    int
	}{{"late", 1}, {"later", 2}, {"0", 2}, {"later", 3}} {
		if used := c.Take(step.address); used != step.want {
			t.Errorf("%s: %d used, not %d", step.address, used, step.want)
		}
	}
	if n := c.Len(); n != server.MaxCounters+1 {
		t.Error(n)
	}
	clock.Advance(time.Minute)
	if used := c.Take("late"); used != 1 {
		t.Error(used)
	}
	clock.Advance(time.Minute)
	for n := range server.MaxCounters + 1 {
		c.Take(fmt.Sprint("new ", n))
	}
	if n := c.Len(); n > server.MaxCounters+1 {
		t.Errorf("%d counters", n)
	}
}

func TestRateLimitFlag(t *testing.T) {
	t.Parallel()
	for text, sentence := range map[string]string{
		"on": "no class", "": "no class", "reads=60": "no class", "read": "at least 1", "read=0": "at least 1", "read=-1": "at least 1",
		"read=x": "at least 1", "read=1,read=2": "already", "read=60,": "no class", "secrets=40": "no class",
	} {
		if _, err := server.ParseRateLimits(text); err == nil || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if off, err := server.ParseRateLimits("off"); off != nil || err != nil {
		t.Error(off, err)
	}
}
