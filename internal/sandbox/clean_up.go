// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// cleanUpEvery is how often what decides nothing any more is deleted, on the average.
const cleanUpEvery = 10 * time.Minute

// cleanUp does so until ctx ends. Several processes on one database do it at different times.
func (s *Sandbox) cleanUp(ctx context.Context, log *slog.Logger) {
	for {
		select {
		case <-time.After(cleanUpEvery/2 + rand.N(cleanUpEvery)): //nolint:gosec // a time is no secret
		case <-ctx.Done():
			return
		}
		n, err := s.service.CleanUp(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("cleaning up failed, and is tried again later", slog.Any("error", err))
		case n > 0:
			log.Debug("cleaned up", slog.Int("deleted", n))
		}
	}
}
