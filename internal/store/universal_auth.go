// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

const selectUniversalAuth = `
	SELECT id, identity_id, created_at, updated_at, ` + settingsColumns + `, client_id, client_secret_trusted_ips,
		lockout_enabled, lockout_threshold, lockout_duration, lockout_counter_reset
	FROM universal_auths`

// UniversalAuth implements iam.Tx.
func (t *tx) UniversalAuth(ctx context.Context, identityID string) (iam.UniversalAuth, error) {
	return queryOne(ctx, t, "universal auth", scanUniversalAuth, selectUniversalAuth+` WHERE identity_id = $1`, identityID)
}

// UniversalAuthByClientID implements iam.Tx.
func (t *tx) UniversalAuthByClientID(ctx context.Context, clientID string) (iam.UniversalAuth, error) {
	return queryOne(ctx, t, "universal auth", scanUniversalAuth, selectUniversalAuth+` WHERE client_id = $1`, clientID)
}

func scanUniversalAuth(row scanner) (u iam.UniversalAuth, err error) {
	l := &u.Lockout
	err = row.Scan(append(methodInto(&u.ID, &u.IdentityID, &u.CreatedAt, &u.UpdatedAt, &u.TokenSettings),
		&u.ClientID, (*ipList)(&u.ClientSecretTrustedIPs),
		(*flag)(&l.Enabled), &l.Threshold, (*seconds)(&l.Duration), (*seconds)(&l.CounterReset))...)
	return u, err
}

// InsertUniversalAuth implements iam.Tx.
func (t *tx) InsertUniversalAuth(ctx context.Context, u iam.UniversalAuth) error {
	return t.insert(ctx, "universal auth", `
		INSERT INTO universal_auths (id, identity_id, created_at, client_id, updated_at, `+settingsColumns+`,
			client_secret_trusted_ips, lockout_enabled, lockout_threshold, lockout_duration, lockout_counter_reset)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		append([]any{u.ID, u.IdentityID, micros(u.CreatedAt), u.ClientID}, changeable(u)...)...)
}

// UpdateUniversalAuth implements iam.Tx.
func (t *tx) UpdateUniversalAuth(ctx context.Context, u iam.UniversalAuth) error {
	return t.update(ctx, "universal auth", `
		UPDATE universal_auths SET updated_at = $2, `+setSettings+`,
			client_secret_trusted_ips = $8, lockout_enabled = $9, lockout_threshold = $10, lockout_duration = $11, lockout_counter_reset = $12
		WHERE identity_id = $1`,
		append([]any{u.IdentityID}, changeable(u)...)...)
}

// changeable lists what an update replaces, in the order of the statements above.
func changeable(u iam.UniversalAuth) []any {
	l := u.Lockout
	return append(settings(u.UpdatedAt, u.TokenSettings),
		ipList(u.ClientSecretTrustedIPs), flag(l.Enabled), l.Threshold, seconds(l.Duration), seconds(l.CounterReset))
}

// DeleteUniversalAuth implements iam.Tx.
func (t *tx) DeleteUniversalAuth(ctx context.Context, identityID string) error {
	return t.delete(ctx, "universal auth", `DELETE FROM universal_auths WHERE identity_id = $1`, identityID)
}
