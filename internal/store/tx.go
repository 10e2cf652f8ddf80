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

// tx is a transaction, or the part of one that a Write may undo by itself.
type tx struct {
	c       *conn
	writing bool
	failed  error // after it nothing is done any more: the transaction may be gone
	cause   error // what the engine said then
}

var _ iam.Tx = (*tx)(nil)

// scanner is a row to be read.
type scanner interface{ Scan(dest ...any) error }

// rest is a row without its first columns, which go elsewhere.
type rest struct {
	row   scanner
	first []any
}

func (r rest) Scan(dest ...any) error { return r.row.Scan(slices.Concat(r.first, dest)...) }

// context is what statements run under. A write runs in a transaction that it shares with
// others, and an interrupted statement would undo theirs too: so nothing interrupts it.
func (t *tx) context(ctx context.Context) context.Context {
	if t.writing {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// one reads the row there is, else it is an error of kind NotFound.
func one[T any](ctx context.Context, t *tx, noun string, scan func(scanner) (T, error), text string, args ...any) (T, error) {
	var none T
	if t.failed != nil {
		return none, t.failed
	}
	ctx = t.context(ctx)
	s, err := t.c.statement(ctx, text)
	if err != nil {
		return none, t.fail("read", noun, err)
	}
	found, err := scan(s.QueryRowContext(ctx, t.c.arguments(args)...))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return none, missing(noun)
	case err != nil:
		return none, t.fail("read", noun, err)
	}
	return found, nil
}

// all reads every row; none is no error.
func all[T any](ctx context.Context, t *tx, noun string, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	if t.failed != nil {
		return nil, t.failed
	}
	ctx = t.context(ctx)
	s, err := t.c.statement(ctx, text)
	if err != nil {
		return nil, t.fail("read", noun, err)
	}
	rows, err := s.QueryContext(ctx, t.c.arguments(args)...)
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

// insert adds a row: an error of kind Conflict if there is one already, of kind NotFound if
// what it belongs to is missing.
func (t *tx) insert(ctx context.Context, noun, text string, args ...any) error {
	_, err := t.exec(ctx, "insert", noun, text, args...)
	return err
}

// update changes the rows there are, else it is an error of kind NotFound.
func (t *tx) update(ctx context.Context, noun, text string, args ...any) error {
	n, err := t.exec(ctx, "update", noun, text, args...)
	if err == nil && n == 0 {
		return missing(noun)
	}
	return err
}

// remove deletes the rows there are, else it is an error of kind NotFound; of kind Conflict if
// something refers to them that does not go with them.
func (t *tx) remove(ctx context.Context, noun, text string, args ...any) error {
	n, err := t.exec(ctx, deleting, noun, text, args...)
	if err == nil && n == 0 {
		return missing(noun)
	}
	return err
}

// exec changes rows and counts them.
func (t *tx) exec(ctx context.Context, verb, noun, text string, args ...any) (int64, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	if !t.writing {
		return 0, t.fail(verb, noun, errors.New("a Read cannot change anything"))
	}
	done, err := t.c.exec(t.context(ctx), text, args...)
	if err != nil {
		return 0, t.fail(verb, noun, err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return 0, t.fail(verb, noun, err)
	}
	return n, nil
}

// deleting is the verb of a statement that deletes rows.
const deleting = "delete"

// fail words the error of a statement, without any value, and ends the transaction's use.
func (t *tx) fail(verb, noun string, err error) error {
	t.cause = err
	violation := t.c.engine.violation(err)
	switch {
	case violation == duplicate:
		t.failed = iam.Errorf(iam.Conflict, "The %s exists already", noun)
	case violation == orphan && verb == deleting:
		t.failed = iam.Errorf(iam.Conflict, "What refers to the %s still exists", noun)
	case violation == orphan:
		t.failed = iam.Errorf(iam.NotFound, "What the %s belongs to does not exist", noun)
	default:
		t.failed = fmt.Errorf("%s the %s: %w", verb, noun, err)
	}
	return t.failed
}

func missing(noun string) error { return iam.Errorf(iam.NotFound, "The %s does not exist", noun) }
