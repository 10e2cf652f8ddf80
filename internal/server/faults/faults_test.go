// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
)

// echoServer returns request bodies, behind an injector.
type echoServer struct {
	*httptest.Server
	injector  *faults.Injector
	processed atomic.Int32 // requests
}

const echoed = "received: "

func newEchoServer(t *testing.T, rules ...faults.Rule) *echoServer {
	t.Helper()
	s := &echoServer{injector: faults.New(slog.New(slog.DiscardHandler))}
	s.injector.Arm(faults.Plan{Seed: 1, Rules: rules})
	s.Server = httptest.NewServer(s.injector.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.processed.Add(1)
		w.Header().Set("X-Request", r.URL.Path)
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(echoed + string(body)))
	})))
	t.Cleanup(s.Close)
	return s
}

// send returns the outcome of a request as a line.
func (s *echoServer) send(ctx context.Context, method, path, body string) string {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+"/api"+path, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "no response"
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	end := ""
	if errors.Is(err, io.ErrUnexpectedEOF) {
		end = " and cut off"
	}
	return fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("Retry-After"), " ", resp.Header.Get("X-Request"), " ", string(content), end)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const whole = "202  /api/v1/x received: it"
	for name, tc := range map[string]struct {
		rule      faults.Rule
		want      string
		processed int32
	}{
		"latency":         {faults.Rule{Fault: faults.Latency, Latency: time.Millisecond}, whole, 1},
		"latency, done":   {faults.Rule{Fault: faults.Latency, Latency: time.Millisecond, Done: true}, whole, 1},
		"status":          {faults.Rule{Fault: faults.Status, Status: 503}, `503   {"statusCode":503,"message":"This is an injected fault","error":"Service Unavailable"}` + "\n", 0},
		"status, done":    {faults.Rule{Fault: faults.Status, Status: 500, Done: true}, `500   {"statusCode":500,"message":"This is an injected fault","error":"InternalServerError"}` + "\n", 1},
		"rate limit":      {faults.Rule{Fault: faults.Status, Status: 429, RetryAfter: 7}, `429 7  {"statusCode":429,"message":"This is an injected fault","error":"RateLimitExceeded"}` + "\n", 0},
		"reset":           {faults.Rule{Fault: faults.Reset}, "no response", 0},
		"reset, done":     {faults.Rule{Fault: faults.Reset, Done: true}, "no response", 1},
		"truncate":        {faults.Rule{Fault: faults.Truncate}, "202  /api/v1/x receiv and cut off", 1},
		"another method":  {faults.Rule{Fault: faults.Reset, Method: "GET"}, whole, 1},
		"another path":    {faults.Rule{Fault: faults.Reset, Path: "/v1/y"}, whole, 1},
		"a longer path":   {faults.Rule{Fault: faults.Reset, Path: "/v1/x/{id}"}, whole, 1},
		"a template":      {faults.Rule{Fault: faults.Reset, Path: "/v1/{id}", Method: "POST"}, "no response", 0},
		"skipped":         {faults.Rule{Fault: faults.Reset, Skip: 1}, whole, 1},
		"with a latency":  {faults.Rule{Fault: faults.Reset, Latency: time.Millisecond}, "no response", 0},
		"and done before": {faults.Rule{Fault: faults.Reset, Latency: time.Millisecond, Done: true}, "no response", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEchoServer(t, tc.rule)
			if got := s.send(t.Context(), http.MethodPost, "/v1/x", "it"); got != tc.want || s.processed.Load() != tc.processed {
				t.Errorf("%q, processed %d times; want %q, %d", got, s.processed.Load(), tc.want, tc.processed)
			}
		})
	}
	s := newEchoServer(t, faults.Rule{Fault: faults.HTML, Done: true})
	if got := s.send(t.Context(), http.MethodPost, "/v1/x", "it"); !strings.HasPrefix(got, "200   <!DOCTYPE html>") || s.processed.Load() != 1 {
		t.Error(got)
	}
}

// TestResetWithoutConnection aborts the handler if there is no network connection.
func TestResetWithoutConnection(t *testing.T) {
	t.Parallel()
	injector := faults.New(slog.New(slog.DiscardHandler))
	injector.Arm(faults.Plan{Rules: []faults.Rule{{Fault: faults.Reset}}})
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // a panic is this very value
			t.Error(p)
		}
	}()
	injector.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
}

// TestSequence checks that rules count their matches, that the first rule wins, and that a seed is
// repeatable.
func TestSequence(t *testing.T) {
	t.Parallel()
	half := 0.5
	s := newEchoServer(t,
		faults.Rule{Fault: faults.Status, Status: 501, Method: "POST", Skip: 1, Count: 2},
		faults.Rule{Fault: faults.Status, Status: 502, Method: "POST", Skip: 2},
		faults.Rule{Fault: faults.Status, Status: 503, Method: "GET", Rate: &half},
	)
	statuses := func(method string, n int) string {
		var all []string
		for range n {
			all = append(all, s.send(t.Context(), method, "/v1/x", "")[:3])
		}
		return strings.Join(all, " ")
	}
	if got := statuses("POST", 6); got != "202 501 501 202 502 502" {
		t.Error(got)
	}
	first := statuses("GET", 40)
	if n := strings.Count(first, "503"); n < 10 || n > 30 {
		t.Error(first)
	}
	if n := s.injector.Injected(); n != 4+strings.Count(first, "503") {
		t.Error(n)
	}
	s.injector.Arm(faults.Plan{Seed: 1, Rules: []faults.Rule{{Fault: faults.Status, Status: 599, Method: "PATCH"}, {Fault: faults.Status, Status: 599, Method: "PATCH"}, {Fault: faults.Status, Status: 503, Method: "GET", Rate: &half}}})
	if again := statuses("GET", 40); again != first {
		t.Errorf("%s\n%s", first, again)
	}
	s.injector.Arm(faults.Plan{})
	if got := statuses("POST", 2); got != "202 202" || s.injector.Injected() != 0 {
		t.Error(got)
	}
}

// TestClientDisconnects ends the delay of a fault; the request is not processed.
func TestClientDisconnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		injector := faults.New(slog.New(slog.DiscardHandler))
		injector.Arm(faults.Plan{Rules: []faults.Rule{{Fault: faults.Latency, Latency: time.Hour}}})
		processed := false
		handler := injector.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { processed = true }))
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		start := time.Now()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		if took := time.Since(start); took != time.Minute || processed {
			t.Errorf("it took %s; processed: %t", took, processed)
		}
	})
}
