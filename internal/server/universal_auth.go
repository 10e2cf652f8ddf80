// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (s *server) attachUniversalAuth(ctx context.Context, a iam.Actor, in *onIdentity[api.UniversalAuthRequest]) (api.UniversalAuthResponse, error) {
	u, err := s.iam.AttachUniversalAuth(ctx, a, string(in.IdentityID), universalAuthInput(in.Body))
	return universalAuth(u), err
}

func (s *server) getUniversalAuth(ctx context.Context, a iam.Actor, in *identityPath) (api.UniversalAuthResponse, error) {
	u, err := s.iam.UniversalAuth(ctx, a, string(in.IdentityID))
	return universalAuth(u), err
}

func (s *server) updateUniversalAuth(ctx context.Context, a iam.Actor, in *onIdentity[api.UniversalAuthRequest]) (api.UniversalAuthResponse, error) {
	u, err := s.iam.UpdateUniversalAuth(ctx, a, string(in.IdentityID), universalAuthInput(in.Body))
	return universalAuth(u), err
}

func (s *server) removeUniversalAuth(ctx context.Context, a iam.Actor, in *identityPath) (api.UniversalAuthResponse, error) {
	u, err := s.iam.RemoveUniversalAuth(ctx, a, string(in.IdentityID))
	return universalAuth(u), err
}

func (s *server) clearLockouts(ctx context.Context, a iam.Actor, in *identityPath) (api.ClearLockoutsResponse, error) {
	cleared, err := s.iam.ClearLockouts(ctx, a, string(in.IdentityID))
	return api.ClearLockoutsResponse{Deleted: int(cleared)}, err
}

func (s *server) createClientSecret(ctx context.Context, a iam.Actor, in *onIdentity[api.CreateClientSecretRequest]) (api.CreateClientSecretResponse, error) {
	c, err := s.iam.CreateClientSecret(ctx, a, string(in.IdentityID), iam.ClientSecretInput{
		Description: in.Body.Description, TTL: *duration(&in.Body.TTL), NumUsesLimit: in.Body.NumUsesLimit,
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

// clientSecretPath is a client secret in a path.
type clientSecretPath struct {
	IdentityID     id `path:"identityId" doc:"The identity's id."`
	ClientSecretID id `path:"clientSecretId" doc:"The client secret's id, not the secret."`
}

func (s *server) getClientSecret(ctx context.Context, a iam.Actor, in *clientSecretPath) (api.ClientSecretResponse, error) {
	c, err := s.iam.ClientSecret(ctx, a, string(in.IdentityID), string(in.ClientSecretID))
	return api.ClientSecretResponse{ClientSecretData: clientSecret(c)}, err
}

func (s *server) revokeClientSecret(ctx context.Context, a iam.Actor, in *clientSecretPath) (api.ClientSecretResponse, error) {
	c, err := s.iam.RevokeClientSecret(ctx, a, string(in.IdentityID), string(in.ClientSecretID))
	return api.ClientSecretResponse{ClientSecretData: clientSecret(c)}, err
}

func universalAuthInput(b api.UniversalAuthRequest) iam.UniversalAuthInput {
	return iam.UniversalAuthInput{
		TokenSettingsInput:     tokenSettingsInput(b.TokenSettingsRequest, b.AccessTokenPeriod),
		ClientSecretTrustedIPs: addresses(b.ClientSecretTrustedIPs),
		LockoutEnabled:         b.LockoutEnabled,
		LockoutThreshold:       b.LockoutThreshold,
		LockoutDuration:        duration(b.LockoutDurationSeconds),
		LockoutCounterReset:    duration(b.LockoutCounterResetSeconds),
	}
}

func universalAuth(u iam.UniversalAuth) api.UniversalAuthResponse {
	return api.UniversalAuthResponse{IdentityUniversalAuth: api.UniversalAuth{
		ID:                         u.ID,
		ClientID:                   u.ClientID,
		AccessTokenPeriod:          seconds(u.AccessTokenPeriod),
		ClientSecretTrustedIPs:     trustedIPs(u.ClientSecretTrustedIPs),
		TokenSettings:              tokenSettings(u.TokenSettings),
		CreatedAt:                  u.CreatedAt,
		UpdatedAt:                  u.UpdatedAt,
		IdentityID:                 u.IdentityID,
		LockoutEnabled:             &u.Lockout.Enabled,
		LockoutThreshold:           &u.Lockout.Threshold,
		LockoutDurationSeconds:     seconds(u.Lockout.Duration),
		LockoutCounterResetSeconds: seconds(u.Lockout.CounterReset),
	}}
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
		ClientSecretTTL:          *seconds(c.TTL),
		IdentityUAID:             c.UniversalAuthID,
		IsClientSecretRevoked:    c.Revoked,
	}
}
