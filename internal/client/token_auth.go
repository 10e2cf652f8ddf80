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

var tokensRoute = TokenAuth.path() + "/tokens"

// TokenAuthTokens lists the tokens of an identity's Token auth that are not revoked, the newest first.
// Servers list only the newest 2 * api.MaxTokenPage, revoked ones included: then it is not complete.
func (c *Client) TokenAuthTokens(ctx context.Context, identityID string) (list []api.Token, complete bool, err error) {
	seen := map[string]bool{}
	for offset := 0; offset <= api.MaxTokenPage; offset += api.MaxTokenPage {
		r := route("list the access tokens", http.MethodGet, tokensRoute, identityID)
		r.query = url.Values{"limit": {strconv.Itoa(api.MaxTokenPage)}, "offset": {strconv.Itoa(offset)}}
		response, err := do[api.ListTokensResponse](ctx, c, r, "tokens.id")
		if err != nil {
			return nil, false, c.methodError(ctx, identityID, api.MethodTokenAuth, err)
		}
		for _, t := range response.Tokens {
			if !seen[t.ID] && !t.IsAccessTokenRevoked && t.IdentityUAClientSecretID == nil {
				seen[t.ID] = true
				list = append(list, t)
			}
		}
		if len(response.Tokens) < api.MaxTokenPage {
			return list, true, nil
		}
	}
	return list, false, nil
}

// RevokeTokenAuthToken revokes a token by its ID.
func (c *Client) RevokeTokenAuthToken(ctx context.Context, id string) error {
	_, err := do[struct{}](ctx, c, route("revoke the access token", http.MethodPost, "/v1/auth/token-auth/tokens/%s/revoke", id))
	return err
}

// OpenTokenAuthToken issues an access token of an identity that has Token auth, with a name that may be
// empty, and records it in the register until Close.
func (c *Client) OpenTokenAuthToken(ctx context.Context, identityID, name string) (Token, error) {
	return opening(c, func() (Token, error) {
		sent, body := time.Now(), api.CreateTokenRequest{}
		if name != "" {
			body.Name = &name
		}
		r := route("create an access token", http.MethodPost, tokensRoute, identityID).with(body)
		r.issued = func(body any) *credential {
			token, id := Secret(textAt(body, "accessToken")), textAt(body, "tokenData", "id")
			if token == "" && id == "" {
				return nil
			}
			return &credential{token: token, tokenID: id}
		}
		// Servers of October 2024 return no tokenData.
		response, err := do[api.CreateTokenResponse](ctx, c, r, "accessToken", "expiresIn")
		return tokenOf(response.AccessTokenResponse, sent), err
	}, Token.credential)
}
