// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

const (
	secretBytes    = 32 // shown as twice as many hexadecimal digits
	prefixLength   = 4
	maxDescription = 255
)

// ClientSecretInput is what a caller says of a new client secret.
type ClientSecretInput struct {
	Description  string
	TTL          time.Duration // 0: for ever
	NumUsesLimit int64         // 0: no limit
}

// NewClientSecret is a client secret with the secret itself, the only time that it is known.
type NewClientSecret struct {
	ClientSecret
	Secret string
}

func digestOf(secret string) Digest { return sha256.Sum256([]byte(secret)) }

// CreateClientSecret makes a client secret for an identity's Universal Auth.
func (s *Service) CreateClientSecret(ctx context.Context, a Actor, identityID string, in ClientSecretInput) (NewClientSecret, error) {
	const base = "Failed to create client secret for identity"
	d := requireManagement(base, onIdentity(permission.CreateToken), onIdentity(permission.Create))
	return update(ctx, s, a, "create-identity-universal-auth-client-secret", identityScope(identityID), d, func(sc scope) (NewClientSecret, error) {
		u, err := s.universalAuthInCharge(ctx, sc, Conflict, base)
		if err != nil {
			return NewClientSecret{}, err
		}
		return s.newClientSecret(ctx, sc.tx, u, in)
	})
}

func (s *Service) newClientSecret(ctx context.Context, tx Tx, u UniversalAuth, in ClientSecretInput) (NewClientSecret, error) {
	description, err := parseText("description", in.Description, 0, maxDescription)
	if err != nil {
		return NewClientSecret{}, err
	}
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // never fails
	secret := hex.EncodeToString(random)
	now := s.time()
	c := ClientSecret{
		ID: newID(), UniversalAuthID: u.ID,
		Description: description, Prefix: secret[:prefixLength], Digest: digestOf(secret),
		TTL: in.TTL, NumUsesLimit: in.NumUsesLimit,
		CreatedAt: now, UpdatedAt: now,
	}
	return NewClientSecret{ClientSecret: c, Secret: secret}, tx.InsertClientSecret(ctx, c)
}

// ClientSecrets lists those that are not revoked, the oldest first.
func (s *Service) ClientSecrets(ctx context.Context, a Actor, identityID string) ([]ClientSecret, error) {
	d := requireManagement("Failed to get client secrets of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, identityScope(identityID), d, func(sc scope) ([]ClientSecret, error) {
		u, err := sc.universalAuth(ctx, Conflict)
		if err != nil {
			return nil, err
		}
		return sc.tx.ClientSecrets(ctx, u.ID)
	})
}

// ClientSecret reads one, revoked or not.
func (s *Service) ClientSecret(ctx context.Context, a Actor, identityID, id string) (ClientSecret, error) {
	d := requireManagement("Failed to get client secret of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, identityScope(identityID), d, func(sc scope) (ClientSecret, error) { return sc.clientSecret(ctx, id) })
}

// RevokeClientSecret revokes a client secret, and every token it gave out dies at once. Revoking
// it again changes nothing.
func (s *Service) RevokeClientSecret(ctx context.Context, a Actor, identityID, id string) (ClientSecret, error) {
	const base = "Failed to revoke client secret of identity"
	d := requireManagement(base, onIdentity(permission.DeleteToken), onIdentity(permission.Delete))
	return update(ctx, s, a, "revoke-identity-universal-auth-client-secret", identityScope(identityID), d, func(sc scope) (ClientSecret, error) {
		if err := s.checkControl(ctx, sc, base); err != nil {
			return ClientSecret{}, err
		}
		c, err := sc.clientSecret(ctx, id)
		if err != nil {
			return ClientSecret{}, err
		}
		now := s.time()
		why := Revocation{At: now, Reason: "client secret has been revoked"}
		if _, err := sc.tx.RevokeAccessTokens(ctx, TokenMatch{ClientSecretID: c.ID}, why); err != nil {
			return ClientSecret{}, err
		}
		if c.Revoked {
			return c, nil
		}
		c.Revoked, c.UpdatedAt = true, now
		return c, sc.tx.RevokeClientSecret(ctx, c.ID, now)
	})
}

// clientSecret finds one of the identity that the place is about, and of no other.
func (sc scope) clientSecret(ctx context.Context, id string) (ClientSecret, error) {
	u, err := sc.universalAuth(ctx, Conflict)
	if err != nil {
		return ClientSecret{}, err
	}
	c, err := sc.tx.ClientSecret(ctx, u.ID, id)
	if Is(err, NotFound) {
		return ClientSecret{}, Errorf(NotFound, "Failed to find client secret with ID %s of identity with ID %s", abbreviate(id), sc.identity.ID)
	}
	return c, err
}

// Prohibits refuses a client secret whose time is over or whose uses are spent. A revoked one
// is refused before, as one that was never right.
func (c ClientSecret) Prohibits(u Use) error {
	switch {
	case c.TTL > 0 && !u.At.Before(c.CreatedAt.Add(c.TTL)):
		return Errorf(Unauthenticated, "Access denied due to expired client secret")
	case c.NumUsesLimit > 0 && c.NumUses >= c.NumUsesLimit:
		return Errorf(Unauthenticated, "Access denied due to client secret usage limit reached")
	}
	return nil
}

func (c ClientSecret) addTargets(e *AuditEvent) { e.addTarget("clientSecretId", c.ID) }
