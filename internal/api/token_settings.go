// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

// TokenSettingsRequest is what the request of every auth method says of the access tokens that it gives.
// What is absent takes its default, or is kept.
type TokenSettingsRequest struct {
	AccessTokenTrustedIPs   *[]TrustedIPRequest `json:"accessTokenTrustedIps,omitempty" minItems:"1" doc:"Addresses that may use a token. Default: everywhere."`
	AccessTokenTTL          *int64              `json:"accessTokenTTL,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds a token lives; 0 is up to the server's ceiling. Default 2592000."`
	AccessTokenMaxTTL       *int64              `json:"accessTokenMaxTTL,omitempty" minimum:"0" maximum:"315360000" doc:"Seconds up to which renewals carry; 0 is no limit. Default 2592000."`
	AccessTokenNumUsesLimit *int64              `json:"accessTokenNumUsesLimit,omitempty" minimum:"0" maximum:"9007199254740991" doc:"Requests a token is good for; 0 is no limit. Default 0."`
}

// TokenSettings is how it answers; the TTLs are in seconds.
type TokenSettings struct {
	AccessTokenTTL          int64       `json:"accessTokenTTL"`
	AccessTokenMaxTTL       int64       `json:"accessTokenMaxTTL"`
	AccessTokenNumUsesLimit int64       `json:"accessTokenNumUsesLimit"`
	AccessTokenTrustedIPs   []TrustedIP `json:"accessTokenTrustedIps"`
}

// TrustedIPRequest is an address or a range as it is sent.
type TrustedIPRequest struct {
	IPAddress string `json:"ipAddress" doc:"An IPv4 or IPv6 address, or a range of them in CIDR notation."`
}

// TrustedIP is an address or a range as it is read back: 10.0.0.0/8 reads ipAddress 10.0.0.0, prefix 8.
type TrustedIP struct {
	IPAddress string `json:"ipAddress"`
	Type      string `json:"type"`             // ipv4 or ipv6
	Prefix    *int   `json:"prefix,omitempty"` // absent for a single address
}
