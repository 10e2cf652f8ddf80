// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"fmt"
	"time"
)

// A group ends when it has this many members or lasts this long, whichever comes first, so
// that its first member does not wait much for its last.
const (
	groupSize = 128
	groupTime = 5 * time.Millisecond
)

// groups is a writer that has one transaction for all who wait to write, and so one wait for
// the disk. Each member runs inside its own savepoint and can be undone alone. Nobody waits
// for company: a group takes only those already queued.
type groups struct {
	conns   *pool
	begin   func(*conn) error
	queue   chan *write   // unbuffered: what can be received at once has been waiting
	stopped chan struct{} // closed when the last group is over
}

func newGroups(conns *pool, begin func(*conn) error) *groups {
	g := &groups{conns: conns, begin: begin, queue: make(chan *write), stopped: make(chan struct{})}
	go g.serve()
	return g
}

// write is a call on its way through a group.
type write struct {
	gone <-chan struct{} // the caller's context is done
	turn chan *tx        // unbuffered: handed over only to a caller who is there
	ran  chan bool       // the caller's function is over; true: keep its changes
	end  chan error      // what became of the group
}

// write waits for its turn, runs fn in the caller's goroutine, so that a panic of fn is the
// caller's own, and waits for the commit.
func (g *groups) write(ctx context.Context, fn func(*tx) error) error {
	w := &write{gone: ctx.Done(), turn: make(chan *tx), ran: make(chan bool, 1), end: make(chan error, 1)}
	select {
	case g.queue <- w:
	case <-w.gone:
		return ctx.Err()
	}
	select {
	case t := <-w.turn:
		if err := w.run(ctx, t, fn); err != nil {
			return err
		}
		return <-w.end
	case err := <-w.end:
		return err
	case <-w.gone:
		return ctx.Err()
	}
}

// run answers nil if the changes are to be kept. The group goes on even if fn panics or ends
// its goroutine.
func (w *write) run(ctx context.Context, t *tx, fn func(*tx) error) (err error) {
	keep := false
	defer func() { w.ran <- keep }()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	keep = t.failed == nil
	return t.failed
}

func (g *groups) stop() {
	close(g.queue)
	<-g.stopped
	g.conns.close()
}

func (g *groups) serve() {
	defer close(g.stopped)
	for first := range g.queue {
		g.group(first)
	}
}

func (g *groups) group(first *write) {
	c, err := g.conns.get(context.Background())
	if err != nil {
		g.refuse(first, err)
		return
	}
	defer g.conns.put(c)
	if err := g.begin(c); err != nil {
		c.broken = true
		g.refuse(first, fmt.Errorf("begin a write: %w", err))
		return
	}
	members, err := g.members(c, first)
	if err == nil && len(members) > 0 {
		if err = c.control("COMMIT"); err != nil {
			err = fmt.Errorf("commit: %w", err)
		}
	}
	if err != nil || len(members) == 0 {
		c.rollback()
	}
	for _, w := range members {
		w.end <- err
	}
}

// refuse answers whoever waited for a group that could not begin. Each trying anew would
// make the last wait for the sum of all.
func (g *groups) refuse(first *write, err error) {
	for w := first; w != nil; w = g.next() {
		w.end <- err
	}
}

// members runs those who are waiting and answers those whose changes are in the transaction.
// After an error the transaction is lost, and theirs with it.
func (g *groups) members(c *conn, first *write) ([]*write, error) {
	var kept []*write
	begun := time.Now()
	for w, n := first, 1; w != nil; w, n = g.next(), n+1 {
		keep, err := w.member(c)
		if keep {
			kept = append(kept, w)
		}
		if err != nil {
			return kept, fmt.Errorf("write: the transaction was lost: %w", err)
		}
		if n == groupSize || time.Since(begun) > groupTime {
			break
		}
	}
	return kept, nil
}

// next answers who is waiting already, or nil.
func (g *groups) next() *write {
	select {
	case w := <-g.queue:
		return w
	default:
		return nil
	}
}

// member gives w its turn, and reports whether it awaits the end of the group. A database
// that had to give up the transaction within the turn (the disk is full, say) has given up
// the savepoint too: so an error of RELEASE or ROLLBACK TO tells, before anything is committed.
func (w *write) member(c *conn) (bool, error) {
	if err := c.control("SAVEPOINT member"); err != nil {
		return true, err
	}
	keep := false
	select {
	case w.turn <- &tx{c: c, writing: true}:
		keep = <-w.ran
	case <-w.gone:
	}
	if keep {
		return true, c.control("RELEASE SAVEPOINT member")
	}
	if err := c.control("ROLLBACK TO SAVEPOINT member"); err != nil {
		return false, err
	}
	return false, c.control("RELEASE SAVEPOINT member")
}
