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
	description: "Token auth of an identity: access tokens are made for it by whoever may, with the ephemeral resource `machineid_token_auth_token`, and it logs in with nothing. " +
		"What is set here is that of the tokens made from then on. The API's defaults let a token live for 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. Changed in place; tokens that were made before keep their life. Removing it ends the life of the tokens that it gave.",
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
