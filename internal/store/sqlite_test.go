package store

import (
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

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func TestReopen(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	h := furnish(t, opened(t, path))
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is left after Close: %v", err)
	}
	h.store = opened(t, path)
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	same(t, h, h.universal, h.universalAuth(h.identity.ID))
}

// TestMemoryIsPrivate: a second store in memory sees nothing of the first.
func TestMemoryIsPrivate(t *testing.T) {
	furnish(t, opened(t, ":memory:"))
	furnish(t, opened(t, ":memory:"))
}

// TestUnclosed copies what is on the disk after a Write has returned, as a power cut leaves it.
func TestUnclosed(t *testing.T) {
	t.Parallel()
	path, copied := engines["file"](t), engines["file"](t)
	h := furnish(t, opened(t, path))
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

// TestOpenTogether opens one file many times at once: one that is not there yet, and one that an
// older program has made.
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
		furnish(t, opened(t, path))
	}
}

func makeUnmigrated(t *testing.T, path string) {
	t.Helper()
	db, err := sqliteDB(fileURI(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := useLog(t.Context(), db); err != nil {
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

// TestSnapshot: a read that has begun does not see what is written meanwhile, and keeps nobody
// from writing.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	h := furnish(t, opened(t, engines["file"](t)))
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

// TestTwoStores has two stores, as two processes have, write to one file as fast as they can.
func TestTwoStores(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	h := furnish(t, opened(t, path))
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

// TestLocked: another process that keeps the database for itself makes a Write fail in the end,
// in words, unless its context ends before; the clock of the bubble runs as fast as it may.
func TestLocked(t *testing.T) {
	path := engines["file"](t)
	other, err := sqliteDB(fileURI(path))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, opened(t, path))
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
		if err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("got %v", err)
		}
		h.present(h.identity.ID)
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	check := func(h *house, path string) {
		t.Helper()
		h.present(h.identity.ID)
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Errorf("%s: %v", suffix, err)
			} else if info.Mode().Perm() != 0o600 {
				t.Errorf("%q has mode %o", suffix, info.Mode().Perm())
			}
		}
	}
	path, lax := engines["file"](t), engines["file"](t)
	h := furnish(t, opened(t, path))
	check(h, path)

	// A database that was left readable by others, with a log to be read back.
	copyUnclosed(t, path, lax)
	if err := os.WriteFile(lax+"-shm", make([]byte, 32768), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(lax+suffix, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	h.store = opened(t, lax)
	check(h, lax)
}

func TestOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a?b=c", "a#b", "50%", "%41", "two words", "a&b;c", "ä", "file:x", `back\slash`, "a:b", "+"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			furnish(t, opened(t, path))
			if _, err := os.Stat(path + "-wal"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	furnish(t, opened(t, "relative.db"))
	if _, err := os.Stat("relative.db"); err != nil {
		t.Error(err)
	}
}

func TestSymbolicLinks(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	link, middle, target := filepath.Join(directory, "link"), filepath.Join(directory, "middle"), filepath.Join(t.TempDir(), "target")
	for _, l := range [][2]string{{"middle", link}, {target, middle}} { // the target is not there yet
		if err := os.Symlink(l[0], l[1]); err != nil {
			t.Fatal(err)
		}
	}
	h := furnish(t, opened(t, link))
	h.store = opened(t, target)
	h.present(h.identity.ID)
	h.store = opened(t, middle)
	h.present(h.identity.ID)

	loop := filepath.Join(directory, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, loop, "symbolic link")
}

func TestCannotOpen(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	text := filepath.Join(directory, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, text, "not a database")
	cannotOpen(t, directory, "not a file")
	cannotOpen(t, filepath.Join(directory, "missing", "x.db"), "no such file or directory")
	cannotOpen(t, filepath.Join(text, "x.db"), "not a directory")
	cannotOpen(t, "", "no path")
	for _, url := range []string{"postgres://user:pass@host/db", "postgresql://user:pass@host/db"} {
		_, err := Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), "PostgreSQL") || strings.Contains(err.Error(), "pass") {
			t.Errorf("%s: got %v", url, err)
		}
	}
	late, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(late, filepath.Join(directory, "late.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func cannotOpen(t *testing.T, path, want string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err == nil {
		_ = s.Close()
		t.Errorf("%s: opened", path)
	} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
		t.Errorf("%s: got %v, want %q", path, err, want)
	}
}

func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	path := engines["file"](t)
	s := opened(t, path)
	if _, err := s.db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	cannotOpen(t, path, "newer version")
}

// TestPragmas: what makes a commit durable and rows belong together is set on every connection.
func TestPragmas(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	for _, p := range []*pool{s.readers, s.writer.(*groups).conns} {
		c, err := p.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			var got string
			if err := c.sql.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %q, %v; want %s", pragma, got, err, want)
			}
		}
		p.put(c)
	}
}

// TestPlans: every statement finds its rows by an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	h := furnish(t, s)
	c := everyStatement(t, h)
	if len(c.prepared) < 25 {
		t.Errorf("only %d statements were seen", len(c.prepared))
	}
	for text := range c.prepared {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plan := planOf(t, rows)
		// These two have a row or two.
		plan = strings.NewReplacer("SCAN organizations", "", "SCAN signing_keys", "").Replace(plan)
		if strings.Contains(plan, "SCAN") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}

func planOf(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// everyStatement does everything once on one connection and answers it.
func everyStatement(t *testing.T, h *house) *conn {
	t.Helper()
	ctx := t.Context()
	h.write(func(tx iam.Tx) error {
		_, _ = tx.Organization(ctx)
		_, _ = tx.SigningKeys(ctx)
		_, _ = tx.Role(ctx, "", "")
		_, _ = tx.Identity(ctx, h.identity.ID, noon)
		_ = tx.UpdateIdentity(ctx, h.identity)
		_ = tx.RecordLogin(ctx, "", "", noon)
		_, _ = tx.UniversalAuth(ctx, "")
		_, _ = tx.UniversalAuthByClientID(ctx, "")
		_ = tx.UpdateUniversalAuth(ctx, h.universal)
		_, _ = tx.ClientSecret(ctx, "", "")
		_, _ = tx.ClientSecretByDigest(ctx, "", iam.Digest{})
		_, _ = tx.ClientSecrets(ctx, "")
		_, _ = tx.UseClientSecret(ctx, "", noon)
		_ = tx.RevokeClientSecret(ctx, "", noon)
		_, _ = tx.Lockout(ctx, "", "")
		_ = tx.DeleteLockout(ctx, "", "")
		_, _ = tx.Bearer(ctx, "")
		_, _ = tx.UseAccessToken(ctx, "", noon)
		_ = tx.RenewAccessToken(ctx, "", noon, noon)
		for _, m := range []iam.TokenMatch{{ID: "x"}, {ClientSecretID: "x"}, {IdentityID: "x", Method: "x"}} {
			_, _ = tx.RevokeAccessTokens(ctx, m, iam.Revocation{At: noon})
		}
		_ = tx.DeleteUniversalAuth(ctx, "")
		return tx.DeleteIdentity(ctx, h.identity.ID)
	})
	c, err := h.store.(*Store).writer.(*groups).conns.get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.store.(*Store).writer.(*groups).conns.put(c)
	return c
}
