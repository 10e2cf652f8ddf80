package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

func openFile(ctx context.Context, path string) (*Store, error) {
	path, err := private(path)
	if err != nil {
		return nil, err
	}
	// What reads back a commit is on the disk either way; only the file's timestamps are not,
	// and waiting for them takes as long again. Where there is no such call, nothing changes.
	_, _ = sqlite.Fdatasync(true)
	db, err := sqliteDB(fileURI(path))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the migration spans several calls on one connection
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
	return &conn{sql: c, engine: e, prepared: map[string]*sql.Stmt{}}, nil
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
	if err := migrate(ctx, goose.DialectSQLite3, db, goose.WithIsolateDDL(true)); err != nil {
		_, _ = db.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // closing the database does it too
		return err
	}
	_, err := db.ExecContext(ctx, "COMMIT")
	return err
}

func sqliteViolation(err error) violation {
	var e *sqlite.Error
	if !errors.As(err, &e) {
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
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == code
}

// creating keeps a second Store of this process from opening a file that a first one is just
// making: closing a file gives up every lock that the process has on it, SQLite's included.
// For the same reason nothing here opens a file that is there already.
var creating sync.Mutex

// private makes sure that there is a file and that only its owner can read it, also what SQLite
// puts beside it, and answers its absolute path, free of symbolic links.
func private(path string) (string, error) {
	creating.Lock()
	defer creating.Unlock()
	path, err := resolved(path, 40)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return path, f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return "", reason(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := tighten(name); err != nil && (name == path || !errors.Is(err, fs.ErrNotExist)) {
			return "", err
		}
	}
	return path, nil
}

func tighten(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return reason(err)
	case !info.Mode().IsRegular():
		return errors.New("it is not a file")
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("others can read it, and it cannot be made private: %w", reason(err))
	}
	return nil
}

// resolved follows symbolic links, also one to a file that is not there yet.
func resolved(path string, links int) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	directory, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("its directory: %w", reason(err))
	}
	path = filepath.Join(directory, filepath.Base(path))
	target, err := os.Readlink(path)
	if err != nil {
		return path, nil
	}
	if links == 0 {
		return "", errors.New("too many symbolic links")
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(directory, target)
	}
	return resolved(target, links-1)
}

// reason leaves out the path, which the caller names.
func reason(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// fileURI is the path as SQLite's URIs have it.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
