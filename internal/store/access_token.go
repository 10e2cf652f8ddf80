// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// tokenColumns selects an access token a, as tokenInto reads it.
const tokenColumns = `a.id, a.identity_id, a.method, a.client_secret_id, a.name, a.claims, a.ttl, a.max_ttl, a.period,
	a.num_uses, a.num_uses_limit, a.created_at, a.updated_at, a.renewed_at, a.expires_at, a.last_used_at,
	a.revoked_at, a.revocation_reason`

func tokenInto(a *iam.AccessToken) []any {
	return []any{
		&a.ID, &a.IdentityID, &a.Method, &a.ClientSecretID, &a.Name, (*textMap)(&a.Claims), (*seconds)(&a.TTL), (*seconds)(&a.MaxTTL), (*seconds)(&a.Period),
		&a.NumUses, &a.NumUsesLimit, (*micros)(&a.CreatedAt), (*micros)(&a.UpdatedAt), (*micros)(&a.RenewedAt), (*micros)(&a.ExpiresAt), (*micros)(&a.LastUsedAt),
		(*micros)(&a.Revocation.At), &a.Revocation.Reason,
	}
}

// Bearer implements iam.Tx.
func (t *tx) Bearer(ctx context.Context, tokenID string) (iam.Bearer, error) {
	return queryOne(ctx, t, "access token", scanBearer, `
		SELECT `+tokenColumns+`, i.organization_id, i.name,
			COALESCE(m.access_token_trusted_ips, '[]'), `+roleOf+`
		FROM access_tokens a
		JOIN identities i ON i.id = a.identity_id
		LEFT JOIN roles r ON r.id = i.role_id
		LEFT JOIN auth_methods m ON m.identity_id = a.identity_id AND m.method = a.method
		WHERE a.id = $1`, tokenID)
}

func scanBearer(row scanner) (b iam.Bearer, err error) {
	b.Role, err = scanRole(rowTail{row, append(tokenInto(&b.Token), &b.OrganizationID, &b.IdentityName, jsonOf[iam.TrustedIPs]{&b.TrustedIPs})})
	b.Role = completed(b.Role, iam.BuiltInRole)
	return b, err
}

// AccessToken implements iam.Tx.
func (t *tx) AccessToken(ctx context.Context, id string) (iam.AccessToken, error) {
	return queryOne(ctx, t, "access token", scanToken, `SELECT `+tokenColumns+` FROM access_tokens a WHERE a.id = $1`, id)
}

// AccessTokens implements iam.Tx.
func (t *tx) AccessTokens(ctx context.Context, identityID, method string, limit, offset int) ([]iam.AccessToken, error) {
	s := search{args: []any{identityID, method}}
	return queryAll(ctx, t, "access tokens", scanToken, `
		SELECT `+tokenColumns+` FROM access_tokens a WHERE a.identity_id = $1 AND a.method = $2
		ORDER BY a.created_at DESC, a.id DESC`+s.page(limit, offset), s.args...)
}

func scanToken(row scanner) (a iam.AccessToken, err error) {
	err = row.Scan(tokenInto(&a)...)
	return a, err
}

// InsertAccessToken implements iam.Tx.
func (t *tx) InsertAccessToken(ctx context.Context, a iam.AccessToken) error {
	return t.insert(ctx, "access token", `
		INSERT INTO access_tokens (id, identity_id, method, client_secret_id, name, claims, ttl, max_ttl, period,
			num_uses, num_uses_limit, created_at, updated_at, renewed_at, expires_at, last_used_at, revoked_at, revocation_reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		a.ID, a.IdentityID, a.Method, a.ClientSecretID, a.Name, textMap(a.Claims), seconds(a.TTL), seconds(a.MaxTTL), seconds(a.Period),
		a.NumUses, a.NumUsesLimit, micros(a.CreatedAt), micros(a.UpdatedAt), micros(a.RenewedAt), micros(a.ExpiresAt), micros(a.LastUsedAt),
		micros(a.Revocation.At), a.Revocation.Reason)
}

// NameAccessToken implements iam.Tx.
func (t *tx) NameAccessToken(ctx context.Context, id, name string, at time.Time) error {
	return t.update(ctx, "access token", `UPDATE access_tokens SET name = $2, updated_at = $3 WHERE id = $1`, id, name, micros(at))
}

// UseAccessToken implements iam.Tx.
func (t *tx) UseAccessToken(ctx context.Context, id string, at time.Time) (bool, error) {
	return t.use(ctx, "access token", `access_tokens`, id, at)
}

// RenewAccessToken implements iam.Tx.
func (t *tx) RenewAccessToken(ctx context.Context, id string, at, until time.Time) error {
	return t.update(ctx, "access token",
		`UPDATE access_tokens SET renewed_at = $2, expires_at = $3 WHERE id = $1`, id, micros(at), micros(until))
}

// RevokeAccessTokens implements iam.Tx.
func (t *tx) RevokeAccessTokens(ctx context.Context, m iam.TokenMatch, r iam.Revocation) (int, error) {
	if m == (iam.TokenMatch{}) || r.At.IsZero() {
		return 0, errors.New("revoke access tokens: the match or the time is empty")
	}
	var s search
	set := `revoked_at = ` + s.arg(micros(r.At)) + `, revocation_reason = ` + s.arg(r.Reason)
	conditions := []string{`revoked_at = 0`}
	for _, c := range []struct{ column, value string }{
		{`id`, m.ID}, {`client_secret_id`, m.ClientSecretID}, {`identity_id`, m.IdentityID}, {`method`, m.Method},
	} {
		if c.value != "" {
			conditions = append(conditions, c.column+` = `+s.arg(c.value))
		}
	}
	n, err := t.exec(ctx, "revoke", "access tokens",
		`UPDATE access_tokens SET `+set+` WHERE `+strings.Join(conditions, ` AND `), s.args...)
	return int(n), err
}
