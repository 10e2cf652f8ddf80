// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func TestReopen(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	h := seed(t, opened(t, path))
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is left after Close: %v", err)
	}
	h.store = opened(t, path)
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	same(t, h, h.universal, h.authMethod(h.identity.ID, iam.UniversalAuth.Name))
}

// TestMemoryIsPrivate checks that two stores in memory share nothing.
func TestMemoryIsPrivate(t *testing.T) {
	seed(t, opened(t, ":memory:"))
	seed(t, opened(t, ":memory:"))
}

// TestUnclosed opens a copy of the files as they are after a Write, as a power failure leaves them.
func TestUnclosed(t *testing.T) {
	t.Parallel()
	path, copied := engines["file"](t), engines["file"](t)
	h := seed(t, opened(t, path))
	copyUnclosed(t, path, copied)
	h.store = opened(t, copied)
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	same(t, h, h.token, func(tx iam.Tx) (iam.AccessToken, error) {
		b, err := tx.Bearer(t.Context(), h.token.ID)
		return b.Token, err
	})
}

func copyUnclosed(t *testing.T, path, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOpenTogether opens one file many times at once: a new one, and one of an older version.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		path := engines["file"](t)
		if n%2 == 1 {
			makeUnmigrated(t, path)
		}
		var openers sync.WaitGroup
		for range 8 {
			openers.Go(func() {
				s, err := Open(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		openers.Wait()
		seed(t, opened(t, path))
	}
}

func makeUnmigrated(t *testing.T, path string) {
	t.Helper()
	db, err := sqliteDB(fileURI(path), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := useWriteAheadLog(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `
		CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT,
			version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
		INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)`)
	if err != nil {
		t.Fatal(err)
	}
}

// TestSnapshot checks that a read neither sees nor blocks a write that starts after it.
func TestSnapshot(t *testing.T) { onShared(t, testSnapshot) }

func testSnapshot(t *testing.T, url string) {
	h := seed(t, opened(t, url))
	added := h.newIdentity("added")
	err := h.store.Read(t.Context(), func(tx iam.Tx) error {
		if _, err := tx.Organization(t.Context()); err != nil {
			return err
		}
		h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), added) })
		_, err := tx.Identity(t.Context(), added.ID, noon)
		return err
	})
	if !iam.Is(err, iam.NotFound) {
		t.Errorf("got %v, want an error of kind %s", err, iam.NotFound)
	}
	h.present(added.ID)
}

// TestTwoStores writes through two stores, as two processes do, as fast as possible.
func TestTwoStores(t *testing.T) { onShared(t, testTwoStores) }

func testTwoStores(t *testing.T, path string) {
	h := seed(t, opened(t, path))
	c := newSecret(h.universal.ID, "limited")
	c.NumUses, c.NumUsesLimit = 0, 150
	h.write(func(tx iam.Tx) error { return tx.InsertClientSecret(t.Context(), c) })
	var mu sync.Mutex
	uses := 0
	var writers sync.WaitGroup
	for _, s := range []iam.Store{h.store, opened(t, path)} {
		for range 8 {
			writers.Go(func() {
				for range 20 {
					var used bool
					err := s.Write(t.Context(), func(tx iam.Tx) (err error) {
						used, err = tx.UseClientSecret(t.Context(), c.ID, noon)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					if used {
						mu.Lock()
						uses++
						mu.Unlock()
					}
				}
			})
		}
	}
	writers.Wait()
	if uses != 150 {
		t.Errorf("%d uses succeeded, want 150", uses)
	}
}

// TestLocked checks that a Write fails once its context or its patience ends while another process
// holds the database. The clock of the bubble makes the wait short.
func TestLocked(t *testing.T) {
	path := engines["file"](t)
	other, err := sqliteDB(fileURI(path), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	synctest.Test(t, func(t *testing.T) {
		h := seed(t, opened(t, path))
		lock, err := other.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lock.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		impatient, cancel := context.WithTimeout(t.Context(), patience/2)
		defer cancel()
		nothing := func(iam.Tx) error { return nil }
		if err := h.store.Write(impatient, nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		err = h.store.Write(t.Context(), nothing)
		if !errors.Is(err, errBusy) || !iam.Is(err, iam.Unavailable) {
			t.Errorf("got %v", err)
		}
		h.present(h.identity.ID)
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNewerDatabase(t *testing.T) { onShared(t, testNewerDatabase) }

func testNewerDatabase(t *testing.T, path string) {
	s := opened(t, path)
	if _, err := s.db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"); err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, path, "newer version")
}

// TestPragmas checks that durability and foreign keys are on in every connection.
func TestPragmas(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	for _, db := range []*sql.DB{s.db, s.writer.db} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			var got string
			if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %q, %v; want %s", pragma, got, err, want)
			}
		}
	}
}

// TestMovedFile checks that reads and writes fail while the file is not where it was.
func TestMovedFile(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	h := seed(t, opened(t, path))
	nothing := func(iam.Tx) error { return nil }
	fails := func(what string) {
		t.Helper()
		if err := h.store.Read(t.Context(), nothing); !iam.Is(err, iam.Unavailable) {
			t.Errorf("%s: Read: got %v", what, err)
		}
		if err := h.store.Write(t.Context(), nothing); !iam.Is(err, iam.Unavailable) {
			t.Errorf("%s: Write: got %v", what, err)
		}
	}
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	fails("moved")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fails("replaced")
	if err := os.Rename(path+".moved", path); err != nil {
		t.Fatal(err)
	}
	h.write(nothing)
	h.present(h.identity.ID)
}

// TestNotADatabase checks that a file that is no database is not changed.
func TestNotADatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("notes ", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil {
		t.Fatal("notes were opened as a database")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestForeignDatabase checks that the database of another program is not changed.
func TestForeignDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "foreign.db")
	foreign, err := sqliteDB(fileURI(path), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := foreign.ExecContext(t.Context(), "CREATE TABLE notes (text TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(foreign.Close(), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, path, "another program")
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed, %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestReadOnlyDatabase checks that a read-only database fails when it is opened. The connection is
// read-only, as file permissions do not restrict root.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	if s, err := Open(t.Context(), path); err != nil {
		t.Fatal(err)
	} else if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", fileURI(path)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := migrateSQLite(t.Context(), db); !hasCode(err, sqlite3.SQLITE_READONLY) {
		t.Errorf("got %v", err)
	}
}
