// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// TestResponseThatCannotBeEncoded expects a 500 with a body: JSON has no form for a time after the
// year 9999.
func TestResponseThatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	s := &server{log: slog.New(slog.DiscardHandler), now: time.Now}
	router := chi.NewMux()
	router.Use(s.observe)
	public(get, "/far", func(context.Context, *struct{}) (struct{ At time.Time }, error) {
		return struct{ At time.Time }{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
	}).register(humachi.New(router, s.config()))
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/far", nil))
	if body := w.Body.String(); w.Code != http.StatusInternalServerError || !strings.HasPrefix(body, `{"reqId":"req-`) || !strings.Contains(body, `"error":"InternalServerError"`) {
		t.Errorf("%d %s", w.Code, body)
	}
}
