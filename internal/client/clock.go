// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"net/http"
	"sync"
	"time"
)

// serverClock estimates the server's clock from the Date headers of its responses, which have whole
// seconds. A response was written at or after its Date and before it arrived, so the server's clock is
// ahead of this machine's by at least the difference. The greatest difference is the best estimate.
type serverClock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // lower bound; negative if the server's clock is behind
}

// update uses a response that just arrived from the API itself. Gateways have clocks of their own.
func (c *serverClock) update(header http.Header) {
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

// at converts a local time to the server's clock: in whole seconds, never too late. It is false if no
// response had a Date.
func (c *serverClock) at(local time.Time) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return local.Add(c.ahead).Truncate(time.Second), c.known
}

// Now returns the time by the server's clock, which decides on expiry: in whole seconds, never too
// late. Before the first response it is the local time.
func (c *Client) Now() time.Time {
	local := time.Now()
	if remote, known := c.clock.at(local); known {
		return remote
	}
	return local
}
