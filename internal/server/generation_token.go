// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// session is a token that renewals prolong without changing it.
type session struct {
	current string        // the service's token behind it
	life    time.Duration // that the login gave, and every renewal gives
	until   time.Time     // the maximum TTL lets it be prolonged
}

// LoginUniversalAuth answers a token that can be prolonged: its end is moved to the maximum TTL, where
// old servers sign it. So its signature no longer fits, and it is good as the name of a session only.
func (o *older) LoginUniversalAuth(ctx context.Context, l iam.Login) (iam.IssuedToken, error) {
	l.OrganizationSlug = nil
	t, err := o.Service.LoginUniversalAuth(ctx, l)
	if iam.Is(err, iam.Unauthenticated) {
		// A client id lets nobody in from nowhere, if there is one.
		if _, known := o.Service.LoginUniversalAuth(ctx, iam.Login{ClientID: l.ClientID}); iam.Is(known, iam.Unauthenticated) {
			return iam.IssuedToken{}, iam.Errorf(iam.NotFound, "No identity with specified client ID was found")
		}
	}
	if err != nil {
		return iam.IssuedToken{}, err
	}
	return o.prolonged(t)
}

// LoginOIDCAuth answers a token as LoginUniversalAuth does.
func (o *older) LoginOIDCAuth(ctx context.Context, l iam.OIDCLogin) (iam.IssuedToken, error) {
	l.OrganizationSlug = nil
	t, err := o.Service.LoginOIDCAuth(ctx, l)
	if err != nil {
		return iam.IssuedToken{}, err
	}
	return o.prolonged(t)
}

// CreateToken answers a token as LoginUniversalAuth does.
func (o *older) CreateToken(ctx context.Context, a iam.Actor, identityID string, in iam.TokenInput) (iam.NewToken, error) {
	in.OrganizationSlug = nil
	made, err := o.Service.CreateToken(ctx, a, identityID, in)
	if err != nil {
		return iam.NewToken{}, err
	}
	made.IssuedToken, err = o.prolonged(made.IssuedToken)
	return made, err
}

// prolonged keeps a session for what was just signed, and names it.
func (o *older) prolonged(t iam.IssuedToken) (iam.IssuedToken, error) {
	held := session{current: t.Signed, life: t.ExpiresIn, until: o.now().Add(cmp.Or(t.MaxTTL, api.MaxTTL*time.Second))}
	claims := jwt.MapClaims{}
	token, parts, _ := jwt.NewParser().ParseUnverified(t.Signed, claims) // never fails on what was just signed
	claims["exp"] = held.until.Unix()
	text, err := token.SigningString()
	t.Signed = text + "." + parts[2]
	o.keep(t.Signed, held)
	return t, err
}

// Authenticate takes a token for the latest of its session.
func (o *older) Authenticate(ctx context.Context, signed string, from netip.Addr) (iam.Actor, error) {
	held := o.session(signed)
	a, err := o.Service.Authenticate(ctx, held.current, from)
	return a, o.expired(held, err)
}

// RenewAccessToken answers the very token, prolonged.
func (o *older) RenewAccessToken(ctx context.Context, signed string, from netip.Addr) (iam.IssuedToken, error) {
	held := o.session(signed)
	t, err := o.Service.RenewAccessToken(ctx, held.current, from)
	if err == nil && t.ExpiresIn < held.life {
		err = iam.Errorf(iam.Unauthenticated, "Failed to renew MI access token past its Max TTL expiration")
	}
	if err != nil {
		return iam.IssuedToken{}, o.expired(held, err)
	}
	if !held.until.IsZero() {
		held.current, t.Signed = t.Signed, signed
		o.keep(signed, held)
	}
	return t, nil
}

// RevokeAccessToken ends the whole session.
func (o *older) RevokeAccessToken(ctx context.Context, signed string) error {
	held := o.session(signed)
	return o.expired(held, o.Service.RevokeAccessToken(ctx, held.current))
}

// session finds what a token stands for. One that no login here gave out stands for itself, and its
// renewal is another token.
func (o *older) session(token string) session {
	found, _ := o.sessions.Load(token)
	if held, ok := found.(session); ok {
		return held
	}
	return session{current: token}
}

// keep holds a session, and forgets those that are over.
func (o *older) keep(token string, held session) {
	o.sessions.Range(func(token, found any) bool {
		if held, ok := found.(session); ok && !o.now().Before(held.until) {
			o.sessions.Delete(token)
		}
		return true
	})
	o.sessions.Store(token, held)
}

// expired tells the end of a TTL, which the record has, from that of the token itself.
func (o *older) expired(held session, err error) error {
	if iam.Is(err, iam.BadToken) && o.now().Before(held.until) {
		return iam.Errorf(iam.Unauthenticated, "Failed to renew MI access token due to TTL expiration")
	}
	return err
}
