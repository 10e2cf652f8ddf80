// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// clientSecretsWhere selects those that fulfil the condition, as scanClientSecret reads them.
func clientSecretsWhere(condition string) string {
	return `
	SELECT id, universal_auth_id, description, prefix, digest, ttl, num_uses, num_uses_limit,
		revoked, last_used_at, created_at, updated_at
	FROM client_secrets WHERE ` + condition
}

// ClientSecret implements iam.Tx.
func (t *tx) ClientSecret(ctx context.Context, universalAuthID, id string) (iam.ClientSecret, error) {
	return queryOne(ctx, t, "client secret", scanClientSecret,
		clientSecretsWhere(`universal_auth_id = $1 AND id = $2`), universalAuthID, id)
}

// ClientSecretByDigest implements iam.Tx.
func (t *tx) ClientSecretByDigest(ctx context.Context, universalAuthID string, d iam.Digest) (iam.ClientSecret, error) {
	return queryOne(ctx, t, "client secret", scanClientSecret,
		clientSecretsWhere(`universal_auth_id = $1 AND digest = $2`), universalAuthID, digest(d))
}

// ClientSecrets implements iam.Tx.
func (t *tx) ClientSecrets(ctx context.Context, universalAuthID string) ([]iam.ClientSecret, error) {
	return queryAll(ctx, t, "client secrets", scanClientSecret,
		clientSecretsWhere(`universal_auth_id = $1 AND revoked = 0 ORDER BY created_at, id`), universalAuthID)
}

func scanClientSecret(row scanner) (c iam.ClientSecret, err error) {
	err = row.Scan(&c.ID, &c.UniversalAuthID, &c.Description, &c.Prefix, (*digest)(&c.Digest),
		(*seconds)(&c.TTL), &c.NumUses, &c.NumUsesLimit,
		(*flag)(&c.Revoked), (*micros)(&c.LastUsedAt), (*micros)(&c.CreatedAt), (*micros)(&c.UpdatedAt))
	return c, err
}

// InsertClientSecret implements iam.Tx.
func (t *tx) InsertClientSecret(ctx context.Context, c iam.ClientSecret) error {
	return t.insert(ctx, "client secret", `
		INSERT INTO client_secrets (id, universal_auth_id, description, prefix, digest, ttl, num_uses, num_uses_limit,
			revoked, last_used_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		c.ID, c.UniversalAuthID, c.Description, c.Prefix, digest(c.Digest), seconds(c.TTL), c.NumUses, c.NumUsesLimit,
		flag(c.Revoked), micros(c.LastUsedAt), micros(c.CreatedAt), micros(c.UpdatedAt))
}

// UseClientSecret implements iam.Tx.
func (t *tx) UseClientSecret(ctx context.Context, id string, at time.Time) (bool, error) {
	return t.use(ctx, "client secret", `client_secrets`, id, at)
}

// RevokeClientSecret implements iam.Tx.
func (t *tx) RevokeClientSecret(ctx context.Context, id string, at time.Time) error {
	return t.update(ctx, "client secret",
		`UPDATE client_secrets SET revoked = 1, updated_at = $2 WHERE id = $1`, id, micros(at))
}

// use counts one use of a row of that table, unless its limit is reached. The condition stands
// in the statement that counts, so however many come at once, the limit holds.
func (t *tx) use(ctx context.Context, noun, table, id string, at time.Time) (bool, error) {
	n, err := t.exec(ctx, "use", noun, `
		UPDATE `+table+` SET num_uses = num_uses + 1, last_used_at = $2
		WHERE id = $1 AND (num_uses_limit = 0 OR num_uses < num_uses_limit)`, id, micros(at))
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = queryOne(ctx, t, noun, scanInt, `SELECT 1 FROM `+table+` WHERE id = $1`, id)
	return false, err
}
