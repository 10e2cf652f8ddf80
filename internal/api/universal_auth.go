// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 1.

// MethodUniversalAuth is the name of Universal Auth in a list of auth methods.
const MethodUniversalAuth = "universal-auth"

// The defaults of a new Universal Auth, in seconds where they are durations.
const (
	DefaultAccessTokenTTL      = 2592000 // 30 days, the maximum TTL's default too
	DefaultLockoutThreshold    = 3
	DefaultLockoutDuration     = 300
	DefaultLockoutCounterReset = 30
)

// MaxTTL bounds every TTL, in seconds: ten years.
const MaxTTL = 315360000

// MaxUses bounds every limit of uses: the largest number that every reader of JSON knows.
const MaxUses = 9007199254740991

// UniversalAuthRequest is the body of POST (attach) and PATCH (change) of
// /v1/auth/universal-auth/identities/{identityId}. What is absent takes its default, or is kept.
type UniversalAuthRequest struct {
	ClientSecretTrustedIPs *[]TrustedIPRequest `json:"clientSecretTrustedIps,omitempty" minItems:"1" doc:"Addresses that may log in. Default: everywhere."`
	TokenSettingsRequest
	AccessTokenPeriod          *int64 `json:"accessTokenPeriod,omitempty" minimum:"0" maximum:"9223372036" doc:"Seconds of a periodic token, renewable for ever; 0 is not periodic. Default 0."`
	LockoutEnabled             *bool  `json:"lockoutEnabled,omitempty" doc:"Lock after wrong secrets. Default true."`
	LockoutThreshold           *int64 `json:"lockoutThreshold,omitempty" minimum:"1" maximum:"30" doc:"Wrong secrets that lock. Default 3."`
	LockoutDurationSeconds     *int64 `json:"lockoutDurationSeconds,omitempty" minimum:"30" maximum:"86400" doc:"Seconds a lock lasts. Default 300."`
	LockoutCounterResetSeconds *int64 `json:"lockoutCounterResetSeconds,omitempty" minimum:"5" maximum:"3600" doc:"Seconds after which wrong secrets are forgotten. Default 30."`
}

// UniversalAuthResponse answers every call on a Universal Auth.
type UniversalAuthResponse struct {
	IdentityUniversalAuth UniversalAuth `json:"identityUniversalAuth"`
}

// UniversalAuth is an identity's configuration of the method.
type UniversalAuth struct {
	ID       string `json:"id"`
	ClientID string `json:"clientId"`
	TokenSettings
	AccessTokenPeriod          *int64      `json:"accessTokenPeriod,omitempty"` // absent on old servers, as are the lockout fields
	ClientSecretTrustedIPs     []TrustedIP `json:"clientSecretTrustedIps"`
	CreatedAt                  time.Time   `json:"createdAt"`
	UpdatedAt                  time.Time   `json:"updatedAt"`
	IdentityID                 string      `json:"identityId"`
	LockoutEnabled             *bool       `json:"lockoutEnabled,omitempty"`
	LockoutThreshold           *int64      `json:"lockoutThreshold,omitempty"`
	LockoutDurationSeconds     *int64      `json:"lockoutDurationSeconds,omitempty"`
	LockoutCounterResetSeconds *int64      `json:"lockoutCounterResetSeconds,omitempty"`
}

// ClearLockoutsResponse answers POST …/clear-lockouts with the number of records cleared.
type ClearLockoutsResponse struct {
	Deleted int `json:"deleted"`
}

// CreateClientSecretRequest is the body of POST …/client-secrets.
type CreateClientSecretRequest struct {
	Description  string `json:"description,omitempty" doc:"What it is for. Default empty."`
	NumUsesLimit int64  `json:"numUsesLimit,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Logins it is good for; 0 is no limit. Default 0."`
	TTL          int64  `json:"ttl,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds it lives; 0 is for ever. Default 0."`
}

// CreateClientSecretResponse holds the secret, the only time it is shown.
type CreateClientSecretResponse struct {
	ClientSecret     string       `json:"clientSecret"`
	ClientSecretData ClientSecret `json:"clientSecretData"`
}

// ClientSecretResponse answers the reading and revoking of one client secret.
type ClientSecretResponse struct {
	ClientSecretData ClientSecret `json:"clientSecretData"`
}

// ListClientSecretsResponse answers GET …/client-secrets: those not revoked.
type ListClientSecretsResponse struct {
	ClientSecretData []ClientSecret `json:"clientSecretData"`
}

// ClientSecret is all that is known of a client secret but the secret.
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
	ClientID         string  `json:"clientId"`
	ClientSecret     string  `json:"clientSecret"`
	OrganizationSlug *string `json:"organizationSlug,omitempty" doc:"A sub-organisation to log into; the identity's own organisation is the default."`
}
