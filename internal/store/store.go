// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package store keeps what package iam speaks of in an SQL database: organisation, roles,
// identities, projects with their environments, memberships and privileges, Universal
// Auth, client secrets, lockouts, access tokens and signing keys. It knows tables,
// transactions and files. It knows no rule: who may do what, how long a credential lives
// and what is refused is decided in iam, which calls it through iam.Store and iam.Tx.
//
// One SQL text serves every engine: $1 parameters, times in BIGINT microseconds (0: the
// zero time), durations in BIGINT seconds, truth in BIGINT 0 and 1, everything else as
// text. A file an engine holds only how to open it and how to read its errors.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

var errClosed = errors.New("the database is closed")

// Store is an open database; it implements iam.Store and is safe for concurrent use.
type Store struct {
	db      *sql.DB
	readers *pool
	writer  writer
	calls   calls
}

var _ iam.Store = (*Store)(nil)

// writer runs functions that change something; an engine chooses how.
type writer interface {
	// write runs fn alone among all writers and returns once its changes are durable.
	write(ctx context.Context, fn func(*tx) error) error
	// stop returns when everything it runs in the background is over; no write is under way.
	stop()
}

// Open opens the database that url names, and makes or migrates its tables as needed: the path of
// an SQLite file, ":memory:" for one that lasts as long as the Store, or the URL of a PostgreSQL
// database. Errors name the path, or the URL without its password.
func Open(ctx context.Context, url string) (*Store, error) {
	switch {
	case url == "":
		return nil, errors.New("open the database: no path is given")
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

// Read runs fn on one consistent snapshot. Once ctx is done, a statement under way is
// interrupted and the error is that of ctx. fn must not use the Tx after it has returned.
func (s *Store) Read(ctx context.Context, fn func(iam.Tx) error) error {
	if err := s.calls.enter(); err != nil {
		return err
	}
	defer s.calls.leave()
	c, err := s.readers.get(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	return c.snapshot(ctx, func(t *tx) error { return fn(t) })
}

// Write runs fn alone among all writers, in the caller's goroutine, and returns nil once its
// changes are durable; an error or a panic of fn undoes them. Once a method of the Tx has
// failed, its later ones answer the same error, and so does Write: after a conflict too there
// is nothing left to be done. To look for something and not find it is no failure.
//
// When ctx is done before fn was started, fn never runs and the error is that of ctx. Once
// started, ctx is no longer heeded, and the answer is what really became of it.
//
// A Write within fn would wait for itself: it never starts, and ends only with its context.
// fn must not use the Tx after it has returned.
func (s *Store) Write(ctx context.Context, fn func(iam.Tx) error) error {
	if err := s.calls.enter(); err != nil {
		return err
	}
	defer s.calls.leave()
	return s.writer.write(ctx, func(t *tx) error { return fn(t) })
}

// Close takes no more calls, lets those under way finish, and closes the database. Closing
// again does nothing.
func (s *Store) Close() error {
	if !s.calls.shut() {
		return nil
	}
	s.writer.stop()
	s.readers.close()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// calls counts who is inside, so that Close can wait for them.
type calls struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

func (c *calls) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errClosed
	}
	c.inside.Add(1)
	return nil
}

func (c *calls) leave() { c.inside.Done() }

// shut lets nobody in any more, waits until nobody is inside, and reports whether this call
// was the one to shut.
func (c *calls) shut() bool {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.mu.Unlock()
	c.inside.Wait()
	return first
}
