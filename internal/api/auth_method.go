// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// What the auth methods share: each has the routes /v1/auth/<name>/identities/{identityId} to attach
// (POST), read (GET), change (PATCH) and remove (DELETE) its configuration on an identity. All four
// return it. Contract: section 1.

// DefaultAccessTokenTTL is the default of the TTL and of the maximum TTL, in seconds: 30 days.
const DefaultAccessTokenTTL = 2592000

// MaxTTL bounds every TTL, in seconds: ten years.
const MaxTTL = 315360000

// MaxUses bounds every limit of uses: the largest integer that every JSON parser represents exactly.
const MaxUses = 9007199254740991

// AuthMethod is the part of a configuration that all auth methods have.
type AuthMethod struct {
	ID         string `json:"id"`
	IdentityID string `json:"identityId"`
	TokenSettings
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Common returns the part that all auth methods have.
func (a AuthMethod) Common() AuthMethod { return a }

// TokenSettings are the settings of the access tokens that an auth method issues. TTLs are in seconds.
type TokenSettings struct {
	AccessTokenTTL          int64       `json:"accessTokenTTL"`
	AccessTokenMaxTTL       int64       `json:"accessTokenMaxTTL"`
	AccessTokenNumUsesLimit int64       `json:"accessTokenNumUsesLimit"`
	AccessTokenTrustedIPs   []TrustedIP `json:"accessTokenTrustedIps"`
}

// TokenSettingsRequest is the part of every request that attaches or changes an auth method. An absent
// field gets its default, or stays as it is.
type TokenSettingsRequest struct {
	AccessTokenTrustedIPs   *[]TrustedIPRequest `json:"accessTokenTrustedIps,omitempty" minItems:"1" doc:"Addresses that may use a token. Default: all addresses."`
	AccessTokenTTL          *int64              `json:"accessTokenTTL,omitempty" minimum:"0" maximum:"315360000" doc:"Lifetime of a token in seconds; 0 is the server's maximum. Default 2592000."`
	AccessTokenMaxTTL       *int64              `json:"accessTokenMaxTTL,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds after which a token can no longer be renewed; 0 is no limit. Default 2592000."`
	AccessTokenNumUsesLimit *int64              `json:"accessTokenNumUsesLimit,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Number of requests that a token can be used for; 0 is no limit. Default 0."`
}

// Tokens returns the settings of access tokens in the request.
func (r TokenSettingsRequest) Tokens() TokenSettingsRequest { return r }

// LoginRequest is the part of every login that names the organization.
type LoginRequest struct {
	OrganizationSlug *string `json:"organizationSlug,omitempty" doc:"Sub-organization to log in to. Default: the organization of the identity."`
}

// Organization returns the slug of the organization to log in to, or nil for the identity's own.
func (r LoginRequest) Organization() *string { return r.OrganizationSlug }
