// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	beginSerializable = "BEGIN ISOLATION LEVEL SERIALIZABLE"

	// maxPause bounds the pause before another attempt, and so the first one does.
	minPause = time.Millisecond
	maxPause = 50 * time.Millisecond
)

// transactions is a writer that has a serializable transaction for each Write, several at once.
// The database refuses one that was in the way of another, and then it is run again, from the
// beginning.
type transactions struct {
	conns *pool
	again chan struct{} // holds whoever runs again: one at a time, so that they are not in each other's way
}

func newTransactions(conns *pool) *transactions {
	return &transactions{conns: conns, again: make(chan struct{}, 1)}
}

func (w *transactions) stop() { w.conns.close() }

// write runs fn until the database takes its transaction, for patience at most. Between two
// attempts nothing is done yet, and ctx is heeded.
func (w *transactions) write(ctx context.Context, fn func(*tx) error) error {
	outcome, err := w.attempt(ctx, fn)
	if outcome == final {
		return err
	}
	begun := time.Now()
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		if err := w.pause(ctx, pause); err != nil {
			return err
		}
		violated := outcome == violating
		outcome, err = w.attempt(ctx, fn)
		<-w.again
		switch {
		case outcome == final, outcome == violating && violated:
			return err
		case time.Since(begun) > patience:
			return fmt.Errorf("others have changed the same for %s: %w", patience, err)
		}
	}
}

// pause waits up to that long, and then for its turn.
func (w *transactions) pause(ctx context.Context, most time.Duration) error {
	select {
	case <-time.After(rand.N(most)): //nolint:gosec // a pause is no secret
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case w.again <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// outcome is what became of an attempt.
type outcome int

const (
	final     outcome = iota // the answer, good or bad
	repeat                   // nothing is done, and another attempt may succeed
	violating                // a rule of a table is broken, perhaps by a row that the snapshot is too old to show: worth one more
)

// attempt runs fn in a transaction. A connection that is lost before the commit has done nothing;
// one that is lost at the commit may have, and that is said, not tried again.
func (w *transactions) attempt(ctx context.Context, fn func(*tx) error) (outcome, error) {
	c, err := w.conns.get(ctx)
	if err != nil {
		return final, err
	}
	defer w.conns.put(c)
	if err := c.control(beginSerializable); err != nil {
		c.broken = true
		return retriable(c, err), fmt.Errorf("begin a write: %w", err)
	}
	t := &tx{c: c, writing: true}
	open := true
	defer func() {
		if open { // after a panic too
			c.rollback()
		}
	}()
	err = fn(t)
	switch {
	case t.failed != nil && c.engine.violation(t.cause) != noViolation:
		return violating, either(err, t.failed)
	case t.failed != nil:
		return retriable(c, t.cause), either(err, t.failed)
	case err != nil:
		return final, err
	}
	open = false
	err = c.control("COMMIT")
	switch {
	case err == nil:
		return final, nil
	case contended(err):
		return repeat, fmt.Errorf("commit: %w", err)
	case postgresOpen(c): // the server refuses, and has undone everything
		return final, fmt.Errorf("commit: %w", err)
	}
	c.broken = true
	return final, fmt.Errorf("commit: the connection to the database was lost, and whether the change was kept is not known: %w", err)
}

func either(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// retriable tells what an error before the commit means.
func retriable(c *conn, err error) outcome {
	if contended(err) || !postgresOpen(c) {
		return repeat
	}
	return final
}

// contended reports whether the database gave the transaction up for the sake of another:
// serialization_failure or deadlock_detected.
func contended(err error) bool { return code(err) == "40001" || code(err) == "40P01" }
