// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var tokenAuthTokenEphemeral = crud.Ephemeral[tokenAuthTokenModel, accessTokenLease]{
	Name:   "token_auth_token",
	Schema: tokenAuthTokenSchema,
	Open:   openTokenAuthToken,
}

type tokenAuthTokenModel struct {
	IdentityID types.String `tfsdk:"identity_id"`
	Name       types.String `tfsdk:"name"`
	issuedToken
}

// NewTokenAuthTokenEphemeral returns the ephemeral resource machineid_token_auth_token.
func NewTokenAuthTokenEphemeral() ephemeral.EphemeralResource {
	return tokenAuthTokenEphemeral.Adapter()
}

func tokenAuthTokenSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A short-lived access token of another identity, which has `machineid_token_auth`. It is stored in no state and no plan. The identity that the provider logs in as creates the token. It needs the permission `create-token` on identities and every permission of the other identity; the other identity has no secret. " +
			"The token is created when it is first needed, in each plan and each apply, and revoked when it is no longer needed; after a failed or interrupted run, when the provider stops.\n\n" +
			"It expires after `access_token_ttl` of the `machineid_token_auth`: set that to the length of a run.",
		Attributes: map[string]schema.Attribute{
			"identity_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{attribute.IdentityIDs()},
				MarkdownDescription: "ID of the identity, which must have Token auth: take it from `machineid_token_auth`, so that this is opened after it.",
			},
			"name": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
				MarkdownDescription: "Name of the token in the server's lists, 1 to 255 characters. Default: none.",
			},
			"access_token": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The access token. Sensitive.",
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Time at which the token expires unless it is revoked before, in UTC (RFC 3339); null if it does not expire.",
			},
			"ttl": schema.StringAttribute{
				Computed: true, CustomType: attribute.DurationType{},
				MarkdownDescription: "Lifetime of the token, such as `15m`; null if it does not expire.",
			},
		},
	}
}

func openTokenAuthToken(ctx context.Context, c *client.Client, m *tokenAuthTokenModel) (accessTokenLease, error) {
	token, err := c.OpenTokenAuthToken(ctx, m.IdentityID.ValueString(), m.Name.ValueString())
	if err != nil {
		return accessTokenLease{}, err
	}
	return m.lease(token), nil
}
