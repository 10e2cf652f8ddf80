// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// settingsColumns are what the tables of all auth methods have of their tokens, in the order of
// settings. In an update they are the parameters from $3 on, after the update time.
const (
	settingsColumns = `access_token_ttl, access_token_max_ttl, access_token_period, access_token_num_uses_limit, access_token_trusted_ips`
	setSettings     = `access_token_ttl = $3, access_token_max_ttl = $4, access_token_period = $5,
		access_token_num_uses_limit = $6, access_token_trusted_ips = $7`
)

// settings are the update time and the values of settingsColumns.
func settings(updated time.Time, t iam.TokenSettings) []any {
	return []any{
		micros(updated), seconds(t.AccessTokenTTL), seconds(t.AccessTokenMaxTTL), seconds(t.AccessTokenPeriod),
		t.AccessTokenNumUsesLimit, ipList(t.AccessTokenTrustedIPs),
	}
}

// methodInto is where the columns go that every method has: its ids, its times and settingsColumns.
func methodInto(id, identityID *string, created, updated *time.Time, t *iam.TokenSettings) []any {
	return []any{
		id, identityID, (*micros)(created), (*micros)(updated), (*seconds)(&t.AccessTokenTTL), (*seconds)(&t.AccessTokenMaxTTL),
		(*seconds)(&t.AccessTokenPeriod), &t.AccessTokenNumUsesLimit, (*ipList)(&t.AccessTokenTrustedIPs),
	}
}

// withMethods joins the methods of an identity i.
const withMethods = `
	LEFT JOIN universal_auths u ON u.identity_id = i.id
	LEFT JOIN oidc_auths o ON o.identity_id = i.id
	LEFT JOIN token_auths k ON k.identity_id = i.id`

// methodColumns selects which methods an identity has, as methods reads it.
const methodColumns = `CASE WHEN o.id IS NULL THEN 0 ELSE 1 END, CASE WHEN k.id IS NULL THEN 0 ELSE 1 END, CASE WHEN u.id IS NULL THEN 0 ELSE 1 END`

// methods are those attached.
type methods struct{ oidc, token, universal flag }

func (m *methods) into() []any { return []any{&m.oidc, &m.token, &m.universal} }

// names are in order.
func (m *methods) names() []string {
	attached := []string{}
	for _, method := range []struct {
		has  flag
		name string
	}{{m.oidc, iam.MethodOIDCAuth}, {m.token, iam.MethodTokenAuth}, {m.universal, iam.MethodUniversalAuth}} {
		if method.has {
			attached = append(attached, method.name)
		}
	}
	return attached
}
