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

// Credentials are those of a login with Universal Auth.
type Credentials struct {
	ClientID         string
	ClientSecret     Secret
	OrganizationSlug string // of a sub-organization to log into; empty: the identity's own organization
}

// Token is the access token of a login or a renewal.
type Token struct {
	AccessToken Secret
	TTL         time.Duration // from Asked on; 0: no expiry
	MaxTTL      time.Duration // that renewals can reach; 0: no limit
	Asked       time.Time     // when it was requested, by the local clock
}

func (t Token) credential() credential { return credential{token: t.AccessToken} }

const opLogin = "log in"

func isLogin(op string) bool { return op == opLogin || op == opOIDCLogin }

// Login logs in. Each login is one use of the client secret, also if its response is lost. The token is
// not registered for revocation: see Open.
func (c *Client) Login(ctx context.Context, credentials Credentials) (Token, error) {
	var body loginRequest
	body.ClientID, body.ClientSecret = credentials.ClientID, credentials.ClientSecret.Reveal()
	if slug := credentials.OrganizationSlug; slug != "" {
		body.OrganizationSlug, body.SubOrganizationName = &slug, &slug
	}
	r := route(opLogin, http.MethodPost, "/v1/auth/universal-auth/login").with(body)
	// A login is retried if its response is lost. That costs one more use of the client secret, and the
	// unknown token of the lost login stays valid until it expires. Without the retry, the run would
	// fail. A wrong secret gets a response, so no retry counts towards a lockout.
	r.idempotent = true
	token, err := c.requestToken(ctx, r, credentials.ClientSecret)
	if e, ok := errors.AsType[*Error](err); ok && e.Name == api.ErrorNotFound {
		// Older servers return this for an unknown client ID. No object of the caller is missing.
		e.Name = api.ErrorUnauthorized
	}
	return token, err
}

// loginRequest has both names of the organization's slug. A server ignores the one it does not know.
type loginRequest struct {
	api.UniversalAuthLoginRequest
	SubOrganizationName *string `json:"subOrganizationName,omitempty"`
}

// Open logs in and registers the token for revocation until Close.
func (c *Client) Open(ctx context.Context, credentials Credentials) (Token, error) {
	return opening(c, func() (Token, error) { return c.Login(ctx, credentials) }, Token.credential)
}

// Close revokes a token from Open. If that fails, the token stays registered.
func (c *Client) Close(ctx context.Context, token Secret) error {
	return c.closing(ctx, credential{token: token})
}

// Renew renews a token. Servers of October 2024 extend the token that was sent; newer servers return a
// new one and leave the old one unchanged.
func (c *Client) Renew(ctx context.Context, token Secret) (Token, error) {
	r := route("renew the access token", http.MethodPost, "/v1/auth/token/renew").with(api.AccessTokenRequest{AccessToken: token.Reveal()})
	r.idempotent = true
	return c.requestToken(ctx, r, token)
}

// Revoke revokes a token. A token that is no longer valid is not an error.
func (c *Client) Revoke(ctx context.Context, token Secret) error {
	r := route("revoke the access token", http.MethodPost, "/v1/auth/token/revoke").with(api.AccessTokenRequest{AccessToken: token.Reveal()})
	r.public, r.secret, r.idempotent = true, token, true
	_, err := do[api.MessageResponse](ctx, c, r)
	if e, ok := errors.AsType[*Error](err); ok && (e.Name == api.ErrorUnauthorized || e.Name == api.ErrorToken) {
		return nil
	}
	return err
}

func (c *Client) requestToken(ctx context.Context, r request, secret Secret) (Token, error) {
	r.public, r.secret = true, secret
	r.issued = func(body any) *credential {
		token := Secret(textAt(body, "accessToken"))
		if token == "" || token == secret { // a renewal may return the token that was sent
			return nil
		}
		return &credential{token: token}
	}
	asked := time.Now()
	result, err := do[api.AccessTokenResponse](ctx, c, r, "accessToken", "expiresIn")
	return tokenOf(result, asked), err
}

func tokenOf(result api.AccessTokenResponse, asked time.Time) Token {
	return Token{
		AccessToken: Secret(result.AccessToken),
		TTL:         time.Duration(result.ExpiresIn) * time.Second,
		MaxTTL:      time.Duration(result.AccessTokenMaxTTL) * time.Second,
		Asked:       asked,
	}
}

// tokenClaims are the claims of a token, not verified: for messages, never for access decisions.
type tokenClaims struct {
	jwt.RegisteredClaims
	IdentityID   string `json:"identityId"`
	IdentityName string `json:"identityName"`
}

// claims is false if the token is not a JWT.
func (s Secret) claims() (tokenClaims, bool) {
	var claims tokenClaims
	_, _, err := jwt.NewParser().ParseUnverified(s.Reveal(), &claims)
	return claims, err == nil
}

// ExpiresAt returns when the token expires unless it is renewed, by the server's clock if the token
// has its time of issue. The zero time means never.
func (t Token) ExpiresAt() time.Time {
	if t.TTL == 0 {
		return time.Time{}
	}
	if claims, ok := t.AccessToken.claims(); ok && claims.IssuedAt != nil {
		return claims.IssuedAt.Add(t.TTL).UTC()
	}
	return t.Asked.Add(t.TTL).UTC()
}

// RenewalProlongs reports whether a renewal extends this token, as on servers of October 2024. There
// the exp claim is later than the TTL. On newer servers a renewal returns a new token.
func (t Token) RenewalProlongs() bool {
	claims, ok := t.AccessToken.claims()
	if !ok || claims.IssuedAt == nil || t.TTL == 0 {
		return false
	}
	return claims.ExpiresAt == nil || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > t.TTL
}
