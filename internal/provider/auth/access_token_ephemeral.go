// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var accessTokenEphemeral = crud.Ephemeral[accessTokenEphemeralModel, accessTokenLease]{
	Name:   "access_token",
	Schema: accessTokenEphemeralSchema,
	Open:   openAccessToken,
}

type accessTokenEphemeralModel struct {
	accessTokenModel
	MinimumTTL attribute.Duration `tfsdk:"minimum_ttl"`
}

func accessTokenEphemeralSchema() schema.Schema {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	return schema.Schema{
		MarkdownDescription: "A short-lived access token of an identity, which is stored in no state and no plan. The provider logs in with [Universal Auth](https://infisical.com/docs/documentation/platform/identities/universal-auth) when the token is first needed, in each plan and each apply, which is one use of the client secret each time. It revokes the token when it is no longer needed; after a failed or interrupted run, when the provider stops.\n\n" +
			"Older servers extend a token when it is renewed; there the token is renewed during the run, up to its maximum TTL. Newer servers return another token, so the token expires after its TTL: set `access_token_ttl` of the identity's `machineid_universal_auth` to the length of a run. It uses the credentials given here, not the provider's.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required: true, Validators: notEmpty,
				MarkdownDescription: "Client ID of the identity's Universal Auth.",
			},
			"client_secret": schema.StringAttribute{
				Required: true, Sensitive: true, Validators: notEmpty,
				MarkdownDescription: "A client secret of the identity. Sensitive.",
			},
			"organization_slug": schema.StringAttribute{
				Optional: true, Validators: notEmpty,
				MarkdownDescription: "Slug of a sub-organization to log into. Default: the identity's own organization.",
			},
			"minimum_ttl": schema.StringAttribute{
				Optional: true, CustomType: attribute.DurationType{}, Validators: []validator.String{attribute.DurationBetween(1, api.MaxTTL)},
				MarkdownDescription: "Minimum lifetime that the run needs. A token that expires earlier causes a warning. A duration such as `15m`, or a number of seconds. Default: no warning.",
			},
			"access_token": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The access token. Sensitive.",
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Time at which the token expires unless it is renewed or revoked, in UTC (RFC 3339); null if it does not expire.",
			},
			"ttl": schema.StringAttribute{
				Computed: true, CustomType: attribute.DurationType{},
				MarkdownDescription: "Lifetime of the token from the login, including renewals where the server extends tokens, such as `15m`; null if it does not expire.",
			},
		},
	}
}

func openAccessToken(ctx context.Context, c *client.Client, m *accessTokenEphemeralModel) (accessTokenLease, error) {
	token, err := c.Open(ctx, m.credentials())
	if err != nil {
		return accessTokenLease{}, err
	}
	return m.lease(token), nil
}

// lease sets the attributes from an opened token and returns its lease.
func (m *issuedToken) lease(token client.Token) accessTokenLease {
	m.take(token)
	lease := accessTokenLease{Token: token.AccessToken}
	if token.RenewalProlongs() {
		lease.Renewal = &client.Renewal{Opened: token.Asked, Renewed: token.Asked, TTL: token.TTL, MaxTTL: token.MaxTTL}
		m.TTL = attribute.NewLimitDuration(int64(token.MaxTTL.Seconds()))
	}
	return lease
}

// accessTokenLease is an open access token, to be renewed and revoked.
type accessTokenLease struct {
	Token   client.Secret
	Renewal *client.Renewal // nil if a renewal cannot extend the token
}

// MarshalJSON includes the token: Terraform keeps the lease in memory only.
func (l accessTokenLease) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Token   string
		Renewal *client.Renewal
	}{l.Token.Reveal(), l.Renewal})
}

// RenewAt returns the time of the next renewal, or zero if there is none.
func (l accessTokenLease) RenewAt(now time.Time) time.Time {
	if l.Renewal != nil {
		if at, ok := l.Renewal.Next(now); ok {
			return at
		}
	}
	return time.Time{}
}

// Renew extends the token, unless that would exceed its maximum TTL: older servers then delete the token.
func (l accessTokenLease) Renew(ctx context.Context, c *client.Client) (accessTokenLease, error) {
	now := time.Now()
	if l.Renewal == nil || !l.Renewal.Safe(now) {
		tflog.Info(ctx, "The access token cannot be renewed again")
		return accessTokenLease{Token: l.Token}, nil
	}
	renewed, err := c.Renew(ctx, l.Token)
	if err != nil {
		return l, err
	}
	if renewed.AccessToken != l.Token {
		return accessTokenLease{Token: l.Token}, nil
	}
	next := *l.Renewal
	next.Renewed = now
	return accessTokenLease{Token: l.Token, Renewal: &next}, nil
}

// Close revokes the token.
func (l accessTokenLease) Close(ctx context.Context, c *client.Client) error {
	return c.Close(ctx, l.Token)
}

// warnedAccessTokenEphemeral warns if the token expires before minimum_ttl.
type warnedAccessTokenEphemeral struct {
	*crud.EphemeralAdapter[accessTokenEphemeralModel, accessTokenLease]
}

// NewAccessTokenEphemeral returns the ephemeral resource machineid_access_token.
func NewAccessTokenEphemeral() ephemeral.EphemeralResource {
	return warnedAccessTokenEphemeral{accessTokenEphemeral.Adapter()}
}

func (e warnedAccessTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	e.EphemeralAdapter.Open(ctx, req, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	var needed, lives attribute.Duration
	resp.Diagnostics.Append(resp.Result.GetAttribute(ctx, path.Root("minimum_ttl"), &needed)...)
	resp.Diagnostics.Append(resp.Result.GetAttribute(ctx, path.Root("ttl"), &lives)...)
	if lives.Seconds() > 0 && lives.Seconds() < needed.Seconds() {
		resp.Diagnostics.AddAttributeWarning(path.Root("minimum_ttl"), "Access token expires before minimum_ttl",
			fmt.Sprintf("The token expires after %s, and minimum_ttl is %s. Set a longer access_token_ttl in the identity's machineid_universal_auth, or a shorter minimum_ttl.",
				lives.ValueString(), needed.ValueString()))
	}
}
