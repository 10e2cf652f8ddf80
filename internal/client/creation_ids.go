// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// created are the IDs of all that this process has created, so that no create takes what another has
// made for its own.
var created takenIDs

type takenIDs struct{ ids sync.Map }

// take is false where another has taken it.
func (c *takenIDs) take(id string) bool {
	_, taken := c.ids.LoadOrStore(id, true)
	return !taken
}

func (c *takenIDs) has(id string) bool {
	_, taken := c.ids.Load(id)
	return taken
}

// sightings are the IDs that a client has read in answers, with the time of the first.
type sightings struct{ ids sync.Map }

// note remembers the IDs in a decoded answer.
func (s *sightings) note(answer any, now time.Time) {
	switch answer := answer.(type) {
	case []any:
		for _, element := range answer {
			s.note(element, now)
		}
	case map[string]any:
		for name, field := range answer {
			if text, ok := field.(string); !ok {
				s.note(field, now)
			} else if name == "id" || strings.HasSuffix(name, "Id") {
				s.ids.LoadOrStore(text, now)
			}
		}
	}
}

// before tells whether an ID was read before that time.
func (s *sightings) before(id string, then time.Time) bool {
	first, seen := s.ids.Load(id)
	at, _ := first.(time.Time)
	return seen && at.Before(then)
}

// crowds has a crowd for each name of what is created: those that send a create of it.
var crowds sync.Map

// crowd lets any number of creates in, or one alone that looks for what a lost one made: what the
// others have under way must be told apart from that.
type crowd struct{ places *semaphore.Weighted }

const everybody = 1 << 30

func crowdOf(name string) crowd {
	found, _ := crowds.LoadOrStore(name, semaphore.NewWeighted(everybody))
	places, _ := found.(*semaphore.Weighted)
	return crowd{places}
}

func (c crowd) enter(ctx context.Context) error { return c.places.Acquire(ctx, 1) }
func (c crowd) leave()                          { c.places.Release(1) }
func (c crowd) clear(ctx context.Context) error { return c.places.Acquire(ctx, everybody) }
func (c crowd) reopen()                         { c.places.Release(everybody) }
