// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

// Contract: section 2.

// TokenTypeBearer is the type of every access token.
const TokenTypeBearer = "Bearer"

// AccessTokenResponse answers a login and a renewal.
type AccessTokenResponse struct {
	AccessToken       string `json:"accessToken"`
	ExpiresIn         int64  `json:"expiresIn"`         // seconds it lives; old servers: the TTL
	AccessTokenMaxTTL int64  `json:"accessTokenMaxTTL"` // seconds up to which renewals carry; 0 is no limit
	TokenType         string `json:"tokenType"`
}

// AccessTokenRequest is the body of POST /v1/auth/token/renew and /v1/auth/token/revoke.
type AccessTokenRequest struct {
	AccessToken string `json:"accessToken"`
}

// MessageResponse answers where there is nothing but success to tell.
type MessageResponse struct {
	Message string `json:"message"`
}
