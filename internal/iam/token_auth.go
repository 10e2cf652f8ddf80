// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// TokenAuth is the method whose access tokens are created by actors that may, without a login.
var TokenAuth = Method[struct{}, api.TokenAuthRequest, api.TokenAuthResponse]{
	Name: api.MethodTokenAuth, Title: "token auth",
	Response: func(c MethodConfig[struct{}]) api.TokenAuthResponse {
		return api.TokenAuthResponse{IdentityTokenAuth: api.TokenAuth{AuthMethod: c.common()}}
	},
}

// maxTokenName bounds the name of a token, in characters.
const maxTokenName = 255

// TokenInput has the properties of a new token.
type TokenInput struct {
	Name             string  // empty: none
	OrganizationSlug *string // nil: the identity's own organization
}

// NewToken is a new token with its record. The signed token is not stored.
type NewToken struct {
	IssuedToken
	Token AccessToken
}

// CreateToken issues a token of an identity's Token auth.
func (s *Service) CreateToken(ctx context.Context, a Actor, identityID string, in TokenInput) (NewToken, error) {
	const base = "Failed to create token for identity"
	required := requireManagement(base, onIdentity(permission.CreateToken), onIdentity(permission.Create))
	return update(ctx, s, a, "create-token-identity-token-auth", identityScope(identityID), required, func(sc scope) (NewToken, error) {
		t, err := TokenAuth.controlled(ctx, s, sc, base)
		if err != nil {
			return NewToken{}, err
		}
		name, err := parseText("name", in.Name, 0, maxTokenName)
		if err != nil {
			return NewToken{}, err
		}
		slug, err := parseOrganizationSlug(in.OrganizationSlug)
		if err == nil {
			err = s.checkOrganizationSlug(ctx, sc.tx, slug)
		}
		if err != nil {
			return NewToken{}, err
		}
		b, err := s.issueToken(ctx, sc.tx, AccessToken{IdentityID: identityID, Method: api.MethodTokenAuth, Name: name}, t.TokenSettings, s.time())
		if err != nil {
			return NewToken{}, err
		}
		signed, err := s.signToken(ctx, b, b.Token.CreatedAt) // from cached keys: one of them has verified the actor's token
		return NewToken{signed, b.Token}, err
	})
}

// Tokens returns a page of the tokens of an identity's Token auth, the newest first, revoked and expired
// ones included.
func (s *Service) Tokens(ctx context.Context, a Actor, identityID string, limit, offset int) ([]AccessToken, error) {
	required := requireManagement("Failed to get tokens of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, identityScope(identityID), required, func(sc scope) ([]AccessToken, error) {
		if _, err := TokenAuth.attached(ctx, sc, Conflict); err != nil {
			return nil, err
		}
		return sc.tx.AccessTokens(ctx, identityID, api.MethodTokenAuth, limit, offset)
	})
}

// Token returns a token of Token auth, revoked or not.
func (s *Service) Token(ctx context.Context, a Actor, id string) (AccessToken, error) {
	required := requireManagement("Failed to get token of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, tokenScope(id), required, func(sc scope) (AccessToken, error) { return sc.tx.AccessToken(ctx, id) })
}

// RenameToken changes the name of a token; a nil name is an error.
func (s *Service) RenameToken(ctx context.Context, a Actor, id string, name *string) (AccessToken, error) {
	const base = "Failed to update token of identity"
	required := requireManagement(base, onIdentity(permission.CreateToken), onIdentity(permission.Edit))
	return update(ctx, s, a, "update-token-identity-token-auth", tokenScope(id), required, func(sc scope) (AccessToken, error) {
		if err := s.checkControl(ctx, sc, base); err != nil {
			return AccessToken{}, err
		}
		if name == nil {
			return AccessToken{}, Errorf(BadRequest, "There is nothing to change: the request has no field of the token")
		}
		newName, err := parseText("name", *name, 0, maxTokenName)
		if err != nil {
			return AccessToken{}, err
		}
		if err := sc.tx.NameAccessToken(ctx, id, newName, s.time()); err != nil {
			return AccessToken{}, err
		}
		return sc.tx.AccessToken(ctx, id)
	})
}

// RevokeToken revokes a token. Revoking it again changes nothing. Under the strict
// boundary it requires the same control of the identity as the revocation of a client secret; otherwise
// the boundary does not apply. Contract: section 5.
func (s *Service) RevokeToken(ctx context.Context, a Actor, id string) (AccessToken, error) {
	return update(ctx, s, a, "revoke-token-identity-token-auth", tokenScope(id), require(onIdentity(permission.Edit)), func(sc scope) (AccessToken, error) {
		if err := s.checkRevocation(ctx, sc, "Failed to revoke token of identity"); err != nil {
			return AccessToken{}, err
		}
		why := Revocation{At: s.time(), Reason: "token has been revoked"}
		if _, err := sc.tx.RevokeAccessTokens(ctx, TokenMatch{ID: id}, why); err != nil {
			return AccessToken{}, err
		}
		return sc.tx.AccessToken(ctx, id)
	})
}

// tokenScope resolves to the scope of the identity whose token of Token auth has that ID.
func tokenScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		t, err := tx.AccessToken(ctx, id)
		if Is(err, NotFound) || err == nil && t.Method != api.MethodTokenAuth {
			return scope{Actor: a, tx: tx, rules: a.rules, missing: noSuchToken(id)}, nil
		}
		if err != nil {
			return scope{}, err
		}
		sc, err := identityScope(t.IdentityID)(ctx, s, tx, a)
		if sc.missing != nil {
			sc.missing = noSuchToken(id)
		}
		return sc, err
	}
}

func noSuchToken(id string) error {
	return Errorf(NotFound, "Failed to find token with ID %s", abbreviate(id))
}

func (t NewToken) addTargets(e *AuditEvent) { t.Token.addTargets(e) }
