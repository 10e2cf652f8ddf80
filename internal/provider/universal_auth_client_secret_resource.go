package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var universalAuthClientSecretResource = crud.Resource[clientSecretModel]{
	Name:   "universal_auth_client_secret",
	Schema: clientSecretSchema,
	Create: createClientSecret, Read: readClientSecret, Update: keepClientSecret, Delete: revokeClientSecret,
	Import: []string{"identity_id", "id"},
	Moves:  official("identity_universal_auth_client_secret", words{"identity_id": "identity_id", "id": "id"}, words{"client_secret": "client_secret"}),
}

type clientSecretModel struct {
	ID           types.String `tfsdk:"id"`
	IdentityID   types.String `tfsdk:"identity_id"`
	Description  types.String `tfsdk:"description"`
	TTL          Duration     `tfsdk:"ttl"`
	NumUsesLimit types.Int64  `tfsdk:"num_uses_limit"`
	ClientSecret types.String `tfsdk:"client_secret"`
	Prefix       types.String `tfsdk:"prefix"`
	CreatedAt    types.String `tfsdk:"created_at"`
	ExpiresAt    types.String `tfsdk:"expires_at"`
}

func clientSecretSchema() schema.Schema {
	settled := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	replaces := stringplanmodifier.RequiresReplace()
	return schema.Schema{
		MarkdownDescription: "A client secret, with which an identity that has Universal Auth logs in. The API cannot change one, so every change makes a new secret and revokes the old one. " +
			"The secret stands in the state in plain text: keep the state as you keep secrets. One that is revoked elsewhere is planned anew; destroying it revokes it, and with it, on newer servers, the access tokens it has opened.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed: true, PlanModifiers: settled,
				MarkdownDescription: "ID of the client secret. It is not the secret.",
			},
			"identity_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "ID of the identity, which must have Universal Auth: take it from `machineid_universal_auth`, so that this is created after it. A change makes a new secret.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       []planmodifier.String{replaces},
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(""),
				MarkdownDescription: "What the secret is for, at most 255 characters without white space at either end. Default: empty. A change makes a new secret.",
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(255), trimmed()},
				PlanModifiers:       []planmodifier.String{replaces},
			},
			"ttl": durationAttribute("0s", 0, api.MaxTTL,
				"How long the secret can be logged in with after its creation. `0s` is for ever. A change makes a new secret.", replaces),
			"num_uses_limit": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(0),
				MarkdownDescription: "How many logins the secret is good for. Default: `0`, without a limit. A change makes a new secret.",
				Validators:          []validator.Int64{int64validator.Between(0, api.MaxUses)},
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.RequiresReplace()},
			},
			"client_secret": schema.StringAttribute{
				Computed: true, Sensitive: true, PlanModifiers: settled,
				MarkdownDescription: "The secret. The server shows it once, so it is null after an import. Sensitive.",
			},
			"prefix": schema.StringAttribute{
				Computed: true, PlanModifiers: settled,
				MarkdownDescription: "First four characters of the secret, to tell it from others.",
			},
			"created_at": schema.StringAttribute{
				Computed: true, PlanModifiers: settled,
				MarkdownDescription: "When it was created, in UTC (RFC 3339).",
			},
			"expires_at": schema.StringAttribute{
				Computed: true, PlanModifiers: settled,
				MarkdownDescription: "When it can no longer be logged in with, in UTC (RFC 3339); null where `ttl` is `0s`.",
			},
		},
	}
}

func createClientSecret(ctx context.Context, c *client.Client, m *clientSecretModel) error {
	made, err := c.CreateClientSecret(ctx, m.IdentityID.ValueString(), api.CreateClientSecretRequest{
		Description: m.Description.ValueString(), TTL: m.TTL.Seconds(), NumUsesLimit: m.NumUsesLimit.ValueInt64(),
	})
	if err == nil {
		m.ClientSecret = types.StringValue(made.Secret.Reveal())
		m.read(made.ClientSecret)
	}
	return err
}

// readClientSecret has an identity and a secret that may be named, after an import.
func readClientSecret(ctx context.Context, c *client.Client, m *clientSecretModel) error {
	if m.Prefix.IsNull() {
		identity, id, err := clientSecretCalled(ctx, c, m.IdentityID.ValueString(), m.ID.ValueString())
		if err != nil {
			return err
		}
		m.IdentityID, m.ID = types.StringValue(identity), types.StringValue(id)
	}
	found, err := c.ClientSecret(ctx, m.IdentityID.ValueString(), m.ID.ValueString())
	if err == nil {
		m.read(found)
	}
	return err
}

// keepClientSecret has nothing to send: every change replaces.
func keepClientSecret(context.Context, *client.Client, *clientSecretModel, *clientSecretModel) error {
	return nil
}

func revokeClientSecret(ctx context.Context, c *client.Client, m *clientSecretModel) error {
	return c.RevokeClientSecret(ctx, m.IdentityID.ValueString(), m.ID.ValueString())
}

// read takes over what the API answers; the secret itself is not in it.
func (m *clientSecretModel) read(answer api.ClientSecret) {
	m.ID = types.StringValue(answer.ID)
	m.Description = types.StringValue(answer.Description)
	m.TTL = answeredDuration(&answer.ClientSecretTTL, m.TTL, 0)
	m.NumUsesLimit = types.Int64Value(answer.ClientSecretNumUsesLimit)
	m.Prefix = types.StringValue(answer.ClientSecretPrefix)
	m.CreatedAt = types.StringValue(answer.CreatedAt.UTC().Format(time.RFC3339))
	m.ExpiresAt = expiryText(answer)
}
