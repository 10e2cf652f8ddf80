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

// sqliteReaders is how many snapshots are read at once, each on a connection with its own cache.
const sqliteReaders = 4

// sqlitePragmas are set on every connection. FULL makes a commit wait for the disk. The cache has
// 8 MiB per connection, and the write-ahead log shrinks to 64 MiB once a long read has ended.
var sqlitePragmas = []string{
	"synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)", "cache_size(-8192)", "journal_size_limit(67108864)",
}

var sqliteEngine = &engine{
	beginRead: "BEGIN", beginWrite: "BEGIN IMMEDIATE",
	violation: sqliteViolation,
	outage:    sqliteOutage,
	arguments: func(args []any) []any { return args },
	lost:      func(*sql.Conn) bool { return false },
}

// openMemory opens a new database in memory. Its only connection serves reads and writes in turn:
// connections that share memory have no write-ahead log, so that reads and writes would block each
// other.
func openMemory(ctx context.Context) (*Store, error) {
	db, err := sqliteDB(":memory:", 1, 0)
	if err != nil {
		return nil, fmt.Errorf("open a database in memory: %w", err)
	}
	if err := migrateSQLite(ctx, db); err != nil {
		return nil, fmt.Errorf("open a database in memory: %w", errors.Join(err, db.Close()))
	}
	return &Store{db: db, engine: sqliteEngine, writer: newBatchWriter(db, sqliteEngine)}, nil
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
			err = fmt.Errorf("it is not an SQLite database and was not changed; choose another file, or move this one: %w", err)
		case errors.Is(err, errForeign):
			release()
		case hasCode(err, sqlite3.SQLITE_READONLY), hasCode(err, sqlite3.SQLITE_CANTOPEN):
			err = fmt.Errorf("the file and its directory must be readable and writable: %w", err)
		}
	}()
	// Data and what it takes to read them are on the disk after fdatasync. The timestamps of the
	// file are not, and to wait for them takes as long again. Where there is no such call, SQLite
	// uses fsync.
	_, _ = sqlite.Fdatasync(true)
	writer, err := sqliteDB(fileURI(path), 1, 0)
	if err != nil {
		return nil, err
	}
	for _, prepare := range []func(context.Context, *sql.DB) error{rejectForeignTables, useWriteAheadLog, migrateSQLite} {
		if err := prepare(ctx, writer); err != nil {
			return nil, errors.Join(err, writer.Close())
		}
	}
	readers, err := sqliteDB(fileURI(path), sqliteReaders, patience)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	engine := *sqliteEngine
	if engine.check, err = unmoved(path); err != nil {
		return nil, errors.Join(err, readers.Close(), writer.Close())
	}
	return &Store{db: readers, engine: &engine, writer: newBatchWriter(writer, &engine)}, nil
}

// sqliteDB opens a database. SQLite waits up to busyTimeout for a lock that another process holds.
func sqliteDB(name string, connections int, busyTimeout time.Duration) (*sql.DB, error) {
	pragmas := append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}, sqlitePragmas...)
	parameters := url.Values{"_pragma": pragmas, "_dqs": {"0"}}
	connector, err := newSQLiteConnector(name + "?" + parameters.Encode())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// patiently retries as long as another process holds the database. SQLite's own busy timeout
// sleeps ever longer, and would miss the short pauses of a process that writes without a break.
func patiently(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errBusy)
	defer cancel()
	for {
		err := try()
		if !hasCode(err, sqlite3.SQLITE_BUSY) {
			return err
		}
		select {
		case <-time.After(500 * time.Microsecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

var errForeign = errors.New("it is the database of another program; choose a file that does not exist")

// rejectForeignTables rejects a database with tables that this program has not created. It changes
// nothing.
func rejectForeignTables(ctx context.Context, db *sql.DB) error {
	var all, own int
	err := patiently(ctx, func() error {
		return db.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_schema").Scan(&all, &own)
	})
	if err == nil && all > 0 && own == 0 {
		return errForeign
	}
	return err
}

// useWriteAheadLog lets reads run during a write. The setting stays with the file.
func useWriteAheadLog(ctx context.Context, db *sql.DB) error {
	var mode string
	err := patiently(ctx, func() error { return db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode) })
	if err == nil && mode != "wal" {
		return fmt.Errorf("the file system does not support SQLite's write-ahead log; the journal mode stays %q", mode)
	}
	return err
}

// migrateSQLite migrates within one transaction that begins before the tables are read, so that
// one of several processes that start together migrates, and the others find it done. The single
// connection of db holds that transaction while goose uses it, so goose must not begin its own.
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
		// SQLite opens a read-only file without an error, and fails at the first change.
		_, err = db.ExecContext(ctx, "DELETE FROM goose_db_version WHERE version_id < 0")
	}
	if err != nil {
		_, _ = db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // closing the database does the same
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

// sqliteOutage reports whether SQLite cannot read or write the database.
func sqliteOutage(err error) bool {
	if errors.Is(err, errMoved) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

func hasCode(err error, code int) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == code
}

// fileURI returns the path as a URI that SQLite opens.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
