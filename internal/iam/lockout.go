// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import "time"

// standing reports whether the record still says anything.
func (l Lockout) standing(now time.Time) bool {
	return now.Before(l.LockedUntil) || l.Failures > 0 && now.Before(l.ForgottenAt)
}

// Prohibits refuses a login while the method is locked. A policy that is switched off locks
// nobody, whatever the record says.
func (p LockoutPolicy) Prohibits(l Lockout, u Use) error {
	if p.Enabled && u.At.Before(l.LockedUntil) {
		return Errorf(Unauthenticated, "This identity auth method is temporarily locked, please try again later")
	}
	return nil
}

// count adds one wrong secret. Reaching the threshold locks, and starts the next count anew.
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
