// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (s *server) renewAccessToken(ctx context.Context, in *struct{ Body api.AccessTokenRequest }) (api.AccessTokenResponse, error) {
	t, err := s.iam.RenewAccessToken(ctx, strings.TrimSpace(in.Body.AccessToken), from(ctx))
	return accessToken(t), err
}

func (s *server) revokeAccessToken(ctx context.Context, in *struct{ Body api.AccessTokenRequest }) (api.MessageResponse, error) {
	return api.MessageResponse{Message: "Successfully revoked access token"}, s.iam.RevokeAccessToken(ctx, strings.TrimSpace(in.Body.AccessToken))
}

func accessToken(t iam.IssuedToken) api.AccessTokenResponse {
	return api.AccessTokenResponse{
		AccessToken: t.Signed, ExpiresIn: seconds(t.ExpiresIn),
		AccessTokenMaxTTL: seconds(t.MaxTTL), TokenType: api.TokenTypeBearer,
	}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
