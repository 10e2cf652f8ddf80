// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var accessTokenDataSource = crud.DataSource[accessTokenModel]{
	Name:   "access_token",
	Schema: accessTokenDataSchema,
	Read:   logInForState,
}

type accessTokenModel struct {
	ClientID         types.String `tfsdk:"client_id"`
	ClientSecret     types.String `tfsdk:"client_secret"`
	OrganizationSlug types.String `tfsdk:"organization_slug"`
	issuedToken
}

// issuedToken has the computed attributes of an access token.
type issuedToken struct {
	AccessToken types.String       `tfsdk:"access_token"`
	ExpiresAt   types.String       `tfsdk:"expires_at"`
	TTL         attribute.Duration `tfsdk:"ttl"`
}

func accessTokenDataSchema() schema.Schema {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	return schema.Schema{
		MarkdownDescription: "Logs in an identity with [Universal Auth](https://infisical.com/docs/documentation/platform/identities/universal-auth), where the ephemeral resource `machineid_access_token` cannot be used.\n\n" +
			"~> **This logs in at every refresh.** Each login is one use of the client secret. The token is in the state in plain text and is **not revoked** when the run ends: it is valid until `expires_at`. Prefer the ephemeral resource `machineid_access_token`, which stores nothing in the state and revokes its token.\n\n" +
			"It uses the credentials given here, not the provider's.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required: true, Validators: notEmpty,
				MarkdownDescription: "Client ID of the identity's Universal Auth.",
			},
			"client_secret": schema.StringAttribute{
				Required: true, Sensitive: true, Validators: notEmpty,
				MarkdownDescription: "A client secret of the identity. Sensitive, and in the state in plain text.",
			},
			"organization_slug": schema.StringAttribute{
				Optional: true, Validators: notEmpty,
				MarkdownDescription: "Slug of a sub-organization to log into. Default: the identity's own organization.",
			},
			"access_token": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The access token. Sensitive, and in the state in plain text.",
			},
			"expires_at": attribute.ComputedText("Time at which the token expires, in UTC (RFC 3339); null if it does not expire."),
			"ttl": schema.StringAttribute{
				Computed: true, CustomType: attribute.DurationType{},
				MarkdownDescription: "Lifetime of the token from the login, such as `15m`; null if it does not expire.",
			},
		},
	}
}

func logInForState(ctx context.Context, c *client.Client, m *accessTokenModel) error {
	token, err := c.Login(ctx, m.credentials())
	if err == nil {
		m.take(token)
	}
	return err
}

func (m *accessTokenModel) credentials() client.Credentials {
	return client.Credentials{
		ClientID:         m.ClientID.ValueString(),
		ClientSecret:     client.Secret(m.ClientSecret.ValueString()),
		OrganizationSlug: m.OrganizationSlug.ValueString(),
	}
}

func (m *issuedToken) take(token client.Token) {
	m.AccessToken = types.StringValue(token.AccessToken.Reveal())
	m.ExpiresAt, m.TTL = types.StringNull(), attribute.NewLimitDuration(int64(token.TTL.Seconds()))
	if expires := token.ExpiresAt(); !expires.IsZero() {
		m.ExpiresAt = types.StringValue(expires.Format(time.RFC3339))
	}
}

// warnedAccessToken adds a warning to every read: the token is stored in the state and is not revoked.
type warnedAccessToken struct {
	*crud.DataSourceAdapter[accessTokenModel]
}

// NewAccessTokenDataSource returns the data source machineid_access_token.
func NewAccessTokenDataSource() datasource.DataSource {
	return warnedAccessToken{accessTokenDataSource.Adapter()}
}

func (d warnedAccessToken) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	d.DataSourceAdapter.Read(ctx, req, resp)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddWarning("Access token stored in the state",
			"The data source machineid_access_token logs in at every refresh, stores the token in the state in plain text and does not revoke it. "+
				"Use the ephemeral resource machineid_access_token instead.")
	}
}
