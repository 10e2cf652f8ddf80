// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"
)

// defaultTTL is the TTL and the maximum TTL of a new configuration: 30 days.
const defaultTTL = 30 * 24 * time.Hour

// newTokenSettings has the defaults of the contract (1.2).
func newTokenSettings() TokenSettings {
	return TokenSettings{AccessTokenTTL: defaultTTL, AccessTokenMaxTTL: defaultTTL, AccessTokenTrustedIPs: Everywhere()}
}

// TokenSettingsInput is what a caller says of the tokens of a method. Nil: the default of a new
// one, or as it is. Whoever calls has checked the bounds of single fields.
type TokenSettingsInput struct {
	AccessTokenTTL          *time.Duration
	AccessTokenMaxTTL       *time.Duration
	AccessTokenPeriod       *time.Duration
	AccessTokenNumUsesLimit *int64
	AccessTokenTrustedIPs   *[]string
}

func (t *TokenSettings) apply(in TokenSettingsInput) error {
	set(&t.AccessTokenTTL, in.AccessTokenTTL)
	set(&t.AccessTokenMaxTTL, in.AccessTokenMaxTTL)
	set(&t.AccessTokenPeriod, in.AccessTokenPeriod)
	set(&t.AccessTokenNumUsesLimit, in.AccessTokenNumUsesLimit)
	return t.AccessTokenTrustedIPs.set(in.AccessTokenTrustedIPs)
}

// prohibited refuses new settings whose TTLs do not fit together.
func (t TokenSettings) prohibited() error {
	if t.AccessTokenTTL > t.AccessTokenMaxTTL {
		return ttlAboveMax()
	}
	return nil
}

// prohibitedFor refuses TTLs that do not fit together. The contract (1.4) holds what is sent
// against the stored maximum even where only the maximum is sent, so a client sends both.
func (in TokenSettingsInput) prohibitedFor(t TokenSettings) error {
	ttl, longest := t.AccessTokenMaxTTL, t.AccessTokenMaxTTL
	if in.AccessTokenTTL != nil {
		ttl = *in.AccessTokenTTL
	}
	if in.AccessTokenMaxTTL != nil {
		longest = *in.AccessTokenMaxTTL
	}
	switch {
	case longest == 0 || ttl <= longest:
		return nil
	case in.AccessTokenTTL != nil && in.AccessTokenMaxTTL != nil:
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

func (ts *TrustedIPs) set(texts *[]string) error {
	if texts == nil {
		return nil
	}
	parsed := make(TrustedIPs, len(*texts))
	for n, text := range *texts {
		ip, err := ParseTrustedIP(text)
		if err != nil {
			return Errorf(BadRequest, "%s", err)
		}
		parsed[n] = ip
	}
	*ts = parsed
	return nil
}

// killTokens revokes every token that a method gave the identity that the place is about.
func (s *Service) revokeMethodTokens(ctx context.Context, sc scope, method string) error {
	match := TokenMatch{IdentityID: sc.identity.ID, Method: method}
	_, err := sc.tx.RevokeAccessTokens(ctx, match, Revocation{At: s.time(), Reason: "auth method has been revoked"})
	return err
}
