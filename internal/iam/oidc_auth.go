// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// MethodOIDCAuth is the name of OIDC auth among the auth methods.
const MethodOIDCAuth = "oidc-auth"

// TokenVerifier knows what OpenID Connect issuers sign. Its refusals name what is wrong and never
// hold the JWT or a part of it.
type TokenVerifier interface {
	// Check refuses an issuer that can never be asked, without asking anybody.
	Check(i OIDCIssuer) error

	// Verify answers the claims of a JWT that the issuer has signed and whose time it is at now. It may
	// ask the issuer, which takes seconds: not while anything of the Store is held.
	Verify(ctx context.Context, i OIDCIssuer, jwt string, now time.Time) (Claims, error)
}

// OIDCAuthInput is what a caller says of an OIDC auth. Nil: the default of a new one, or as it is.
// Lists are texts separated by commas.
type OIDCAuthInput struct {
	DiscoveryURL  *string
	Issuer        *string
	CACert        *string
	Audiences     *string
	Claims        *map[string]string
	ClaimMetadata *map[string]string
	Subject       *string
	TokenSettingsInput
}

// AttachOIDCAuth gives an identity the method.
func (s *Service) AttachOIDCAuth(ctx context.Context, a Actor, identityID string, in OIDCAuthInput) (OIDCAuth, error) {
	return update(ctx, s, a, "add-identity-oidc-auth", identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (OIDCAuth, error) {
		if err := s.checkClaimControl(ctx, sc, "Failed to add OIDC auth to identity"); err != nil {
			return OIDCAuth{}, err
		}
		if err := in.complete(); err != nil {
			return OIDCAuth{}, err
		}
		now := s.time()
		o := OIDCAuth{ID: newID(), IdentityID: identityID, TokenSettings: newTokenSettings(), CreatedAt: now}
		if err := s.applyOIDC(&o, in, now); err != nil {
			return OIDCAuth{}, err
		}
		if err := o.TokenSettings.prohibited(); err != nil {
			return OIDCAuth{}, err
		}
		err := sc.tx.InsertOIDCAuth(ctx, o)
		if Is(err, Conflict) {
			return OIDCAuth{}, Errorf(Conflict, "Failed to add OIDC Auth to already configured identity")
		}
		return o, err
	})
}

// complete refuses what says too little of a new OIDC auth.
func (in OIDCAuthInput) complete() error {
	for _, required := range []struct {
		field  string
		absent bool
	}{
		{"oidcDiscoveryUrl", in.DiscoveryURL == nil}, {"boundIssuer", in.Issuer == nil}, {"boundClaims", in.Claims == nil},
	} {
		if required.absent {
			return invalid(required.field, "Required").code("invalid_type")
		}
	}
	return nil
}

// UpdateOIDCAuth changes what in speaks of; tokens already issued keep their numbers, while
// trusted addresses hold at once.
func (s *Service) UpdateOIDCAuth(ctx context.Context, a Actor, identityID string, in OIDCAuthInput) (OIDCAuth, error) {
	return update(ctx, s, a, "update-identity-oidc-auth", identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (OIDCAuth, error) {
		if err := s.checkClaimControl(ctx, sc, "Failed to update OIDC auth of identity"); err != nil {
			return OIDCAuth{}, err
		}
		o, err := sc.oidcAuth(ctx)
		if err != nil {
			return OIDCAuth{}, err
		}
		if in == (OIDCAuthInput{}) {
			return OIDCAuth{}, Errorf(BadRequest, "There is nothing to change: the request names no field of OIDC auth")
		}
		if err := in.prohibitedFor(o.TokenSettings); err != nil {
			return OIDCAuth{}, err
		}
		if err := s.applyOIDC(&o, in, s.time()); err != nil {
			return OIDCAuth{}, err
		}
		return o, sc.tx.UpdateOIDCAuth(ctx, o)
	})
}

func (s *Service) applyOIDC(o *OIDCAuth, in OIDCAuthInput, now time.Time) (err error) {
	for _, f := range []struct {
		name     string
		of       *string
		sent     *string
		shortest int
		longest  int
	}{
		{"oidcDiscoveryUrl", &o.Issuer.DiscoveryURL, in.DiscoveryURL, 1, maxURL},
		{"boundIssuer", &o.Issuer.Name, in.Issuer, 1, maxURL},
		{"caCert", &o.Issuer.CACert, in.CACert, 0, maxCACert},
		{"boundSubject", &o.Subject, in.Subject, 0, maxURL},
	} {
		if f.sent == nil {
			continue
		}
		if *f.of, err = parseText(f.name, *f.sent, f.shortest, f.longest); err != nil {
			return err
		}
	}
	if err := checkPattern("boundSubject", o.Subject); err != nil {
		return err
	}
	if in.Audiences != nil {
		if o.Audiences, err = listed("boundAudiences", *in.Audiences); err != nil {
			return err
		}
	}
	if in.Claims != nil {
		if o.Claims, err = boundClaims(*in.Claims); err != nil {
			return err
		}
	}
	if in.ClaimMetadata != nil {
		if o.ClaimMetadata, err = claimMetadata(*in.ClaimMetadata); err != nil {
			return err
		}
	}
	if err := s.verifier.Check(o.Issuer); err != nil {
		return err
	}
	o.UpdatedAt = now
	return o.TokenSettings.apply(in.TokenSettingsInput)
}

// Bounds of an OIDC auth, in characters.
const (
	maxURL    = 2048
	maxCACert = 65536
	maxClaim  = 255
)

// OIDCAuth reads an identity's configuration of the method.
func (s *Service) OIDCAuth(ctx context.Context, a Actor, identityID string) (OIDCAuth, error) {
	return view(ctx, s, a, identityScope(identityID), require(onIdentity(permission.Read)), func(sc scope) (OIDCAuth, error) {
		return sc.oidcAuth(ctx)
	})
}

// RemoveOIDCAuth takes the method from an identity, and every token it gave out dies at once.
func (s *Service) RemoveOIDCAuth(ctx context.Context, a Actor, identityID string) (OIDCAuth, error) {
	const base = "Failed to revoke OIDC auth of identity"
	d := requireManagement(base, onIdentity(permission.RevokeAuth), onIdentity(permission.Edit))
	return update(ctx, s, a, "revoke-identity-oidc-auth", identityScope(identityID), d, func(sc scope) (OIDCAuth, error) {
		if err := s.checkControl(ctx, sc, base); err != nil {
			return OIDCAuth{}, err
		}
		o, err := sc.oidcAuth(ctx)
		if err != nil {
			return OIDCAuth{}, err
		}
		if err := s.revokeMethodTokens(ctx, sc, MethodOIDCAuth); err != nil {
			return OIDCAuth{}, err
		}
		return o, sc.tx.DeleteOIDCAuth(ctx, identityID)
	})
}

// oidcAuth finds the method on the identity that the place is about.
func (sc scope) oidcAuth(ctx context.Context) (OIDCAuth, error) {
	o, err := sc.tx.OIDCAuth(ctx, sc.identity.ID)
	if Is(err, NotFound) {
		return OIDCAuth{}, Errorf(Conflict, "The identity does not have OIDC Auth attached")
	}
	return o, err
}

// OIDCLogin is an attempt to log in with what an issuer signed.
type OIDCLogin struct {
	IdentityID, JWT  string
	OrganizationSlug *string // nil: the identity's own organisation
}

// LoginOIDCAuth trades a JWT of the identity's issuer for an access token.
func (s *Service) LoginOIDCAuth(ctx context.Context, l OIDCLogin) (IssuedToken, error) {
	l.IdentityID, l.JWT = strings.ToLower(strings.TrimSpace(l.IdentityID)), strings.TrimSpace(l.JWT)
	e := s.newEvent(ctx, "login-identity-oidc-auth", Actor{})
	e.addTarget("identityId", abbreviate(l.IdentityID))
	o, claims, err := s.expectedOIDC(ctx, &l)
	if err != nil { // so strangers do not get as far as the writers
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	made, err := auditedWrite(ctx, s, e, func(tx Tx, e *AuditEvent) (Bearer, error) {
		made, err := s.loginOIDC(ctx, tx, l, o.Issuer, claims)
		e.Actor = made.actor().audited()
		return made, err
	})
	if err != nil {
		return IssuedToken{}, err
	}
	return s.signToken(ctx, made, made.Token.CreatedAt)
}

// expectedOIDC answers the method that the attempt names, and what its issuer has signed, if that lets
// anyone in. The issuer may have to be asked, so nothing of the store is held meanwhile.
func (s *Service) expectedOIDC(ctx context.Context, l *OIDCLogin) (OIDCAuth, Claims, error) {
	var err error
	if l.OrganizationSlug, err = slugOfOrganization(l.OrganizationSlug); err != nil {
		return OIDCAuth{}, nil, err
	}
	o, err := read(ctx, s, func(tx Tx) (OIDCAuth, error) { return oidcAuthOf(ctx, tx, l.IdentityID) })
	if err != nil {
		return OIDCAuth{}, nil, err
	}
	claims, err := s.verifier.Verify(ctx, o.Issuer, l.JWT, s.time())
	if err != nil {
		return OIDCAuth{}, nil, err
	}
	return o, claims, o.Prohibits(claims)
}

// loginOIDC holds claims that the issuer is known to have signed against the method of now.
func (s *Service) loginOIDC(ctx context.Context, tx Tx, l OIDCLogin, signer OIDCIssuer, c Claims) (Bearer, error) {
	o, err := oidcAuthOf(ctx, tx, l.IdentityID)
	if err != nil {
		return Bearer{}, err
	}
	if o.Issuer != signer {
		return Bearer{}, Errorf(Unauthenticated, "Access denied: the issuer of the OIDC auth was changed during this login")
	}
	if err := o.Prohibits(c); err != nil {
		return Bearer{}, err
	}
	kept, err := o.kept(c)
	if err != nil {
		return Bearer{}, err
	}
	if err := s.checkOrganizationSlug(ctx, tx, l.OrganizationSlug); err != nil {
		return Bearer{}, err
	}
	return s.issueToken(ctx, tx, AccessToken{IdentityID: o.IdentityID, Method: MethodOIDCAuth, Claims: kept}, o.TokenSettings, s.time())
}

func oidcAuthOf(ctx context.Context, tx Tx, identityID string) (OIDCAuth, error) {
	o, err := tx.OIDCAuth(ctx, identityID)
	if Is(err, NotFound) {
		return OIDCAuth{}, Errorf(NotFound, "OIDC auth method not found for identity with ID %s", abbreviate(identityID))
	}
	return o, err
}

func (o OIDCAuth) addTargets(e *AuditEvent) { e.addTarget("identityId", o.IdentityID) }
