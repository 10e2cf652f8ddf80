// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// SigningKeys implements iam.Tx.
func (t *tx) SigningKeys(ctx context.Context) ([]iam.SigningKey, error) {
	return queryAll(ctx, t, "signing keys", scanSigningKey,
		`SELECT id, secret, created_at FROM signing_keys ORDER BY created_at DESC, id DESC`)
}

// InsertSigningKey implements iam.Tx.
func (t *tx) InsertSigningKey(ctx context.Context, k iam.SigningKey) error {
	return t.insert(ctx, "signing key",
		`INSERT INTO signing_keys (id, secret, created_at) VALUES ($1, $2, $3)`,
		k.ID, hexBytes(k.Secret), micros(k.CreatedAt))
}

func scanSigningKey(row scanner) (k iam.SigningKey, err error) {
	err = row.Scan(&k.ID, (*hexBytes)(&k.Secret), (*micros)(&k.CreatedAt))
	return k, err
}
