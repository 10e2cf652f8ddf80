// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/sync/semaphore"
)

// A create whose response is lost may or may not have made its object. createOrAdopt then lists the
// objects with the same natural key (a slug, a parent, or else a name) that are not older than the
// call, by the server's clock, and that this process has not created. If there is none, it sends the
// create again. If there is one with the requested settings, not in use, it adopts that one. Otherwise
// the error names the candidates. Other creates of the same key in this process wait meanwhile.
// A create without loss costs one request. If the key is unique and taken, the error names the object
// that has it. The server's clock counts seconds, so an equal object that somebody else creates within
// the same second is adopted, too.

// creation is a create request that returns a T, and how to find its object, an F.
type creation[T, F any] struct {
	key    string // natural key, unique on the server across all kinds of objects
	unique bool   // the server permits one object with the key
	send   func(context.Context) (T, error)
	id     func(T) string

	find      func(context.Context) ([]F, error) // all objects with the key; IsNotFound: none
	candidate func(F) Candidate
	matches   func(F) bool                   // has the requested settings and is not in use; nil: always
	adopt     func(F) T                      // the result of the create, from what was found
	discard   func(context.Context, F) error // instead of adopt: deletes it, to create it again
}

// Candidate is an object that a create may have made, or that conflicts with it.
type Candidate struct {
	ID, Name string
	Created  time.Time // by the server's clock

	older bool // existed before the create, or was created by this process
}

func (c Candidate) String() string {
	text := c.ID
	if c.Name != "" {
		text = fmt.Sprintf("%q, ID %s", c.Name, c.ID)
	}
	if !c.Created.IsZero() {
		text += ", created at " + c.Created.UTC().Format(time.RFC3339)
	}
	return text
}

// joinCandidates names the first five.
func joinCandidates(candidates []Candidate) string {
	const most = 5
	var texts []string
	for _, candidate := range candidates[:min(most, len(candidates))] {
		texts = append(texts, candidate.String())
	}
	text := strings.Join(texts, "; and ")
	if more := len(candidates) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// Candidates returns the objects that the error of a create names.
func Candidates(err error) []Candidate {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Candidates
	}
	return nil
}

var (
	createdIDs  sync.Map // IDs of all objects that this process created or adopted
	createLocks sync.Map // *semaphore.Weighted by host and natural key
)

// allCreates is the weight of the exclusive lock; a create that is under way weighs 1.
const allCreates = math.MaxInt64

// createOrAdopt creates an object exactly once, even if responses are lost, or returns an error
// that names the candidates.
func createOrAdopt[T, F any](ctx context.Context, c *Client, k creation[T, F]) (T, error) {
	begun := time.Now()
	known, _ := createLocks.LoadOrStore(c.base+" "+k.key, semaphore.NewWeighted(allCreates))
	lock, _ := known.(*semaphore.Weighted)
	if lock.Acquire(ctx, 1) != nil {
		return k.send(ctx) // returns the error of the interrupt
	}
	created, err := k.sendOnce(ctx)
	lock.Release(1)
	if err == nil || !isLost(err) && (!k.unique || !isConflict(err)) {
		return created, err
	}
	lookup, cancel := withInterruptGrace(ctx)
	defer cancel()
	if lock.Acquire(lookup, allCreates) != nil {
		return created, err
	}
	defer lock.Release(allCreates)
	return k.resolve(ctx, lookup, c, begun, err)
}

// sendOnce sends the create and records the ID of the new object.
func (k creation[T, F]) sendOnce(ctx context.Context) (T, error) {
	created, err := k.send(ctx)
	if err == nil {
		createdIDs.Store(k.id(created), true)
	}
	return created, err
}

// resolve adopts the object of a lost create, or creates it again, until RetryMaxElapsed. It looks for
// objects until lookup ends, and sends the create until ctx ends.
func (k creation[T, F]) resolve(ctx, lookup context.Context, c *Client, begun time.Time, failure error) (T, error) {
	var none T
	lost, start := isLost(failure), time.Now()
	for retry := 0; ; retry++ {
		tflog.Debug(ctx, "Looking for the object of a failed create", map[string]any{"error": failure.Error()})
		match, candidates, err := k.look(lookup, c, begun, lost)
		switch {
		case err != nil && k.unique && Status(err) == http.StatusForbidden && Status(failure) == http.StatusInternalServerError:
			return none, notLost(failure, "it probably exists already, in a place that the caller may not read")
		case err != nil:
			return none, unresolved(failure, nil, err)
		case match == nil && len(candidates) > 0:
			return none, unresolved(failure, candidates, nil)
		case match != nil && k.discard == nil:
			createdIDs.Store(candidates[0].ID, true)
			return k.adopt(*match), nil
		case match != nil:
			if err := k.discard(lookup, *match); err != nil {
				return none, err
			}
		case Status(failure) == http.StatusInternalServerError: // the server failed before it created anything
			lost, failure = false, notLost(failure, "")
		}
		wait := backoff(minBackoff, maxBackoff, retry, nil)
		if e, ok := errors.AsType[*Error](failure); ok {
			wait = max(wait, e.Delay)
		}
		if !lost || time.Since(start)+wait >= c.config.RetryMaxElapsed || sleep(ctx, wait) != nil {
			return none, failure
		}
		created, err := k.sendOnce(ctx)
		if err == nil || !isLost(err) && !isConflict(err) {
			return created, err
		}
		failure = err
	}
}

// look returns the object that a lost create made, if that is certain, and all candidates for it. If
// the key is unique, the object that has it is always a candidate.
func (k creation[T, F]) look(ctx context.Context, c *Client, begun time.Time, lost bool) (match *F, candidates []Candidate, err error) {
	rows, err := k.find(ctx)
	if err != nil && !IsNotFound(err) {
		return nil, nil, err
	}
	since, known := c.clock.at(begun)
	for _, row := range rows {
		candidate := k.candidate(row)
		_, ours := createdIDs.Load(candidate.ID)
		older := known && candidate.Created.Before(since)
		if (ours || older) && !k.unique {
			continue
		}
		candidate.older = ours || older
		candidates = append(candidates, candidate)
		if lost && known && !ours && !older && (k.matches == nil || k.matches(row)) {
			match = &row
		}
	}
	if len(candidates) != 1 {
		match = nil
	}
	return match, candidates, nil
}

// unresolved returns the failure of a create with its candidates, or with why there are none.
func unresolved(failure error, candidates []Candidate, lookup error) error {
	e, ok := errors.AsType[*Error](failure)
	if !ok {
		return failure
	}
	own := *e
	if own.Candidates = candidates; len(candidates) > 0 && !slices.ContainsFunc(candidates, func(c Candidate) bool { return !c.older }) {
		own.Lost = false // none of them is of this create
		if own.Status == http.StatusInternalServerError {
			own.Message = "it exists already"
		}
	}
	if lookup != nil {
		own.Message += "; the lookup of what it may have created failed: " + lookup.Error()
	}
	return &own
}

// notLost returns the error of a create that certainly created nothing, with the message unless it is empty.
func notLost(failure error, message string) error {
	e, ok := errors.AsType[*Error](failure)
	if !ok {
		return failure
	}
	own := *e
	own.Lost = false
	own.Message = cmp.Or(message, own.Message)
	return &own
}

// isLost reports whether the server may have processed a request that failed.
func isLost(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Lost
}

// isConflict reports whether a create may have failed because the natural key is taken. Servers of
// October 2024 return 500 for a taken slug.
func isConflict(err error) bool {
	status := Status(err)
	return PlanLacks(err) == "" && (status == http.StatusBadRequest || status == http.StatusConflict || status == http.StatusInternalServerError) && len(Issues(err)) == 0
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// findOne turns a read into a find, for natural keys that are unique.
func findOne[F any](read func(context.Context) (F, error)) func(context.Context) ([]F, error) {
	return func(ctx context.Context) ([]F, error) {
		found, err := read(ctx)
		if err != nil {
			return nil, err
		}
		return []F{found}, nil
	}
}

// unchanged adopts an object that a read returns in the same form as a create.
func unchanged[T any](found T) T { return found }

// valueOr returns what a pointer of a request points to, or the API's default.
func valueOr[T any](requested *T, standard T) T {
	if requested == nil {
		return standard
	}
	return *requested
}
