// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 9, the login.

// OIDC are the settings of a login with a JWT.
type OIDC struct {
	IdentityID       string
	JWT              JWTSource // used again at each login
	OrganizationSlug string    // of a sub-organization to log into; empty: the identity's own organization
}

const opOIDCLogin = "log in with OIDC"

// LoginOIDC logs in with a JWT. The token is not registered for revocation.
func (c *Client) LoginOIDC(ctx context.Context, oidc OIDC) (Token, error) {
	jwt, err := oidc.JWT.fetch(ctx, c)
	if err != nil {
		return Token{}, err
	}
	var body oidcLoginRequest
	body.IdentityID, body.JWT = oidc.IdentityID, jwt.Reveal()
	if slug := oidc.OrganizationSlug; slug != "" {
		body.OrganizationSlug, body.SubOrganizationName = &slug, &slug
	}
	r := route(opOIDCLogin, http.MethodPost, "/v1/auth/oidc-auth/login").with(body)
	r.idempotent = true // the unknown token of a lost login stays valid until it expires
	token, err := c.requestToken(ctx, r, jwt)
	if e, ok := errors.AsType[*Error](err); ok && e.Status/100 == 4 && e.Status != http.StatusTooManyRequests && !IsNoRoute(err) {
		if e.Name == api.ErrorNotFound {
			e.Name = api.ErrorUnauthorized // no object of the caller is missing
		}
		e.Remedy = jwt.describe(oidc.JWT.from, time.Now())
	}
	return token, err
}

// OpenOIDC logs in and registers the token for revocation until Close.
func (c *Client) OpenOIDC(ctx context.Context, oidc OIDC) (Token, error) {
	return opening(c, func() (Token, error) { return c.LoginOIDC(ctx, oidc) }, Token.credential)
}

// oidcLoginRequest has both names of the organization's slug. A server ignores the one it does not know.
type oidcLoginRequest struct {
	api.OIDCAuthLoginRequest
	SubOrganizationName *string `json:"subOrganizationName,omitempty"`
}

// describe returns the claims of a rejected JWT and where it came from, for comparison with the
// identity's settings.
func (s Secret) describe(from string, now time.Time) string {
	claims, _ := s.claims()
	if claims.ExpiresAt != nil && claims.ExpiresAt.Before(now) {
		return fmt.Sprintf("The JWT from %s has expired, at %s. Provide one that is valid for the whole run, or let the provider get a new one at each login: from a file that is kept up to date, or from the CI system.",
			from, claims.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("The JWT from %s has the issuer %q, the subject %q and the audience %q. Compare them, and its other claims, with bound_issuer, bound_subject, bound_audiences and bound_claims of the identity's machineid_oidc_auth, and check identity_id.",
		from, claims.Issuer, claims.Subject, claims.Audience)
}
