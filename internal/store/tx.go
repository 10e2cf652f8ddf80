// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// tx is a transaction, or the part of one that belongs to a single Write.
type tx struct {
	sql     executor
	engine  *engine
	writing bool
	failed  error // the first error; later statements return it too, as the transaction may be gone
	cause   error // of failed, as the engine returned it
}

// executor runs statements; *sql.Conn is one.
type executor interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

var _ iam.Tx = (*tx)(nil)

// scanner is a row; *sql.Rows is one.
type scanner interface{ Scan(dest ...any) error }

// rowTail is a row without its first columns, which are scanned into first.
type rowTail struct {
	row   scanner
	first []any
}

func (r rowTail) Scan(dest ...any) error { return r.row.Scan(slices.Concat(r.first, dest)...) }

// context returns the context of a statement. A write shares its transaction with other writes,
// which an interrupted statement would undo too: so nothing interrupts it.
func (t *tx) context(ctx context.Context) context.Context {
	if t.writing {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// queryOne returns the first row, or an error of kind NotFound.
func queryOne[T any](ctx context.Context, t *tx, noun string, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	var none T
	rows, err := queryAll(ctx, t, noun, scan, text, args...)
	if err != nil {
		return none, err
	}
	if len(rows) == 0 {
		return none, notFound(noun)
	}
	return rows[0], nil
}

// queryAll returns all rows. It is no error if there are none.
func queryAll[T any](ctx context.Context, t *tx, noun string, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	if t.failed != nil {
		return nil, t.failed
	}
	rows, err := t.sql.QueryContext(t.context(ctx), text, t.engine.arguments(args)...)
	if err != nil {
		return nil, t.fail("read", noun, err)
	}
	defer rows.Close()
	found := []T{}
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, t.fail("read", noun, err)
		}
		found = append(found, row)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail("read", noun, err)
	}
	return found, nil
}

// insert adds a row. It returns an error of kind Conflict if the row exists, and of kind NotFound
// if a row that it refers to does not.
func (t *tx) insert(ctx context.Context, noun, text string, args ...any) error {
	_, err := t.exec(ctx, "insert", noun, text, args...)
	return err
}

// update changes rows, or returns an error of kind NotFound if there are none.
func (t *tx) update(ctx context.Context, noun, text string, args ...any) error {
	n, err := t.exec(ctx, "update", noun, text, args...)
	if err == nil && n == 0 {
		return notFound(noun)
	}
	return err
}

// delete deletes rows, or returns an error of kind NotFound if there are none, and of kind Conflict
// if other rows refer to them.
func (t *tx) delete(ctx context.Context, noun, text string, args ...any) error {
	n, err := t.exec(ctx, deleting, noun, text, args...)
	if err == nil && n == 0 {
		return notFound(noun)
	}
	return err
}

// exec changes rows and returns their number.
func (t *tx) exec(ctx context.Context, verb, noun, text string, args ...any) (int64, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	if !t.writing {
		return 0, t.fail(verb, noun, errors.New("a Read cannot change anything"))
	}
	result, err := t.sql.ExecContext(t.context(ctx), text, t.engine.arguments(args)...)
	if err != nil {
		return 0, t.fail(verb, noun, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.fail(verb, noun, err)
	}
	return n, nil
}

// deleting is the verb of a statement that deletes rows.
const deleting = "delete"

// fail sets and returns the error of a failed statement. It holds no value of the statement.
func (t *tx) fail(verb, noun string, err error) error {
	t.cause = err
	violation := t.engine.violation(err)
	switch {
	case violation == duplicate:
		t.failed = iam.Errorf(iam.Conflict, "The %s already exists", noun)
	case violation == orphan && verb == deleting:
		t.failed = iam.Errorf(iam.Conflict, "The %s is still in use", noun)
	case violation == orphan:
		t.failed = iam.Errorf(iam.NotFound, "The parent of the %s does not exist", noun)
	default:
		t.failed = fmt.Errorf("%s the %s: %w", verb, noun, err)
	}
	return t.failed
}

func notFound(noun string) error { return iam.Errorf(iam.NotFound, "The %s does not exist", noun) }

func either(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
