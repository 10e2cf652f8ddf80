// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// authMethodRoutes returns the routes of all auth methods.
func (s *server) authMethodRoutes() []route {
	return slices.Concat(
		methodRoutes(s, iam.UniversalAuth, loginRoute(s, iam.UniversalAuthLogin), lockoutRoute(s, iam.UniversalAuth)),
		methodRoutes(s, iam.OIDCAuth, loginRoute(s, iam.OIDCAuthLogin)),
		methodRoutes(s, iam.TokenAuth),
		s.clientSecretRoutes(),
		s.tokenRoutes(),
	)
}

// methodPath is the path of the configuration of an auth method.
func methodPath(method string) string { return "/v1/auth/" + method + "/identities/{identityId}" }

// methodRoutes returns the routes of an auth method: those that all of them have, and others.
func methodRoutes[S any, R iam.MethodRequest, W any](s *server, m iam.Method[S, R, W], others ...route) []route {
	path := methodPath(m.Name)
	return append(others,
		authenticated(s, post, path, func(ctx context.Context, a iam.Actor, in *onIdentity[R]) (W, error) {
			c, err := m.Attach(ctx, s.iam, a, string(in.IdentityID), in.Body)
			return m.Response(c), err
		}),
		authenticated(s, get, path, func(ctx context.Context, a iam.Actor, in *identityPath) (W, error) {
			c, err := m.Get(ctx, s.iam, a, string(in.IdentityID))
			return m.Response(c), err
		}),
		authenticated(s, patch, path, func(ctx context.Context, a iam.Actor, in *onIdentity[R]) (W, error) {
			c, err := m.Update(ctx, s.iam, a, string(in.IdentityID), in.Body)
			return m.Response(c), err
		}),
		authenticated(s, remove, path, func(ctx context.Context, a iam.Actor, in *identityPath) (W, error) {
			c, err := m.Remove(ctx, s.iam, a, string(in.IdentityID))
			w := m.Response(c)
			if m.Redact != nil {
				m.Redact(&w)
			}
			return w, err
		}),
	)
}

// lockoutRoute returns the route that clears the lockouts of an auth method.
func lockoutRoute[S any, R iam.MethodRequest, W any](s *server, m iam.Method[S, R, W]) route {
	return authenticated(s, post, methodPath(m.Name)+"/clear-lockouts", func(ctx context.Context, a iam.Actor, in *identityPath) (api.ClearLockoutsResponse, error) {
		cleared, err := m.ClearLockouts(ctx, s.iam, a, string(in.IdentityID))
		return api.ClearLockoutsResponse{Deleted: int(cleared)}, err
	})
}

// loginRoute returns the route of a login.
func loginRoute[S any, C iam.LoginRequest](s *server, l iam.Login[S, C]) route {
	return public(post, "/v1/auth/"+l.Method+"/login", func(ctx context.Context, in *struct{ Body C }) (api.AccessTokenResponse, error) {
		t, err := l.Run(ctx, s.iam, in.Body, from(ctx))
		return accessToken(t), err
	})
}
