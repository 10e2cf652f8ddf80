// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ClientSecretsDataSource is the data source machineid_universal_auth_client_secrets.
var ClientSecretsDataSource = crud.DataSource[clientSecretsModel]{
	Name:   "universal_auth_client_secrets",
	Schema: clientSecretsSchema,
	Read:   listClientSecrets,
}

type clientSecretsModel struct {
	clientSecretFilter
	ClientSecrets []listedClientSecretModel `tfsdk:"client_secrets"`
}

type listedClientSecretModel struct {
	ID                 types.String `tfsdk:"id"`
	Description        types.String `tfsdk:"description"`
	ClientSecretPrefix types.String `tfsdk:"client_secret_prefix"`
	CreatedAt          types.String `tfsdk:"created_at"`
	ExpiresAt          types.String `tfsdk:"expires_at"`
	NumUses            types.Int64  `tfsdk:"num_uses"`
	NumUsesLimit       types.Number `tfsdk:"num_uses_limit"`
}

func clientSecretsSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"identity_id": attribute.RequiredIdentityID("ID of the identity, which must have Universal Auth."),
		"unused":      schema.BoolAttribute{Optional: true, MarkdownDescription: unusedDescription},
		"client_secrets": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The client secrets that all of the filters match. Age is the time since `created_at`: compare it with `timecmp` and `timeadd(plantimestamp(), …)`.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":                   attribute.ComputedText("ID of the client secret. It is not the secret."),
				"description":          attribute.ComputedText("What the secret is for."),
				"client_secret_prefix": attribute.ComputedText("First four characters of the secret, to tell it from others."),
				"created_at":           attribute.ComputedText("When it was created, in UTC (RFC 3339)."),
				"expires_at":           attribute.ComputedText("When it can no longer be logged in with, in UTC (RFC 3339); null is never."),
				"num_uses":             schema.Int64Attribute{Computed: true, MarkdownDescription: "How many logins there have been with it."},
				"num_uses_limit":       schema.NumberAttribute{Computed: true, MarkdownDescription: "Number of logins that it can be used for; null is no limit."},
			}},
		},
	}
	for name, filter := range clientSecretFilters() {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: filter.Description, Validators: filter.Validators}
	}
	return schema.Schema{
		MarkdownDescription: "Client secrets of an identity that are not revoked, with their age and their use, all of them or those that filters match. The secrets themselves are not included: servers return them only once.",
		Attributes:          attributes,
	}
}

func listClientSecrets(ctx context.Context, c *client.Client, m *clientSecretsModel) error {
	list, err := m.list(ctx, c)
	m.ClientSecrets = make([]listedClientSecretModel, len(list))
	for n, s := range list {
		m.ClientSecrets[n] = listedClientSecretModel{
			ID: types.StringValue(s.ID), Description: types.StringValue(s.Description), ClientSecretPrefix: types.StringValue(s.ClientSecretPrefix),
			CreatedAt: types.StringValue(s.CreatedAt.UTC().Format(time.RFC3339)), ExpiresAt: clientSecretEnd(s),
			NumUses: types.Int64Value(s.ClientSecretNumUses), NumUsesLimit: attribute.NewLimit(s.ClientSecretNumUsesLimit),
		}
	}
	return err
}
