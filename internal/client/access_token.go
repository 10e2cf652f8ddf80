// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Credentials log an identity in with Universal Auth.
type Credentials struct {
	ClientID         string
	ClientSecret     Secret
	OrganizationSlug string // of a sub-organisation to log into; empty is the identity's own organisation
}

// Token is an access token as a login or a renewal answers it.
type Token struct {
	AccessToken Secret
	TTL         time.Duration // that it lives from Asked on; 0 is without an end
	MaxTTL      time.Duration // up to which renewals carry; 0 is no limit
	Asked       time.Time     // when it was asked for, by this machine's clock
}

func (t Token) credential() credential { return credential{token: t.AccessToken} }

const opLogin = "log in"

func isLogin(op string) bool { return op == opLogin || op == opOIDCLogin }

// Login logs in. One login is one use of the client secret, and so is each whose answer is lost. The
// token is not remembered: see Open.
func (c *Client) Login(ctx context.Context, credentials Credentials) (Token, error) {
	var body loginRequest
	body.ClientID, body.ClientSecret = credentials.ClientID, credentials.ClientSecret.Reveal()
	if slug := credentials.OrganizationSlug; slug != "" {
		body.OrganizationSlug, body.SubOrganizationName = &slug, &slug
	}
	r := route(opLogin, http.MethodPost, "/v1/auth/universal-auth/login").with(body)
	// Sent again where its answer is lost. That costs one more use of the client secret, and the
	// token of the lost login, which nobody knows, cannot be revoked: it dies by its TTL. Few secrets
	// have a limit of uses, while a run ends with a login that is not answered. A wrong secret is
	// answered, so no repetition counts towards a lockout.
	r.idempotent = true
	token, err := c.askToken(ctx, r, credentials.ClientSecret)
	if e, ok := errors.AsType[*Error](err); ok && e.Name == api.ErrorNotFound {
		// Older servers answer so to an unknown client ID; nothing that a caller asked for is missing.
		e.Name = api.ErrorUnauthorized
	}
	return token, err
}

// loginRequest names the organisation as newer and as less new servers do; each drops the other name.
type loginRequest struct {
	api.UniversalAuthLoginRequest
	SubOrganizationName *string `json:"subOrganizationName,omitempty"`
}

// Open logs in and remembers the token in the register until Close.
func (c *Client) Open(ctx context.Context, credentials Credentials) (Token, error) {
	return opening(c, func() (Token, error) { return c.Login(ctx, credentials) },
		Token.credential)
}

// Close revokes a token that Open gave. Where that fails, the register goes on remembering it.
func (c *Client) Close(ctx context.Context, token Secret) error {
	return c.closing(ctx, credential{token: token})
}

// Renew prolongs a token. Old servers prolong the very token that was sent; newer ones answer a
// new one and leave the old as it was.
func (c *Client) Renew(ctx context.Context, token Secret) (Token, error) {
	r := route("renew the access token", http.MethodPost, "/v1/auth/token/renew").with(api.AccessTokenRequest{AccessToken: token.Reveal()})
	r.idempotent = true
	return c.askToken(ctx, r, token)
}

// Revoke ends a token's life. One that is dead already is no error.
func (c *Client) Revoke(ctx context.Context, token Secret) error {
	r := route("revoke the access token", http.MethodPost, "/v1/auth/token/revoke").with(api.AccessTokenRequest{AccessToken: token.Reveal()})
	r.public, r.secret, r.idempotent = true, token, true
	_, err := do[api.MessageResponse](ctx, c, r)
	if e, ok := errors.AsType[*Error](err); ok && (e.Name == api.ErrorUnauthorized || e.Name == api.ErrorToken) {
		return nil
	}
	return err
}

func (c *Client) askToken(ctx context.Context, r request, secret Secret) (Token, error) {
	r.public, r.secret = true, secret
	asked := time.Now()
	answer, err := do[api.AccessTokenResponse](ctx, c, r, "accessToken", "expiresIn")
	return tokenOf(answer, asked), err
}

func tokenOf(answer api.AccessTokenResponse, asked time.Time) Token {
	return Token{
		AccessToken: Secret(answer.AccessToken),
		TTL:         time.Duration(answer.ExpiresIn) * time.Second,
		MaxTTL:      time.Duration(answer.AccessTokenMaxTTL) * time.Second,
		Asked:       asked,
	}
}

// claims are what the token says of itself, unverified: good for hints, never for a decision on
// who may do what. ok is false where it is no JWT.
type claims struct {
	jwt.RegisteredClaims
	IdentityID   string `json:"identityId"`
	IdentityName string `json:"identityName"`
}

func (s Secret) claims() (claims, bool) {
	var said claims
	_, _, err := jwt.NewParser().ParseUnverified(s.Reveal(), &said)
	return said, err == nil
}

// ExpiresAt is when it dies unless renewed, by the server's clock where the token tells it;
// the zero time is never.
func (t Token) ExpiresAt() time.Time {
	if t.TTL == 0 {
		return time.Time{}
	}
	if said, ok := t.AccessToken.claims(); ok && said.IssuedAt != nil {
		return said.IssuedAt.Add(t.TTL).UTC()
	}
	return t.Asked.Add(t.TTL).UTC()
}

// RenewalProlongs tells whether renewing prolongs the life of the very token, as old servers do:
// there the token's own end lies beyond its TTL. Elsewhere a renewal is a new token.
func (t Token) RenewalProlongs() bool {
	said, ok := t.AccessToken.claims()
	if !ok || said.IssuedAt == nil || t.TTL == 0 {
		return false
	}
	return said.ExpiresAt == nil || said.ExpiresAt.Sub(said.IssuedAt.Time) > t.TTL
}
