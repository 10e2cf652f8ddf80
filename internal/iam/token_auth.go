// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// MethodTokenAuth is the name of Token auth among the auth methods.
const MethodTokenAuth = "token-auth"

// AttachTokenAuth gives an identity the method.
func (s *Service) AttachTokenAuth(ctx context.Context, a Actor, identityID string, in TokenSettingsInput) (TokenAuth, error) {
	return update(ctx, s, a, "add-identity-token-auth", identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (TokenAuth, error) {
		if err := s.checkControl(ctx, sc, "Failed to add token auth to identity"); err != nil {
			return TokenAuth{}, err
		}
		now := s.time()
		t := TokenAuth{ID: newID(), IdentityID: identityID, TokenSettings: newTokenSettings(), CreatedAt: now, UpdatedAt: now}
		if err := t.TokenSettings.apply(in); err != nil {
			return TokenAuth{}, err
		}
		if err := t.TokenSettings.prohibited(); err != nil {
			return TokenAuth{}, err
		}
		err := sc.tx.InsertTokenAuth(ctx, t)
		if Is(err, Conflict) {
			return TokenAuth{}, Errorf(Conflict, "Failed to add token auth to already configured identity")
		}
		return t, err
	})
}

// UpdateTokenAuth changes what in speaks of; tokens already made keep their numbers, while trusted
// addresses hold at once.
func (s *Service) UpdateTokenAuth(ctx context.Context, a Actor, identityID string, in TokenSettingsInput) (TokenAuth, error) {
	return update(ctx, s, a, "update-identity-token-auth", identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (TokenAuth, error) {
		t, err := s.tokenAuthInCharge(ctx, sc, "Failed to update token auth of identity")
		if err != nil {
			return TokenAuth{}, err
		}
		if in == (TokenSettingsInput{}) {
			return TokenAuth{}, Errorf(BadRequest, "There is nothing to change: the request names no field of token auth")
		}
		if err := in.prohibitedFor(t.TokenSettings); err != nil {
			return TokenAuth{}, err
		}
		if err := t.TokenSettings.apply(in); err != nil {
			return TokenAuth{}, err
		}
		t.UpdatedAt = s.time()
		return t, sc.tx.UpdateTokenAuth(ctx, t)
	})
}

// TokenAuth reads an identity's configuration of the method.
func (s *Service) TokenAuth(ctx context.Context, a Actor, identityID string) (TokenAuth, error) {
	return view(ctx, s, a, identityScope(identityID), require(onIdentity(permission.Read)), func(sc scope) (TokenAuth, error) {
		return sc.tokenAuth(ctx)
	})
}

// RemoveTokenAuth takes the method from an identity, and every token made with it dies at once.
func (s *Service) RemoveTokenAuth(ctx context.Context, a Actor, identityID string) (TokenAuth, error) {
	const base = "Failed to revoke token auth of identity"
	d := requireManagement(base, onIdentity(permission.RevokeAuth), onIdentity(permission.Edit))
	return update(ctx, s, a, "revoke-identity-token-auth", identityScope(identityID), d, func(sc scope) (TokenAuth, error) {
		t, err := s.tokenAuthInCharge(ctx, sc, base)
		if err != nil {
			return TokenAuth{}, err
		}
		if err := s.revokeMethodTokens(ctx, sc, MethodTokenAuth); err != nil {
			return TokenAuth{}, err
		}
		return t, sc.tx.DeleteTokenAuth(ctx, identityID)
	})
}

// tokenAuth finds the method on the identity that the place is about.
func (sc scope) tokenAuth(ctx context.Context) (TokenAuth, error) {
	t, err := sc.tx.TokenAuth(ctx, sc.identity.ID)
	if Is(err, NotFound) {
		return TokenAuth{}, Errorf(Conflict, "The identity does not have token auth")
	}
	return t, err
}

// tokenAuthInCharge is tokenAuth for who is going to act on it.
func (s *Service) tokenAuthInCharge(ctx context.Context, sc scope, base string) (TokenAuth, error) {
	if err := s.checkControl(ctx, sc, base); err != nil {
		return TokenAuth{}, err
	}
	return sc.tokenAuth(ctx)
}

// maxTokenName bounds the name of a token, in characters.
const maxTokenName = 255

// TokenInput is what a caller says of a new token.
type TokenInput struct {
	Name             string  // empty: none
	OrganizationSlug *string // nil: the identity's own organisation
}

// NewToken is a token with the token itself, the only time that it is known.
type NewToken struct {
	IssuedToken
	Token AccessToken
}

// CreateToken makes a token of an identity's Token auth.
func (s *Service) CreateToken(ctx context.Context, a Actor, identityID string, in TokenInput) (NewToken, error) {
	const base = "Failed to create token for identity"
	d := requireManagement(base, onIdentity(permission.CreateToken), onIdentity(permission.Create))
	return update(ctx, s, a, "create-token-identity-token-auth", identityScope(identityID), d, func(sc scope) (NewToken, error) {
		t, err := s.tokenAuthInCharge(ctx, sc, base)
		if err != nil {
			return NewToken{}, err
		}
		name, err := parseText("name", in.Name, 0, maxTokenName)
		if err != nil {
			return NewToken{}, err
		}
		named, err := slugOfOrganization(in.OrganizationSlug)
		if err == nil {
			err = s.checkOrganizationSlug(ctx, sc.tx, named)
		}
		if err != nil {
			return NewToken{}, err
		}
		b, err := s.issueToken(ctx, sc.tx, AccessToken{IdentityID: identityID, Method: MethodTokenAuth, Name: name}, t.TokenSettings, s.time())
		if err != nil {
			return NewToken{}, err
		}
		signed, err := s.signToken(ctx, b, b.Token.CreatedAt) // the store is not asked: a key verified the actor's token
		return NewToken{signed, b.Token}, err
	})
}

// Tokens answers a page of the tokens of an identity's Token auth, the newest first: revoked and
// expired ones are among them.
func (s *Service) Tokens(ctx context.Context, a Actor, identityID string, limit, offset int) ([]AccessToken, error) {
	d := requireManagement("Failed to get tokens of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, identityScope(identityID), d, func(sc scope) ([]AccessToken, error) {
		if _, err := sc.tokenAuth(ctx); err != nil {
			return nil, err
		}
		return sc.tx.AccessTokens(ctx, identityID, MethodTokenAuth, limit, offset)
	})
}

// Token reads one, revoked or not.
func (s *Service) Token(ctx context.Context, a Actor, id string) (AccessToken, error) {
	d := requireManagement("Failed to get token of identity", onIdentity(permission.GetToken), onIdentity(permission.Read))
	return view(ctx, s, a, tokenScope(id), d, func(sc scope) (AccessToken, error) { return sc.tx.AccessToken(ctx, id) })
}

// RenameToken changes the name of a token; nil leaves it.
func (s *Service) RenameToken(ctx context.Context, a Actor, id string, name *string) (AccessToken, error) {
	return update(ctx, s, a, "update-token-identity-token-auth", tokenScope(id), require(onIdentity(permission.Edit)), func(sc scope) (AccessToken, error) {
		if err := s.checkControl(ctx, sc, "Failed to update token of identity"); err != nil {
			return AccessToken{}, err
		}
		if name == nil {
			return AccessToken{}, Errorf(BadRequest, "There is nothing to change: the request names no field of the token")
		}
		named, err := parseText("name", *name, 0, maxTokenName)
		if err != nil {
			return AccessToken{}, err
		}
		if err := sc.tx.NameAccessToken(ctx, id, named, s.time()); err != nil {
			return AccessToken{}, err
		}
		return sc.tx.AccessToken(ctx, id)
	})
}

// RevokeToken ends the right of a token. Revoking it again changes nothing. It hands out nothing,
// so the boundary says nothing of it: section 5 of the contract.
func (s *Service) RevokeToken(ctx context.Context, a Actor, id string) (AccessToken, error) {
	return update(ctx, s, a, "revoke-token-identity-token-auth", tokenScope(id), require(onIdentity(permission.Edit)), func(sc scope) (AccessToken, error) {
		why := Revocation{At: s.time(), Reason: "token has been revoked"}
		if _, err := sc.tx.RevokeAccessTokens(ctx, TokenMatch{ID: id}, why); err != nil {
			return AccessToken{}, err
		}
		return sc.tx.AccessToken(ctx, id)
	})
}

// atToken is where the identity of a token of Token auth belongs.
func tokenScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		t, err := tx.AccessToken(ctx, id)
		if Is(err, NotFound) || err == nil && t.Method != MethodTokenAuth {
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

func (t TokenAuth) addTargets(e *AuditEvent) { e.addTarget("identityId", t.IdentityID) }

func (t NewToken) addTargets(e *AuditEvent) { t.Token.addTargets(e) }
