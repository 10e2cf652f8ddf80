// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// tokenRoutes returns the routes of the tokens of Token auth.
func (s *server) tokenRoutes() []route {
	path := methodPath(api.MethodTokenAuth) + "/tokens"
	const one = "/v1/auth/token-auth/tokens/{tokenId}"
	return []route{
		authenticated(s, post, path, s.createToken),
		authenticated(s, get, path, s.listTokens),
		authenticated(s, get, one, s.getToken),
		authenticated(s, patch, one, s.updateToken),
		authenticated(s, post, one+"/revoke", s.revokeToken),
	}
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
	IdentityID id  `path:"identityId" doc:"ID of the identity."`
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

// tokenPath has the path of a token.
type tokenPath struct {
	TokenID id `path:"tokenId" doc:"ID of the token, not the token."`
}

func (s *server) getToken(ctx context.Context, a iam.Actor, in *tokenPath) (api.TokenResponse, error) {
	t, err := s.iam.Token(ctx, a, string(in.TokenID))
	return api.TokenResponse{Token: token(t)}, err
}

func (s *server) updateToken(ctx context.Context, a iam.Actor, in *struct {
	TokenID id `path:"tokenId" doc:"ID of the token, not the token."`
	Body    api.UpdateTokenRequest
}) (api.TokenResponse, error) {
	t, err := s.iam.RenameToken(ctx, a, string(in.TokenID), in.Body.Name)
	return api.TokenResponse{Token: token(t)}, err
}

func (s *server) revokeToken(ctx context.Context, a iam.Actor, in *tokenPath) (api.MessageResponse, error) {
	_, err := s.iam.RevokeToken(ctx, a, string(in.TokenID))
	return api.MessageResponse{Message: "Successfully revoked access token"}, err
}

func token(t iam.AccessToken) api.Token {
	return api.Token{
		ID:                       t.ID,
		IdentityID:               t.IdentityID,
		Name:                     orNull(t.Name),
		AuthMethod:               t.Method,
		AccessTokenTTL:           seconds(t.TTL),
		AccessTokenMaxTTL:        seconds(t.MaxTTL),
		AccessTokenNumUses:       t.NumUses,
		AccessTokenNumUsesLimit:  t.NumUsesLimit,
		AccessTokenPeriod:        new(seconds(t.Period)),
		AccessTokenLastUsedAt:    orNull(t.LastUsedAt),
		AccessTokenLastRenewedAt: orNull(t.RenewedAt),
		IsAccessTokenRevoked:     !t.Revocation.At.IsZero(),
		IdentityUAClientSecretID: orNull(t.ClientSecretID),
		CreatedAt:                t.CreatedAt,
		UpdatedAt:                t.UpdatedAt,
	}
}

// orNull returns null for the zero value.
func orNull[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}
