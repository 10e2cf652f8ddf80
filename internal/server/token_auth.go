// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (s *server) tokenAuthRoutes() []route {
	const (
		attached = "/v1/auth/token-auth/identities/{identityId}"
		one      = "/v1/auth/token-auth/tokens/{tokenId}"
	)
	return []route{
		authenticated(s, post, attached, s.attachTokenAuth),
		authenticated(s, get, attached, s.getTokenAuth),
		authenticated(s, patch, attached, s.updateTokenAuth),
		authenticated(s, remove, attached, s.removeTokenAuth),
		authenticated(s, post, attached+"/tokens", s.createToken),
		authenticated(s, get, attached+"/tokens", s.listTokens),
		authenticated(s, get, one, s.getToken),
		authenticated(s, patch, one, s.updateToken),
		authenticated(s, post, one+"/revoke", s.revokeToken),
	}
}

func (s *server) attachTokenAuth(ctx context.Context, a iam.Actor, in *onIdentity[api.TokenAuthRequest]) (api.TokenAuthResponse, error) {
	t, err := s.iam.AttachTokenAuth(ctx, a, string(in.IdentityID), tokenSettingsInput(in.Body.TokenSettingsRequest, nil))
	return tokenAuth(t), err
}

func (s *server) getTokenAuth(ctx context.Context, a iam.Actor, in *identityPath) (api.TokenAuthResponse, error) {
	t, err := s.iam.TokenAuth(ctx, a, string(in.IdentityID))
	return tokenAuth(t), err
}

func (s *server) updateTokenAuth(ctx context.Context, a iam.Actor, in *onIdentity[api.TokenAuthRequest]) (api.TokenAuthResponse, error) {
	t, err := s.iam.UpdateTokenAuth(ctx, a, string(in.IdentityID), tokenSettingsInput(in.Body.TokenSettingsRequest, nil))
	return tokenAuth(t), err
}

func (s *server) removeTokenAuth(ctx context.Context, a iam.Actor, in *identityPath) (api.TokenAuthResponse, error) {
	t, err := s.iam.RemoveTokenAuth(ctx, a, string(in.IdentityID))
	return tokenAuth(t), err
}

func (s *server) createToken(ctx context.Context, a iam.Actor, in *onIdentity[api.CreateTokenRequest]) (api.CreateTokenResponse, error) {
	input := iam.TokenInput{OrganizationSlug: in.Body.OrganizationSlug}
	if in.Body.Name != nil {
		input.Name = *in.Body.Name
	}
	made, err := s.iam.CreateToken(ctx, a, string(in.IdentityID), input)
	return api.CreateTokenResponse{AccessTokenResponse: accessToken(made.IssuedToken), TokenData: token(made.Token)}, err
}

func (s *server) listTokens(ctx context.Context, a iam.Actor, in *struct {
	IdentityID id  `path:"identityId" doc:"The identity's id."`
	Limit      int `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Offset     int `query:"offset" minimum:"0" maximum:"100" default:"0"`
}) (api.ListTokensResponse, error) {
	found, err := s.iam.Tokens(ctx, a, string(in.IdentityID), in.Limit, in.Offset)
	out := make([]api.Token, len(found))
	for n, t := range found {
		out[n] = token(t)
	}
	return api.ListTokensResponse{Tokens: out}, err
}

// tokenPath is a token in a path.
type tokenPath struct {
	TokenID id `path:"tokenId" doc:"The token's id, not the token."`
}

func (s *server) getToken(ctx context.Context, a iam.Actor, in *tokenPath) (api.TokenResponse, error) {
	t, err := s.iam.Token(ctx, a, string(in.TokenID))
	return api.TokenResponse{Token: token(t)}, err
}

func (s *server) updateToken(ctx context.Context, a iam.Actor, in *struct {
	TokenID id `path:"tokenId" doc:"The token's id, not the token."`
	Body    api.UpdateTokenRequest
}) (api.TokenResponse, error) {
	t, err := s.iam.RenameToken(ctx, a, string(in.TokenID), in.Body.Name)
	return api.TokenResponse{Token: token(t)}, err
}

func (s *server) revokeToken(ctx context.Context, a iam.Actor, in *tokenPath) (api.MessageResponse, error) {
	_, err := s.iam.RevokeToken(ctx, a, string(in.TokenID))
	return api.MessageResponse{Message: "Successfully revoked access token"}, err
}

func tokenAuth(t iam.TokenAuth) api.TokenAuthResponse {
	return api.TokenAuthResponse{IdentityTokenAuth: api.TokenAuth{
		ID:            t.ID,
		IdentityID:    t.IdentityID,
		TokenSettings: tokenSettings(t.TokenSettings),
		CreatedAt:     t.CreatedAt,
		UpdatedAt:     t.UpdatedAt,
	}}
}

func token(t iam.AccessToken) api.Token {
	return api.Token{
		ID:                       t.ID,
		IdentityID:               t.IdentityID,
		Name:                     given(t.Name),
		AuthMethod:               t.Method,
		AccessTokenTTL:           *seconds(t.TTL),
		AccessTokenMaxTTL:        *seconds(t.MaxTTL),
		AccessTokenNumUses:       t.NumUses,
		AccessTokenNumUsesLimit:  t.NumUsesLimit,
		AccessTokenPeriod:        seconds(t.Period),
		AccessTokenLastUsedAt:    once(t.LastUsedAt),
		AccessTokenLastRenewedAt: once(t.RenewedAt),
		IsAccessTokenRevoked:     !t.Revocation.At.IsZero(),
		IdentityUAClientSecretID: given(t.ClientSecretID),
		CreatedAt:                t.CreatedAt,
		UpdatedAt:                t.UpdatedAt,
	}
}

// given and once are null where there is nothing.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func once(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
