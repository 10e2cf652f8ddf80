// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var tokenAuthResource = crud.Resource[tokenAuthModel]{
	Name:   "token_auth",
	Schema: tokenAuthSchema,
	Create: attachTokenAuth, Read: readTokenAuth, Update: updateTokenAuth, Delete: removeTokenAuth,
	Import: []string{"identity_id"},
	Moves:  crud.MovesFromOfficial("identity_token_auth", map[string]string{"identity_id": "identity_id"}, nil),
}

type tokenAuthModel struct {
	ID         types.String `tfsdk:"id"`
	IdentityID types.String `tfsdk:"identity_id"`
	accessTokenSettings
}

func NewTokenAuthResource() resource.Resource {
	return checkedTTL[tokenAuthModel]{tokenAuthResource.Adapter()}
}

func tokenAuthSchema() schema.Schema {
	attributes := methodIDAttributes("Token auth")
	maps.Copy(attributes, accessTokenSettingsAttributes())
	return schema.Schema{
		MarkdownDescription: "Token auth of an identity: access tokens are made for it by whoever may, with the ephemeral resource `machineid_token_auth_token`, and it logs in with nothing. " +
			"What is set here is that of the tokens made from then on. The API's defaults let a token live for 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. Changed in place; tokens that were made before keep their life. Removing it ends the life of the tokens that it gave.",
		Attributes: attributes,
	}
}

func attachTokenAuth(ctx context.Context, c *client.Client, m *tokenAuthModel) error {
	id := m.IdentityID.ValueString()
	made, err := c.AttachTokenAuth(ctx, id, m.request(&tokenAuthModel{}))
	if err != nil {
		return err
	}
	m.read(made)
	return nil
}

func readTokenAuth(ctx context.Context, c *client.Client, m *tokenAuthModel) error {
	return readMethod(ctx, c, m.ID.IsNull(), m.IdentityID.ValueString(), c.TokenAuth, c.KnownTokenAuth, m.read)
}

func updateTokenAuth(ctx context.Context, c *client.Client, prior, m *tokenAuthModel) error {
	changed, err := c.UpdateTokenAuth(ctx, m.IdentityID.ValueString(), m.request(prior))
	if err == nil {
		m.read(changed)
	}
	return err
}

func removeTokenAuth(ctx context.Context, c *client.Client, m *tokenAuthModel) error {
	return c.RemoveTokenAuth(ctx, m.IdentityID.ValueString())
}

// read takes over what the API answers, field by field.
func (m *tokenAuthModel) read(answer api.TokenAuth) {
	m.ID = types.StringValue(answer.ID)
	m.IdentityID = types.StringValue(answer.IdentityID)
	m.accessTokenSettings.read(answer.TokenSettings)
}

// request is what differs from the prior, and the two TTLs, which go together.
func (m *tokenAuthModel) request(prior *tokenAuthModel) api.TokenAuthRequest {
	return api.TokenAuthRequest{
		TokenSettingsRequest: m.sent(&prior.accessTokenSettings),
	}
}
