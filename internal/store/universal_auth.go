package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

const selectUniversalAuth = `
	SELECT id, identity_id, client_id,
		access_token_ttl, access_token_max_ttl, access_token_period, access_token_num_uses_limit,
		access_token_trusted_ips, client_secret_trusted_ips,
		lockout_enabled, lockout_threshold, lockout_duration, lockout_counter_reset, created_at, updated_at
	FROM universal_auths`

// UniversalAuth implements iam.Tx.
func (t *tx) UniversalAuth(ctx context.Context, identityID string) (iam.UniversalAuth, error) {
	return one(ctx, t, "universal auth", scanUniversalAuth, selectUniversalAuth+` WHERE identity_id = $1`, identityID)
}

// UniversalAuthByClientID implements iam.Tx.
func (t *tx) UniversalAuthByClientID(ctx context.Context, clientID string) (iam.UniversalAuth, error) {
	return one(ctx, t, "universal auth", scanUniversalAuth, selectUniversalAuth+` WHERE client_id = $1`, clientID)
}

func scanUniversalAuth(row scanner) (u iam.UniversalAuth, err error) {
	l := &u.Lockout
	err = row.Scan(&u.ID, &u.IdentityID, &u.ClientID,
		(*seconds)(&u.AccessTokenTTL), (*seconds)(&u.AccessTokenMaxTTL), (*seconds)(&u.AccessTokenPeriod), &u.AccessTokenNumUsesLimit,
		(*ipList)(&u.AccessTokenTrustedIPs), (*ipList)(&u.ClientSecretTrustedIPs),
		(*flag)(&l.Enabled), &l.Threshold, (*seconds)(&l.Duration), (*seconds)(&l.CounterReset),
		(*micros)(&u.CreatedAt), (*micros)(&u.UpdatedAt))
	return u, err
}

// InsertUniversalAuth implements iam.Tx.
func (t *tx) InsertUniversalAuth(ctx context.Context, u iam.UniversalAuth) error {
	return t.insert(ctx, "universal auth", `
		INSERT INTO universal_auths (id, identity_id, client_id, created_at,
			access_token_ttl, access_token_max_ttl, access_token_period, access_token_num_uses_limit,
			access_token_trusted_ips, client_secret_trusted_ips,
			lockout_enabled, lockout_threshold, lockout_duration, lockout_counter_reset, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		append([]any{u.ID, u.IdentityID, u.ClientID, micros(u.CreatedAt)}, changeable(u)...)...)
}

// UpdateUniversalAuth implements iam.Tx.
func (t *tx) UpdateUniversalAuth(ctx context.Context, u iam.UniversalAuth) error {
	return t.update(ctx, "universal auth", `
		UPDATE universal_auths SET
			access_token_ttl = $2, access_token_max_ttl = $3, access_token_period = $4, access_token_num_uses_limit = $5,
			access_token_trusted_ips = $6, client_secret_trusted_ips = $7,
			lockout_enabled = $8, lockout_threshold = $9, lockout_duration = $10, lockout_counter_reset = $11, updated_at = $12
		WHERE identity_id = $1`,
		append([]any{u.IdentityID}, changeable(u)...)...)
}

// changeable lists what an update replaces, in the order of the statements above.
func changeable(u iam.UniversalAuth) []any {
	l := u.Lockout
	return []any{
		seconds(u.AccessTokenTTL), seconds(u.AccessTokenMaxTTL), seconds(u.AccessTokenPeriod), u.AccessTokenNumUsesLimit,
		ipList(u.AccessTokenTrustedIPs), ipList(u.ClientSecretTrustedIPs),
		flag(l.Enabled), l.Threshold, seconds(l.Duration), seconds(l.CounterReset), micros(u.UpdatedAt),
	}
}

// DeleteUniversalAuth implements iam.Tx.
func (t *tx) DeleteUniversalAuth(ctx context.Context, identityID string) error {
	return t.remove(ctx, "universal auth", `DELETE FROM universal_auths WHERE identity_id = $1`, identityID)
}
