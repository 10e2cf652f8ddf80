// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "time"

// Contract: section 9.

// MethodOIDCAuth is the name of OIDC auth in a list of auth methods.
const MethodOIDCAuth = "oidc-auth"

// OIDCAuthRequest is the body of POST (attach) and PATCH (change) of
// /v1/auth/oidc-auth/identities/{identityId}. Attaching needs oidcDiscoveryUrl, boundIssuer and
// boundClaims; whatever else is absent takes its default, or is kept. A list is text separated by
// commas, which an entry cannot hold; a server keeps it as "a, b". A pattern is a text to the letter or
// a glob that must match all of the value, as in the conditions of roles: * is any number of characters
// but /, ** between slashes is any number of segments, ? is one character, [abc] is one of these.
type OIDCAuthRequest struct {
	OIDCDiscoveryURL     *string            `json:"oidcDiscoveryUrl,omitempty" minLength:"1" maxLength:"2048" doc:"URL of the issuer, below which /.well-known/openid-configuration is."`
	BoundIssuer          *string            `json:"boundIssuer,omitempty" minLength:"1" maxLength:"2048" doc:"The iss that a JWT must have, to the letter."`
	CACert               *string            `json:"caCert,omitempty" maxLength:"65536" doc:"PEM certificates to trust for the discovery URL, and no others. Default empty: those of the system."`
	BoundAudiences       *string            `json:"boundAudiences,omitempty" maxLength:"8192" doc:"Audiences, one of which a JWT must have; a list. Default empty: any."`
	BoundClaims          *map[string]string `json:"boundClaims,omitempty" doc:"Claims that a JWT must have, each with a list of patterns, one of which must match. Dots lead into objects. May be empty."`
	ClaimMetadataMapping *map[string]string `json:"claimMetadataMapping,omitempty" doc:"Claims that tokens keep, by the names under which templates of rules find them: identity.auth.oidc.claims.<name>. Default none."`
	BoundSubject         *string            `json:"boundSubject,omitempty" maxLength:"2048" doc:"Pattern that the sub of a JWT must match. Default empty: any."`
	TokenSettingsRequest
}

// OIDCAuthResponse answers every call on an OIDC auth.
type OIDCAuthResponse struct {
	IdentityOIDCAuth OIDCAuth `json:"identityOidcAuth"`
}

// OIDCAuth is an identity's configuration of the method.
type OIDCAuth struct {
	ID                   string            `json:"id"`
	IdentityID           string            `json:"identityId"`
	OIDCDiscoveryURL     string            `json:"oidcDiscoveryUrl"`
	BoundIssuer          string            `json:"boundIssuer"`
	CACert               *string           `json:"caCert,omitempty"` // absent in the answer to a removal
	BoundAudiences       string            `json:"boundAudiences"`
	BoundClaims          map[string]string `json:"boundClaims"`
	ClaimMetadataMapping map[string]string `json:"claimMetadataMapping,omitzero"` // absent on old servers
	BoundSubject         string            `json:"boundSubject"`
	TokenSettings
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// OIDCAuthLoginRequest is the body of POST /v1/auth/oidc-auth/login, as JSON or as a form. The
// answer is an AccessTokenResponse.
type OIDCAuthLoginRequest struct {
	IdentityID       string  `json:"identityId" doc:"The identity to log in as."`
	JWT              string  `json:"jwt" maxLength:"16384" doc:"What the issuer signed."`
	OrganizationSlug *string `json:"organizationSlug,omitempty" doc:"A sub-organisation to log into; the identity's own organisation is the default."`
}
