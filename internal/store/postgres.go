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
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	postgresConnections = 16               // of a process, at most
	connectTimeout      = 10 * time.Second // unless the URL has connect_timeout

	// postgresLock is the key of the advisory lock that a migration holds.
	postgresLock = 0x6d616368696e65

	// beginWrite locks in one round trip. The lock conflicts with itself, so that one write runs at a
	// time, and not with reads. It precedes all statements, so that they see what the write before has
	// committed. The table has a single row; any table would do.
	beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE organizations IN SHARE ROW EXCLUSIVE MODE"
)

// postgresSettings apply to every connection. Without sequential scans a plan that was made while a
// table was small stays good when it grows. The timeouts bound how long a process that hangs within
// a transaction blocks the others.
var postgresSettings = map[string]string{
	"enable_seqscan": "off", "jit": "off", "statement_timeout": "60s",
	"lock_timeout": "10s", "idle_in_transaction_session_timeout": "10s",
}

var postgresEngine = &engine{
	beginRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", beginWrite: beginWrite, waits: true,
	violation: postgresViolation,
	outage:    postgresOutage,
	arguments: postgresArguments,
	lost:      postgresLost,
}

func openPostgres(ctx context.Context, url string) (*Store, error) {
	config, err := postgresConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := migratePostgres(ctx, config); err != nil {
		return nil, fmt.Errorf("open the database %s: %w", withoutSecrets(url), explained(err, config))
	}
	db := postgresDB(config, postgresSettings)
	db.SetMaxOpenConns(postgresConnections)
	db.SetMaxIdleConns(postgresConnections)
	return &Store{db: db, engine: postgresEngine, writer: newBatchWriter(db, postgresEngine)}, nil
}

// postgresDB opens connections with settings, which take precedence over those of the URL.
func postgresDB(config *pgx.ConnConfig, settings map[string]string) *sql.DB {
	config = config.Copy()
	maps.Copy(config.RuntimeParams, settings)
	return stdlib.OpenDB(*config)
}

// postgresConfig parses a URL. What it leaves out comes from the environment and files of PostgreSQL.
func postgresConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, wrongURL(url)
	}
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, connectTimeout)
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "machineid"
	}
	// Detects within a minute that the other end is gone.
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3,
	}}
	config.DialFunc = dialer.DialContext
	return config, nil
}

// migratePostgres migrates under a lock of the whole database, so that one of several processes
// that start together migrates, and the others find it done.
func migratePostgres(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := postgresDB(config, map[string]string{"client_min_messages": "warning"})
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

// postgresOutage reports whether the server cannot be reached, or cannot serve any statement now. See
// https://www.postgresql.org/docs/current/errcodes-appendix.html for the classes.
func postgresOutage(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	switch c := code(err); c {
	case "":
		return errors.Is(err, driver.ErrBadConn)
	case "25006": // read_only_sql_transaction
		return true
	default: // connection, rollback, resources, state, operator, system, internal
		return slices.Contains([]string{"08", "40", "53", "55", "57", "58", "XX"}, c[:2])
	}
}

// code returns the SQLSTATE of an error of the server, or an empty string.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// postgresArguments replaces what PostgreSQL rejects in texts: NUL, and bytes that are not UTF-8.
// The rules allow neither in a name, so that a search for one finds nothing.
func postgresArguments(args []any) []any {
	valid := slices.Clone(args)
	for n, a := range valid {
		if s, ok := a.(string); ok {
			valid[n] = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return valid
}

func postgresLost(conn *sql.Conn) bool {
	lost := false
	err := conn.Raw(func(c any) error {
		driverConn, ok := c.(*stdlib.Conn)
		lost = !ok || driverConn.Conn().IsClosed()
		return nil
	})
	return err != nil || lost
}
