// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// cleanUpEvery is the average interval between deletions of expired data.
const cleanUpEvery = 10 * time.Minute

// cleanUp deletes expired data until ctx ends, at random times because several processes may share a
// database.
func (s *Sandbox) cleanUp(ctx context.Context, log *slog.Logger) {
	for {
		select {
		case <-time.After(cleanUpEvery/2 + rand.N(cleanUpEvery)): //nolint:gosec // jitter needs no secure randomness
		case <-ctx.Done():
			return
		}
		n, err := s.service.CleanUp(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("clean-up failed; it is retried later", slog.Any("error", err))
		case n > 0:
			log.Debug("cleaned up", slog.Int("deleted", n))
		}
	}
}
