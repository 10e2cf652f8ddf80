// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// OIDCAuth implements iam.Tx.
func (t *tx) OIDCAuth(ctx context.Context, identityID string) (iam.OIDCAuth, error) {
	return queryOne(ctx, t, "OIDC auth", scanOIDCAuth, `
		SELECT id, identity_id, created_at, updated_at, `+settingsColumns+`,
			discovery_url, issuer, ca_cert, audiences, claims, claim_metadata, subject
		FROM oidc_auths WHERE identity_id = $1`, identityID)
}

func scanOIDCAuth(row scanner) (o iam.OIDCAuth, err error) {
	err = row.Scan(append(methodInto(&o.ID, &o.IdentityID, &o.CreatedAt, &o.UpdatedAt, &o.TokenSettings),
		&o.Issuer.DiscoveryURL, &o.Issuer.Name, &o.Issuer.CACert,
		jsonOf[[]string]{&o.Audiences}, jsonOf[map[string][]string]{&o.Claims}, (*textMap)(&o.ClaimMetadata), &o.Subject)...)
	return o, err
}

// InsertOIDCAuth implements iam.Tx.
func (t *tx) InsertOIDCAuth(ctx context.Context, o iam.OIDCAuth) error {
	return t.insert(ctx, "OIDC auth", `
		INSERT INTO oidc_auths (id, identity_id, created_at, updated_at, `+settingsColumns+`,
			discovery_url, issuer, ca_cert, audiences, claims, claim_metadata, subject)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		append([]any{o.ID, o.IdentityID, micros(o.CreatedAt)}, ofOIDCAuth(o)...)...)
}

// UpdateOIDCAuth implements iam.Tx.
func (t *tx) UpdateOIDCAuth(ctx context.Context, o iam.OIDCAuth) error {
	return t.update(ctx, "OIDC auth", `
		UPDATE oidc_auths SET updated_at = $2, `+setSettings+`,
			discovery_url = $8, issuer = $9, ca_cert = $10, audiences = $11, claims = $12, claim_metadata = $13, subject = $14
		WHERE identity_id = $1`,
		append([]any{o.IdentityID}, ofOIDCAuth(o)...)...)
}

// ofOIDCAuth lists what an update replaces, in the order of the statements above.
func ofOIDCAuth(o iam.OIDCAuth) []any {
	return append(settings(o.UpdatedAt, o.TokenSettings),
		o.Issuer.DiscoveryURL, o.Issuer.Name, o.Issuer.CACert,
		jsonOf[[]string]{&o.Audiences}, jsonOf[map[string][]string]{&o.Claims}, textMap(o.ClaimMetadata), o.Subject)
}

// DeleteOIDCAuth implements iam.Tx.
func (t *tx) DeleteOIDCAuth(ctx context.Context, identityID string) error {
	return t.delete(ctx, "OIDC auth", `DELETE FROM oidc_auths WHERE identity_id = $1`, identityID)
}
