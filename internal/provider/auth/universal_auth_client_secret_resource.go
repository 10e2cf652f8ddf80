// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

var universalAuthClientSecretResource = crud.Resource[clientSecretModel]{
	Name:   "universal_auth_client_secret",
	Schema: clientSecretSchema,
	Create: createClientSecret, Read: readClientSecret, Update: keepClientSecret, Delete: revokeClientSecret,
	Import: []string{"identity_id", "id"},
	Moves:  crud.MovesFromOfficial("identity_universal_auth_client_secret", map[string]string{"identity_id": "identity_id", "id": "id"}, map[string]string{"client_secret": "client_secret"}),
}

type clientSecretModel struct {
	ID                    types.String       `tfsdk:"id"`
	IdentityID            types.String       `tfsdk:"identity_id"`
	Description           types.String       `tfsdk:"description"`
	TTL                   attribute.Duration `tfsdk:"ttl"`
	NumUsesLimit          types.Number       `tfsdk:"num_uses_limit"`
	Recipients            []types.String     `tfsdk:"recipients"`
	RotateBeforeExpiry    attribute.Duration `tfsdk:"rotate_before_expiry"`
	RotateOnExpiry        types.Bool         `tfsdk:"rotate_on_expiry"`
	RotationTriggers      types.Map          `tfsdk:"rotation_triggers"`
	ClientSecret          types.String       `tfsdk:"client_secret"`
	EncryptedClientSecret types.String       `tfsdk:"encrypted_client_secret"`
	ClientSecretPrefix    types.String       `tfsdk:"client_secret_prefix"`
	CreatedAt             types.String       `tfsdk:"created_at"`
	ExpiresAt             types.String       `tfsdk:"expires_at"`
	Status                types.String       `tfsdk:"status"`
}

func clientSecretSchema() schema.Schema {
	replaces := stringplanmodifier.RequiresReplace()
	secret := attribute.ComputedOnce("The secret. The server shows it once, so it is null after an import; and it is null with `recipients`. Sensitive, and in the state in plain text.")
	secret.Sensitive = true
	return schema.Schema{
		MarkdownDescription: "A client secret, with which an identity that has Universal Auth logs in. The API cannot change one, so a change makes a new secret and revokes the old one, and with it, on newer servers, the access tokens it has opened.\n\n" +
			"With `recipients` the secret in the state is encrypted; without them it is in the state in plain text, so protect the state as a secret. For a secret that only one run needs, there is the ephemeral resource of the same name.\n\n" +
			"A plan replaces a secret that was revoked elsewhere, and with `rotate_before_expiry` one that is about to expire, so a scheduled apply rotates it. With `lifecycle { create_before_destroy = true }` the old secret works until the new one has been stored.",
		Attributes: map[string]schema.Attribute{
			"id":          attribute.ComputedOnce("ID of the client secret. It is not the secret."),
			"identity_id": attribute.FixedIdentityID("ID of the identity, which must have Universal Auth: take it from `machineid_universal_auth`, so that this is created after it. A change makes a new secret."),
			"description": attribute.Description("secret", 255, "A change makes a new secret.", replaces),
			"ttl": attribute.UnlimitedDuration(api.MaxTTL,
				"Lifetime of the secret from its creation. Default: it does not expire. A change creates a new secret.", replaces),
			"num_uses_limit": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: "Number of logins that the secret can be used for; at least 1. Default: no limit. A change creates a new secret.",
				Validators:          []validator.Number{attribute.WholeNumber(1, api.MaxUses)},
				PlanModifiers:       []planmodifier.Number{numberplanmodifier.RequiresReplace()},
			},
			"recipients":              recipientsAttribute(),
			"rotate_before_expiry":    rotateBeforeExpiryAttribute(),
			"rotate_on_expiry":        rotateOnExpiryAttribute(),
			"rotation_triggers":       rotationTriggersAttribute(),
			"client_secret":           secret,
			"encrypted_client_secret": attribute.ComputedOnce("The secret, encrypted to the `recipients` with [age](https://age-encryption.org) in its ASCII armor: `age --decrypt --identity key.txt` reads it, where the key is an age identity or an SSH private key. Null without `recipients`, and after an import. It is not marked as sensitive, since only the recipients can decrypt it."),
			"client_secret_prefix":    attribute.ComputedOnce("First four characters of the secret, to tell it from others."),
			"created_at":              attribute.ComputedOnce("When it was created, in UTC (RFC 3339)."),
			"expires_at":              attribute.ComputedOnce("When it can no longer be logged in with, in UTC (RFC 3339); null without a `ttl`."),
			"status":                  attribute.ComputedOnce("What the last refresh saw: `active`, `expiring` (`rotate_before_expiry` has come), `expired`, or `used_up`. It goes by the server's clock."),
		},
	}
}

func createClientSecret(ctx context.Context, c *client.Client, m *clientSecretModel) error {
	recipients, err := m.recipients()
	if err != nil {
		return err
	}
	made, err := c.CreateClientSecret(ctx, m.IdentityID.ValueString(), api.CreateClientSecretRequest{
		Description: m.Description.ValueString(), TTL: m.TTL.Seconds(), NumUsesLimit: attribute.Int64(m.NumUsesLimit),
	})
	if err != nil {
		return err
	}
	m.read(made.ClientSecret)
	m.Status, m.ClientSecret, m.EncryptedClientSecret = types.StringValue(secretActive), types.StringNull(), types.StringNull()
	if recipients == nil {
		m.ClientSecret = types.StringValue(made.Secret.Reveal())
		return nil
	}
	sealed, err := encrypt(made.Secret.Reveal(), recipients)
	if err == nil {
		m.EncryptedClientSecret = types.StringValue(sealed)
	}
	return err
}

// recipients parses the configured recipients; nil if none are configured.
func (m *clientSecretModel) recipients() ([]recipient, error) {
	if m.Recipients == nil {
		return nil, nil
	}
	texts := make([]string, len(m.Recipients))
	for n, text := range m.Recipients {
		texts[n] = text.ValueString()
	}
	return parseRecipients(texts)
}

// readClientSecret refreshes the attributes. With rotate_on_expiry = false a spent secret stays in the state
// even if the server has removed it. After an import the identity and the secret may be given by name.
func readClientSecret(ctx context.Context, c *client.Client, m *clientSecretModel) error {
	if m.ClientSecretPrefix.IsNull() {
		identity, id, err := findClientSecret(ctx, c, m.IdentityID.ValueString(), m.ID.ValueString())
		if err != nil {
			return err
		}
		m.IdentityID, m.ID = types.StringValue(identity), types.StringValue(id)
	}
	found, err := c.ClientSecret(ctx, m.IdentityID.ValueString(), m.ID.ValueString())
	m.RotateOnExpiry = types.BoolValue(m.RotateOnExpiry.IsNull() || m.RotateOnExpiry.ValueBool()) // null after an import
	if client.IsNotFound(err) && isSpent(m.Status) && !m.RotateOnExpiry.ValueBool() {
		return nil
	}
	if err == nil {
		m.read(found)
		m.Status = types.StringValue(clientSecretStatus(found, m.RotateBeforeExpiry, c.Now()))
	}
	return err
}

// keepClientSecret sends nothing: attributes that the server stores force a replacement.
func keepClientSecret(context.Context, *client.Client, *clientSecretModel, *clientSecretModel) error {
	return nil
}

func revokeClientSecret(ctx context.Context, c *client.Client, m *clientSecretModel) error {
	return c.RevokeClientSecret(ctx, m.IdentityID.ValueString(), m.ID.ValueString())
}

// read sets the attributes from a response, which does not contain the secret itself.
func (m *clientSecretModel) read(secret api.ClientSecret) {
	m.ID = types.StringValue(secret.ID)
	m.Description = types.StringValue(secret.Description)
	m.TTL = attribute.NewLimitDuration(secret.ClientSecretTTL)
	m.NumUsesLimit = attribute.NewLimit(secret.ClientSecretNumUsesLimit)
	m.ClientSecretPrefix = types.StringValue(secret.ClientSecretPrefix)
	m.CreatedAt = types.StringValue(secret.CreatedAt.UTC().Format(time.RFC3339))
	m.ExpiresAt = clientSecretEnd(secret)
}

func clientSecretEnd(secret api.ClientSecret) types.String {
	at := expiry(secret)
	if at == nil {
		return types.StringNull()
	}
	return types.StringValue(at.UTC().Format(time.RFC3339))
}

// findClientSecret returns the IDs of an identity and of its client secret, found by ID, prefix or
// description.
func findClientSecret(ctx context.Context, c *client.Client, idOrName, called string) (identity, id string, err error) {
	identity, err = lookup.IdentityID(ctx, c, idOrName)
	if err != nil || client.IsID(called) {
		return identity, called, err
	}
	list, err := c.ClientSecrets(ctx, identity)
	if err != nil {
		return "", "", err
	}
	var candidates []lookup.Candidate
	for _, s := range list {
		if s.ClientSecretPrefix == called || s.Description == called {
			candidates = append(candidates, lookup.Candidate{ID: s.ID, Shown: " (" + shownSecret(s) + ")"})
		}
	}
	id, err = lookup.Only(candidates, fmt.Sprintf("client secret of the identity with the prefix or the description %q", called))
	return identity, id, err
}

// NewClientSecretResource returns the resource machineid_universal_auth_client_secret.
func NewClientSecretResource() resource.Resource {
	return rotatedClientSecret{universalAuthClientSecretResource.Adapter()}
}
