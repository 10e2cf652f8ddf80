package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

type observedKey struct{}

// observation is what the log says of a request. No header, query or body is among it.
type observation struct {
	id       string
	identity string // of the caller, once known
	fault    error  // why a 500
	older    *older // whose words it is answered in; nil: this generation's
}

func observed(ctx context.Context) *observation {
	if o, ok := ctx.Value(observedKey{}).(*observation); ok {
		return o
	}
	return &observation{}
}

// shownPath is a path whose long segments are cut short: an id has 36 characters, and what is
// longer may be a secret or a token that somebody put in its place.
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

// observe gives every request an id and its caller's address, logs what became of it, and turns
// a panic into a 500.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		o := &observation{id: "req-" + rand.Text()[:16], older: s.older}
		client := clientAddress(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.proxies)
		ctx := context.WithValue(context.WithValue(r.Context(), observedKey{}, o), fromKey{}, client)
		r = r.WithContext(ctx)
		r.Header.Del("Accept") // every answer is JSON
		r.Header.Set("Content-Type", strings.ToLower(r.Header.Get("Content-Type")))
		out := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		out.Header().Set("Date", s.now().UTC().Format(http.TimeFormat)) // by the clock that decides on what expires

		defer func() {
			if p := recover(); p != nil {
				// The value of a panic may quote anything, so only its type is told.
				f := newFault(ctx, fmt.Errorf("panic of type %T\n%s", p, debug.Stack()))
				if out.Status() == 0 {
					f.write(out)
				}
			}
			level := slog.LevelInfo
			attrs := []slog.Attr{
				slog.String("request", o.id), slog.String("method", r.Method), slog.String("path", shownPath(r.URL.Path)),
				slog.Int("status", out.Status()), slog.Duration("took", time.Since(started)),
				slog.String("from", client.String()), slog.String("identity", o.identity),
			}
			if o.fault != nil {
				level = slog.LevelError
				attrs = append(attrs, slog.String("fault", o.fault.Error()))
			}
			s.log.LogAttrs(ctx, level, "request", attrs...)
		}()
		next.ServeHTTP(out, r)
	})
}
