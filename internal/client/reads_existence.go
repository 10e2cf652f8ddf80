// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// KnownUniversalAuth reads a Universal Auth in a refresh. With ExistenceOnly it returns nil if the
// identity has one: no listing returns the settings of auth methods, so no single read does either.
func (c *Client) KnownUniversalAuth(ctx context.Context, identityID string) (*api.UniversalAuth, error) {
	return knownMethod(ctx, c, identityID, api.MethodUniversalAuth, c.UniversalAuth)
}

// KnownOIDCAuth is KnownUniversalAuth for OIDC auth.
func (c *Client) KnownOIDCAuth(ctx context.Context, identityID string) (*api.OIDCAuth, error) {
	return knownMethod(ctx, c, identityID, api.MethodOIDCAuth, c.OIDCAuth)
}

// KnownTokenAuth is KnownUniversalAuth for Token auth.
func (c *Client) KnownTokenAuth(ctx context.Context, identityID string) (*api.TokenAuth, error) {
	return knownMethod(ctx, c, identityID, api.MethodTokenAuth, c.TokenAuth)
}

func knownMethod[T any](ctx context.Context, c *Client, identityID, method string, read func(context.Context, string) (T, error)) (*T, error) {
	if c.config.ExistenceOnly {
		row, ok := c.identityListing().get(ctx, c, identityID)
		if ok && slices.Contains(AuthMethods(row.Identity), method) {
			return nil, nil
		}
	}
	found, err := read(ctx, identityID)
	if err != nil || c.config.ExistenceOnly {
		return nil, err
	}
	return &found, nil
}
