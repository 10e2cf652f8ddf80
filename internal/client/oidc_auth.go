// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 9.

const oidcAuthRoute = "/v1/auth/oidc-auth/identities/%s"

// AttachOIDCAuth lets an identity log in with what an issuer of JWTs says.
func (c *Client) AttachOIDCAuth(ctx context.Context, identityID string, body api.OIDCAuthRequest) (api.OIDCAuth, error) {
	return attachOnce(ctx, c, attachment[api.OIDCAuth]{
		name: "OIDC auth of " + identityID,
		send: func(ctx context.Context) (api.OIDCAuth, error) {
			return c.oidcAuth(ctx, route("attach OIDC auth", http.MethodPost, oidcAuthRoute, identityID).with(body))
		},
		read:  func(ctx context.Context) (api.OIDCAuth, error) { return c.OIDCAuth(ctx, identityID) },
		found: func(o api.OIDCAuth) Candidate { return Candidate{ID: o.ID, Created: o.CreatedAt} },
	})
}

// OIDCAuth reads an identity's configuration of the method. IsNotFound holds for the error where
// the identity has none, too.
func (c *Client) OIDCAuth(ctx context.Context, identityID string) (api.OIDCAuth, error) {
	answer, err := c.oidcAuth(ctx, route("read the OIDC auth", http.MethodGet, oidcAuthRoute, identityID))
	return answer, c.goneWithMethod(ctx, identityID, api.MethodOIDCAuth, err)
}

// UpdateOIDCAuth changes what the body holds. TTL and maximum TTL go together: some servers compare
// one that is sent with one that is stored.
func (c *Client) UpdateOIDCAuth(ctx context.Context, identityID string, body api.OIDCAuthRequest) (api.OIDCAuth, error) {
	return c.oidcAuth(ctx, route("change the OIDC auth", http.MethodPatch, oidcAuthRoute, identityID).with(body))
}

// RemoveOIDCAuth takes the method away, and ends the life of the tokens that it gave.
func (c *Client) RemoveOIDCAuth(ctx context.Context, identityID string) error {
	_, err := c.oidcAuth(ctx, route("remove the OIDC auth", http.MethodDelete, oidcAuthRoute, identityID))
	return err
}

func (c *Client) oidcAuth(ctx context.Context, r request) (api.OIDCAuth, error) {
	answer, err := do[api.OIDCAuthResponse](ctx, c, r, "identityOidcAuth.id", "identityOidcAuth.identityId", "identityOidcAuth.oidcDiscoveryUrl")
	return answer.IdentityOIDCAuth, err
}
