// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 11.

func tokenAuthRoute(op, method, identityID string) request {
	return route(op, method, "/v1/auth/token-auth/identities/%s", identityID)
}

// AttachTokenAuth lets others make access tokens for an identity.
func (c *Client) AttachTokenAuth(ctx context.Context, identityID string, body api.TokenAuthRequest) (api.TokenAuth, error) {
	return attachOnce(ctx, c, attachment[api.TokenAuth]{
		name: "Token auth of " + identityID,
		send: func(ctx context.Context) (api.TokenAuth, error) {
			return c.tokenAuth(ctx, tokenAuthRoute("attach Token auth", http.MethodPost, identityID).with(body))
		},
		read:  func(ctx context.Context) (api.TokenAuth, error) { return c.TokenAuth(ctx, identityID) },
		found: func(t api.TokenAuth) Candidate { return Candidate{ID: t.ID, Created: t.CreatedAt} },
	})
}

// TokenAuth reads an identity's configuration of the method. IsNotFound holds for the error where
// the identity has none, too.
func (c *Client) TokenAuth(ctx context.Context, identityID string) (api.TokenAuth, error) {
	answer, err := c.tokenAuth(ctx, tokenAuthRoute("read the Token auth", http.MethodGet, identityID))
	return answer, c.goneWithMethod(ctx, identityID, api.MethodTokenAuth, err)
}

// UpdateTokenAuth changes what the body holds. TTL and maximum TTL go together: some servers compare
// one that is sent with one that is stored.
func (c *Client) UpdateTokenAuth(ctx context.Context, identityID string, body api.TokenAuthRequest) (api.TokenAuth, error) {
	return c.tokenAuth(ctx, tokenAuthRoute("change the Token auth", http.MethodPatch, identityID).with(body))
}

// RemoveTokenAuth takes the method away, and ends the life of the tokens that it gave.
func (c *Client) RemoveTokenAuth(ctx context.Context, identityID string) error {
	_, err := c.tokenAuth(ctx, tokenAuthRoute("remove the Token auth", http.MethodDelete, identityID))
	return err
}

func (c *Client) tokenAuth(ctx context.Context, r request) (api.TokenAuth, error) {
	answer, err := do[api.TokenAuthResponse](ctx, c, r, "identityTokenAuth.id", "identityTokenAuth.identityId")
	return answer.IdentityTokenAuth, err
}

// TokenAuthTokens lists the tokens that were made for an identity and are not revoked, the newest
// first. Servers tell no more than the newest 2 * api.MaxTokenPage, revoked ones included: then it is
// not complete.
func (c *Client) TokenAuthTokens(ctx context.Context, identityID string) (list []api.Token, complete bool, err error) {
	seen := map[string]bool{}
	for offset := 0; offset <= api.MaxTokenPage; offset += api.MaxTokenPage {
		r := route("list the access tokens", http.MethodGet, "/v1/auth/token-auth/identities/%s/tokens", identityID)
		r.query = url.Values{"limit": {strconv.Itoa(api.MaxTokenPage)}, "offset": {strconv.Itoa(offset)}}
		answer, err := do[api.ListTokensResponse](ctx, c, r, "tokens.id")
		if err != nil {
			return nil, false, c.goneWithMethod(ctx, identityID, api.MethodTokenAuth, err)
		}
		for _, t := range answer.Tokens {
			if !seen[t.ID] && !t.IsAccessTokenRevoked && t.IdentityUAClientSecretID == nil {
				seen[t.ID] = true
				list = append(list, t)
			}
		}
		if len(answer.Tokens) < api.MaxTokenPage {
			return list, true, nil
		}
	}
	return list, false, nil
}

// RevokeTokenAuthToken ends the life of a token by its ID.
func (c *Client) RevokeTokenAuthToken(ctx context.Context, id string) error {
	_, err := do[struct{}](ctx, c, route("revoke the access token", http.MethodPost, "/v1/auth/token-auth/tokens/%s/revoke", id))
	return err
}

// OpenTokenAuthToken makes an access token of an identity that has Token auth, with a name that may
// be empty, and remembers the token in the register until Close.
func (c *Client) OpenTokenAuthToken(ctx context.Context, identityID, name string) (Token, error) {
	return opening(c, func() (Token, error) {
		asked, body := time.Now(), api.CreateTokenRequest{}
		if name != "" {
			body.Name = &name
		}
		r := route("make an access token", http.MethodPost, "/v1/auth/token-auth/identities/%s/tokens", identityID).with(body)
		answer, err := do[api.CreateTokenResponse](ctx, c, r, "accessToken", "expiresIn", "tokenData.id")
		return tokenOf(answer.AccessTokenResponse, asked), err
	}, Token.credential)
}
