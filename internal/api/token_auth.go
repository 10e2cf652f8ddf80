// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 11.

// MethodTokenAuth is the name of Token auth in a list of auth methods.
const MethodTokenAuth = "token-auth"

// MaxTokenPage bounds limit and offset of a listing of tokens.
const MaxTokenPage = 100

// TokenAuthRequest is the body of POST (attach) and PATCH (change) of
// /v1/auth/token-auth/identities/{identityId}. What is absent takes its default, or is kept.
type TokenAuthRequest struct {
	TokenSettingsRequest
}

// TokenAuthResponse answers every call on a Token auth.
type TokenAuthResponse struct {
	IdentityTokenAuth TokenAuth `json:"identityTokenAuth"`
}

// TokenAuth is an identity's configuration of the method.
type TokenAuth struct {
	ID         string `json:"id"`
	IdentityID string `json:"identityId"`
	TokenSettings
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// CreateTokenRequest is the body of POST /v1/auth/token-auth/identities/{identityId}/tokens.
type CreateTokenRequest struct {
	Name             *string `json:"name,omitempty" maxLength:"255" doc:"What it is for. Default none."`
	OrganizationSlug *string `json:"organizationSlug,omitempty" doc:"A sub-organisation to make it for; the identity's own organisation is the default."`
}

// CreateTokenResponse holds the token, the only time it is shown.
type CreateTokenResponse struct {
	AccessTokenResponse
	TokenData Token `json:"tokenData"`
}

// UpdateTokenRequest is the body of PATCH /v1/auth/token-auth/tokens/{tokenId}.
type UpdateTokenRequest struct {
	Name *string `json:"name,omitempty" maxLength:"255" doc:"What it is for. Absent: as it is; empty: none."`
}

// TokenResponse answers the reading and changing of one token.
type TokenResponse struct {
	Token Token `json:"token"`
}

// ListTokensResponse answers GET /v1/auth/token-auth/identities/{identityId}/tokens?offset=&limit=:
// a page of all tokens made for the identity, revoked and expired ones among them, the newest first.
// Offset and limit are at most MaxTokenPage each; by default 0 and 20.
type ListTokensResponse struct {
	Tokens []Token `json:"tokens"`
}

// Token is all that is known of an access token but the token.
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
	IdentityUAClientSecretID *string    `json:"identityUAClientSecretId"` // null: no client secret gave it
	CreatedAt                time.Time  `json:"createdAt"`
	UpdatedAt                time.Time  `json:"updatedAt"`
}
