// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// OIDCAuth is the method whose logins present a JWT of an OpenID Connect issuer.
var OIDCAuth = Method[OIDCAuthSettings, api.OIDCAuthRequest, api.OIDCAuthResponse]{
	Name: api.MethodOIDCAuth, Title: "OIDC Auth",
	Response:    oidcAuthResponse,
	Redact:      func(w *api.OIDCAuthResponse) { w.IdentityOIDCAuth.CACert = nil },
	initialize:  requireOIDCFields,
	apply:       applyOIDCAuth,
	keepsClaims: true,
}

// OIDCAuthConfig is the configuration of OIDC auth on one identity.
type OIDCAuthConfig = MethodConfig[OIDCAuthSettings]

// OIDCAuthSettings are the settings that only OIDC auth has.
type OIDCAuthSettings struct {
	Issuer        OIDCIssuer          `json:"issuer"`
	Audiences     []string            `json:"audiences"`     // a JWT must have one of them; empty: any
	Claims        map[string][]string `json:"claims"`        // patterns by claim; a JWT must match one of each claim
	ClaimMetadata map[string]string   `json:"claimMetadata"` // claims that tokens keep, by the name in templates
	Subject       string              `json:"subject"`       // pattern; empty: any
}

// OIDCIssuer is an issuer of JWTs and how its keys are fetched.
type OIDCIssuer struct {
	DiscoveryURL string `json:"discoveryUrl"`
	Name         string `json:"name"`   // the iss of its JWTs
	CACert       string `json:"caCert"` // PEM; empty: the certificates of the system
}

// TokenVerifier verifies the JWTs of OpenID Connect issuers. Its errors never have the JWT or a part of it.
type TokenVerifier interface {
	// Check rejects an issuer to which no request can be sent, without sending one.
	Check(i OIDCIssuer) error

	// Verify returns the claims of a JWT that the issuer has signed and that is valid now. It may send
	// requests to the issuer, which take seconds: never call it within a transaction of the Store.
	Verify(ctx context.Context, i OIDCIssuer, jwt string, now time.Time) (Claims, error)
}

// Bounds of an OIDC auth, in characters.
const (
	maxURL    = 2048
	maxCACert = 65536
	maxClaim  = 255
)

func requireOIDCFields(_ *OIDCAuthConfig, r api.OIDCAuthRequest) error {
	for _, required := range []struct {
		field  string
		absent bool
	}{
		{"oidcDiscoveryUrl", r.OIDCDiscoveryURL == nil}, {"boundIssuer", r.BoundIssuer == nil}, {"boundClaims", r.BoundClaims == nil},
	} {
		if required.absent {
			return invalid(required.field, "Required").code("invalid_type")
		}
	}
	return nil
}

func applyOIDCAuth(s *Service, c *OIDCAuthConfig, r api.OIDCAuthRequest) (err error) {
	o := &c.Settings
	for _, f := range []struct {
		name     string
		of       *string
		sent     *string
		shortest int
		longest  int
	}{
		{"oidcDiscoveryUrl", &o.Issuer.DiscoveryURL, r.OIDCDiscoveryURL, 1, maxURL},
		{"boundIssuer", &o.Issuer.Name, r.BoundIssuer, 1, maxURL},
		{"caCert", &o.Issuer.CACert, r.CACert, 0, maxCACert},
		{"boundSubject", &o.Subject, r.BoundSubject, 0, maxURL},
	} {
		if f.sent == nil {
			continue
		}
		if *f.of, err = parseText(f.name, *f.sent, f.shortest, f.longest); err != nil {
			return err
		}
	}
	if err := checkPattern("boundSubject", o.Subject); err != nil {
		return err
	}
	if r.BoundAudiences != nil {
		if o.Audiences, err = splitList("boundAudiences", *r.BoundAudiences); err != nil {
			return err
		}
	}
	if r.BoundClaims != nil {
		if o.Claims, err = parseBoundClaims(*r.BoundClaims); err != nil {
			return err
		}
	}
	if r.ClaimMetadataMapping != nil {
		if o.ClaimMetadata, err = parseClaimMetadata(*r.ClaimMetadataMapping); err != nil {
			return err
		}
	}
	return s.verifier.Check(o.Issuer)
}

func oidcAuthResponse(c OIDCAuthConfig) api.OIDCAuthResponse {
	o := c.Settings
	claims := make(map[string]string, len(o.Claims))
	for name, patterns := range o.Claims {
		claims[name] = joinList(patterns)
	}
	kept := make(map[string]string, len(o.ClaimMetadata)) // not nil, which means an older server
	maps.Copy(kept, o.ClaimMetadata)
	return api.OIDCAuthResponse{IdentityOIDCAuth: api.OIDCAuth{
		AuthMethod:           c.common(),
		OIDCDiscoveryURL:     o.Issuer.DiscoveryURL,
		BoundIssuer:          o.Issuer.Name,
		CACert:               &o.Issuer.CACert,
		BoundAudiences:       joinList(o.Audiences),
		BoundClaims:          claims,
		ClaimMetadataMapping: kept,
		BoundSubject:         o.Subject,
	}}
}

// OIDCAuthLogin exchanges a JWT of the identity's issuer for an access token.
var OIDCAuthLogin = Login[OIDCAuthSettings, api.OIDCAuthLoginRequest]{
	Method: api.MethodOIDCAuth,
	key:    func(r api.OIDCAuthLoginRequest) string { return r.IdentityID },
	verify: func(ctx context.Context, s *Service, c OIDCAuthConfig, r api.OIDCAuthLoginRequest, use Use) (admission[OIDCAuthSettings], error) {
		signer := c.Settings.Issuer
		claims, err := s.verifier.Verify(ctx, signer, strings.TrimSpace(r.JWT), use.At)
		if err != nil {
			return nil, err
		}
		admit := func(_ context.Context, _ Tx, c OIDCAuthConfig, _ Use) (admitted, error) {
			return c.Settings.admit(signer, claims)
		}
		return admit, c.Settings.checkClaims(claims)
	},
}

// admit checks claims that the issuer signer has signed.
func (o OIDCAuthSettings) admit(signer OIDCIssuer, c Claims) (admitted, error) {
	if o.Issuer != signer {
		return admitted{}, Errorf(Unauthenticated, "Access denied: the issuer of the OIDC auth was changed during this login")
	}
	if err := o.checkClaims(c); err != nil {
		return admitted{}, err
	}
	kept, err := o.keptClaims(c)
	return admitted{claims: kept}, err
}

// checkClaims rejects claims that do not match the bound subject, audiences and claims.
func (o OIDCAuthSettings) checkClaims(c Claims) error {
	if subject, _ := c["sub"].(string); o.Subject != "" && !matches(o.Subject, subject) {
		return Errorf(Forbidden, "Access denied: OIDC subject not allowed.")
	}
	if len(o.Audiences) > 0 && !slices.ContainsFunc(c.texts("aud"), func(a string) bool { return slices.Contains(o.Audiences, a) }) {
		return Errorf(Unauthenticated, "Access denied: OIDC audience not allowed.")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Claims)) {
		claim := c.at(name)
		if claim == nil || claim == "" {
			return Errorf(Unauthenticated, "Access denied: token has no %s field", name)
		}
		if !slices.ContainsFunc(o.Claims[name], func(pattern string) bool { return matchesClaim(pattern, claim) }) {
			return Errorf(Unauthenticated, "Access denied: OIDC claim not allowed. The claim is %s", name)
		}
	}
	return nil
}

// keptClaims returns the claims that the token keeps.
func (o OIDCAuthSettings) keptClaims(c Claims) (map[string]string, error) {
	kept := map[string]string{}
	for name, claim := range o.ClaimMetadata {
		value, scalar := scalarText(c.at(claim))
		if !scalar || value == "" {
			return nil, Errorf(Unauthenticated, "Access denied: token has no %s field", claim)
		}
		kept[name] = value
	}
	return kept, nil
}
