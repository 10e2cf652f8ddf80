// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package store implements iam.Store in SQL, for SQLite and PostgreSQL: organizations, roles,
// identities, projects with their environments, memberships and privileges, auth methods, client
// secrets, lockouts, access tokens, signing keys and audit events. It knows tables, transactions
// and files, and no rules: package iam decides who may do what and how long a credential lives.
//
// Every statement has one text for both engines: $1 parameters, times in BIGINT microseconds
// (0 is the zero time), durations in BIGINT seconds, booleans in BIGINT 0 and 1, all else as text.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// patience is how long a write waits for its turn, or for another process.
const patience = 10 * time.Second

var (
	errClosed         = errors.New("the database is closed")
	errBusy           = fmt.Errorf("the database is busy: other writes have held it for %s", patience)
	errConnectionLost = errors.New("the connection to the database was lost")
	errCommitUnknown  = errors.New("commit: the connection to the database was lost, and the changes may have been kept")
)

// Store is an open database. It implements iam.Store and is safe for concurrent use.
type Store struct {
	db     *sql.DB // serves reads and, where the writer has none of its own, writes
	engine *engine
	writer *batchWriter
	calls  calls
}

var _ iam.Store = (*Store)(nil)

// engine is what differs between databases, except how to open them.
type engine struct {
	beginRead  string
	beginWrite string       // waits until no other write of any process runs
	waits      bool         // reports whether to begin may take long; if not, nothing interrupts it
	check      func() error // reports why the database is gone before a transaction; may be nil
	violation  func(error) violation
	outage     func(error) bool     // reports whether an error is of the database, not of the statement
	arguments  func([]any) []any    // returns them as the driver takes them
	lost       func(*sql.Conn) bool // reports whether the connection is closed
}

// begin begins a transaction on a connection of the pool. sql.Tx would run a goroutine for the
// transaction and for each of its queries, and take a round trip more for the lock of a write. A
// server that was restarted has left closed connections in the pool: each attempt discards one.
func (e *engine) begin(ctx context.Context, db *sql.DB, text string) (*sql.Conn, error) {
	if e.check != nil {
		if err := e.check(); err != nil {
			return nil, err
		}
	}
	for {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, fmt.Errorf("connect to the database: %w", err)
		}
		err = patiently(ctx, func() error {
			begin := ctx
			if !e.waits {
				begin = context.WithoutCancel(ctx)
			}
			_, err := conn.ExecContext(begin, text)
			return err
		})
		if err == nil {
			return conn, nil
		}
		lost := e.lost(conn)
		release(conn, false)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if !lost || ctx.Err() != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
	}
}

// release returns a connection to the pool, which discards a broken one. Unless the transaction is
// committed, it rolls it back.
func release(conn *sql.Conn, committed bool) {
	if !committed {
		_, _ = conn.ExecContext(context.Background(), "ROLLBACK") // fails if the transaction is over
	}
	_ = conn.Close()
}

// violation is the constraint that a statement violated.
type violation int

const (
	noViolation violation = iota
	duplicate             // a second row with the same key
	orphan                // a reference to a row that does not exist
)

// Open opens a database and creates or migrates its tables: url is the path of an SQLite file,
// ":memory:" for a database that lasts as long as the Store, or the URL of a PostgreSQL database.
// Errors hold the path, or the URL without its password.
func Open(ctx context.Context, url string) (*Store, error) {
	switch {
	case url == "":
		return nil, errors.New("open the database: the path is empty")
	case strings.HasPrefix(url, "postgres:"), strings.HasPrefix(url, "postgresql:"):
		return openPostgres(ctx, url)
	case url == ":memory:":
		return openMemory(ctx)
	}
	s, err := openFile(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", url, err)
	}
	return s, nil
}

// Read runs fn on one consistent snapshot. Once ctx is done, it interrupts a running statement and
// returns the error of ctx. fn must not use the Tx after it has returned.
func (s *Store) Read(ctx context.Context, fn func(iam.Tx) error) error {
	return s.withKind(s.read(ctx, fn))
}

func (s *Store) read(ctx context.Context, fn func(iam.Tx) error) error {
	if err := s.calls.enter(); err != nil {
		return err
	}
	defer s.calls.leave()
	conn, err := s.engine.begin(ctx, s.db, s.engine.beginRead)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer release(conn, false)
	t := &tx{sql: conn, engine: s.engine}
	err = fn(t)
	if t.failed != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return either(err, t.failed)
}

// Write runs fn in the caller's goroutine while no other write runs, and returns nil once its
// changes are durable. An error or a panic of fn undoes them. Once a method of the Tx has failed,
// its later methods return the same error, and so does Write. A row that is not found is no failure.
//
// If ctx is done before fn starts, fn does not run and the error is that of ctx. Once fn has
// started, ctx no longer matters. If the connection is lost before the commit, fn runs once more.
//
// A Write within fn waits for itself, until its patience ends. fn must not use the Tx after it has
// returned.
func (s *Store) Write(ctx context.Context, fn func(iam.Tx) error) error {
	return s.withKind(s.write(ctx, fn))
}

func (s *Store) write(ctx context.Context, fn func(iam.Tx) error) error {
	if err := s.calls.enter(); err != nil {
		return err
	}
	defer s.calls.leave()
	run := func(t *tx) error { return fn(t) }
	err := s.writer.write(ctx, run)
	if errors.Is(err, errConnectionLost) {
		err = s.writer.write(ctx, run)
	}
	return err
}

// withKind returns an error of the database itself as one of kind Unavailable, and others unchanged. A
// commit of which the result is unknown is not Unavailable, as a retry may repeat it.
func (s *Store) withKind(err error) error {
	switch {
	case err == nil, errors.Is(err, errCommitUnknown):
		return err
	case errors.Is(err, errBusy), errors.Is(err, errClosed), errors.Is(err, errConnectionLost), s.engine.outage(err):
		return fmt.Errorf("%w: %w", iam.Errorf(iam.Unavailable, "The database is not available. Retry later"), err)
	}
	return err
}

// Close rejects new calls, waits for those that have started, and closes the database. Closing a
// second time does nothing.
func (s *Store) Close() error {
	if !s.calls.close() {
		return nil
	}
	err := s.db.Close()
	if s.writer.db != s.db {
		err = errors.Join(err, s.writer.db.Close())
	}
	if err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// calls counts running calls, so that Close can wait for them.
type calls struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

func (c *calls) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errClosed
	}
	c.running.Add(1)
	return nil
}

func (c *calls) leave() { c.running.Done() }

// close rejects later calls, waits for the running ones, and reports whether it was the first to.
func (c *calls) close() bool {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.mu.Unlock()
	c.running.Wait()
	return first
}
