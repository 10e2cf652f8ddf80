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

// OIDC logs an identity in with what an issuer of JWTs says of the caller.
type OIDC struct {
	IdentityID       string
	JWT              JWTSource // asked anew at each login
	OrganizationSlug string    // of a sub-organisation to log into; empty is the identity's own organisation
}

const opOIDCLogin = "log in with OIDC"

// LoginOIDC logs in with a JWT. The token is not remembered.
func (c *Client) LoginOIDC(ctx context.Context, oidc OIDC) (Token, error) {
	jwt, err := oidc.JWT.ask(ctx, c)
	if err != nil {
		return Token{}, err
	}
	var body oidcLoginRequest
	body.IdentityID, body.JWT = oidc.IdentityID, jwt.Reveal()
	if slug := oidc.OrganizationSlug; slug != "" {
		body.OrganizationSlug, body.SubOrganizationName = &slug, &slug
	}
	r := route(opOIDCLogin, http.MethodPost, "/v1/auth/oidc-auth/login").with(body)
	r.idempotent = true // a token that nobody has seen dies by its TTL
	token, err := c.askToken(ctx, r, jwt)
	if e, ok := errors.AsType[*Error](err); ok && e.Status/100 == 4 && e.Status != http.StatusTooManyRequests && !IsNoRoute(err) {
		if e.Name == api.ErrorNotFound {
			e.Name = api.ErrorUnauthorized // nothing that a caller asked for is missing
		}
		e.Remedy = jwt.compare(oidc.JWT.from, time.Now())
	}
	return token, err
}

// OpenOIDC logs in and remembers the token in the register until Close.
func (c *Client) OpenOIDC(ctx context.Context, oidc OIDC) (Token, error) {
	return opening(c, func() (Token, error) { return c.LoginOIDC(ctx, oidc) }, Token.credential)
}

// oidcLoginRequest names the organisation as newer and as less new servers do; each drops the other name.
type oidcLoginRequest struct {
	api.OIDCAuthLoginRequest
	SubOrganizationName *string `json:"subOrganizationName,omitempty"`
}

// compare tells what a refused JWT says, so that it can be compared with what the identity is bound
// to, and where it came from.
func (s Secret) compare(from string, now time.Time) string {
	said, _ := s.claims()
	if said.ExpiresAt != nil && said.ExpiresAt.Before(now) {
		return fmt.Sprintf("The JWT from %s has expired, at %s. Give one that lives for as long as the run, or let the provider read or ask for a new one at each login: from a file that is kept fresh, or from the CI.",
			from, said.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("The JWT from %s has the issuer %q, the subject %q and the audience %q. Compare these, and its other claims, with the machineid_oidc_auth of the identity: bound_issuer, bound_subject, bound_audiences, bound_claims; and check that identity_id is the identity's.",
		from, said.Issuer, said.Subject, said.Audience)
}
