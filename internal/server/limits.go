// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 0, "Rate limits".

// RateLimits maps a class of routes to the number of requests a minute that each of its routes accepts
// from one address. A class without an entry is not limited; creations without one count as writes.
type RateLimits map[string]int

// The classes of routes.
const (
	classRead             = "read"              // GET, and searches
	classWrite            = "write"             // all others, including logins and renewals
	classProjectCreation  = "project-creation"  // POST of a project
	classIdentityCreation = "identity-creation" // POST of an identity
)

var classes = []string{classRead, classWrite, classProjectCreation, classIdentityCreation}

// ParseRateLimits parses "off", "default", or limits such as "read=60,write=200".
func ParseRateLimits(text string) (RateLimits, error) {
	switch text {
	case "off":
		return nil, nil
	case "default":
		return RateLimits{classRead: 60, classWrite: 200, classProjectCreation: 30, classIdentityCreation: 30}, nil
	}
	limits := RateLimits{}
	for part := range strings.SplitSeq(text, ",") {
		class, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		limit, err := strconv.Atoi(number)
		switch {
		case !slices.Contains(classes, class):
			return nil, fmt.Errorf("%q begins with no class of routes; it must be off, default, or a list such as read=60,write=200, of %s", part, strings.Join(classes, ", "))
		case err != nil || limit < 1:
			return nil, fmt.Errorf("%q: a limit is a number of requests a minute, at least 1", part)
		case limits[class] != 0:
			return nil, fmt.Errorf("%q: this class has a limit already", part)
		}
		limits[class] = limit
	}
	return limits, nil
}

func (l RateLimits) of(o *huma.Operation) int {
	switch creates := o.Method == post; {
	case o.Method == get || strings.Contains(o.Path, "/search"):
		return l[classRead]
	case creates && l[classProjectCreation] > 0 && (o.Path == api.Prefix+"/v1/projects" || o.Path == api.Prefix+"/v2/workspace"):
		return l[classProjectCreation]
	case creates && l[classIdentityCreation] > 0 && (o.Path == api.Prefix+"/v1/identities" || o.Path == api.Prefix+"/v1/projects/{project}/identities"):
		return l[classIdentityCreation]
	}
	return l[classWrite]
}

// limitWindow is the length of a window, which begins with the first request that it counts.
const limitWindow = time.Minute

// maxCounters bounds the memory to about 10 MB. Further addresses share one counter for each route.
const maxCounters = 100_000

// counters count requests by route and address.
type counters struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[counterKey]counter
	sweep  time.Time // earliest time to delete windows that have ended
}

type counterKey struct{ route, address string }

type counter struct {
	used int
	ends time.Time
}

// take counts a request. It returns the number of requests in the window, and the rest of the window.
func (c *counters) take(key counterKey) (used int, left time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if _, known := c.counts[key]; !known && len(c.counts) >= maxCounters {
		if !now.Before(c.sweep) {
			c.sweep = now.Add(limitWindow)
			maps.DeleteFunc(c.counts, func(_ counterKey, old counter) bool { return !now.Before(old.ends) })
		}
		if len(c.counts) >= maxCounters {
			key.address = ""
		}
	}
	count := c.counts[key]
	if !now.Before(count.ends) {
		count = counter{ends: now.Add(limitWindow)}
	}
	count.used++
	c.counts[key] = count
	return count.used, count.ends.Sub(now)
}

// limit rejects requests beyond the limit of their route before any other work, and sends in every
// response how many are left.
func (s *server) limit(c huma.Context, next func(huma.Context)) {
	o := c.Operation()
	limit := s.limits.of(o)
	if limit == 0 {
		next(c)
		return
	}
	used, left := s.counters.take(counterKey{o.Method + " " + o.Path, from(c.Context()).String()})
	seconds := int(math.Ceil(left.Seconds()))
	c.SetHeader("X-RateLimit-Limit", strconv.Itoa(limit))
	c.SetHeader("X-RateLimit-Remaining", strconv.Itoa(max(0, limit-used)))
	c.SetHeader("X-RateLimit-Reset", strconv.Itoa(seconds))
	if used <= limit {
		next(c)
		return
	}
	c.SetHeader("Retry-After", strconv.Itoa(seconds))
	f := failure(c.Context(), http.StatusTooManyRequests, api.ErrorRateLimit, fmt.Sprintf("Rate limit exceeded. Please try again in %d seconds", seconds))
	_, w := humachi.Unwrap(c)
	writeError(w, f)
}
