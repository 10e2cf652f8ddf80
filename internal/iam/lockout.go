// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"
)

// LockoutPolicy decides when failed logins lock a method, and for how long. Durations are whole seconds.
type LockoutPolicy struct {
	Enabled      bool
	Threshold    int64
	Duration     time.Duration
	CounterReset time.Duration
}

// Lockout is the record of failed logins with one identity's method.
type Lockout struct {
	IdentityID, Method string
	Failures           int64
	ForgottenAt        time.Time // when the failures no longer count
	LockedUntil        time.Time // zero: not locked
}

// LockoutCount is the number of lockouts that were cleared.
type LockoutCount int

func (LockoutCount) addTargets(*AuditEvent) {}

// isActive reports whether failures count or a lock holds.
func (l Lockout) isActive(now time.Time) bool {
	return now.Before(l.LockedUntil) || l.Failures > 0 && now.Before(l.ForgottenAt)
}

// checkUse rejects a login while the method is locked. A disabled policy ignores the record.
func (p LockoutPolicy) checkUse(l Lockout, u Use) error {
	if p.Enabled && u.At.Before(l.LockedUntil) {
		return Errorf(Unauthenticated, "This identity auth method is temporarily locked, please try again later")
	}
	return nil
}

// count adds one failed login. Reaching the threshold locks the method; the next failure after that
// starts a new count.
func (p LockoutPolicy) count(l Lockout, now time.Time) Lockout {
	if !now.Before(l.ForgottenAt) || !l.LockedUntil.IsZero() {
		l.Failures, l.LockedUntil = 0, time.Time{}
	}
	l.Failures++
	l.ForgottenAt = now.Add(p.CounterReset)
	if l.Failures >= p.Threshold {
		l.LockedUntil = now.Add(p.Duration)
	}
	return l
}

// checkLockout returns the record of failed logins, or an error while the method is locked.
func (s *Service) checkLockout(ctx context.Context, tx Tx, m MethodBase, use Use) (Lockout, error) {
	l, err := tx.Lockout(ctx, m.IdentityID, m.Method)
	if err != nil {
		return Lockout{}, err
	}
	l.IdentityID, l.Method = m.IdentityID, m.Method
	return l, m.Lockout.checkUse(l, use)
}

// countFailedLogin adds a failed login to the record that checkLockout returned.
func (s *Service) countFailedLogin(ctx context.Context, tx Tx, m MethodBase, l Lockout, use Use) error {
	if !m.Lockout.Enabled {
		return nil
	}
	return tx.PutLockout(ctx, m.Lockout.count(l, use.At))
}

// resetLockout deletes the record after a successful login.
func (s *Service) resetLockout(ctx context.Context, tx Tx, l Lockout) error {
	if l.Failures == 0 {
		return nil
	}
	return tx.DeleteLockout(ctx, l.IdentityID, l.Method)
}
