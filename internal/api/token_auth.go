// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 11.

// MethodTokenAuth is the name of Token auth in paths and in lists of auth methods.
const MethodTokenAuth = "token-auth"

// MaxTokenPage bounds limit and offset of a list of tokens.
const MaxTokenPage = 100

// TokenAuthRequest is the body of POST and PATCH of /v1/auth/token-auth/identities/{identityId}.
type TokenAuthRequest struct {
	TokenSettingsRequest
}

// TokenAuthResponse is the response of every route of a Token auth.
type TokenAuthResponse struct {
	IdentityTokenAuth TokenAuth `json:"identityTokenAuth"`
}

// TokenAuth is an identity's configuration of the method.
type TokenAuth struct {
	AuthMethod
}

// CreateTokenRequest is the body of POST /v1/auth/token-auth/identities/{identityId}/tokens.
type CreateTokenRequest struct {
	Name *string `json:"name,omitempty" maxLength:"255" doc:"Name of the token. Default none."`
	LoginRequest
}

// CreateTokenResponse has the token, which no other response has.
type CreateTokenResponse struct {
	AccessTokenResponse
	TokenData Token `json:"tokenData"`
}

// UpdateTokenRequest is the body of PATCH /v1/auth/token-auth/tokens/{tokenId}.
type UpdateTokenRequest struct {
	Name *string `json:"name,omitempty" maxLength:"255" doc:"Name of the token. Absent: unchanged; empty: none."`
}

// TokenResponse is the response when one token is read or changed.
type TokenResponse struct {
	Token Token `json:"token"`
}

// ListTokensResponse is the response of GET /v1/auth/token-auth/identities/{identityId}/tokens?offset=&limit=:
// a page of the tokens that were created for the identity, the newest first, revoked and expired ones
// included. Offset and limit are at most MaxTokenPage each; their defaults are 0 and 20.
type ListTokensResponse struct {
	Tokens []Token `json:"tokens"`
}

// Token is the record of an access token, without the token.
type Token struct {
	ID                       string     `json:"id"`
	IdentityID               string     `json:"identityId"`
	Name                     *string    `json:"name"`
	AuthMethod               string     `json:"authMethod,omitempty"` // absent on old servers
	AccessTokenTTL           int64      `json:"accessTokenTTL"`
	AccessTokenMaxTTL        int64      `json:"accessTokenMaxTTL"`
	AccessTokenNumUses       int64      `json:"accessTokenNumUses"`
	AccessTokenNumUsesLimit  int64      `json:"accessTokenNumUsesLimit"`
	AccessTokenPeriod        *int64     `json:"accessTokenPeriod,omitempty"` // absent on old servers
	AccessTokenLastUsedAt    *time.Time `json:"accessTokenLastUsedAt"`
	AccessTokenLastRenewedAt *time.Time `json:"accessTokenLastRenewedAt"`
	IsAccessTokenRevoked     bool       `json:"isAccessTokenRevoked"`
	IdentityUAClientSecretID *string    `json:"identityUAClientSecretId"` // null unless it was issued for a client secret
	CreatedAt                time.Time  `json:"createdAt"`
	UpdatedAt                time.Time  `json:"updatedAt"`
}
