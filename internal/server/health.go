// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// readyTimeout bounds the check of the database.
const readyTimeout = 2 * time.Second

// healthy reports that the process runs.
func healthy(w http.ResponseWriter, _ *http.Request) { writeHealth(w, http.StatusOK, "ok") }

// ready reports whether the server accepts requests: the database can be read, and the server is not
// stopping. The reason is only logged.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.isReady(ctx); err != nil {
		observed(r.Context()).notReady = err
		writeHealth(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	writeHealth(w, http.StatusOK, "ready")
}

func writeHealth(w http.ResponseWriter, status int, state string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": state}) // the client may have closed the connection
}

func (s *server) status(context.Context, *struct{}) (api.StatusResponse, error) {
	return api.StatusResponse{Date: s.now(), Message: "Ok"}, nil
}
