// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package storetest starts a PostgreSQL server for the tests of a process, in a temporary directory.
// The server stops when the process ends. It knows nothing of what tests store there.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

// Required is the environment variable that makes a missing PostgreSQL a failure if its value is
// "required". Otherwise tests that need PostgreSQL are skipped.
const Required = "MACHINEID_POSTGRES"

const (
	user         = "machineid"
	password     = "s3cret/of:tests"
	startTimeout = 2 * time.Minute
	pause        = 20 * time.Millisecond // between two attempts to connect
)

// Server is a PostgreSQL server that listens on a socket in its directory.
type Server struct {
	dir     string
	control io.WriteCloser // commands of script
}

var (
	start   sync.Once
	running *Server
	failed  error
	schemas atomic.Int64
)

// Start returns the server of this process and starts it on the first call. Without PostgreSQL it
// skips the test, or fails it if PostgreSQL is required.
func Start(t testing.TB) *Server {
	t.Helper()
	start.Do(func() { running, failed = newServer() })
	if failed != nil && os.Getenv(Required) == "required" {
		t.Fatalf("%s=required, but there is no PostgreSQL: %v", Required, failed)
	}
	if failed != nil {
		t.Skipf("NOT TESTED ON POSTGRESQL: %v; install it (apt install postgresql), or put initdb and postgres on PATH", failed)
	}
	return running
}

// New returns a server for one test, which may stop it. Without PostgreSQL it does as Start does.
func New(t testing.TB) *Server {
	t.Helper()
	Start(t)
	s, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.control.Close() })
	return s
}

// Stop stops the server, which closes its connections, and waits until its socket is gone.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.command(t, "stop", func(err error) bool { return errors.Is(err, os.ErrNotExist) })
}

// Restart starts a server that was stopped and waits until it accepts connections.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.command(t, "start", func(err error) bool { return err == nil })
}

// command sends a command to the script and connects until the result of that is the wanted one.
func (s *Server) command(t testing.TB, name string, wanted func(error) bool) {
	t.Helper()
	if _, err := io.WriteString(s.control, name+"\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := run(ctx, s.URL("postgres", nil), "SELECT 1")
		if wanted(err) {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			t.Fatalf("%s: not done after %s: %v", name, startTimeout, err)
		}
	}
}

// Postgres returns the URL of a new, empty schema in the server of this process.
func Postgres(t testing.TB) string {
	t.Helper()
	return Start(t).Schema(t)
}

// Schema creates a schema and returns its URL.
func (s *Server) Schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	s.Exec(t, "CREATE SCHEMA "+name)
	return s.URL("postgres", url.Values{"search_path": {name}})
}

// URL returns the URL of a database of the server, with additional parameters.
func (s *Server) URL(database string, more url.Values) string {
	q := url.Values{"host": {s.dir}, "sslmode": {"disable"}}
	maps.Copy(q, more)
	return (&url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + database, RawQuery: q.Encode()}).String()
}

// Exec runs a statement as the owner of the server.
func (s *Server) Exec(t testing.TB, text string) {
	t.Helper()
	Exec(t, s.URL("postgres", nil), text)
}

// Exec runs a statement on the database of that URL.
func Exec(t testing.TB, url, text string) {
	t.Helper()
	ctx := context.Background() // that of a test is done when its cleanup runs
	if err := run(ctx, url, text); err != nil {
		t.Fatal(err)
	}
}

func run(ctx context.Context, url, text string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, text)
	return errors.Join(err, db.Close())
}

// script runs the server until its standard input ends, which happens however the test process ends.
// A line of the input stops the server or starts it again.
// The locale sorts by language, so that tests find a statement that relies on the order of bytes.
const script = `
set -eu
cd "$1"
printf %s "$2" > password
options="-D data -U machineid -E UTF8 --auth=scram-sha-256 --pwfile=password --no-sync"
initdb $options --locale-provider=icu --icu-locale=en-US --locale=C > initdb.log 2>&1 || { rm -rf data; initdb $options > initdb.log 2>&1; }
start() {
	postgres -D data -k "$PWD" -c listen_addresses= -c max_connections=400 -c shared_buffers=64MB >> server.log 2>&1 < /dev/null &
	server=$!
}
stop() {
	if [ -n "$server" ]; then
		kill -"$1" "$server"
		wait "$server" || true
		server=
	fi
}
start
while read -r command; do
	case $command in
	start) start ;;
	stop) stop INT ;;
	esac
done
stop QUIT
cd /
rm -rf "$1"
`

func newServer() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(context.Background(), "sh", "-c", script, "sh", dir, password) //nolint:gosec // no argument comes from outside
	c.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "LC_ALL=C")
	c.Dir = "/"
	if err := asUnprivileged(c, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	control, err := c.StdinPipe() // stays open until this process ends, unless a test has a server of its own
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	if err := c.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() { ended <- c.Wait() }()
	s := &Server{dir: dir, control: control}
	return s, s.await(ended)
}

// await waits until the server accepts connections.
func (s *Server) await(ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := run(ctx, s.URL("postgres", nil), "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case err := <-ended:
			output, _ := os.ReadFile(filepath.Join(s.dir, "initdb.log"))
			return fmt.Errorf("PostgreSQL did not start: %w: %s", err, output)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not start in %s: %w", startTimeout, err)
		case <-time.After(pause):
		}
	}
}

// binaries returns the directory of initdb and postgres: that on PATH, or the newest that a distribution
// has installed.
func binaries() (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil {
		if target, err := filepath.EvalSymlinks(found); err == nil {
			return filepath.Dir(target), nil
		}
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(installed) == 0 {
		return "", errors.New("initdb is neither on PATH nor in /usr/lib/postgresql")
	}
	slices.SortFunc(installed, func(a, b string) int {
		if len(a) != len(b) { // 9 is older than 15
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return filepath.Dir(installed[len(installed)-1]), nil
}
