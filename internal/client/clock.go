// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"net/http"
	"sync"
	"time"
)

// clock is what is known of the server's, from the Date headers of its own answers, which tell
// whole seconds. An answer that came at a time by this machine was written before it, and not
// before its Date, so the server's clock was ahead by at least the difference. The greatest
// difference seen is the best bound.
type clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // at least; negative where it is behind
}

// note learns from an answer that has just come. Those of gateways are not to be noted: their
// clocks are others.
func (c *clock) note(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	ahead := time.Until(date)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || ahead > c.ahead {
		c.known, c.ahead = true, ahead
	}
}

// at is a time of this machine by the server's clock, never too late and to the second; false where
// the server has told no time.
func (c *clock) at(here time.Time) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return here.Add(c.ahead).Truncate(time.Second), c.known
}

// Now is the time by the server's clock, which decides on what has expired: to the second, and not
// too late. Until the server has told a time, it is this machine's.
func (c *Client) Now() time.Time {
	here := time.Now()
	if there, known := c.clock.at(here); known {
		return there
	}
	return here
}
