// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

// Contract: section 2.

// TokenTypeBearer is the type of every access token.
const TokenTypeBearer = "Bearer"

// AccessTokenResponse is the response of a login and of a renewal.
type AccessTokenResponse struct {
	AccessToken       string `json:"accessToken"`
	ExpiresIn         int64  `json:"expiresIn"`         // lifetime in seconds; on older servers the configured TTL
	AccessTokenMaxTTL int64  `json:"accessTokenMaxTTL"` // seconds after which it can no longer be renewed; 0 is no limit
	TokenType         string `json:"tokenType"`
}

// AccessTokenRequest is the body of POST /v1/auth/token/renew and /v1/auth/token/revoke.
type AccessTokenRequest struct {
	AccessToken string `json:"accessToken"`
}

// MessageResponse is the response of routes that return nothing but success.
type MessageResponse struct {
	Message string `json:"message"`
}
