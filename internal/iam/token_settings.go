// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// TokenSettings are the settings of the access tokens that an auth method issues. Durations are whole
// seconds.
type TokenSettings struct {
	AccessTokenTTL          time.Duration // 0: the ceiling
	AccessTokenMaxTTL       time.Duration // 0: no limit
	AccessTokenPeriod       time.Duration // 0: not periodic; only Universal Auth has others
	AccessTokenNumUsesLimit int64         // 0: no limit
	AccessTokenTrustedIPs   TrustedIPs
}

// newTokenSettings returns the defaults. Contract: section 1.2.
func newTokenSettings() TokenSettings {
	const ttl = api.DefaultAccessTokenTTL * time.Second
	return TokenSettings{AccessTokenTTL: ttl, AccessTokenMaxTTL: ttl, AccessTokenTrustedIPs: AllTrustedIPs()}
}

func (t TokenSettings) response() api.TokenSettings {
	return api.TokenSettings{
		AccessTokenTTL: seconds(t.AccessTokenTTL), AccessTokenMaxTTL: seconds(t.AccessTokenMaxTTL),
		AccessTokenNumUsesLimit: t.AccessTokenNumUsesLimit, AccessTokenTrustedIPs: t.AccessTokenTrustedIPs,
	}
}

// apply changes what is in the request. The server has checked the bounds of single fields.
func (t *TokenSettings) apply(r api.TokenSettingsRequest) error {
	setDuration(&t.AccessTokenTTL, r.AccessTokenTTL)
	setDuration(&t.AccessTokenMaxTTL, r.AccessTokenMaxTTL)
	set(&t.AccessTokenNumUsesLimit, r.AccessTokenNumUsesLimit)
	return t.AccessTokenTrustedIPs.set(r.AccessTokenTrustedIPs)
}

// checkTTLs rejects a TTL of a new configuration that is longer than its maximum.
func (t TokenSettings) checkTTLs() error {
	if t.AccessTokenTTL > t.AccessTokenMaxTTL {
		return ttlAboveMax()
	}
	return nil
}

// checkTTLChange rejects a TTL that is longer than its maximum. The contract (1.4) compares the stored
// maximum with the stored maximum if only the maximum is in the request, so clients send both.
func (t TokenSettings) checkTTLChange(r api.TokenSettingsRequest) error {
	ttl, longest := t.AccessTokenMaxTTL, t.AccessTokenMaxTTL
	setDuration(&ttl, r.AccessTokenTTL)
	setDuration(&longest, r.AccessTokenMaxTTL)
	switch {
	case longest == 0 || ttl <= longest:
		return nil
	case r.AccessTokenTTL != nil && r.AccessTokenMaxTTL != nil:
		return ttlAboveMax()
	default:
		return Errorf(BadRequest, "Access token TTL cannot be greater than max TTL; send both to change both")
	}
}

func ttlAboveMax() error {
	return invalid("accessTokenTTL", "Access Token TTL cannot be greater than Access Token Max TTL.")
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// setDuration is set for seconds, whose bounds in the request prevent an overflow.
func setDuration(field *time.Duration, seconds *int64) {
	if seconds != nil {
		*field = time.Duration(*seconds) * time.Second
	}
}
