// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
)

const (
	// postgresReaders and postgresWriters bound the connections of a process.
	postgresReaders = 8
	postgresWriters = 8

	connectTimeout = 10 * time.Second // unless the URL says another

	// postgresLock is the advisory lock under which the tables are made and migrated.
	postgresLock = 0x6d616368696e65
)

// postgresSettings are those of every connection. Without sequential scans a statement looks at the
// rows that it finds by an index alone, and a serializable transaction is in the way of those only
// that change the same. Nobody keeps the others waiting who has gone without a word.
var postgresSettings = map[string]string{
	"enable_seqscan": "off", "jit": "off", "statement_timeout": "60s",
	"lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s",
}

var postgresEngine = &engine{
	beginRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	violation: postgresViolation,
	argument:  postgresArgument,
	alive:     postgresAlive,
}

func openPostgres(ctx context.Context, url string) (*Store, error) {
	config, err := postgresConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := migratePostgres(ctx, config); err != nil {
		return nil, fmt.Errorf("open the database %s: %w", withoutSecrets(url), explained(err, config))
	}
	db, err := postgresDB(config, postgresSettings)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", withoutSecrets(url), err)
	}
	db.SetMaxOpenConns(postgresReaders + postgresWriters)
	open := func(ctx context.Context) (*conn, error) { return newConn(ctx, db, postgresEngine) }
	return &Store{db: db, readers: newPool(postgresReaders, open), writer: newTransactions(newPool(postgresWriters, open))}, nil
}

// postgresDB opens connections with settings, which beat those of the URL.
func postgresDB(config pq.Config, settings map[string]string) (*sql.DB, error) {
	config = config.Clone()
	maps.Copy(config.Runtime, settings)
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	connector.Dialer(postgresDialer{})
	return sql.OpenDB(connector), nil
}

// postgresDialer notices within a minute that a connection is lost without a word.
type postgresDialer struct{}

var _ pq.DialerContext = postgresDialer{}

func (postgresDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3,
	}}
	return d.DialContext(ctx, network, address)
}

func (d postgresDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d postgresDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// postgresConfig reads a URL, and the environment and the files of PostgreSQL for what it leaves out.
func postgresConfig(url string) (pq.Config, error) {
	config, err := pq.NewConfig(url)
	if err != nil {
		return pq.Config{}, wrongURL(url)
	}
	config.SSLMode = cmp.Or(config.SSLMode, pq.SSLModePrefer)
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, connectTimeout)
	config.ApplicationName = cmp.Or(config.ApplicationName, "machineid")
	return config, nil
}

// migratePostgres migrates under a lock of the whole database, so that of several processes which
// start at once one does it and the others find it done.
func migratePostgres(ctx context.Context, config pq.Config) (err error) {
	db, err := postgresDB(config, map[string]string{"client_min_messages": "warning"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	holder, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, holder.Close()) }()
	if _, err := holder.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(postgresLock)); err != nil {
		return err
	}
	defer func() {
		_, unlocked := holder.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(postgresLock))
		err = errors.Join(err, unlocked)
	}()
	var made bool
	if err := holder.QueryRowContext(ctx, "SELECT to_regtype('bytetext') IS NOT NULL").Scan(&made); err != nil {
		return err
	}
	if !made {
		if _, err := holder.ExecContext(ctx, `CREATE DOMAIN bytetext AS text COLLATE "C"`); err != nil {
			return err
		}
	}
	return migrate(ctx, goose.DialectPostgres, db)
}

func postgresViolation(err error) violation {
	switch code(err) {
	case "23505": // unique_violation
		return duplicate
	case "23503": // foreign_key_violation
		return orphan
	}
	return noViolation
}

// code is the SQLSTATE of an error of the server, else empty.
func code(err error) string {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return string(e.Code)
	}
	return ""
}

// postgresArgument keeps from the server what it has no way to store or to look for: a NUL and
// what is no UTF-8. The rules let neither into a name, so here it is something that is not found.
func postgresArgument(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func postgresAlive(c *conn) bool {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return c.sql.PingContext(ctx) == nil
}

// postgresOpen reports whether the connection still stands, as far as its errors tell.
func postgresOpen(c *conn) bool {
	open := true
	err := c.sql.Raw(func(d any) error {
		if v, ok := d.(driver.Validator); ok {
			open = v.IsValid()
		}
		return nil
	})
	return err == nil && open
}
