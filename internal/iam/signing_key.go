// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// signingMethod is the only algorithm that tokens are signed and accepted with. The signer is
// the only verifier, so a shared key does.
var signingMethod = jwt.SigningMethodHS256

const signingKeyBytes = 32

// tokenType marks the tokens of machine identities.
const tokenType = "identityAccessToken"

// claims are what a token says of itself. Clients treat it as opaque; here only its ID, its
// expiry and its type are believed, and the rest is looked up.
type claims struct {
	jwt.RegisteredClaims
	IdentityID     string `json:"identityId"`
	IdentityName   string `json:"identityName"`
	AuthMethod     string `json:"authMethod"`
	OrgID          string `json:"orgId"`
	RootOrgID      string `json:"rootOrgId"`
	ParentOrgID    string `json:"parentOrgId"`
	ClientSecretID string `json:"clientSecretId"` // empty where the method has none
	TokenID        string `json:"identityAccessTokenId"`
	TTL            int64  `json:"accessTokenTTL"`    // seconds
	MaxTTL         int64  `json:"accessTokenMaxTTL"` // seconds
	Period         int64  `json:"accessTokenPeriod"` // seconds
	NumUsesLimit   int64  `json:"numUsesLimit,omitempty"`
	CreationEpoch  int64  `json:"creationEpoch"` // seconds since 1970
	Type           string `json:"authTokenType"`

	IPRestrictionEnabled bool         `json:"ipRestrictionEnabled"` // at the time of signing
	IdentityAuth         identityAuth `json:"identityAuth"`
}

// identityAuth is what a method made of what it was shown.
type identityAuth struct {
	OIDC *oidcClaims `json:"oidc,omitempty"`
}

type oidcClaims struct {
	Claims map[string]string `json:"claims"`
}

// audited is who a token that is verified says it is.
func (c claims) audited() AuditActor {
	return AuditActor{IdentityID: c.IdentityID, IdentityName: c.IdentityName, TokenID: c.TokenID, ClientSecretID: c.ClientSecretID}
}

func newSigningKey(s *Service) SigningKey {
	secret := make([]byte, signingKeyBytes)
	_, _ = rand.Read(secret) // never fails
	return SigningKey{ID: newID(), Secret: secret, CreatedAt: s.time()}
}

// RotateSigningKey makes a new key that signs from now on. Tokens signed before stay good until
// they expire.
func (s *Service) RotateSigningKey(ctx context.Context) error {
	key := newSigningKey(s)
	e := s.newEvent(ctx, "rotate-signing-key", Actor{})
	e.addTarget("signingKeyId", key.ID)
	_, err := auditedWrite(ctx, s, e, func(tx Tx, _ *AuditEvent) (struct{}, error) { return struct{}{}, tx.InsertSigningKey(ctx, key) })
	if err != nil {
		return err
	}
	return s.loadKeys(ctx)
}

// loadKeys refreshes what is known of the signing keys.
func (s *Service) loadKeys(ctx context.Context) error {
	keys, err := read(ctx, s, func(tx Tx) ([]SigningKey, error) { return tx.SigningKeys(ctx) })
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return errors.New("the database has no signing key")
	}
	s.keys.Store(&keys)
	return nil
}

func (s *Service) knownKeys() []SigningKey {
	if keys := s.keys.Load(); keys != nil {
		return *keys
	}
	return nil
}

// key finds a signing key, asking the store for one that another process made.
func (s *Service) key(ctx context.Context, id string) (SigningKey, error) {
	is := func(k SigningKey) bool { return k.ID == id }
	if n := slices.IndexFunc(s.knownKeys(), is); n >= 0 {
		return s.knownKeys()[n], nil
	}
	if err := s.loadKeys(ctx); err != nil {
		return SigningKey{}, err
	}
	if n := slices.IndexFunc(s.knownKeys(), is); n >= 0 {
		return s.knownKeys()[n], nil
	}
	return SigningKey{}, errUnknownKey
}

var errUnknownKey = errors.New("unknown signing key")

// sign signs with the newest key, whichever process made it.
func (s *Service) sign(ctx context.Context, c claims) (string, error) {
	if err := s.loadKeys(ctx); err != nil {
		return "", err
	}
	key := s.knownKeys()[0]
	token := jwt.NewWithClaims(signingMethod, c)
	token.Header["kid"] = key.ID
	return token.SignedString(key.Secret)
}

// verify answers the claims of a token of ours whose time is not over.
func (s *Service) verify(ctx context.Context, signed string) (claims, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{signingMethod.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now),
	)
	var c claims
	var fault error // of the store, not of the token
	_, err := parser.ParseWithClaims(signed, &c, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, err := s.key(ctx, id)
		if err != nil && !errors.Is(err, errUnknownKey) {
			fault = err
		}
		return key.Secret, err
	})
	switch {
	case fault != nil:
		return claims{}, fmt.Errorf("looking up the signing key: %w", fault)
	case err == nil && c.Type != tokenType:
		return claims{}, Errorf(BadRequest, "Token is not an identity access token")
	case err == nil:
		return c, nil
	case errors.Is(err, jwt.ErrTokenExpired):
		return claims{}, Errorf(BadToken, "Your token has expired. Please re-authenticate.")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return claims{}, Errorf(BadToken, "invalid signature")
	default:
		return claims{}, Errorf(BadToken, "The provided access token is malformed. Please use a valid token or generate a new one and try again.")
	}
}
