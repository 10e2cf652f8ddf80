// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// maxOrganizationSlug bounds the slug of an organisation, in characters.
const maxOrganizationSlug = 32

// Login is an attempt to log in with Universal Auth.
type Login struct {
	ClientID, ClientSecret string
	OrganizationSlug       *string // nil: the identity's own organisation
	From                   netip.Addr
}

// LoginUniversalAuth trades a client id and a client secret for an access token, and uses the
// secret once. The order of the checks is the contract's (1.1).
func (s *Service) LoginUniversalAuth(ctx context.Context, l Login) (IssuedToken, error) {
	l.ClientID = strings.ToLower(strings.TrimSpace(l.ClientID))
	l.ClientSecret = strings.TrimSpace(l.ClientSecret)
	e := s.newEvent(ctx, "login-identity-universal-auth", Actor{})
	e.addTarget("clientId", abbreviate(l.ClientID))
	var err error
	if l.OrganizationSlug, err = slugOfOrganization(l.OrganizationSlug); err != nil {
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	// Strangers do not get as far as the writers.
	u, err := read(ctx, s, func(tx Tx) (UniversalAuth, error) { return s.expected(ctx, tx, l) })
	e.addTarget("identityId", u.IdentityID)
	if err != nil {
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	made, err := auditedWrite(ctx, s, e, func(tx Tx, e *AuditEvent) (login, error) {
		made, err := s.login(ctx, tx, l)
		e.Actor = made.bearer.actor().audited()
		e.setRefusal(made.refusal)
		return made, err
	})
	if err != nil {
		return IssuedToken{}, err
	}
	if made.refusal != nil {
		return IssuedToken{}, made.refusal
	}
	return s.signToken(ctx, made.bearer, made.bearer.Token.CreatedAt)
}

// login is what became of an attempt. A refusal stands beside what it changed: a wrong secret
// counts, a spent one is flagged.
type login struct {
	bearer  Bearer
	refusal error
}

func wrongCredentials() error { return Errorf(Unauthenticated, "Invalid credentials") }

// expected answers the method that the client id names, if it lets anyone in from there.
func (s *Service) expected(ctx context.Context, tx Tx, l Login) (UniversalAuth, error) {
	u, err := tx.UniversalAuthByClientID(ctx, l.ClientID)
	if Is(err, NotFound) {
		return UniversalAuth{}, wrongCredentials()
	}
	if err != nil {
		return UniversalAuth{}, err
	}
	return u, u.ClientSecretTrustedIPs.Prohibits(l.From)
}

func (s *Service) login(ctx context.Context, tx Tx, l Login) (login, error) {
	u, err := s.expected(ctx, tx, l)
	if err != nil {
		return login{}, err
	}
	use := Use{At: s.time(), From: l.From}
	lock, err := tx.Lockout(ctx, u.IdentityID, MethodUniversalAuth)
	if err != nil {
		return login{}, err
	}
	if err := u.Lockout.Prohibits(lock, use); err != nil {
		return login{}, err
	}
	c, err := tx.ClientSecretByDigest(ctx, u.ID, digestOf(l.ClientSecret))
	switch {
	case Is(err, NotFound):
		return login{refusal: wrongCredentials()}, s.countWrong(ctx, tx, u, lock, use)
	case err != nil:
		return login{}, err
	case c.Revoked: // once right, so nobody is guessing
		return login{}, wrongCredentials()
	}
	if refusal := c.Prohibits(use); refusal != nil {
		return login{refusal: refusal}, tx.RevokeClientSecret(ctx, c.ID, use.At)
	}
	if err := s.checkOrganizationSlug(ctx, tx, l.OrganizationSlug); err != nil {
		return login{}, err
	}
	if lock.Failures > 0 {
		if err := tx.DeleteLockout(ctx, u.IdentityID, MethodUniversalAuth); err != nil {
			return login{}, err
		}
	}
	bearer, err := s.redeem(ctx, tx, u, c, use.At)
	return login{bearer: bearer}, err
}

func (s *Service) countWrong(ctx context.Context, tx Tx, u UniversalAuth, l Lockout, use Use) error {
	if !u.Lockout.Enabled {
		return nil
	}
	l.IdentityID, l.Method = u.IdentityID, MethodUniversalAuth
	return tx.PutLockout(ctx, u.Lockout.count(l, use.At))
}

// slugOfOrganization is a slug that was sent, if one was, in its canonical form.
func slugOfOrganization(sent *string) (*string, error) {
	if sent == nil {
		return nil, nil
	}
	named, err := parseSlug("organizationSlug", *sent, 1, maxOrganizationSlug)
	return &named, err
}

// inOrganization refuses a slug of another organisation than the only one there is.
func (s *Service) checkOrganizationSlug(ctx context.Context, tx Tx, slug *string) error {
	if slug == nil {
		return nil
	}
	o, err := tx.Organization(ctx)
	if err == nil && o.Slug != *slug {
		return Errorf(NotFound, "Sub organization with name %s not found", abbreviate(*slug))
	}
	return err
}

// redeem uses the secret once and makes the token that it is good for.
func (s *Service) redeem(ctx context.Context, tx Tx, u UniversalAuth, c ClientSecret, now time.Time) (Bearer, error) {
	used, err := tx.UseClientSecret(ctx, c.ID, now)
	if err != nil {
		return Bearer{}, err
	}
	if !used {
		return Bearer{}, errors.New("a client secret with uses left could not be used")
	}
	return s.issueToken(ctx, tx, AccessToken{IdentityID: u.IdentityID, Method: MethodUniversalAuth, ClientSecretID: c.ID}, u.TokenSettings, now)
}

// issue makes a token of a method, of which t says for whom and what for, and records the login.
func (s *Service) issueToken(ctx context.Context, tx Tx, t AccessToken, settings TokenSettings, now time.Time) (Bearer, error) {
	if err := tx.RecordLogin(ctx, t.IdentityID, t.Method, now); err != nil {
		return Bearer{}, err
	}
	t.ID, t.CreatedAt, t.UpdatedAt = newID(), now, now
	t.TTL, t.MaxTTL, t.Period = settings.AccessTokenTTL, settings.AccessTokenMaxTTL, settings.AccessTokenPeriod
	t.NumUsesLimit = settings.AccessTokenNumUsesLimit
	if t.Period > 0 {
		t.TTL, t.MaxTTL = t.Period, 0
	}
	life, err := t.lifetime(now)
	if err != nil {
		return Bearer{}, err
	}
	t.ExpiresAt = wholeSeconds(now).Add(life)
	if err := tx.InsertAccessToken(ctx, t); err != nil {
		return Bearer{}, err
	}
	return tx.Bearer(ctx, t.ID)
}
