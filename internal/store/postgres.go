package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
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

// postgresSettings are set on every connection. Without sequential scans a statement looks at the
// rows that it finds by an index alone, and a serializable transaction is in the way of those only
// that change the same. Nobody keeps the others waiting who has gone without a word.
var postgresSettings = strings.Join([]string{
	"SET enable_seqscan = off", "SET jit = off", "SET statement_timeout = '60s'",
	"SET lock_timeout = '10s'", "SET idle_in_transaction_session_timeout = '30s'",
}, "; ")

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
	db := postgresDB(config, postgresSettings)
	db.SetMaxOpenConns(postgresReaders + postgresWriters)
	open := func(ctx context.Context) (*conn, error) { return newConn(ctx, db, postgresEngine) }
	return &Store{db: db, readers: newPool(postgresReaders, open), writer: newTransactions(newPool(postgresWriters, open))}, nil
}

func postgresDB(config *pgx.ConnConfig, settings string) *sql.DB {
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.PgConn().Exec(ctx, settings).ReadAll()
		return err
	}))
}

// postgresConfig reads a URL, and the environment and the files of PostgreSQL for what it leaves
// out. A connection that is lost without a word is noticed within a minute.
func postgresConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, wrongURL(url)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	config.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3,
	}}).DialContext
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "machineid"
	}
	return config, nil
}

// migratePostgres migrates under a lock of the whole database, so that of several processes which
// start at once one does it and the others find it done.
func migratePostgres(ctx context.Context, config *pgx.ConnConfig) (err error) {
	db := postgresDB(config, "SET client_min_messages = warning")
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
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
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
	err := c.sql.Raw(func(driver any) error {
		if d, ok := driver.(*stdlib.Conn); ok {
			open = !d.Conn().IsClosed()
		}
		return nil
	})
	return err == nil && open
}
