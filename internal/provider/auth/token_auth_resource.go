// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

var tokenAuth = method[tokenAuthModel, api.TokenAuthRequest, api.TokenAuth, *tokenAuthModel]{
	AuthMethod: client.TokenAuth, name: "token_auth", title: "Token auth",
	description: "[Token auth](https://infisical.com/docs/documentation/platform/identities/token-auth) of an identity: an authorized identity creates access tokens for it, with the ephemeral resource `machineid_token_auth_token`; it does not log in itself. " +
		"The settings apply to tokens that are created later. By default a token expires after 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. Changed in place; existing tokens keep their expiry. Deleting it revokes its tokens.",
}

type tokenAuthModel struct {
	methodCommon
}

func (m *tokenAuthModel) request(prior *tokenAuthModel) api.TokenAuthRequest {
	return api.TokenAuthRequest{TokenSettingsRequest: m.sent(&prior.accessTokenSettings)}
}

func (*tokenAuthModel) read(api.TokenAuth) {}

func (*tokenAuthModel) unsupported(api.TokenAuth) error { return nil }

// NewTokenAuthResource returns the resource machineid_token_auth.
func NewTokenAuthResource() resource.Resource { return tokenAuth.resource() }
