// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"
)

const (
	// expiredRetention is the time from the expiry of a token or lockout to its deletion. It allows for
	// processes whose clocks differ.
	expiredRetention = time.Hour
	// unusableRetention is the time for which a client secret can be read after it was revoked, was used
	// up or expired.
	unusableRetention = 24 * time.Hour

	// cleanUpBatch bounds the deletions of one Write, which other writers wait for.
	cleanUpBatch = 100
)

// CleanUp deletes expired access tokens, lockouts and environments and unusable client secrets, in small batches, and
// returns the number of deleted objects. Several processes may call it concurrently.
func (s *Service) CleanUp(ctx context.Context) (int, error) {
	expired, spent := s.time().Add(-expiredRetention), s.time().Add(-unusableRetention)
	tokens, err := s.batches(ctx, func(tx Tx) (int, error) { return tx.DeleteExpiredAccessTokens(ctx, expired, cleanUpBatch) })
	if err != nil {
		return tokens, err
	}
	lockouts, err := s.batches(ctx, func(tx Tx) (int, error) { return tx.DeleteForgottenLockouts(ctx, expired, cleanUpBatch) })
	if err != nil {
		return tokens + lockouts, err
	}
	graceEnd := s.time().Add(-environmentGrace)
	environments, err := s.batches(ctx, func(tx Tx) (int, error) { return tx.DeleteExpiredEnvironments(ctx, graceEnd, cleanUpBatch) })
	if err != nil {
		return tokens + lockouts + environments, err
	}
	secrets, err := s.cleanUpSecrets(ctx, spent)
	return tokens + lockouts + environments + secrets, err
}

// batches deletes batches until one is not full.
func (s *Service) batches(ctx context.Context, one func(Tx) (int, error)) (int, error) {
	for total := 0; ; {
		n, err := write(ctx, s, one)
		total += n
		if err != nil || n < cleanUpBatch {
			return total, err
		}
	}
}

// cleanUpSecrets finds the secrets in Reads, which do not block writers.
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
