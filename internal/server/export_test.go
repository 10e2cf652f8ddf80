// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import "time"

// MaxCounters is how many addresses have counters of their own.
const MaxCounters = maxCounters

// NewCounters makes empty counters.
func NewCounters(now func() time.Time) *Counters {
	return &Counters{counters{now: now, counts: map[counterKey]counter{}}}
}

// Counters are those of one route.
type Counters struct{ counters }

// Take counts a request and returns its number in the window.
func (c *Counters) Take(address string) int {
	used, _ := c.take(counterKey{"GET /", address})
	return used
}

// Len is how many there are.
func (c *Counters) Len() int { return len(c.counts) }

// Routes lists the API as METHOD /path, for the matrix.
func Routes() []string {
	var all []string
	for _, r := range new(server).routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}
