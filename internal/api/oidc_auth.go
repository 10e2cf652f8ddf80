// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

// Contract: section 9.

// MethodOIDCAuth is the name of OIDC auth in paths and in lists of auth methods.
const MethodOIDCAuth = "oidc-auth"

// OIDCAuthRequest is the body of POST and PATCH of /v1/auth/oidc-auth/identities/{identityId}. POST
// requires oidcDiscoveryUrl, boundIssuer and boundClaims. A list is one text, split at its commas, so
// that an entry cannot have one; servers return it as "a, b". A pattern is a literal text or a glob
// that must match the whole value, as in the conditions of roles: * matches any number of characters
// except /, ** between slashes any number of segments, ? one character, [abc] one of these.
type OIDCAuthRequest struct {
	OIDCDiscoveryURL     *string            `json:"oidcDiscoveryUrl,omitempty" minLength:"1" maxLength:"2048" doc:"URL of the issuer, without /.well-known/openid-configuration."`
	BoundIssuer          *string            `json:"boundIssuer,omitempty" minLength:"1" maxLength:"2048" doc:"Required iss of a JWT, literally."`
	CACert               *string            `json:"caCert,omitempty" maxLength:"65536" doc:"PEM certificates that the discovery URL is verified with. Default empty: those of the system."`
	BoundAudiences       *string            `json:"boundAudiences,omitempty" maxLength:"8192" doc:"List of audiences; a JWT must have one of them. Default empty: any audience."`
	BoundClaims          *map[string]string `json:"boundClaims,omitempty" doc:"Claims that a JWT must have, each with a list of patterns, one of which must match. Dots in a name separate the names of nested objects. May be empty."`
	ClaimMetadataMapping *map[string]string `json:"claimMetadataMapping,omitempty" doc:"Claims that tokens keep, by the names under which templates of rules refer to them: identity.auth.oidc.claims.<name>. Default none."`
	BoundSubject         *string            `json:"boundSubject,omitempty" maxLength:"2048" doc:"Pattern that the sub of a JWT must match. Default empty: any subject."`
	TokenSettingsRequest
}

// OIDCAuthResponse is the response of every route of an OIDC auth.
type OIDCAuthResponse struct {
	IdentityOIDCAuth OIDCAuth `json:"identityOidcAuth"`
}

// OIDCAuth is an identity's configuration of the method.
type OIDCAuth struct {
	AuthMethod
	OIDCDiscoveryURL     string            `json:"oidcDiscoveryUrl"`
	BoundIssuer          string            `json:"boundIssuer"`
	CACert               *string           `json:"caCert,omitempty"` // absent in the response of DELETE
	BoundAudiences       string            `json:"boundAudiences"`
	BoundClaims          map[string]string `json:"boundClaims"`
	ClaimMetadataMapping map[string]string `json:"claimMetadataMapping,omitzero"` // absent on older servers
	BoundSubject         string            `json:"boundSubject"`
}

// OIDCAuthLoginRequest is the body of POST /v1/auth/oidc-auth/login, as JSON or as a form.
type OIDCAuthLoginRequest struct {
	IdentityID string `json:"identityId" doc:"Identity to log in as."`
	JWT        string `json:"jwt" maxLength:"16384" doc:"JWT that the issuer has signed."`
	LoginRequest
}
