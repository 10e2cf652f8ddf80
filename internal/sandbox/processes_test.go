// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite" // to look into the file

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

const (
	// serveVariable makes the test binary be `serve`, with its own arguments.
	serveVariable = "SANDBOX_TEST_SERVE"
	// killsVariable says how often TestKilledServer kills; empty: a few times.
	killsVariable = "MACHINEID_TEST_KILLS"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		os.Exit(Serve(context.Background(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// shareable has, for every engine that several processes can share, a fresh database.
var shareable = map[string]func(*testing.T) string{
	"file":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "machineid.db") },
	"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
}

// process is a running `serve`.
type process struct {
	bootstrapFile
	command *exec.Cmd
	ended   chan error
}

// serveProcess starts `serve` and returns when it serves.
func serveProcess(t *testing.T, database, file string, flags ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--listen", "127.0.0.1:0", "--database", database, "--bootstrap-file", file}, flags...)
	p := &process{command: exec.CommandContext(t.Context(), self, args...), ended: make(chan error, 1)}
	p.command.Env = append(os.Environ(), serveVariable+"=1")
	said, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if strings.Contains(lines.Text(), "msg=serving") {
				serving <- true
			}
		}
		p.ended <- p.command.Wait()
		serving <- false
	}()
	if !<-serving {
		t.Fatalf("serve ended: %v", <-p.ended)
	}
	p.bootstrapFile = read(t, file)
	return p
}

// kill ends the process at once, as a machine that fails does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := <-p.ended; err == nil {
		t.Error("a server that was killed ended well")
	}
}

// answered is a status and the body; an error where there was no answer.
func answered(ctx context.Context, method, url, token string, body any) (int, map[string]any, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(string(content)))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	var got map[string]any
	err = json.NewDecoder(resp.Body).Decode(&got)
	return resp.StatusCode, got, errors.Join(err, resp.Body.Close())
}

// ask sends a request of the admin.
func (p *process) ask(t *testing.T, method, path string, body any) (int, map[string]any) {
	t.Helper()
	status, got, err := answered(t.Context(), method, p.Host+"/api"+path, p.AccessToken, body)
	if err != nil {
		t.Error(err)
	}
	return status, got
}

// done posts as the admin, which must succeed, and returns the text at those fields.
func (p *process) done(t *testing.T, path string, body any, fields ...string) string {
	t.Helper()
	status, got := p.ask(t, http.MethodPost, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s answered %d: %v", path, status, got)
	}
	var at any = got
	for _, f := range fields {
		object, _ := at.(map[string]any)
		at = object[f]
	}
	text, _ := at.(string)
	return text
}

type fields = map[string]any

// credentials are those of an identity that can log in.
type credentials struct{ id, client, secret string }

func (p *process) newIdentity(t *testing.T, auth, secret fields) (c credentials) {
	t.Helper()
	const universal = "/v1/auth/universal-auth/identities/"
	c.id = p.done(t, "/v1/identities", fields{"name": "ci", "organizationId": p.OrganizationID}, "identity", "id")
	c.client = p.done(t, universal+c.id, auth, "identityUniversalAuth", "clientId")
	c.secret = p.done(t, universal+c.id+"/client-secrets", secret, "clientSecret")
	return c
}

// logIn returns the status and the access token.
func (p *process) logIn(t *testing.T, c credentials) (int, string) {
	t.Helper()
	status, got, err := answered(t.Context(), http.MethodPost, p.Host+"/api/v1/auth/universal-auth/login", "",
		fields{"clientId": c.client, "clientSecret": c.secret})
	if err != nil {
		t.Error(err)
	}
	token, _ := got["accessToken"].(string)
	return status, token
}

func (p *process) alive(t *testing.T, token string) bool {
	t.Helper()
	return call(t, p.Host, "/v1/identities/details", token, "") == http.StatusOK
}

// race has clients at every process do the same at once, and counts who succeeded.
func race(processes []*process, clients int, one func(*process) bool) int {
	var all sync.WaitGroup
	var succeeded atomic.Int64
	start := make(chan struct{})
	for n := range clients {
		all.Go(func() {
			<-start
			if one(processes[n%len(processes)]) {
				succeeded.Add(1)
			}
		})
	}
	close(start)
	all.Wait()
	return int(succeeded.Load())
}

// TestThreeProcesses: three servers on one database behave as one.
func TestThreeProcesses(t *testing.T) {
	t.Parallel()
	for name, fresh := range shareable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, dir := fresh(t), t.TempDir()
			processes := make([]*process, 3)
			var starting sync.WaitGroup
			for n := range processes { // at once, on a database that is not there yet
				starting.Go(func() {
					processes[n] = serveProcess(t, database, filepath.Join(dir, fmt.Sprintf("%d.json", n)))
				})
			}
			starting.Wait()
			for _, p := range processes {
				if p == nil || p.OrganizationID != processes[0].OrganizationID || p.IdentityID != processes[0].IdentityID {
					t.Fatal("three servers on one database must be one organization with one admin")
				}
			}
			t.Run("uses", func(t *testing.T) { testUses(t, processes) })
			t.Run("slugs", func(t *testing.T) { testSlugs(t, processes) })
			t.Run("revocation", func(t *testing.T) { testRevocation(t, processes) })
			t.Run("lockout", func(t *testing.T) { testLockout(t, processes) })
			t.Run("signing key", func(t *testing.T) { testSigningKey(t, database, processes) })
		})
	}
}

func testUses(t *testing.T, processes []*process) {
	const limit, clients = 17, 60
	one := processes[0]
	limited := one.newIdentity(t, fields{}, fields{"numUsesLimit": limit})
	logins := race(processes, clients, func(p *process) bool {
		status, _ := p.logIn(t, limited)
		if status != http.StatusOK && status != http.StatusUnauthorized {
			t.Errorf("login answered %d", status)
		}
		return status == http.StatusOK
	})
	if logins != limit {
		t.Errorf("%d logins with a secret of %d uses", logins, limit)
	}
	_, token := one.logIn(t, one.newIdentity(t, fields{"accessTokenNumUsesLimit": limit}, fields{}))
	if uses := race(processes, clients, func(p *process) bool { return p.alive(t, token) }); uses != limit {
		t.Errorf("%d uses of a token of %d", uses, limit)
	}
}

func testSlugs(t *testing.T, processes []*process) {
	for n := range 5 {
		made := race(processes, 12, func(p *process) bool {
			status, got := p.ask(t, http.MethodPost, "/v2/workspace", fields{"projectName": "Shop", "slug": fmt.Sprintf("shop-%d", n)})
			if status >= http.StatusInternalServerError {
				t.Errorf("answered %d: %v", status, got)
			}
			return status == http.StatusOK
		})
		if made != 1 {
			t.Errorf("%d projects of one slug", made)
		}
	}
}

func testRevocation(t *testing.T, processes []*process) {
	c := processes[0].newIdentity(t, fields{}, fields{})
	for n, p := range processes {
		_, token := p.logIn(t, c)
		for _, q := range processes {
			if !q.alive(t, token) {
				t.Error("a token of one is unknown to another")
			}
		}
		revoker := processes[(n+1)%len(processes)]
		revoker.done(t, "/v1/auth/token/revoke", fields{"accessToken": token})
		for _, q := range processes {
			if q.alive(t, token) {
				t.Error("a revocation at one is not in force at another")
			}
		}
	}
}

func testLockout(t *testing.T, processes []*process) {
	c := processes[0].newIdentity(t, fields{"lockoutThreshold": 3, "lockoutDurationSeconds": 3600, "lockoutCounterResetSeconds": 3600}, fields{})
	wrong := c
	wrong.secret = strings.Repeat("0", 64)
	for _, p := range processes {
		if status, _ := p.logIn(t, c); status != http.StatusOK {
			t.Errorf("login answered %d", status)
		}
	}
	for _, p := range processes { // one at each, three in all
		if status, _ := p.logIn(t, wrong); status != http.StatusUnauthorized {
			t.Errorf("a wrong secret was answered with %d", status)
		}
	}
	for _, p := range processes {
		if status, _ := p.logIn(t, c); status != http.StatusUnauthorized {
			t.Errorf("three wrong secrets lock at every server, and the right one was answered with %d", status)
		}
	}
}

// testSigningKey: once another process has rotated the key, every process signs with the new one.
func testSigningKey(t *testing.T, database string, processes []*process) {
	c := processes[0].newIdentity(t, fields{}, fields{})
	_, old := processes[0].logIn(t, c)
	rotating := serveProcess(t, database, filepath.Join(t.TempDir(), "rotating.json"), "--rotate-signing-key")
	want := keyOf(t, rotating.AccessToken)
	if want == keyOf(t, old) {
		t.Fatal("the key was not rotated")
	}
	for _, p := range processes {
		_, token := p.logIn(t, c)
		if keyOf(t, token) != want {
			t.Error("a server signs with the key of before")
		}
		for _, q := range append(processes, rotating) {
			if !q.alive(t, token) || !q.alive(t, old) {
				t.Error("a token of one is unknown to another")
			}
		}
	}
}

// keyOf is the id of the key that signed a token.
func keyOf(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	content, err := base64.RawURLEncoding.DecodeString(head)
	var header struct {
		KeyID string `json:"kid"`
	}
	if err := errors.Join(err, json.Unmarshal(content, &header)); err != nil || header.KeyID == "" {
		t.Fatalf("%q: %v", head, err)
	}
	return header.KeyID
}

// TestKilledServer kills a server amid a thousand concurrent writes, again and again: every write that
// was answered is there afterwards, and the database is whole.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	kills := 2
	if text := os.Getenv(killsVariable); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil || kills < 1 {
			t.Fatalf("%s=%q is no number of kills", killsVariable, text)
		}
	}
	for name, fresh := range shareable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database, file := fresh(t), filepath.Join(t.TempDir(), "boot.json")
			sum := 0
			for range kills {
				sum += testKilledServer(t, database, file)
			}
			t.Logf("%d kills, %d answered writes, all there", kills, sum)
		})
	}
}

// testKilledServer returns how many writes succeeded.
func testKilledServer(t *testing.T, database, file string) int {
	t.Helper()
	const writes, clients = 1000, 50
	p := serveProcess(t, database, file)
	killAfter := int64(1 + rand.N(writes*9/10))
	var (
		next, count atomic.Int64
		mu          sync.Mutex
		kept        []string
		all         sync.WaitGroup
		kill        sync.Once
	)
	for range clients {
		all.Go(func() {
			for next.Add(1) <= writes {
				status, got, err := answered(t.Context(), http.MethodPost, p.Host+"/api/v1/identities", p.AccessToken,
					fields{"name": "killed", "organizationId": p.OrganizationID, "metadata": []fields{{"key": "k", "value": "v"}}})
				if err != nil {
					return // it is dead
				}
				identity, _ := got["identity"].(fields)
				id, _ := identity["id"].(string)
				if status != http.StatusOK || id == "" {
					t.Errorf("answered %d: %v", status, got)
				}
				mu.Lock()
				kept = append(kept, id)
				mu.Unlock()
				if count.Add(1) >= killAfter {
					kill.Do(func() { p.kill(t) })
				}
			}
		})
	}
	all.Wait()
	kill.Do(func() { t.Error("the server was not killed") })
	whole(t, database)
	again := serveProcess(t, database, file)
	defer again.kill(t)
	for _, id := range kept {
		if status, _ := again.ask(t, http.MethodGet, "/v1/identities/"+id, nil); status != http.StatusOK {
			t.Errorf("an identity that was answered is lost: %d", status)
		}
	}
	return len(kept)
}

// whole checks the file; a PostgreSQL server was not killed.
func whole(t *testing.T, database string) {
	t.Helper()
	if strings.HasPrefix(database, "postgres:") {
		return
	}
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var said string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("integrity_check: %q, %v", said, err)
	}
	var broken int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil || broken > 0 {
		t.Errorf("foreign_key_check: %d, %v", broken, err)
	}
}
