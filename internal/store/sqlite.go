// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// sqliteReaders is how many snapshots can be read at once, each by a connection with its
	// own cache.
	sqliteReaders = 4
	// patience is how long another process may keep the database for itself.
	patience = 10 * time.Second
)

// sqlitePragmas are set on every connection. FULL makes a commit wait for the disk. The cache
// is 8 MiB a connection, and the log of a long read shrinks to 64 MiB when it is over.
var sqlitePragmas = []string{
	"busy_timeout(10000)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)",
	"cache_size(-8192)", "journal_size_limit(67108864)",
}

var sqliteEngine = &engine{beginRead: "BEGIN", violation: sqliteViolation}

// openMemory opens a database of its own, in memory. It has a single connection, which readers
// and writers take in turn: SQLite's ways to share memory between connections have no log, so
// there readers and writers would keep each other waiting, in sleeps, and fail in the end.
func openMemory(ctx context.Context) (*Store, error) {
	db, err := sqliteDB(":memory:")
	if err != nil {
		return nil, fmt.Errorf("open a database in memory: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := migrateSQLite(ctx, db); err != nil {
		return nil, fmt.Errorf("open a database in memory: %w", errors.Join(err, db.Close()))
	}
	conns := newPool(1, func(ctx context.Context) (*conn, error) { return newConn(ctx, db, sqliteEngine) })
	conns.keep = true
	return &Store{db: db, readers: conns, writer: newGroups(conns, beginImmediate)}, nil
}

func openFile(ctx context.Context, path string) (s *Store, err error) {
	path, release, err := private(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		switch {
		case hasCode(err, sqlite3.SQLITE_NOTADB):
			release()
			err = fmt.Errorf("it is a file of something else, and is left as it is; name another file, or move this one away: %w", err)
		case errors.Is(err, errForeign):
			release()
		case hasCode(err, sqlite3.SQLITE_READONLY), hasCode(err, sqlite3.SQLITE_CANTOPEN):
			err = fmt.Errorf("the file and its directory must be readable and writable: %w", err)
		}
	}()
	// The data of a commit, and what it takes to read them back, are on the disk either way. The
	// file's timestamps are not, and waiting for them would take as long again. Where there is
	// no such call, a commit waits for them too.
	_, _ = sqlite.Fdatasync(true)
	db, err := sqliteDB(fileURI(path))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the migration spans several calls on one connection
	if err := ownTables(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := useLog(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := migrateSQLite(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.SetMaxOpenConns(sqliteReaders + 1)
	readers := newPool(sqliteReaders, func(ctx context.Context) (*conn, error) { return newConn(ctx, db, sqliteEngine) })
	writers := newPool(1, func(ctx context.Context) (*conn, error) { return newWriter(ctx, db) })
	return &Store{db: db, readers: readers, writer: newGroups(writers, beginImmediate)}, nil
}

func sqliteDB(name string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(name + "?" + url.Values{"_pragma": sqlitePragmas, "_dqs": {"0"}}.Encode())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func newConn(ctx context.Context, db *sql.DB, e *engine) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return &conn{sql: c, engine: e, prepared: map[string]statement{}}, nil
}

// newWriter opens a connection that does not wait by itself: beginImmediate does.
func newWriter(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := newConn(ctx, db, sqliteEngine)
	if err != nil {
		return nil, err
	}
	if _, err := c.sql.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		c.discard()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return c, nil
}

// beginImmediate begins a transaction that may write. Another process that writes without a
// pause leaves the database alone for moments only, which SQLite's own waiting, in ever longer
// sleeps, would miss.
func beginImmediate(c *conn) error {
	return patiently(context.Background(), func() error { return c.control("BEGIN IMMEDIATE") })
}

// patiently tries again as long as another process has the database for itself.
func patiently(ctx context.Context, try func() error) error {
	for begun := time.Now(); ; {
		err := try()
		if !hasCode(err, sqlite3.SQLITE_BUSY) {
			return err
		}
		if time.Since(begun) > patience {
			return fmt.Errorf("another process has kept the database for itself for %s: %w", patience, err)
		}
		select {
		case <-time.After(500 * time.Microsecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var errForeign = errors.New("it is the database of another program; name a file that is not there yet")

// ownTables refuses a database with tables that no migration of this program made. It changes nothing.
func ownTables(ctx context.Context, db *sql.DB) error {
	var all, own int
	err := patiently(ctx, func() error {
		return db.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_schema").Scan(&all, &own)
	})
	if err == nil && all > 0 && own == 0 {
		return errForeign
	}
	return err
}

// useLog turns on the write-ahead log, which lets readers and a writer work at once. It stays
// on for the file.
func useLog(ctx context.Context, db *sql.DB) error {
	var mode string
	err := patiently(ctx, func() error { return db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode) })
	if err == nil && mode != "wal" {
		return fmt.Errorf("the file system does not support SQLite's write-ahead log; the journal mode stays %q", mode)
	}
	return err
}

// migrateSQLite migrates within one transaction that is open before the first look at the
// tables, so that of several processes which start at once one does it and the others find it
// done. For that db has one connection, and goose must not begin transactions of its own.
func migrateSQLite(ctx context.Context, db *sql.DB) error {
	begin := func() error {
		_, err := db.ExecContext(ctx, "BEGIN IMMEDIATE")
		return err
	}
	if err := patiently(ctx, begin); err != nil {
		return err
	}
	err := migrate(ctx, goose.DialectSQLite3, db, goose.WithIsolateDDL(true))
	if err == nil {
		// SQLite opens a file that it cannot write without a word, and fails at the first change.
		_, err = db.ExecContext(ctx, "DELETE FROM goose_db_version WHERE version_id < 0")
	}
	if err != nil {
		_, _ = db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // closing the database does it too
		return err
	}
	_, err = db.ExecContext(ctx, "COMMIT")
	return err
}

func sqliteViolation(err error) violation {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return noViolation
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return duplicate
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return orphan
	}
	return noViolation
}

func hasCode(err error, code int) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == code
}

// fileURI is the path as SQLite's URIs have it.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
