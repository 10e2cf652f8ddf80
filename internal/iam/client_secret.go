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
	r := mustManage("Failed to create client secret for identity", on(permission.CreateToken), on(permission.Create))
	return change(ctx, s, a, r, func(tx Tx, a Actor) (NewClientSecret, error) {
		u, err := s.universalAuth(ctx, tx, a, identityID)
		if err != nil {
			return NewClientSecret{}, err
		}
		return s.newClientSecret(ctx, tx, u, in)
	})
}

func (s *Service) newClientSecret(ctx context.Context, tx Tx, u UniversalAuth, in ClientSecretInput) (NewClientSecret, error) {
	description, err := text("description", in.Description, 0, maxDescription)
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
	if err := mustManage("Failed to get client secrets of identity", on(permission.GetToken), on(permission.Read))(a); err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) ([]ClientSecret, error) {
		u, err := s.universalAuth(ctx, tx, a, identityID)
		if err != nil {
			return nil, err
		}
		return tx.ClientSecrets(ctx, u.ID)
	})
}

// ClientSecret reads one, revoked or not.
func (s *Service) ClientSecret(ctx context.Context, a Actor, identityID, id string) (ClientSecret, error) {
	if err := mustManage("Failed to get client secret of identity", on(permission.GetToken), on(permission.Read))(a); err != nil {
		return ClientSecret{}, err
	}
	return read(ctx, s, func(tx Tx) (ClientSecret, error) { return s.clientSecret(ctx, tx, a, identityID, id) })
}

// RevokeClientSecret revokes a client secret, and every token it gave out dies at once. Revoking
// it again changes nothing.
func (s *Service) RevokeClientSecret(ctx context.Context, a Actor, identityID, id string) (ClientSecret, error) {
	r := mustManage("Failed to revoke client secret of identity", on(permission.DeleteToken), on(permission.Delete))
	return change(ctx, s, a, r, func(tx Tx, a Actor) (ClientSecret, error) {
		c, err := s.clientSecret(ctx, tx, a, identityID, id)
		if err != nil {
			return ClientSecret{}, err
		}
		now := s.time()
		why := Revocation{At: now, Reason: "client secret has been revoked"}
		if _, err := tx.RevokeAccessTokens(ctx, TokenMatch{ClientSecretID: c.ID}, why); err != nil {
			return ClientSecret{}, err
		}
		if c.Revoked {
			return c, nil
		}
		c.Revoked, c.UpdatedAt = true, now
		return c, tx.RevokeClientSecret(ctx, c.ID, now)
	})
}

// clientSecret finds one of that identity, and of no other.
func (s *Service) clientSecret(ctx context.Context, tx Tx, a Actor, identityID, id string) (ClientSecret, error) {
	u, err := s.universalAuth(ctx, tx, a, identityID)
	if err != nil {
		return ClientSecret{}, err
	}
	c, err := tx.ClientSecret(ctx, u.ID, id)
	if Is(err, NotFound) {
		return ClientSecret{}, Refuse(NotFound, "Failed to find client secret with ID %s of identity with ID %s", id, identityID)
	}
	return c, err
}

// Prohibits refuses a client secret whose time is over or whose uses are spent. A revoked one
// is refused before, as one that was never right.
func (c ClientSecret) Prohibits(u Use) error {
	switch {
	case c.TTL > 0 && !u.At.Before(c.CreatedAt.Add(c.TTL)):
		return Refuse(Unauthenticated, "Access denied due to expired client secret")
	case c.NumUsesLimit > 0 && c.NumUses >= c.NumUsesLimit:
		return Refuse(Unauthenticated, "Access denied due to client secret usage limit reached")
	}
	return nil
}
