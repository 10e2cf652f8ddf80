// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var clientSecretEphemeral = crud.Ephemeral[clientSecretEphemeralModel, clientSecretLease]{
	Name:   "universal_auth_client_secret",
	Schema: clientSecretEphemeralSchema,
	Open:   openClientSecret,
}

// Defaults and bounds of an ephemeral client secret, which is used only in the run that opens it: for one
// login of each provider configured with it, and a few more.
const (
	ephemeralSecretTTL   = 3600  // seconds
	shortestEphemeralTTL = 60    // seconds
	longestEphemeralTTL  = 86400 // seconds
	ephemeralSecretUses  = 5
	mostEphemeralUses    = 100
	ephemeralPurpose     = "Opened by Terraform"
)

type clientSecretEphemeralModel struct {
	IdentityID         types.String       `tfsdk:"identity_id"`
	Description        types.String       `tfsdk:"description"`
	TTL                attribute.Duration `tfsdk:"ttl"`
	NumUsesLimit       types.Number       `tfsdk:"num_uses_limit"`
	ID                 types.String       `tfsdk:"id"`
	ClientSecret       types.String       `tfsdk:"client_secret"`
	ClientSecretPrefix types.String       `tfsdk:"client_secret_prefix"`
	ExpiresAt          types.String       `tfsdk:"expires_at"`
}

func clientSecretEphemeralSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A client secret for the time of a run, which stands in no state and no plan. It is made when it is first needed, at plan as well as at apply, another one each time, and revoked when it is no longer needed; after a failed or interrupted run, when the provider is shut down. On newer servers the access tokens that it has opened die with it.\n\n" +
			"Its TTL is for what cannot be revoked, such as after the provider was killed: a secret cannot be renewed, so set a `ttl` that is longer than the run. For a secret that is to outlive the run, use the resource `machineid_universal_auth_client_secret` with `recipients`.",
		Attributes: map[string]schema.Attribute{
			"identity_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{attribute.IdentityIDs()},
				MarkdownDescription: "ID of the identity, which must have Universal Auth: take it from `machineid_universal_auth`, so that this is opened after it.",
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Validators: []validator.String{stringvalidator.UTF8LengthAtMost(255), attribute.Trimmed()},
				MarkdownDescription: "What the secret is for, at most 255 characters without white space at either end. Default: `" + ephemeralPurpose + "`.",
			},
			"ttl": schema.StringAttribute{
				Optional: true, Computed: true, CustomType: attribute.DurationType{}, Validators: []validator.String{attribute.DurationBetween(shortestEphemeralTTL, longestEphemeralTTL)},
				MarkdownDescription: "How long the secret can be logged in with where nobody revokes it. A duration such as `15m`, or a number of seconds; from `" + attribute.FormatDuration(shortestEphemeralTTL) + "` to `" + attribute.FormatDuration(longestEphemeralTTL) + "`. Default: `" + attribute.FormatDuration(ephemeralSecretTTL) + "`.",
			},
			"num_uses_limit": schema.NumberAttribute{
				Optional: true, Computed: true, Validators: []validator.Number{attribute.WholeNumber(1, mostEphemeralUses)},
				MarkdownDescription: "How many logins the secret is good for, from 1 to 100. A provider that is configured with it logs in once, and again where its token expires. Default: `5`.",
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "ID of the client secret. It is not the secret.",
			},
			"client_secret": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The secret. Sensitive.",
			},
			"client_secret_prefix": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "First four characters of the secret, to tell it from others.",
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When it can no longer be logged in with unless it is revoked before, in UTC (RFC 3339).",
			},
		},
	}
}

// NewClientSecretEphemeral returns the ephemeral resource machineid_universal_auth_client_secret.
func NewClientSecretEphemeral() ephemeral.EphemeralResource { return clientSecretEphemeral.Adapter() }

func openClientSecret(ctx context.Context, c *client.Client, m *clientSecretEphemeralModel) (clientSecretLease, error) {
	if m.Description.IsNull() {
		m.Description = types.StringValue(ephemeralPurpose)
	}
	if m.TTL.IsNull() {
		m.TTL = attribute.NewDuration(ephemeralSecretTTL)
	}
	if m.NumUsesLimit.IsNull() {
		m.NumUsesLimit = attribute.NewNumber(ephemeralSecretUses)
	}
	made, err := c.OpenClientSecret(ctx, m.IdentityID.ValueString(), api.CreateClientSecretRequest{
		Description: m.Description.ValueString(), TTL: m.TTL.Seconds(), NumUsesLimit: attribute.Int64(m.NumUsesLimit),
	})
	if err != nil {
		return clientSecretLease{}, err
	}
	m.ID, m.ClientSecretPrefix = types.StringValue(made.ID), types.StringValue(made.ClientSecretPrefix)
	m.ClientSecret, m.ExpiresAt = types.StringValue(made.Secret.Reveal()), clientSecretEnd(made.ClientSecret)
	return clientSecretLease{IdentityID: m.IdentityID.ValueString(), ID: made.ID}, nil
}

// clientSecretLease is an open client secret, to be revoked.
type clientSecretLease struct{ IdentityID, ID string }

// RenewAt returns zero: client secrets cannot be renewed.
func (clientSecretLease) RenewAt(time.Time) time.Time { return time.Time{} }

// Renew returns the lease unchanged.
func (l clientSecretLease) Renew(context.Context, *client.Client) (clientSecretLease, error) {
	return l, nil
}

// Close revokes the secret.
func (l clientSecretLease) Close(ctx context.Context, c *client.Client) error {
	return c.CloseClientSecret(ctx, l.IdentityID, l.ID)
}
