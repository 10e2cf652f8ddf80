// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds the prepared statements of a database. The texts of this package are far
// fewer; only searches vary with the number of their conditions.
const maxStatements = 200

// statements are the prepared statements of an SQLite database. SQLite takes longer to prepare the
// statements of a login or of a bearer token than to run them: see BenchmarkRead. pgx prepares by
// itself, so that PostgreSQL has nil.
type statements struct {
	db       *sql.DB
	mu       sync.Mutex
	prepared map[string]*sql.Stmt
	wanted   []string // to be prepared once a connection is free
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, prepared: map[string]*sql.Stmt{}}
}

// in returns what runs statements in a transaction of the database.
func (s *statements) in(t *sql.Tx) executor {
	if s == nil {
		return t
	}
	return preparedTx{t, s}
}

// preparedTx runs the statements that are prepared as such.
type preparedTx struct {
	*sql.Tx
	statements *statements
}

func (t preparedTx) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if p := t.statements.find(text); p != nil {
		own := t.StmtContext(ctx, p)
		defer own.Close()
		return own.ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, text, args...)
}

func (t preparedTx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if p := t.statements.find(text); p != nil {
		return t.StmtContext(ctx, p).QueryContext(ctx, args...) //nolint:sqlclosecheck // the transaction closes it, after the rows
	}
	return t.Tx.QueryContext(ctx, text, args...)
}

// find returns the prepared statement, or nil if there is none yet.
func (s *statements) find(text string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.prepared[text]
	if p == nil && len(s.prepared) < maxStatements {
		s.wanted = append(s.wanted, text)
	}
	return p
}

// prepareWanted prepares what transactions have run unprepared. It waits for a connection, so no
// transaction may be open on the caller's.
func (s *statements) prepareWanted(ctx context.Context) {
	if s == nil {
		return
	}
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for _, text := range wanted {
		p, err := s.db.PrepareContext(ctx, text) //nolint:gosec,sqlclosecheck // texts are of this package, with parameters for values; the map keeps it
		if err != nil {
			return // the next transaction that runs it returns the error
		}
		s.mu.Lock()
		if s.prepared[text] == nil && len(s.prepared) < maxStatements {
			s.prepared[text], p = p, nil
		}
		s.mu.Unlock()
		if p != nil {
			_ = p.Close()
		}
	}
}
