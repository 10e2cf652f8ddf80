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

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// TestPostgresPlans: every statement finds its rows by an index.
func TestPostgresPlans(t *testing.T) {
	t.Parallel()
	h := furnish(t, opened(t, engines["postgres"](t)))
	c := everyStatement(t, h)
	if len(c.prepared) < 80 {
		t.Errorf("only %d statements were seen", len(c.prepared))
	}
	texts := []string{}
	for text := range c.prepared {
		if verb, _, _ := strings.Cut(strings.TrimSpace(text), " "); verb == "SELECT" || verb == "WITH" || verb == "UPDATE" || verb == "DELETE" {
			texts = append(texts, text)
		}
	}
	if _, err := c.sql.ExecContext(t.Context(), "SET plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	for n, text := range texts {
		plan := postgresPlan(t, c.sql, fmt.Sprintf("statement_%d", n), text)
		// These have a row or two, and have no order or are ordered as a whole.
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

// parameters is the highest number of a parameter.
func parameters(text string) int {
	n := 0
	for strings.Contains(text, fmt.Sprintf("$%d", n+1)) {
		n++
	}
	return n
}

// TestPostgresCannotOpen: an error names what mends it, and never the password.
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
	nobody, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := nobody.Addr().String()
	if err := nobody.Close(); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ url, want string }{
		"no URL":           {"postgres://u:hidden-1%zz@h/db", "percent-encoded"},
		"port":             {"postgres://u:hidden-2@h:port/db", "percent-encoded"},
		"slash in it":      {"postgres://u:hidden/3@h/db", "percent-encoded"},
		"no slashes":       {"postgres:u:hidden-4@h/db", "has the form"},
		"sslmode":          {"postgres://u:hidden-5@h/db?sslmode=maybe&password=hidden-6", "sslmode"},
		"refused":          {"postgres://u:hidden-7@" + free + "/db?sslmode=disable", "no PostgreSQL listens at " + free},
		"no socket":        {"postgres://u:hidden-8@/db?host=/nowhere", "no PostgreSQL listens"},
		"password":         {changed(func(u *url.URL) { u.User = url.UserPassword("machineid", "hidden-9") }), "not in"},
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
			t.Errorf("%s: %q does not say %q", what, err, c.want)
		}
		if strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the password stands in %q", what, err)
		}
	}
}

// TestPostgresOddText: what PostgreSQL has no way to look for is not found, and no failure.
func TestPostgresOddText(t *testing.T) {
	t.Parallel()
	h := furnish(t, opened(t, engines["postgres"](t)))
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

// backend is the id of the process that serves the transaction.
func backend(t *testing.T, tx iam.Tx) (pid int) {
	t.Helper()
	if err := asTx(tx).c.sql.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Error(err)
	}
	return pid
}

// TestPostgresLostBeforeCommit: a connection that is lost amid a Write has done nothing, and the
// Write runs again on another.
func TestPostgresLostBeforeCommit(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	h := furnish(t, opened(t, s.Place(t)))
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

// TestPostgresLostAtCommit: whether the change was kept is not known, so it is not made again.
func TestPostgresLostAtCommit(t *testing.T) {
	t.Parallel()
	place := engines["postgres"](t)
	h := furnish(t, opened(t, place))
	storetest.Exec(t, place, `
		CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
		CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON identities
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leave();`)
	runs, added := 0, h.newIdentity("added")
	err := h.store.Write(t.Context(), func(tx iam.Tx) error {
		runs++
		return tx.InsertIdentity(t.Context(), added)
	})
	if err == nil || !strings.Contains(err.Error(), "not known") || runs != 1 {
		t.Errorf("ran %d times: %v", runs, err)
	}
	h.missing(added.ID)
}

// TestPostgresIdleConnectionsLost: a server that was restarted meanwhile costs nobody an error.
func TestPostgresIdleConnectionsLost(t *testing.T) {
	t.Parallel()
	s := storetest.Start(t)
	h := furnish(t, opened(t, s.Place(t)))
	st := h.store.(*Store)
	h.present(h.identity.ID)
	for _, p := range []*pool{st.readers, writers(st)} {
		c := lastUsed(t, p)
		pid := backend(t, &tx{c: c})
		s.Exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d, 10000)", pid))
		c.idle = c.idle.Add(-longIdle)
	}
	for range max(postgresReaders, postgresWriters) {
		h.present(h.identity.ID)
		h.write(func(iam.Tx) error { return nil })
	}
}

// TestPostgresRunsAgain: Writes that read what the others write are each as if alone.
func TestPostgresRunsAgain(t *testing.T) {
	t.Parallel()
	url := engines["postgres"](t)
	h := furnish(t, opened(t, url))
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

// TestPostgresPatience: between two attempts a Write heeds its context.
func TestPostgresPatience(t *testing.T) {
	t.Parallel()
	h := furnish(t, opened(t, engines["postgres"](t)))
	ctx, cancel := context.WithCancel(t.Context())
	err := h.store.Write(ctx, func(tx iam.Tx) error {
		cancel()
		return asTx(tx).fail("read", "thing", terminated(t, tx))
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// terminated has the server end the connection, and answers the error.
func terminated(t *testing.T, tx iam.Tx) error {
	t.Helper()
	_, err := asTx(tx).c.sql.ExecContext(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
	return err
}

// TestPostgresSettings: what keeps serializable transactions apart is set on every connection.
func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	s := furnish(t, opened(t, engines["postgres"](t))).store.(*Store)
	for _, p := range []*pool{s.readers, writers(s)} {
		c, err := p.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for setting, want := range map[string]string{"enable_seqscan": "off", "jit": "off", "fsync": "on", "synchronous_commit": "on"} {
			var got string
			if err := c.sql.QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %q, %v; want %s", setting, got, err, want)
			}
		}
		p.put(c)
	}
	if stats := s.db.Stats(); stats.MaxOpenConnections != postgresReaders+postgresWriters {
		t.Errorf("up to %d connections", stats.MaxOpenConnections)
	}
}
