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

// readyTimeout bounds the look at the database.
const readyTimeout = 2 * time.Second

// healthy answers while the process does.
func healthy(w http.ResponseWriter, _ *http.Request) { answerHealth(w, http.StatusOK, "ok") }

// ready answers whether requests can be answered: the database can be read, and the server was not
// told to stop. The reason goes to the log alone.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.isReady(ctx); err != nil {
		observed(r.Context()).notReady = err
		answerHealth(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	answerHealth(w, http.StatusOK, "ready")
}

func answerHealth(w http.ResponseWriter, status int, said string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": said}) // the caller may be gone
}

func (s *server) status(context.Context, *struct{}) (api.StatusResponse, error) {
	return api.StatusResponse{Date: s.now(), Message: "Ok"}, nil
}
