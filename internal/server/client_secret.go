// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (s *server) clientSecretRoutes() []route {
	path := methodPath(api.MethodUniversalAuth) + "/client-secrets"
	return []route{
		authenticated(s, post, path, s.createClientSecret),
		authenticated(s, get, path, s.listClientSecrets),
		authenticated(s, get, path+"/{clientSecretId}", s.getClientSecret),
		authenticated(s, post, path+"/{clientSecretId}/revoke", s.revokeClientSecret),
	}
}

func (s *server) createClientSecret(ctx context.Context, a iam.Actor, in *onIdentity[api.CreateClientSecretRequest]) (api.CreateClientSecretResponse, error) {
	c, err := s.iam.CreateClientSecret(ctx, a, string(in.IdentityID), iam.ClientSecretInput{
		Description: in.Body.Description, TTL: time.Duration(in.Body.TTL) * time.Second, NumUsesLimit: in.Body.NumUsesLimit,
	})
	return api.CreateClientSecretResponse{ClientSecret: c.Secret, ClientSecretData: clientSecret(c.ClientSecret)}, err
}

func (s *server) listClientSecrets(ctx context.Context, a iam.Actor, in *identityPath) (api.ListClientSecretsResponse, error) {
	found, err := s.iam.ClientSecrets(ctx, a, string(in.IdentityID))
	out := make([]api.ClientSecret, len(found))
	for n, c := range found {
		out[n] = clientSecret(c)
	}
	return api.ListClientSecretsResponse{ClientSecretData: out}, err
}

// clientSecretPath has the path of a client secret.
type clientSecretPath struct {
	IdentityID     id `path:"identityId" doc:"ID of the identity."`
	ClientSecretID id `path:"clientSecretId" doc:"ID of the client secret, not the secret."`
}

func (s *server) getClientSecret(ctx context.Context, a iam.Actor, in *clientSecretPath) (api.ClientSecretResponse, error) {
	c, err := s.iam.ClientSecret(ctx, a, string(in.IdentityID), string(in.ClientSecretID))
	return api.ClientSecretResponse{ClientSecretData: clientSecret(c)}, err
}

func (s *server) revokeClientSecret(ctx context.Context, a iam.Actor, in *clientSecretPath) (api.ClientSecretResponse, error) {
	c, err := s.iam.RevokeClientSecret(ctx, a, string(in.IdentityID), string(in.ClientSecretID))
	return api.ClientSecretResponse{ClientSecretData: clientSecret(c)}, err
}

func clientSecret(c iam.ClientSecret) api.ClientSecret {
	return api.ClientSecret{
		ID:                       c.ID,
		CreatedAt:                c.CreatedAt,
		UpdatedAt:                c.UpdatedAt,
		Description:              c.Description,
		ClientSecretPrefix:       c.Prefix,
		ClientSecretNumUses:      c.NumUses,
		ClientSecretNumUsesLimit: c.NumUsesLimit,
		ClientSecretTTL:          seconds(c.TTL),
		IdentityUAID:             c.UniversalAuthID,
		IsClientSecretRevoked:    c.Revoked,
	}
}
