// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

type observedKey struct{}

// observation collects what is logged about a request. It has no header, query or body.
type observation struct {
	id       string
	identity string // of the caller, once known
	fault    error  // why a 500
	notReady error  // why a 503
	refusal  error  // the error of the service, which a wrapper may report in another way
}

func observed(ctx context.Context) *observation {
	if o, ok := ctx.Value(observedKey{}).(*observation); ok {
		return o
	}
	return &observation{}
}

// shownPath returns a path with its long segments shortened: an ID has 36 characters, and a longer
// segment may be a secret or an access token that was sent by mistake.
func shownPath(path string) string {
	const longest, head = 36, 4
	segments := strings.Split(path, "/")
	for n, segment := range segments {
		if len(segment) > longest {
			segments[n] = segment[:head] + "…"
		}
	}
	return strings.Join(segments, "/")
}

// observe adds an ID and the address of the client to the context of every request, logs the request,
// and turns a panic into a 500.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		o := &observation{id: "req-" + rand.Text()[:16]}
		client := clientAddress(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.proxies)
		ctx := context.WithValue(context.WithValue(r.Context(), observedKey{}, o), fromKey{}, client)
		ctx = iam.WithOrigin(ctx, iam.Origin{RequestID: o.id, From: client, UserAgent: r.UserAgent()})
		r = r.WithContext(ctx)
		r.Header.Del("Accept") // every response is JSON
		r.Header.Set("Content-Type", strings.ToLower(r.Header.Get("Content-Type")))
		out := &responseBuffer{ResponseWriter: w}
		out.Header().Set("Date", s.now().UTC().Format(http.TimeFormat)) // by the clock of all other times

		defer func() {
			if p := recover(); p != nil {
				// The value of a panic may quote anything, so only its type is logged.
				f := newFault(ctx, fmt.Errorf("panic of type %T\n%s", p, debug.Stack()))
				out.reset()
				writeError(out, f)
			}
			out.flush()
			level := slog.LevelInfo
			attrs := []slog.Attr{
				slog.String("request", o.id), slog.String("method", r.Method), slog.String("path", shownPath(r.URL.Path)),
				slog.Int("status", out.status), slog.Duration("took", time.Since(started)),
				slog.String("from", client.String()), slog.String("identity", o.identity),
			}
			if o.fault != nil {
				level = slog.LevelError
				attrs = append(attrs, slog.String("fault", o.fault.Error()))
			}
			if o.notReady != nil {
				level = slog.LevelWarn
				attrs = append(attrs, slog.String("reason", o.notReady.Error()))
			}
			s.log.LogAttrs(ctx, level, "request", attrs...)
		}()
		next.ServeHTTP(out, r)
	})
}

// responseBuffer holds a response until its handler returns. So a response that fails to be encoded
// is a 500 with a body, not a 200 without one.
type responseBuffer struct {
	http.ResponseWriter
	status int // 0: not set
	body   bytes.Buffer
}

func (b *responseBuffer) WriteHeader(status int) { b.status = status }

func (b *responseBuffer) Write(content []byte) (int, error) {
	b.status = cmp.Or(b.status, http.StatusOK)
	return b.body.Write(content)
}

func (b *responseBuffer) reset() {
	b.status = 0
	b.body.Reset()
}

func (b *responseBuffer) flush() {
	b.status = cmp.Or(b.status, http.StatusOK)
	b.ResponseWriter.WriteHeader(b.status)
	_, _ = b.ResponseWriter.Write(b.body.Bytes()) // the client may have closed the connection
}

// Unwrap is for http.ResponseController.
func (b *responseBuffer) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// routed handles HEAD like GET, without the body, and ignores a slash at the end of a path. chi's
// middleware package does this too, but also links a profiler.
func routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := chi.RouteContext(r.Context())
		if r.Method == http.MethodHead {
			route.RouteMethod = http.MethodGet
		}
		if path := r.URL.Path; len(path) > 1 && strings.HasSuffix(path, "/") {
			route.RoutePath = path[:len(path)-1]
		}
		next.ServeHTTP(w, r)
	})
}
