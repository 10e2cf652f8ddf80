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

	"github.com/lib/pq"
)

const urlForm = "postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full" //nolint:gosec // a form, with no password

// secretParameters of a URL are not shown.
var secretParameters = []string{"password", "sslpassword"}

// bare is the URL without what is secret; not ok if it is none.
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

// withoutSecrets is a URL as errors name it.
func withoutSecrets(text string) string {
	u, ok := bare(text)
	if !ok {
		return "of PostgreSQL"
	}
	u.RawQuery = ""
	return u.String()
}

// wrongURL says what is wrong with a URL. The reason is that of the URL without its secrets, so
// none can stand in it.
func wrongURL(text string) error {
	u, ok := bare(text)
	if !ok {
		return fmt.Errorf("what begins with postgres: is no URL; it has the form %s, with special characters of the password percent-encoded, such as %%40 for @", urlForm)
	}
	reason := "a part of it cannot be read"
	if _, err := pq.NewConfig(u.String()); err != nil {
		reason = strings.Join(strings.Fields(err.Error()), " ")
	}
	return fmt.Errorf("the URL %s is not one that PostgreSQL understands: %s; it has the form %s", withoutSecrets(text), reason, urlForm)
}

// explained adds to an error of the start what mends it.
func explained(err error, c pq.Config) error {
	where := net.JoinHostPort(c.Host, fmt.Sprint(c.Port))
	mend := ""
	switch code(err) {
	case "28P01", "28000":
		mend = fmt.Sprintf("the server lets the user %q not in: mend the user or the password in the URL (percent-encoded), or PGPASSWORD, or pg_hba.conf of the server", c.User)
	case "3D000":
		mend = fmt.Sprintf("there is no database %q: make it, with createdb %s, or name another in the URL", c.Database, c.Database)
	case "42501":
		mend = fmt.Sprintf("the user %q may not make tables: GRANT CREATE ON SCHEMA public TO %q, or make that user the owner of the database", c.User, c.User)
	case "53300":
		mend = fmt.Sprintf("the server has no connection left: each process takes up to %d; raise max_connections or run fewer", postgresReaders+postgresWriters)
	case "57P03":
		mend = "the server is starting or stopping: try again in a moment"
	case "25006":
		mend = "the server is a read-only copy: name the primary, or add target_session_attrs=read-write and all hosts to the URL"
	case "":
		mend = unreachable(err, c.Host, where)
	}
	if mend == "" {
		return err
	}
	return fmt.Errorf("%s (%s)", mend, strings.Join(strings.Fields(cause(err).Error()), " "))
}

func unreachable(err error, host, where string) string {
	_, unknown := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return fmt.Sprintf("no PostgreSQL listens at %s: start it, or mend the host and the port in the URL", where)
	case unknown:
		return fmt.Sprintf("the host %s has no address: mend its name in the URL", host)
	case errors.Is(err, pq.ErrSSLNotSupported):
		return fmt.Sprintf("the server at %s speaks no TLS: turn it on there, or, on a network that nobody else reads, add sslmode=disable to the URL", where)
	case isNet && timeout.Timeout():
		return fmt.Sprintf("%s does not answer: mend the host and the port in the URL, or what is between", where)
	}
	return ""
}

// cause is the error of the server, if it is one, without the attempts around it.
func cause(err error) error {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e
	}
	return err
}
