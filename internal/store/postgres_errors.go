// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const urlForm = "postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full" //nolint:gosec // a form, with no password

// secretParameters are parameters of a URL that no error contains.
var secretParameters = []string{"password", "sslpassword"}

// bare returns the URL without its secrets; ok is false if text is not a URL.
func bare(text string) (u *url.URL, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		return nil, false
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for _, name := range secretParameters {
		q.Del(name)
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	return u, true
}

// withoutSecrets returns the form of a URL that errors contain.
func withoutSecrets(text string) string {
	u, ok := bare(text)
	if !ok {
		return "of PostgreSQL"
	}
	u.RawQuery = ""
	return u.String()
}

// wrongURL returns the error for a URL that cannot be parsed. Its reason comes from parsing the URL
// without its secrets, so that it cannot contain one.
func wrongURL(text string) error {
	u, ok := bare(text)
	if !ok {
		return fmt.Errorf("a database that begins with postgres: must be a URL of the form %s, with special characters of the password percent-encoded, such as %%40 for @", urlForm)
	}
	reason := "a part of it cannot be parsed"
	if _, err := pgx.ParseConfig(u.String()); err != nil {
		reason = strings.Join(strings.Fields(err.Error()), " ")
	}
	return fmt.Errorf("invalid URL %s: %s; it must have the form %s", withoutSecrets(text), reason, urlForm)
}

// explained adds to an error of connecting or migrating how to fix it.
func explained(err error, c *pgx.ConnConfig) error {
	where := net.JoinHostPort(c.Host, fmt.Sprint(c.Port))
	fix := ""
	switch code(err) {
	case "28P01", "28000":
		fix = fmt.Sprintf("the server rejects the user %q: correct the user or the password in the URL (percent-encoded), PGPASSWORD, or pg_hba.conf of the server", c.User)
	case "3D000":
		fix = fmt.Sprintf("the database %q does not exist: create it with createdb %s, or change the name in the URL", c.Database, c.Database)
	case "42501":
		fix = fmt.Sprintf("the user %q cannot create tables: GRANT CREATE ON SCHEMA public TO %q, or make that user the owner of the database", c.User, c.User)
	case "53300":
		fix = fmt.Sprintf("the server has no free connection: each process uses up to %d; raise max_connections or run fewer processes", postgresConnections)
	case "57P03":
		fix = "the server is starting or stopping: retry in a moment"
	case "25006":
		fix = "the server is a read-only replica: use the primary, or add target_session_attrs=read-write and all hosts to the URL"
	case "":
		fix = unreachable(err, c.Host, where)
	}
	if fix == "" {
		return err
	}
	return fmt.Errorf("%s (%s)", fix, strings.Join(strings.Fields(cause(err).Error()), " "))
}

func unreachable(err error, host, where string) string {
	_, unknown := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return fmt.Sprintf("no PostgreSQL listens at %s: start it, or correct the host and the port in the URL", where)
	case unknown:
		return fmt.Sprintf("the host %s has no address: correct its name in the URL", host)
	case strings.Contains(err.Error(), "server refused TLS connection"): // pgconn exports no error for it
		return fmt.Sprintf("the server at %s does not support TLS: enable it there or, on a network that nobody else reads, add sslmode=disable to the URL", where)
	case isNet && timeout.Timeout():
		return fmt.Sprintf("%s does not respond: check the host and the port in the URL, and the network between", where)
	}
	return ""
}

// cause returns the error of the server, if there is one, without those that wrap it.
func cause(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e
	}
	return err
}
