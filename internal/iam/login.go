// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// maxOrganizationSlug bounds the slug of an organization, in characters.
const maxOrganizationSlug = 32

// Login is how credentials of the type C log in with the method whose settings are S.
type Login[S any, C LoginRequest] struct {
	Method string // its name

	// key returns the ID of the identity, or the client ID if byClientID.
	key        func(c C) string
	byClientID bool
	// verify checks the credentials as far as that takes no transaction, so it may send requests to other
	// servers and take seconds. It returns what decides about the login in the transaction that issues the
	// token, under the settings of that moment.
	verify func(ctx context.Context, s *Service, m MethodConfig[S], c C, use Use) (admission[S], error)
}

// LoginRequest is the request of a login.
type LoginRequest interface {
	Organization() *string
}

// admission decides about a login whose credentials are verified. The settings may have changed since
// then, so it compares what the verification relied on. An error undoes all of its changes.
type admission[S any] func(ctx context.Context, tx Tx, m MethodConfig[S], use Use) (admitted, error)

// admitted is what the token of a login records, or why there is none.
type admitted struct {
	clientSecretID string
	claims         map[string]string // for templates of rules
	rejection      error             // rejects the login, but keeps the changes: failed logins count
}

// Run logs in from an address and returns an access token.
func (l Login[S, C]) Run(ctx context.Context, s *Service, c C, from netip.Addr) (IssuedToken, error) {
	key := strings.ToLower(strings.TrimSpace(l.key(c)))
	e := s.newEvent(ctx, "login-identity-"+l.Method, Actor{})
	if l.byClientID {
		e.addTarget("clientId", abbreviate(key))
	} else {
		e.addTarget("identityId", abbreviate(key))
	}
	organization, err := parseOrganizationSlug(c.Organization())
	if err != nil {
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	m, err := read(ctx, s, func(tx Tx) (MethodConfig[S], error) { return l.find(ctx, tx, key) })
	e.addTarget("identityId", m.IdentityID)
	if err != nil { // not in a write transaction, so anonymous callers do not delay other writers
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	admit, err := l.verify(ctx, s, m, c, Use{At: s.time(), From: from})
	if err != nil {
		return IssuedToken{}, s.recordRefusal(e, err)
	}
	result, err := auditedWrite(ctx, s, e, func(tx Tx, e *AuditEvent) (loginResult, error) {
		result, err := l.issue(ctx, s, tx, key, admit, organization, Use{At: s.time(), From: from})
		e.Actor = result.bearer.actor().audited()
		e.setRefusal(result.rejection)
		return result, err
	})
	switch {
	case err != nil:
		return IssuedToken{}, err
	case result.rejection != nil:
		return IssuedToken{}, result.rejection
	}
	return s.signToken(ctx, result.bearer, result.bearer.Token.CreatedAt)
}

// loginResult is a token, or a rejection whose changes are kept.
type loginResult struct {
	bearer    Bearer
	rejection error
}

// issue decides about a verified login under the settings of this moment, and issues its token.
func (l Login[S, C]) issue(ctx context.Context, s *Service, tx Tx, key string, admit admission[S], organization *string, use Use) (loginResult, error) {
	m, err := l.find(ctx, tx, key)
	if err != nil {
		return loginResult{}, err
	}
	a, err := admit(ctx, tx, m, use)
	if err != nil || a.rejection != nil {
		return loginResult{rejection: a.rejection}, err
	}
	if err := s.checkOrganizationSlug(ctx, tx, organization); err != nil {
		return loginResult{}, err
	}
	t := AccessToken{IdentityID: m.IdentityID, Method: l.Method, ClientSecretID: a.clientSecretID, Claims: a.claims}
	bearer, err := s.issueToken(ctx, tx, t, m.TokenSettings, use.At)
	return loginResult{bearer: bearer}, err
}

// find loads the configuration with that key. Only where the key is no secret, the error names it.
func (l Login[S, C]) find(ctx context.Context, tx Tx, key string) (MethodConfig[S], error) {
	if l.byClientID {
		m, err := decodeConfig[S](tx.AuthMethodByClientID(ctx, l.Method, key))
		if Is(err, NotFound) {
			err = invalidCredentials()
		}
		return m, err
	}
	m, err := decodeConfig[S](tx.AuthMethod(ctx, key, l.Method))
	if Is(err, NotFound) {
		err = Errorf(NotFound, "The auth method %s was not found for identity with ID %s", l.Method, abbreviate(key))
	}
	return m, err
}

func invalidCredentials() error { return Errorf(Unauthenticated, "Invalid credentials") }

// parseOrganizationSlug returns the slug in a request in its canonical form, or nil.
func parseOrganizationSlug(sent *string) (*string, error) {
	if sent == nil {
		return nil, nil
	}
	slug, err := parseSlug("organizationSlug", *sent, 1, maxOrganizationSlug)
	return &slug, err
}

// checkOrganizationSlug rejects the slug of another organization than the only one that exists.
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

// issueToken issues an access token with the settings of its method, and records the login. The caller
// has set the identity, the method, the client secret, the name and the claims of t.
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
