// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

const (
	secretBytes    = 32 // as hexadecimal digits, 64 characters
	prefixLength   = 4
	maxDescription = 255
)

// ClientSecretInput has the properties of a new client secret.
type ClientSecretInput struct {
	Description  string
	TTL          time.Duration // 0: no limit
	NumUsesLimit int64         // 0: no limit
}

// NewClientSecret is a new client secret with its record. The secret itself is not stored.
type NewClientSecret struct {
	ClientSecret
	Secret string
}

func digestOf(secret string) Digest { return sha256.Sum256([]byte(secret)) }

// CreateClientSecret creates a client secret for an identity's Universal Auth.
func (s *Service) CreateClientSecret(ctx context.Context, a Actor, identityID string, in ClientSecretInput) (NewClientSecret, error) {
	const base = "Failed to create client secret for identity"
	required := requireManagement(base, onIdentity(permission.CreateToken), onIdentity(permission.Create))
	return update(ctx, s, a, "create-identity-universal-auth-client-secret", identityScope(identityID), required, func(sc scope) (NewClientSecret, error) {
		u, err := UniversalAuth.controlled(ctx, s, sc, base)
		if err != nil {
			return NewClientSecret{}, err
		}
		return s.newClientSecret(ctx, sc.tx, u, in)
	})
}

func (s *Service) newClientSecret(ctx context.Context, tx Tx, u UniversalAuthConfig, in ClientSecretInput) (NewClientSecret, error) {
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

// ClientSecrets lists the client secrets that are not revoked, the oldest first.
func (s *Service) ClientSecrets(ctx context.Context, a Actor, identityID string) ([]ClientSecret, error) {
	required := requireManagement("Failed to get client secrets of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, identityScope(identityID), required, func(sc scope) ([]ClientSecret, error) {
		u, err := UniversalAuth.attached(ctx, sc, Conflict)
		if err != nil {
			return nil, err
		}
		return sc.tx.ClientSecrets(ctx, u.ID)
	})
}

// ClientSecret returns a client secret, revoked or not.
func (s *Service) ClientSecret(ctx context.Context, a Actor, identityID, id string) (ClientSecret, error) {
	required := requireManagement("Failed to get client secret of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, identityScope(identityID), required, func(sc scope) (ClientSecret, error) { return sc.clientSecret(ctx, id) })
}

// RevokeClientSecret revokes a client secret and every token that was issued for it. Revoking it again
// changes nothing.
func (s *Service) RevokeClientSecret(ctx context.Context, a Actor, identityID, id string) (ClientSecret, error) {
	const base = "Failed to revoke client secret of identity"
	required := requireManagement(base, onIdentity(permission.DeleteToken), onIdentity(permission.Delete))
	return update(ctx, s, a, "revoke-identity-universal-auth-client-secret", identityScope(identityID), required, func(sc scope) (ClientSecret, error) {
		if err := s.checkRevocation(ctx, sc, base); err != nil {
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

// clientSecret loads a client secret of the identity of the scope.
func (sc scope) clientSecret(ctx context.Context, id string) (ClientSecret, error) {
	u, err := UniversalAuth.attached(ctx, sc, Conflict)
	if err != nil {
		return ClientSecret{}, err
	}
	c, err := sc.tx.ClientSecret(ctx, u.ID, id)
	if Is(err, NotFound) {
		return ClientSecret{}, Errorf(NotFound, "Failed to find client secret with ID %s of identity with ID %s", abbreviate(id), sc.identity.ID)
	}
	return c, err
}

// checkUse rejects a client secret that is expired or used up. The login has rejected a revoked one
// before, like a wrong one.
func (c ClientSecret) checkUse(u Use) error {
	switch {
	case c.TTL > 0 && !u.At.Before(c.CreatedAt.Add(c.TTL)):
		return Errorf(Unauthenticated, "Access denied due to expired client secret")
	case c.NumUsesLimit > 0 && c.NumUses >= c.NumUsesLimit:
		return Errorf(Unauthenticated, "Access denied due to client secret usage limit reached")
	}
	return nil
}

func (c ClientSecret) addTargets(e *AuditEvent) { e.addTarget("clientSecretId", c.ID) }

// useClientSecret counts one use of a client secret that checkUse permits.
func useClientSecret(ctx context.Context, tx Tx, c ClientSecret, now time.Time) error {
	used, err := tx.UseClientSecret(ctx, c.ID, now)
	if err == nil && !used {
		return errors.New("a client secret with uses left could not be used")
	}
	return err
}
