// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// TestPostgresPlans checks that every statement finds its rows by an index.
func TestPostgresPlans(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["postgres"](t))
	texts := everyStatement(t, seed(t, s))
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SET plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	for text := range texts {
		if verb, _, _ := strings.Cut(strings.TrimSpace(text), " "); verb == "INSERT" {
			continue
		}
		plan := postgresPlan(t, conn, fmt.Sprintf("statement_%d", len(text)), text)
		// These tables have a row or two, and are not ordered or ordered as a whole.
		plan = strings.NewReplacer("Seq Scan on organizations", "", "Seq Scan on signing_keys", "").Replace(plan)
		if strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}

func postgresPlan(t *testing.T, c *sql.Conn, name, text string) string {
	t.Helper()
	if _, err := c.ExecContext(t.Context(), "PREPARE "+name+" AS "+text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer func() { _, _ = c.ExecContext(t.Context(), "DEALLOCATE "+name) }()
	args := ""
	if n := parameters(text); n > 0 {
		args = "(" + strings.Repeat("NULL, ", n-1) + "NULL)"
	}
	rows, err := c.QueryContext(t.Context(), "EXPLAIN EXECUTE "+name+args)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// parameters returns the highest number of a parameter.
func parameters(text string) int {
	n := 0
	for strings.Contains(text, fmt.Sprintf("$%d", n+1)) {
		n++
	}
	return n
}

// TestPostgresCannotOpen checks that an error contains how to fix it, and never contains the password.
func TestPostgresCannotOpen(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	good := s.URL("postgres", nil)
	changed := func(change func(*url.URL)) string {
		u, err := url.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	s.Exec(t, "CREATE ROLE poor LOGIN PASSWORD 'hidden-0'")
	unused, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := unused.Addr().String()
	if err := unused.Close(); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ url, want string }{
		"no URL":           {"postgres://u:hidden-1%zz@h/db", "percent-encoded"},
		"port":             {"postgres://u:hidden-2@h:port/db", "percent-encoded"},
		"slash in it":      {"postgres://u:hidden/3@h/db", "percent-encoded"},
		"no slashes":       {"postgres:u:hidden-4@h/db", "of the form"},
		"sslmode":          {"postgres://u:hidden-5@h/db?sslmode=maybe&password=hidden-6", "sslmode"},
		"refused":          {"postgres://u:hidden-7@" + free + "/db?sslmode=disable", "no PostgreSQL listens at " + free},
		"no socket":        {"postgres://u:hidden-8@/db?host=/nowhere", "no PostgreSQL listens"},
		"password":         {changed(func(u *url.URL) { u.User = url.UserPassword("machineid", "hidden-9") }), "rejects the user"},
		"user":             {changed(func(u *url.URL) { u.User = url.UserPassword("stranger", "hidden-10") }), `"stranger"`},
		"database":         {changed(func(u *url.URL) { u.Path = "/absent" }), "createdb absent"},
		"no right to make": {changed(func(u *url.URL) { u.User = url.UserPassword("poor", "hidden-0") }), "GRANT CREATE"},
	} {
		opened, err := Open(t.Context(), c.url)
		if err == nil {
			t.Errorf("%s: opened", what)
			_ = opened.Close()
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q does not contain %q", what, err, c.want)
		}
		if strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %q contains the password", what, err)
		}
	}
}

// TestPostgresOddText checks that a search for text that PostgreSQL rejects finds nothing.
func TestPostgresOddText(t *testing.T) {
	t.Parallel()
	h := seed(t, opened(t, engines["postgres"](t)))
	for _, odd := range []string{"\x00", "a\x00b", "\xff"} {
		h.missing(odd)
		same(t, h, 0, func(tx iam.Tx) (int, error) {
			_, total, err := tx.Identities(t.Context(), iam.IdentityQuery{
				OrganizationID: h.organization.ID, AnyOf: []iam.IdentityMatch{{NameContains: []string{odd}}},
			})
			return total, err
		})
	}
}

// backend returns the ID of the server process that runs the transaction.
func backend(t *testing.T, tx iam.Tx) int {
	t.Helper()
	pid, err := queryOne(t.Context(), asTx(tx), "process", scanInt, "SELECT pg_backend_pid()")
	if err != nil {
		t.Error(err)
	}
	return pid
}

// TestPostgresLostBeforeCommit checks that a Write whose connection is lost runs again on another.
func TestPostgresLostBeforeCommit(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	h := seed(t, opened(t, s.Schema(t)))
	runs, added := 0, h.newIdentity("added")
	h.write(func(tx iam.Tx) error {
		runs++
		if runs == 1 {
			s.Exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d, 10000)", backend(t, tx)))
		}
		return tx.InsertIdentity(t.Context(), added)
	})
	if runs != 2 {
		t.Errorf("ran %d times, want 2", runs)
	}
	h.present(added.ID)
}

// TestPostgresLostAtCommit checks that a Write does not run again if the connection is lost during
// the commit, as its changes may have been kept.
func TestPostgresLostAtCommit(t *testing.T) {
	t.Parallel()
	url := engines["postgres"](t)
	h := seed(t, opened(t, url))
	storetest.Exec(t, url, `
		CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
		CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON identities
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leave();`)
	runs, added := 0, h.newIdentity("added")
	err := h.store.Write(t.Context(), func(tx iam.Tx) error {
		runs++
		return tx.InsertIdentity(t.Context(), added)
	})
	if err == nil || !strings.Contains(err.Error(), "may have been kept") || runs != 1 {
		t.Errorf("ran %d times: %v", runs, err)
	}
	h.missing(added.ID)
}

// TestPostgresLostInBatch checks that all members of a batch run again if its connection is lost.
func TestPostgresLostInBatch(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	h := seed(t, opened(t, s.Schema(t)))
	const writers = 5
	var all sync.WaitGroup
	var terminate sync.Once
	added := make([]iam.Identity, writers)
	for n := range added {
		added[n] = h.newIdentity("added")
		all.Go(func() {
			err := h.store.Write(t.Context(), func(tx iam.Tx) error {
				if n == writers-1 {
					terminate.Do(func() { s.Exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d, 10000)", backend(t, tx))) })
				}
				return tx.InsertIdentity(t.Context(), added[n])
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, i := range added {
		h.present(i.ID)
	}
}

// TestPostgresRestarted checks that idle connections that the server has closed cause no error.
// The driver pings a connection that was idle for a second.
func TestPostgresRestarted(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	h := seed(t, opened(t, s.Schema(t)))
	pids := map[int]bool{}
	for range postgresConnections {
		h.write(func(tx iam.Tx) error {
			pids[backend(t, tx)] = true
			return nil
		})
	}
	for pid := range pids {
		s.Exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d, 10000)", pid))
	}
	for range postgresConnections {
		h.write(func(iam.Tx) error { return nil })
		h.present(h.identity.ID)
	}
}

// TestPostgresWritesAlone checks that Writes of two processes that change what they have read run
// one after the other.
func TestPostgresWritesAlone(t *testing.T) {
	t.Parallel()
	url := engines["postgres"](t)
	h := seed(t, opened(t, url))
	const writers, each = 8, 10
	var all sync.WaitGroup
	for _, s := range []iam.Store{h.store, opened(t, url)} {
		for range writers {
			all.Go(func() {
				for range each {
					err := s.Write(t.Context(), func(tx iam.Tx) error {
						l, err := tx.Lockout(t.Context(), h.identity.ID, "counted")
						l.IdentityID, l.Method, l.Failures = h.identity.ID, "counted", l.Failures+1
						return first(err, tx.PutLockout(t.Context(), l))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	same(t, h, 2*writers*each, func(tx iam.Tx) (int, error) {
		l, err := tx.Lockout(t.Context(), h.identity.ID, "counted")
		return int(l.Failures), err
	})
}

// TestPostgresBusy checks that a Write that waits for another process ends with its context.
func TestPostgresBusy(t *testing.T) {
	t.Parallel()
	url := engines["postgres"](t)
	h, other := seed(t, opened(t, url)), opened(t, url)
	err := other.Write(t.Context(), func(iam.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := h.store.Write(ctx, func(iam.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	h.write(func(iam.Tx) error { return nil })
}

// TestPostgresAway checks the errors while the server accepts no connection, and that the store
// recovers.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	s.Exec(t, "CREATE DATABASE away")
	h := seed(t, opened(t, s.URL("away", nil)))
	s.Exec(t, "ALTER DATABASE away ALLOW_CONNECTIONS false")
	s.Exec(t, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'away'")
	nothing := func(iam.Tx) error { return nil }
	if err := h.store.Read(t.Context(), nothing); !iam.Is(err, iam.Unavailable) {
		t.Errorf("Read: got %v", err)
	}
	if err := h.store.Write(t.Context(), nothing); !iam.Is(err, iam.Unavailable) {
		t.Errorf("Write: got %v", err)
	}
	s.Exec(t, "ALTER DATABASE away ALLOW_CONNECTIONS true")
	h.write(nothing)
	h.present(h.identity.ID)
}

// TestPostgresOutage checks which errors of the server have the kind Unavailable.
func TestPostgresOutage(t *testing.T) {
	t.Parallel()
	h := seed(t, opened(t, engines["postgres"](t)))
	for code, want := range map[string]bool{
		"53100": true, "25006": true, "40001": true, "40P01": true, "55P03": true, "57014": true, "XX001": true, // disk full to data corrupted
		"22012": false, "42P01": false,
	} {
		err := h.store.Write(t.Context(), func(tx iam.Tx) error {
			_, err := asTx(tx).exec(t.Context(), "update", "thing", "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '"+code+"'; END $$")
			return err
		})
		if err == nil || iam.Is(err, iam.Unavailable) != want {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

// TestPostgresSettings checks that every connection has its settings.
func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["postgres"](t))
	for setting, want := range map[string]string{"enable_seqscan": "off", "jit": "off", "fsync": "on", "synchronous_commit": "on"} {
		var got string
		if err := s.db.QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %s", setting, got, err, want)
		}
	}
	if stats := s.db.Stats(); stats.MaxOpenConnections != postgresConnections {
		t.Errorf("up to %d connections", stats.MaxOpenConnections)
	}
}
