// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// TokenAuth implements iam.Tx.
func (t *tx) TokenAuth(ctx context.Context, identityID string) (iam.TokenAuth, error) {
	return queryOne(ctx, t, "token auth", scanTokenAuth,
		`SELECT id, identity_id, created_at, updated_at, `+settingsColumns+` FROM token_auths WHERE identity_id = $1`, identityID)
}

func scanTokenAuth(row scanner) (k iam.TokenAuth, err error) {
	err = row.Scan(methodInto(&k.ID, &k.IdentityID, &k.CreatedAt, &k.UpdatedAt, &k.TokenSettings)...)
	return k, err
}

// InsertTokenAuth implements iam.Tx.
func (t *tx) InsertTokenAuth(ctx context.Context, k iam.TokenAuth) error {
	return t.insert(ctx, "token auth", `
		INSERT INTO token_auths (id, identity_id, created_at, updated_at, `+settingsColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		append([]any{k.ID, k.IdentityID, micros(k.CreatedAt)}, settings(k.UpdatedAt, k.TokenSettings)...)...)
}

// UpdateTokenAuth implements iam.Tx.
func (t *tx) UpdateTokenAuth(ctx context.Context, k iam.TokenAuth) error {
	return t.update(ctx, "token auth", `UPDATE token_auths SET updated_at = $2, `+setSettings+` WHERE identity_id = $1`,
		append([]any{k.IdentityID}, settings(k.UpdatedAt, k.TokenSettings)...)...)
}

// DeleteTokenAuth implements iam.Tx.
func (t *tx) DeleteTokenAuth(ctx context.Context, identityID string) error {
	return t.delete(ctx, "token auth", `DELETE FROM token_auths WHERE identity_id = $1`, identityID)
}
