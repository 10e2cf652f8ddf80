// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// maxStatements bounds the prepared statements of a connection. The texts of this package are far
// fewer; only searches vary with the number of their conditions.
const maxStatements = 200

// sqliteConnector opens connections that keep their statements prepared. SQLite takes longer to
// prepare the statements of a login or of a bearer token than to run them. pgx does the same itself.
type sqliteConnector struct{ driver.Connector }

func newSQLiteConnector(name string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(name)
	return sqliteConnector{c}, err
}

// Connect implements driver.Connector.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	d, ok := conn.(driverConn)
	if !ok {
		return nil, fmt.Errorf("the connections of SQLite have the unexpected type %T", conn)
	}
	return preparingConn{d, map[string]driver.Stmt{}}, nil
}

// driverConn is what the connections of the driver implement and database/sql uses.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// preparingConn prepares each statement once.
type preparingConn struct {
	driverConn
	prepared map[string]driver.Stmt // by text
}

// Close finalizes the statements first, as SQLite keeps the file open until then.
func (c preparingConn) Close() error {
	var errs []error
	for _, s := range c.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.driverConn.Close())...)
}

// ExecContext implements driver.ExecerContext.
func (c preparingConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if s, ok := c.prepare(ctx, text).(driver.StmtExecContext); ok {
		return s.ExecContext(ctx, args)
	}
	return c.driverConn.ExecContext(ctx, text, args)
}

// QueryContext implements driver.QueryerContext.
func (c preparingConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if s, ok := c.prepare(ctx, text).(driver.StmtQueryContext); ok {
		return s.QueryContext(ctx, args)
	}
	return c.driverConn.QueryContext(ctx, text, args)
}

// prepare returns the prepared statement, or nil if there are too many or the text is invalid.
func (c preparingConn) prepare(ctx context.Context, text string) driver.Stmt {
	s, ok := c.prepared[text]
	if !ok && len(c.prepared) < maxStatements {
		var err error
		if s, err = c.PrepareContext(ctx, text); err != nil {
			return nil
		}
		c.prepared[text] = s
	}
	return s
}
