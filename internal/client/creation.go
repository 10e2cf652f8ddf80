// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// creation is a create whose answer may be lost. It answers a T; what it makes is found as an F.
//
// While nothing is lost it costs one request. What a lost answer tells nothing of is looked for,
// and only where nothing is found the create is sent again: it is never repeated blindly.
type creation[T, F any] struct {
	name string // creates of one server with the same name cannot be told apart by what they make
	send func(context.Context) (T, error)
	id   func(T) string

	find  func(context.Context) ([]F, error)        // what has the name; IsNotFound is nothing
	trace func(F) Candidate                         // where Created is zero, it is not looked at
	same  func(context.Context, F) (bool, error)    // all fields are as asked, and nobody has used it
	take  func(context.Context, F) (T, bool, error) // false where the create is to be sent again
	only  bool                                      // there can be one of that name
}

// Candidate is what a create may have made whose answer was lost, or what stands in its way.
type Candidate struct {
	ID, Name string
	Created  time.Time // by the server's clock; zero where it is not told
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

// listed names the first of them.
func listed(candidates []Candidate) string {
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

// Candidates are those that the error names; none where the create certainly made nothing, and
// nothing stands in its way.
func Candidates(err error) []Candidate {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Candidates
	}
	return nil
}

// createOnce creates what is there once then, whatever becomes of the answers. It ends with an
// error that names candidates where it cannot tell whether one of them is what it made.
func createOnce[T, F any](ctx context.Context, c *Client, k creation[T, F]) (T, error) {
	begun := time.Now()
	crowd := crowdOf(c.base + " " + k.name)
	if crowd.enter(ctx) != nil {
		return k.send(ctx) // which says that it is interrupted
	}
	made, err := k.sendClaimed(ctx)
	crowd.leave()
	if err == nil || !isLost(err) && (!k.only || !isConflict(err)) {
		return made, err
	}
	// Others of the same name that are under way may be what is found, so they are awaited.
	settled, stop := settling(ctx)
	defer stop()
	if crowd.clear(settled) != nil {
		return made, err
	}
	defer crowd.reopen()
	return k.reconcile(ctx, settled, c, begun, err)
}

// settling is a context that lives for settleTime after the end of another, so that what a write did
// that is known to be sent can still be found out.
func settling(ctx context.Context) (context.Context, context.CancelFunc) {
	settled, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(settleTime, cancel) })
	return settled, func() { stop(); cancel() }
}

func (k creation[T, F]) sendClaimed(ctx context.Context) (T, error) {
	made, err := k.send(ctx)
	if err == nil {
		created.take(k.id(made))
	}
	return made, err
}

// reconcile finds out what became of a create that failed, and sends it again where nothing did.
// Looking ends with settled, and sending again with ctx.
func (k creation[T, F]) reconcile(ctx, settled context.Context, c *Client, begun time.Time, failure error) (T, error) {
	var none T
	lost, failing := isLost(failure), time.Now()
	for attempt := 0; ; attempt++ {
		tflog.Debug(ctx, "Looking for what a create has made that failed", map[string]any{"failure": failure.Error()})
		found, err := k.look(settled, c, begun, lost)
		if err != nil {
			return none, unclear(failure, err)
		}
		if found != nil {
			if made, over, err := k.take(settled, *found); over || err != nil {
				return made, err
			}
		}
		again := lost && (found != nil || Status(failure) != http.StatusInternalServerError) && time.Since(failing) < c.config.RetryMaxElapsed
		if !again || sleep(ctx, pause(firstWait, longestWait, attempt, nil)) != nil {
			return none, failure
		}
		made, err := k.sendClaimed(ctx)
		if err == nil || !isLost(err) && !isConflict(err) {
			return made, err
		}
		failure = err
	}
}

// look answers what the create made; nil where it made nothing. It is an error where that cannot be
// told: where more than one may be it, or where one has other fields, is in use, was there before, or
// belongs to another create of this process.
func (k creation[T, F]) look(ctx context.Context, c *Client, begun time.Time, lost bool) (*F, error) {
	rows, err := k.find(ctx)
	if err != nil && !IsNotFound(err) {
		return nil, err
	}
	since, known := c.clock.at(begun)
	var may []F
	var candidates []Candidate
	for _, row := range rows {
		trace := k.trace(row)
		timeless := trace.Created.IsZero()
		others := c.seen.before(trace.ID, begun) || created.has(trace.ID) || !timeless && known && trace.Created.Before(since)
		if others && !k.only {
			continue
		}
		candidates = append(candidates, trace)
		if !others && (timeless || known) {
			may = append(may, row)
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	if lost && len(may) == 1 && len(candidates) == 1 {
		same, err := k.same(ctx, may[0])
		if err != nil {
			return nil, err
		}
		if same && created.take(candidates[0].ID) {
			return &may[0], nil
		}
	}
	return nil, &Error{Candidates: candidates}
}

// unclear is the failure of a create, with why nobody knows what became of it.
func unclear(failure, why error) error {
	e, ok := errors.AsType[*Error](failure)
	if !ok {
		return failure
	}
	said := *e
	if said.Candidates = Candidates(why); said.Candidates == nil {
		said.Message += "; and looking for what it may have made failed: " + why.Error()
	}
	return &said
}

// isLost tells whether the server may have done what failed.
func isLost(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Lost
}

// isConflict tells whether a create may have been refused because there is such a thing.
func isConflict(err error) bool {
	status := Status(err)
	return (status == http.StatusBadRequest || status == http.StatusConflict || status == http.StatusInternalServerError) && len(Issues(err)) == 0
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
