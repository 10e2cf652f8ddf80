// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"
)

const (
	// keepExpired is how long a token or a counter of wrong secrets is kept that decides nothing any
	// more: the clocks of several processes may differ.
	keepExpired = time.Hour
	// keepSpent is how long a client secret is kept after it was revoked, used up or has expired, for
	// those who ask what became of it.
	keepSpent = 24 * time.Hour

	// cleanUpBatch bounds what one Write deletes, so that nobody waits for it.
	cleanUpBatch = 100
)

// CleanUp deletes what decides nothing any more, a little at a time, and answers how many things
// there were. Several processes may do so at once.
func (s *Service) CleanUp(ctx context.Context) (int, error) {
	expired, spent := s.time().Add(-keepExpired), s.time().Add(-keepSpent)
	tokens, err := s.batches(ctx, func(tx Tx) (int, error) { return tx.DeleteExpiredAccessTokens(ctx, expired, cleanUpBatch) })
	if err != nil {
		return tokens, err
	}
	lockouts, err := s.batches(ctx, func(tx Tx) (int, error) { return tx.DeleteForgottenLockouts(ctx, expired, cleanUpBatch) })
	if err != nil {
		return tokens + lockouts, err
	}
	secrets, err := s.cleanUpSecrets(ctx, spent)
	return tokens + lockouts + secrets, err
}

// batches deletes until a batch is not full.
func (s *Service) batches(ctx context.Context, one func(Tx) (int, error)) (int, error) {
	for total := 0; ; {
		n, err := write(ctx, s, one)
		total += n
		if err != nil || n < cleanUpBatch {
			return total, err
		}
	}
}

// cleanUpSecrets looks for them in Reads, which keep nobody waiting.
func (s *Service) cleanUpSecrets(ctx context.Context, before time.Time) (int, error) {
	total, after := 0, ""
	for {
		ids, err := read(ctx, s, func(tx Tx) ([]string, error) { return tx.SpentClientSecrets(ctx, before, after, cleanUpBatch) })
		if err != nil || len(ids) == 0 {
			return total, err
		}
		n, err := write(ctx, s, func(tx Tx) (int, error) {
			deleted := 0
			for _, id := range ids {
				gone, err := tx.DeleteSpentClientSecret(ctx, id, before)
				if err != nil {
					return 0, err
				}
				if gone {
					deleted++
				}
			}
			return deleted, nil
		})
		total += n
		if err != nil {
			return total, err
		}
		after = ids[len(ids)-1]
	}
}
