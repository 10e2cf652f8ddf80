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

// signingMethod is the only algorithm for signing and verifying access tokens. It is symmetric, since
// only this server verifies them.
var signingMethod = jwt.SigningMethodHS256

const signingKeyBytes = 32

// tokenType is the authTokenType of access tokens of machine identities.
const tokenType = "identityAccessToken"

// claims are the claims of an access token. Verification uses only TokenID, the expiry and the type, and
// loads the rest from the store. The others are those of the vendor's servers.
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

// identityAuth has the claims that the auth method stored with the token.
type identityAuth struct {
	OIDC *oidcClaims `json:"oidc,omitempty"`
}

type oidcClaims struct {
	Claims map[string]string `json:"claims"`
}

// audited returns the actor that the claims of a verified token name.
func (c claims) audited() AuditActor {
	return AuditActor{IdentityID: c.IdentityID, IdentityName: c.IdentityName, TokenID: c.TokenID, ClientSecretID: c.ClientSecretID}
}

func newSigningKey(s *Service) SigningKey {
	secret := make([]byte, signingKeyBytes)
	_, _ = rand.Read(secret) // never fails
	return SigningKey{ID: newID(), Secret: secret, CreatedAt: s.time()}
}

// RotateSigningKey creates the key that signs tokens from now on. Tokens signed with older keys remain
// valid until they expire.
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

// loadKeys loads the signing keys into the cache.
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

// key returns a signing key, from the store if another process created it since.
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

// sign signs with the newest key of the store.
func (s *Service) sign(ctx context.Context, c claims) (string, error) {
	if err := s.loadKeys(ctx); err != nil {
		return "", err
	}
	key := s.knownKeys()[0]
	token := jwt.NewWithClaims(signingMethod, c)
	token.Header["kid"] = key.ID
	return token.SignedString(key.Secret)
}

// verify returns the claims of an access token that is signed by this server and not expired.
func (s *Service) verify(ctx context.Context, signed string) (claims, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{signingMethod.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now),
	)
	var c claims
	var fault error // of the store
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
