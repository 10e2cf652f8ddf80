// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"maps"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (s *server) oidcAuthRoutes() []route {
	const attached = "/v1/auth/oidc-auth/identities/{identityId}"
	return []route{
		public(post, "/v1/auth/oidc-auth/login", s.loginOIDCAuth),
		authenticated(s, post, attached, s.attachOIDCAuth),
		authenticated(s, get, attached, s.getOIDCAuth),
		authenticated(s, patch, attached, s.updateOIDCAuth),
		authenticated(s, remove, attached, s.removeOIDCAuth),
	}
}

func (s *server) loginOIDCAuth(ctx context.Context, in *struct{ Body api.OIDCAuthLoginRequest }) (api.AccessTokenResponse, error) {
	t, err := s.iam.LoginOIDCAuth(ctx, iam.OIDCLogin{
		IdentityID: in.Body.IdentityID, JWT: in.Body.JWT, OrganizationSlug: in.Body.OrganizationSlug,
	})
	return accessToken(t), err
}

func (s *server) attachOIDCAuth(ctx context.Context, a iam.Actor, in *onIdentity[api.OIDCAuthRequest]) (api.OIDCAuthResponse, error) {
	o, err := s.iam.AttachOIDCAuth(ctx, a, string(in.IdentityID), oidcAuthInput(in.Body))
	return oidcAuth(o), err
}

func (s *server) getOIDCAuth(ctx context.Context, a iam.Actor, in *identityPath) (api.OIDCAuthResponse, error) {
	o, err := s.iam.OIDCAuth(ctx, a, string(in.IdentityID))
	return oidcAuth(o), err
}

func (s *server) updateOIDCAuth(ctx context.Context, a iam.Actor, in *onIdentity[api.OIDCAuthRequest]) (api.OIDCAuthResponse, error) {
	o, err := s.iam.UpdateOIDCAuth(ctx, a, string(in.IdentityID), oidcAuthInput(in.Body))
	return oidcAuth(o), err
}

// removeOIDCAuth answers no certificate. Contract: section 9.
func (s *server) removeOIDCAuth(ctx context.Context, a iam.Actor, in *identityPath) (api.OIDCAuthResponse, error) {
	o, err := s.iam.RemoveOIDCAuth(ctx, a, string(in.IdentityID))
	out := oidcAuth(o)
	out.IdentityOIDCAuth.CACert = nil
	return out, err
}

func oidcAuthInput(b api.OIDCAuthRequest) iam.OIDCAuthInput {
	return iam.OIDCAuthInput{
		DiscoveryURL:       b.OIDCDiscoveryURL,
		Issuer:             b.BoundIssuer,
		CACert:             b.CACert,
		Audiences:          b.BoundAudiences,
		Claims:             b.BoundClaims,
		ClaimMetadata:      b.ClaimMetadataMapping,
		Subject:            b.BoundSubject,
		TokenSettingsInput: tokenSettingsInput(b.TokenSettingsRequest, nil),
	}
}

func oidcAuth(o iam.OIDCAuth) api.OIDCAuthResponse {
	claims := make(map[string]string, len(o.Claims))
	for name, patterns := range o.Claims {
		claims[name] = listed(patterns)
	}
	kept := make(map[string]string, len(o.ClaimMetadata)) // a field that this server answers is never absent
	maps.Copy(kept, o.ClaimMetadata)
	return api.OIDCAuthResponse{IdentityOIDCAuth: api.OIDCAuth{
		ID:                   o.ID,
		IdentityID:           o.IdentityID,
		OIDCDiscoveryURL:     o.Issuer.DiscoveryURL,
		BoundIssuer:          o.Issuer.Name,
		CACert:               &o.Issuer.CACert,
		BoundAudiences:       listed(o.Audiences),
		BoundClaims:          claims,
		ClaimMetadataMapping: kept,
		BoundSubject:         o.Subject,
		TokenSettings:        tokenSettings(o.TokenSettings),
		CreatedAt:            o.CreatedAt,
		UpdatedAt:            o.UpdatedAt,
	}}
}

// listed is a list as it stands in a text.
func listed(entries []string) string { return strings.Join(entries, ", ") }
