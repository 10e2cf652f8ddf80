// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// maxTokenLifetime bounds the lifetime of a signed token. Renewals may extend beyond it.
const maxTokenLifetime = 90 * 24 * time.Hour

// IssuedToken is a signed access token.
type IssuedToken struct {
	Signed    string
	ExpiresIn time.Duration // whole seconds
	MaxTTL    time.Duration // maximum lifetime including renewals; 0: no limit
}

func wholeSeconds(t time.Time) time.Time { return t.Truncate(time.Second) }

// lifetime returns the lifetime of a token that is signed now: the shortest of its TTL, the rest of its
// maximum TTL, and maxTokenLifetime.
func (t AccessToken) lifetime(now time.Time) (time.Duration, error) {
	life := maxTokenLifetime
	if t.TTL > 0 {
		life = min(life, t.TTL)
	}
	if t.MaxTTL > 0 {
		left := wholeSeconds(t.CreatedAt).Add(t.MaxTTL).Sub(wholeSeconds(now))
		if left <= 0 {
			return 0, Errorf(Unauthenticated, "Cannot renew: identity access token has reached its max TTL")
		}
		life = min(life, left)
	}
	return life, nil
}

// signToken signs a token that is valid from now.
func (s *Service) signToken(ctx context.Context, b Bearer, now time.Time) (IssuedToken, error) {
	t := b.Token
	life, err := t.lifetime(now)
	if err != nil {
		return IssuedToken{}, err
	}
	var shown identityAuth
	if t.Method == api.MethodOIDCAuth {
		shown.OIDC = &oidcClaims{Claims: map[string]string{}}
		maps.Copy(shown.OIDC.Claims, t.Claims)
	}
	signed, err := s.sign(ctx, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID:        newID(),
			IssuedAt:  jwt.NewNumericDate(wholeSeconds(now)),
			ExpiresAt: jwt.NewNumericDate(wholeSeconds(now).Add(life)),
		},
		IdentityID: t.IdentityID, IdentityName: b.IdentityName, AuthMethod: t.Method,
		OrgID: b.OrganizationID, RootOrgID: b.OrganizationID, ParentOrgID: b.OrganizationID,
		ClientSecretID: t.ClientSecretID, TokenID: t.ID,
		TTL: seconds(t.TTL), MaxTTL: seconds(t.MaxTTL), Period: seconds(t.Period),
		NumUsesLimit: t.NumUsesLimit, CreationEpoch: t.CreatedAt.Unix(), Type: tokenType,
		IPRestrictionEnabled: b.TrustedIPs.restrict(), IdentityAuth: shown,
	})
	if err != nil {
		return IssuedToken{}, fmt.Errorf("signing an access token: %w", err)
	}
	return IssuedToken{Signed: signed, ExpiresIn: life, MaxTTL: t.MaxTTL}, nil
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// Authenticate returns the actor of an access token that is used from that address, and counts one use.
func (s *Service) Authenticate(ctx context.Context, signed string, from netip.Addr) (Actor, error) {
	c, err := s.verify(ctx, signed)
	if err != nil {
		return Actor{}, err
	}
	b, err := read(ctx, s, func(tx Tx) (Bearer, error) { return s.bearer(ctx, tx, c.TokenID) })
	if err != nil {
		return Actor{}, unauthorized("Failed to authorize", err)
	}
	if err := b.TrustedIPs.checkAddress(from); err != nil {
		return Actor{}, err
	}
	if b.Token.NumUsesLimit > 0 {
		used, err := write(ctx, s, func(tx Tx) (bool, error) { return tx.UseAccessToken(ctx, b.Token.ID, s.time()) })
		if Is(err, NotFound) { // deleted between the two
			return Actor{}, unauthorized("Failed to authorize", tokenRevoked())
		}
		if err != nil {
			return Actor{}, err
		}
		if !used {
			return Actor{}, Errorf(Unauthenticated, "Failed to authorize: token usage limit reached")
		}
	}
	return b.actor(), nil
}

func (b Bearer) actor() Actor {
	return Actor{
		IdentityID: b.Token.IdentityID, IdentityName: b.IdentityName, OrganizationID: b.OrganizationID,
		tokenID: b.Token.ID, clientSecretID: b.Token.ClientSecretID, claims: b.Token.Claims, rules: b.Role.Permissions,
	}
}

// bearer loads an access token that is not revoked.
func (s *Service) bearer(ctx context.Context, tx Tx, tokenID string) (Bearer, error) {
	b, err := tx.Bearer(ctx, tokenID)
	if Is(err, NotFound) {
		return Bearer{}, tokenRevoked()
	}
	if err != nil {
		return Bearer{}, err
	}
	return b, b.Token.checkUse()
}

func tokenRevoked() error { return Errorf(Unauthenticated, "identity tokens have been revoked") }

// checkUse rejects a revoked token.
func (t AccessToken) checkUse() error {
	if t.Revocation.At.IsZero() {
		return nil
	}
	return Errorf(Unauthenticated, "%s", t.Revocation.Reason)
}

// unauthorized puts base before the sentence of an Unauthenticated error.
func unauthorized(base string, err error) error {
	if Is(err, Unauthenticated) {
		return Errorf(Unauthenticated, "%s: %s", base, err)
	}
	return err
}

// RenewAccessToken signs a new token with the ID and settings of the old one, which remains valid until
// its own expiry.
func (s *Service) RenewAccessToken(ctx context.Context, signed string, from netip.Addr) (IssuedToken, error) {
	e := s.newEvent(ctx, "renew-access-token", Actor{})
	c, err := s.verify(ctx, signed)
	if err != nil {
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	now := s.time()
	e.Actor, e.Targets = c.audited(), map[string]string{"tokenId": c.TokenID}
	b, err := auditedWrite(ctx, s, e, func(tx Tx, _ *AuditEvent) (Bearer, error) {
		b, err := s.bearer(ctx, tx, c.TokenID)
		if err != nil {
			return Bearer{}, unauthorized("Cannot renew", err)
		}
		if err := b.TrustedIPs.checkAddress(from); err != nil {
			return Bearer{}, err
		}
		if b.Token.NumUsesLimit > 0 && b.Token.NumUses >= b.Token.NumUsesLimit {
			return Bearer{}, Errorf(Unauthenticated, "Cannot renew exhausted access token")
		}
		life, err := b.Token.lifetime(now)
		if err != nil {
			return Bearer{}, err
		}
		return b, tx.RenewAccessToken(ctx, b.Token.ID, now, wholeSeconds(now).Add(life))
	})
	if err != nil {
		return IssuedToken{}, err
	}
	return s.signToken(ctx, b, now)
}

// RevokeAccessToken revokes a token and every token renewed from it. Revoking it again changes nothing.
func (s *Service) RevokeAccessToken(ctx context.Context, signed string) error {
	e := s.newEvent(ctx, "revoke-access-token", Actor{})
	c, err := s.verify(ctx, signed)
	if err != nil {
		return s.recordRefusal(e, err)
	}
	e.Actor, e.Targets = c.audited(), map[string]string{"tokenId": c.TokenID}
	_, err = auditedWrite(ctx, s, e, func(tx Tx, _ *AuditEvent) (int, error) {
		why := Revocation{At: s.time(), Reason: "token has been revoked"}
		return tx.RevokeAccessTokens(ctx, TokenMatch{ID: c.TokenID}, why)
	})
	return err
}

func (t AccessToken) addTargets(e *AuditEvent) {
	e.addTarget("tokenId", t.ID)
	e.addTarget("identityId", t.IdentityID)
}
