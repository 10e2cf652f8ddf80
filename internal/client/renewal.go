// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import "time"

// Renewal is what the next renewal of one token depends on, where RenewalProlongs.
type Renewal struct {
	Opened  time.Time     // when the token was asked for
	Renewed time.Time     // when it was last prolonged; Opened at first
	TTL     time.Duration // that a login or a renewal gives it
	MaxTTL  time.Duration // from Opened on, that it may reach at most; 0 is no limit
}

// Next is when to renew, after two thirds of the TTL and always after now. It is false where no
// renewal can prolong the token any more: old servers delete a token whose renewal would carry it
// past its maximum, so the last renewal is kept clear of it by a margin for clocks and the network.
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

// Safe tells whether a renewal now stays clear of the maximum.
func (r Renewal) Safe(now time.Time) bool {
	margin := min(30*time.Second, r.TTL/10)
	return r.MaxTTL == 0 || !now.Add(r.TTL+margin/2).After(r.Opened.Add(r.MaxTTL))
}
