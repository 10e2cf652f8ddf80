// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 1.

// MethodUniversalAuth is the name of Universal Auth in paths and in lists of auth methods.
const MethodUniversalAuth = "universal-auth"

// Defaults of the lockout of Universal Auth; durations are in seconds.
const (
	DefaultLockoutThreshold    = 3
	DefaultLockoutDuration     = 300
	DefaultLockoutCounterReset = 30
)

// UniversalAuthRequest is the body of POST and PATCH of /v1/auth/universal-auth/identities/{identityId}.
type UniversalAuthRequest struct {
	ClientSecretTrustedIPs *[]TrustedIPRequest `json:"clientSecretTrustedIps,omitempty" minItems:"1" doc:"Addresses that may log in. Default: all addresses."`
	TokenSettingsRequest
	AccessTokenPeriod          *int64 `json:"accessTokenPeriod,omitempty" minimum:"0" maximum:"9223372036" doc:"Lifetime in seconds of a periodic token, which can be renewed without limit; 0 is not periodic. Default 0."`
	LockoutEnabled             *bool  `json:"lockoutEnabled,omitempty" doc:"Whether wrong client secrets lock the method. Default true."`
	LockoutThreshold           *int64 `json:"lockoutThreshold,omitempty" minimum:"1" maximum:"30" doc:"Number of wrong client secrets that lock the method. Default 3."`
	LockoutDurationSeconds     *int64 `json:"lockoutDurationSeconds,omitempty" minimum:"30" maximum:"86400" doc:"Duration of a lockout in seconds. Default 300."`
	LockoutCounterResetSeconds *int64 `json:"lockoutCounterResetSeconds,omitempty" minimum:"5" maximum:"3600" doc:"Seconds after which a wrong client secret no longer counts. Default 30."`
}

// UniversalAuthResponse is the response of every route of a Universal Auth.
type UniversalAuthResponse struct {
	IdentityUniversalAuth UniversalAuth `json:"identityUniversalAuth"`
}

// UniversalAuth is an identity's configuration of the method. Older servers omit the period and the
// lockout.
type UniversalAuth struct {
	AuthMethod
	ClientID                   string      `json:"clientId"`
	ClientSecretTrustedIPs     []TrustedIP `json:"clientSecretTrustedIps"`
	AccessTokenPeriod          *int64      `json:"accessTokenPeriod,omitempty"`
	LockoutEnabled             *bool       `json:"lockoutEnabled,omitempty"`
	LockoutThreshold           *int64      `json:"lockoutThreshold,omitempty"`
	LockoutDurationSeconds     *int64      `json:"lockoutDurationSeconds,omitempty"`
	LockoutCounterResetSeconds *int64      `json:"lockoutCounterResetSeconds,omitempty"`
}

// ClearLockoutsResponse is the response of POST …/clear-lockouts: the number of lockouts cleared.
type ClearLockoutsResponse struct {
	Deleted int `json:"deleted"`
}

// CreateClientSecretRequest is the body of POST …/client-secrets.
type CreateClientSecretRequest struct {
	Description  string `json:"description,omitempty" doc:"Description. Default empty."`
	NumUsesLimit int64  `json:"numUsesLimit,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Number of logins that it can be used for; 0 is no limit. Default 0."`
	TTL          int64  `json:"ttl,omitempty" minimum:"0" maximum:"315360000" doc:"Lifetime in seconds; 0 is no limit. Default 0."`
}

// CreateClientSecretResponse has the client secret, which no other response has.
type CreateClientSecretResponse struct {
	ClientSecret     string       `json:"clientSecret"`
	ClientSecretData ClientSecret `json:"clientSecretData"`
}

// ClientSecretResponse is the response when one client secret is read or revoked.
type ClientSecretResponse struct {
	ClientSecretData ClientSecret `json:"clientSecretData"`
}

// ListClientSecretsResponse is the response of GET …/client-secrets: those that are not revoked.
type ListClientSecretsResponse struct {
	ClientSecretData []ClientSecret `json:"clientSecretData"`
}

// ClientSecret is the record of a client secret, without the secret.
type ClientSecret struct {
	ID                       string    `json:"id"`
	CreatedAt                time.Time `json:"createdAt"`
	UpdatedAt                time.Time `json:"updatedAt"`
	Description              string    `json:"description"`
	ClientSecretPrefix       string    `json:"clientSecretPrefix"` // its first four characters
	ClientSecretNumUses      int64     `json:"clientSecretNumUses"`
	ClientSecretNumUsesLimit int64     `json:"clientSecretNumUsesLimit"`
	ClientSecretTTL          int64     `json:"clientSecretTTL"`
	IdentityUAID             string    `json:"identityUAId"`
	IsClientSecretRevoked    bool      `json:"isClientSecretRevoked"`
}

// UniversalAuthLoginRequest is the body of POST /v1/auth/universal-auth/login, as JSON or as a form.
type UniversalAuthLoginRequest struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	LoginRequest
}
