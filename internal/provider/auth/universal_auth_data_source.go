// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// UniversalAuthDataSource defines the data source machineid_universal_auth.
var UniversalAuthDataSource = crud.DataSource[universalAuthModel]{
	Name:   "universal_auth",
	Schema: universalAuthDataSchema,
	Read:   lookUpUniversalAuth,
}

func universalAuthDataSchema() schema.Schema {
	duration := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, CustomType: attribute.DurationType{}, MarkdownDescription: description}
	}
	addresses := func(description string) schema.SetAttribute {
		return schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	return schema.Schema{
		MarkdownDescription: "Universal Auth of an identity: its client ID and its settings. The client secrets are in `machineid_universal_auth_client_secrets`.",
		Attributes: map[string]schema.Attribute{
			"id":                          attribute.ComputedText("ID of this Universal Auth."),
			"identity_id":                 attribute.RequiredIdentityID("ID of the identity, which must have Universal Auth."),
			"client_id":                   attribute.ComputedText("Client ID to log in with. It is not a secret."),
			"access_token_ttl":            duration("Lifetime of an access token that is not renewed, such as `15m`; null is the maximum of the server."),
			"access_token_max_ttl":        duration("Lifetime of an access token including renewals; `0s` is not limited."),
			"access_token_num_uses_limit": schema.NumberAttribute{Computed: true, MarkdownDescription: "Number of requests that an access token can be used for; null is no limit."},
			"access_token_trusted_ips":    addresses("Addresses that may use access tokens."),
			"access_token_period":         duration("Lifetime of a periodic access token, such as `1h`, which can be renewed without limit; null if tokens are not periodic."),
			"client_secret_trusted_ips":   addresses("Addresses that may log in."),
			"lockout_enabled":             schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether wrong client secrets lock the login."},
			"lockout_threshold":           schema.NumberAttribute{Computed: true, MarkdownDescription: "Number of wrong client secrets that lock the login."},
			"lockout_duration":            duration("Duration of a lockout, such as `5m`."),
			"lockout_counter_reset":       duration("Time after which a wrong client secret no longer counts, such as `30s`."),
		},
	}
}

func lookUpUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	config, err := universalAuth.Get(ctx, c, m.IdentityID.ValueString())
	if err != nil {
		return err
	}
	readInto(m, config)
	for _, ttl := range []*attribute.Duration{&m.AccessTokenTTL, &m.AccessTokenMaxTTL} {
		if ttl.Seconds() == 0 {
			*ttl = attribute.NewDurationNull()
		}
	}
	return nil
}
