// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import "time"

// Renewal schedules the renewals of a token for which RenewalProlongs is true.
type Renewal struct {
	Opened  time.Time     // when the token was requested
	Renewed time.Time     // when it was last renewed; at first Opened
	TTL     time.Duration // from a login or a renewal on
	MaxTTL  time.Duration // from Opened on; 0: no limit
}

// Next returns when to renew: after two thirds of the TTL, and after now. It is false if no renewal can
// extend the token. Servers of October 2024 delete a token whose renewal would exceed its maximum, so
// the last renewal keeps a margin for clocks and the network.
func (r Renewal) Next(now time.Time) (time.Time, bool) {
	margin := min(30*time.Second, r.TTL/10)
	at := r.Renewed.Add(r.TTL * 2 / 3)
	if soonest := now.Add(time.Second); at.Before(soonest) {
		at = soonest
	}
	if r.MaxTTL > 0 {
		if last := r.Opened.Add(r.MaxTTL - r.TTL - margin); at.After(last) {
			at = last
		}
	}
	expires := r.Renewed.Add(r.TTL)
	gains := at.Sub(r.Renewed) > margin
	return at, gains && at.After(now) && at.Before(expires)
}

// Safe reports whether a renewal now stays below the maximum.
func (r Renewal) Safe(now time.Time) bool {
	margin := min(30*time.Second, r.TTL/10)
	return r.MaxTTL == 0 || !now.Add(r.TTL+margin/2).After(r.Opened.Add(r.MaxTTL))
}
