// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"
)

// maxPrepared bounds the statements kept prepared on a connection. The texts of this package
// are far fewer; only searches differ in the number of their conditions.
const maxPrepared = 200

// conn is a connection with its prepared statements. One goroutine uses it at a time.
type conn struct {
	sql      *sql.Conn
	engine   *engine
	prepared map[string]statement
	broken   bool      // in a state that nobody knows: to be thrown away
	idle     time.Time // since when nobody has used it
}

// statement is a prepared statement that lasts as long as its connection.
type statement struct{ *sql.Stmt }

// engine is what differs between databases in running a transaction.
type engine struct {
	beginRead string
	violation func(error) violation
	argument  func(any) any    // what a statement takes for it; nil: it takes everything as it is
	alive     func(*conn) bool // asked of one that was idle for long; nil: a connection does not end by itself
}

// violation is the rule of a table that a statement broke.
type violation int

const (
	noViolation violation = iota
	duplicate             // a second row where there may be one
	orphan                // a row that refers to one that is not there, or no longer
)

// statement prepares a text once. Nothing begins under a context that is over.
func (c *conn) statement(ctx context.Context, text string) (statement, error) {
	if err := ctx.Err(); err != nil {
		return statement{}, err
	}
	if s, ok := c.prepared[text]; ok {
		return s, nil
	}
	prepared, err := c.sql.PrepareContext(context.WithoutCancel(ctx), text) // to interrupt it would cost the connection
	if err != nil {
		return statement{}, err
	}
	if len(c.prepared) >= maxPrepared {
		c.forgetOne()
	}
	s := statement{prepared}
	c.prepared[text] = s
	return s, nil
}

func (c *conn) forgetOne() {
	for text, s := range c.prepared {
		_ = s.Close() // at worst it stays in memory as long as the connection
		delete(c.prepared, text)
		return
	}
}

func (c *conn) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, c.arguments(args)...)
}

// arguments are args as the engine takes them.
func (c *conn) arguments(args []any) []any {
	if c.engine.argument == nil {
		return args
	}
	taken := make([]any, len(args))
	for n, a := range args {
		taken[n] = c.engine.argument(a)
	}
	return taken
}

// control runs a statement that begins, divides or ends a transaction. No context may
// interrupt it.
func (c *conn) control(text string) error {
	_, err := c.exec(context.Background(), text)
	return err
}

// rollback ends a transaction that may or may not have ended by itself.
func (c *conn) rollback() {
	if err := c.control("ROLLBACK"); err != nil {
		c.broken = true
	}
}

func (c *conn) snapshot(ctx context.Context, fn func(*tx) error) error {
	if err := c.control(c.engine.beginRead); err != nil {
		c.broken = true
		return fmt.Errorf("begin a read: %w", err)
	}
	defer c.rollback()
	t := &tx{c: c}
	err := fn(t)
	if gone := ctx.Err(); gone != nil && t.failed != nil {
		c.broken = true // the interrupt may still be on its way, and is to strike nobody else
		return gone
	}
	return either(err, t.failed)
}

// pool lends out connections, up to a fixed number, each opened when there is no idle one.
type pool struct {
	open func(context.Context) (*conn, error)
	keep bool // never throw a connection away: it is the database
	idle chan *conn
	room chan struct{} // one for each connection that may still be opened
	shut sync.Once
}

func newPool(size int, open func(context.Context) (*conn, error)) *pool {
	p := &pool{open: open, idle: make(chan *conn, size), room: make(chan struct{}, size)}
	for range size {
		p.room <- struct{}{}
	}
	return p
}

// get waits for a connection until ctx is done.
func (p *pool) get(ctx context.Context) (*conn, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		select {
		case c := <-p.idle:
			if c.usable() {
				return c, nil
			}
			p.room <- struct{}{}
			continue
		default:
		}
		select {
		case c := <-p.idle:
			if c.usable() {
				return c, nil
			}
			p.room <- struct{}{}
		case <-p.room:
			c, err := p.open(ctx)
			if err != nil {
				p.room <- struct{}{}
			}
			return c, err
		case <-ctx.Done():
		}
	}
}

// longIdle is after how long it is asked whether a connection is still there.
const longIdle = time.Second

// usable reports whether a connection that was idle is still there, and else closes it.
func (c *conn) usable() bool {
	if c.engine.alive == nil || time.Since(c.idle) < longIdle || c.engine.alive(c) {
		return true
	}
	c.discard()
	return false
}

func (p *pool) put(c *conn) {
	if c.broken && !p.keep {
		c.discard()
		p.room <- struct{}{}
		return
	}
	c.idle = time.Now()
	p.idle <- c
}

// close closes every connection; none is lent out. Readers and writers may share the pool, and
// both close it.
func (p *pool) close() {
	p.shut.Do(func() {
		for range cap(p.idle) {
			select {
			case c := <-p.idle:
				c.discard()
			case <-p.room:
			}
		}
	})
}

// discard closes the connection for good: it does not go back to the pool of database/sql.
func (c *conn) discard() {
	for _, s := range c.prepared {
		_ = s.Close()
	}
	_ = c.sql.Raw(func(any) error { return driver.ErrBadConn })
}
