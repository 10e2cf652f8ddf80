// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// methodColumns selects a configuration of an auth method m, as scanMethod reads it.
const methodColumns = `m.id, m.identity_id, m.method, COALESCE(m.client_id, ''), m.access_token_ttl, m.access_token_max_ttl,
	m.access_token_period, m.access_token_num_uses_limit, m.access_token_trusted_ips,
	m.lockout_enabled, m.lockout_threshold, m.lockout_duration, m.lockout_counter_reset, m.settings, m.created_at, m.updated_at`

func scanMethod(row scanner) (m iam.MethodRecord, err error) {
	l := &m.Lockout
	err = row.Scan(&m.ID, &m.IdentityID, &m.Method, &m.ClientID, (*seconds)(&m.AccessTokenTTL), (*seconds)(&m.AccessTokenMaxTTL),
		(*seconds)(&m.AccessTokenPeriod), &m.AccessTokenNumUsesLimit, jsonOf[iam.TrustedIPs]{&m.AccessTokenTrustedIPs},
		(*flag)(&l.Enabled), &l.Threshold, (*seconds)(&l.Duration), (*seconds)(&l.CounterReset),
		jsonOf[json.RawMessage]{&m.Settings}, (*micros)(&m.CreatedAt), (*micros)(&m.UpdatedAt))
	return m, err
}

// AuthMethod implements iam.Tx.
func (t *tx) AuthMethod(ctx context.Context, identityID, method string) (iam.MethodRecord, error) {
	return queryOne(ctx, t, "auth method", scanMethod,
		`SELECT `+methodColumns+` FROM auth_methods m WHERE m.identity_id = $1 AND m.method = $2`, identityID, method)
}

// AuthMethodByClientID implements iam.Tx.
func (t *tx) AuthMethodByClientID(ctx context.Context, method, clientID string) (iam.MethodRecord, error) {
	return queryOne(ctx, t, "auth method", scanMethod,
		`SELECT `+methodColumns+` FROM auth_methods m WHERE m.method = $1 AND m.client_id = $2`, method, clientID)
}

// InsertAuthMethod implements iam.Tx.
func (t *tx) InsertAuthMethod(ctx context.Context, m iam.MethodRecord) error {
	return t.insert(ctx, "auth method", `
		INSERT INTO auth_methods (identity_id, method, updated_at, access_token_ttl, access_token_max_ttl, access_token_period,
			access_token_num_uses_limit, access_token_trusted_ips, lockout_enabled, lockout_threshold, lockout_duration,
			lockout_counter_reset, settings, id, client_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		append(methodArguments(m), m.ID, orNull(m.ClientID), micros(m.CreatedAt))...)
}

// UpdateAuthMethod implements iam.Tx.
func (t *tx) UpdateAuthMethod(ctx context.Context, m iam.MethodRecord) error {
	return t.update(ctx, "auth method", `
		UPDATE auth_methods SET updated_at = $3, access_token_ttl = $4, access_token_max_ttl = $5, access_token_period = $6,
			access_token_num_uses_limit = $7, access_token_trusted_ips = $8, lockout_enabled = $9, lockout_threshold = $10,
			lockout_duration = $11, lockout_counter_reset = $12, settings = $13
		WHERE identity_id = $1 AND method = $2`,
		methodArguments(m)...)
}

// methodArguments returns the key and the columns that an update replaces, in the order of the
// statements above.
func methodArguments(m iam.MethodRecord) []any {
	l := m.Lockout
	return []any{
		m.IdentityID, m.Method, micros(m.UpdatedAt), seconds(m.AccessTokenTTL), seconds(m.AccessTokenMaxTTL), seconds(m.AccessTokenPeriod),
		m.AccessTokenNumUsesLimit, jsonOf[iam.TrustedIPs]{&m.AccessTokenTrustedIPs},
		flag(l.Enabled), l.Threshold, seconds(l.Duration), seconds(l.CounterReset), jsonOf[json.RawMessage]{&m.Settings},
	}
}

// DeleteAuthMethod implements iam.Tx.
func (t *tx) DeleteAuthMethod(ctx context.Context, identityID, method string) error {
	return t.delete(ctx, "auth method", `DELETE FROM auth_methods WHERE identity_id = $1 AND method = $2`, identityID, method)
}

// methodNames selects the names of the methods of an identity i, as splitNames reads them.
const methodNames = `COALESCE((SELECT string_agg(m.method, ',') FROM auth_methods m WHERE m.identity_id = i.id), '')`

// splitNames returns the names in order; none is an empty list.
func splitNames(list string) []string {
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
	slices.Sort(names)
	return names
}
