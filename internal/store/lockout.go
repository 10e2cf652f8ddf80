// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Lockout implements iam.Tx.
func (t *tx) Lockout(ctx context.Context, identityID, method string) (iam.Lockout, error) {
	l, err := queryOne(ctx, t, "lockout", scanLockout, `
		SELECT identity_id, method, failures, forgotten_at, locked_until
		FROM lockouts WHERE identity_id = $1 AND method = $2`, identityID, method)
	if iam.Is(err, iam.NotFound) {
		return iam.Lockout{}, nil
	}
	return l, err
}

func scanLockout(row scanner) (l iam.Lockout, err error) {
	err = row.Scan(&l.IdentityID, &l.Method, &l.Failures, (*micros)(&l.ForgottenAt), (*micros)(&l.LockedUntil))
	return l, err
}

// lockedMethods lists the methods of an identity that are locked at that time, in order of name.
func (t *tx) lockedMethods(ctx context.Context, identityID string, at time.Time) ([]string, error) {
	return queryAll(ctx, t, "lockouts", scanString, lockouts(`l.method`, `$2`)+` AND l.identity_id = $1 ORDER BY l.method`,
		identityID, micros(at))
}

// lockouts selects the lockouts l that hold at that time, which a disabled policy prevents.
func lockouts(columns, at string) string {
	return `
		SELECT ` + columns + ` FROM lockouts l
		JOIN auth_methods m ON m.identity_id = l.identity_id AND m.method = l.method
		WHERE l.locked_until > ` + at + ` AND m.lockout_enabled = 1`
}

func scanString(row scanner) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

// PutLockout implements iam.Tx.
func (t *tx) PutLockout(ctx context.Context, l iam.Lockout) error {
	return t.insert(ctx, "lockout", `
		INSERT INTO lockouts (identity_id, method, failures, forgotten_at, locked_until)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (identity_id, method) DO UPDATE SET
			failures = excluded.failures, forgotten_at = excluded.forgotten_at, locked_until = excluded.locked_until`,
		l.IdentityID, l.Method, l.Failures, micros(l.ForgottenAt), micros(l.LockedUntil))
}

// DeleteLockout implements iam.Tx. It is no error if there is none.
func (t *tx) DeleteLockout(ctx context.Context, identityID, method string) error {
	_, err := t.exec(ctx, deleting, "lockout",
		`DELETE FROM lockouts WHERE identity_id = $1 AND method = $2`, identityID, method)
	return err
}
