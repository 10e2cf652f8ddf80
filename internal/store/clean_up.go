// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// DeleteExpiredAccessTokens implements iam.Tx. It keeps tokens of Token auth: the API lists them,
// expired or not, until the method or the identity is deleted.
func (t *tx) DeleteExpiredAccessTokens(ctx context.Context, before time.Time, most int) (int, error) {
	n, err := t.exec(ctx, deleting, "expired access tokens", `
		DELETE FROM access_tokens WHERE id IN (
			SELECT id FROM access_tokens WHERE expires_at < $1 AND method <> $2 ORDER BY expires_at LIMIT $3)`,
		micros(before), iam.TokenAuth.Name, most)
	return int(n), err
}

// DeleteForgottenLockouts implements iam.Tx.
func (t *tx) DeleteForgottenLockouts(ctx context.Context, before time.Time, most int) (int, error) {
	n, err := t.exec(ctx, deleting, "forgotten lockouts", `
		DELETE FROM lockouts WHERE (identity_id, method) IN (
			SELECT identity_id, method FROM lockouts WHERE forgotten_at < $1 AND locked_until < $1 ORDER BY forgotten_at LIMIT $2)`,
		micros(before), most)
	return int(n), err
}

// DeleteExpiredEnvironments implements iam.Tx.
func (t *tx) DeleteExpiredEnvironments(ctx context.Context, before time.Time, most int) (int, error) {
	n, err := t.exec(ctx, deleting, "expired environments", `
		DELETE FROM environments WHERE id IN (
			SELECT id FROM environments WHERE deleted_at > 0 AND deleted_at < $1 ORDER BY deleted_at LIMIT $2)`, micros(before), most)
	return int(n), err
}

// spent is the condition that a client secret c was revoked, expired or used up before $1, and that
// no token of it is left.
const spent = `(c.revoked = 1 AND c.updated_at < $1
		OR c.num_uses_limit > 0 AND c.num_uses >= c.num_uses_limit AND c.last_used_at < $1
		OR c.ttl > 0 AND c.created_at + c.ttl * 1000000 < $1)
	AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.client_secret_id = c.id)`

// SpentClientSecrets implements iam.Tx.
func (t *tx) SpentClientSecrets(ctx context.Context, before time.Time, after string, most int) ([]string, error) {
	return queryAll(ctx, t, "spent client secrets", scanString,
		`SELECT c.id FROM client_secrets c WHERE c.id > $2 AND `+spent+` ORDER BY c.id LIMIT $3`, micros(before), after, most)
}

// DeleteSpentClientSecret implements iam.Tx.
func (t *tx) DeleteSpentClientSecret(ctx context.Context, id string, before time.Time) (bool, error) {
	n, err := t.exec(ctx, deleting, "spent client secret",
		`DELETE FROM client_secrets WHERE id IN (SELECT c.id FROM client_secrets c WHERE c.id = $2 AND `+spent+`)`, micros(before), id)
	return n > 0, err
}
