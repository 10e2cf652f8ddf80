// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var universalAuthResource = crud.Resource[universalAuthModel]{
	Name:   "universal_auth",
	Schema: universalAuthSchema,
	Create: attachUniversalAuth, Read: readUniversalAuth, Update: updateUniversalAuth, Delete: removeUniversalAuth,
	Import: []string{"identity_id"},
	Moves:  crud.MovesFromOfficial("identity_universal_auth", map[string]string{"identity_id": "identity_id"}, nil),
	Fields: map[string]path.Path{
		"lockoutEnabled":             path.Root("lockout").AtName("enabled"),
		"lockoutThreshold":           path.Root("lockout").AtName("threshold"),
		"lockoutDurationSeconds":     path.Root("lockout").AtName("duration"),
		"lockoutCounterResetSeconds": path.Root("lockout").AtName("counter_reset"),
	},
}

type universalAuthModel struct {
	ID                     types.String       `tfsdk:"id"`
	IdentityID             types.String       `tfsdk:"identity_id"`
	ClientID               types.String       `tfsdk:"client_id"`
	AccessTokenPeriod      attribute.Duration `tfsdk:"access_token_period"`
	ClientSecretTrustedIPs []types.String     `tfsdk:"client_secret_trusted_ips"`
	Lockout                *lockoutModel      `tfsdk:"lockout"`
	accessTokenSettings
}

func universalAuthSchema() schema.Schema {
	attributes := methodIDAttributes("Universal Auth")
	maps.Copy(attributes, accessTokenSettingsAttributes())
	maps.Copy(attributes, map[string]schema.Attribute{
		"client_id": attribute.ComputedOnce("Client ID to log in with. It is made by the server, and is no secret."),
		"access_token_period": attribute.OptionalDuration("0s", 0, api.MaxTTL,
			"Makes access tokens periodic: each lives for this long and can be renewed for ever, whatever the TTLs are. `0s` is not periodic."),
		"client_secret_trusted_ips": trustedIPsAttribute("Addresses that may log in"),
		"lockout":                   lockoutAttribute(),
	})
	return schema.Schema{
		MarkdownDescription: "Universal Auth of an identity: it lets the identity log in with a client ID and a client secret (`machineid_universal_auth_client_secret`) for a short-lived access token. " +
			"The API's defaults let a token live for 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. A plan warns of those that are `7d` or longer, or not set; shorter ones end the warning. Changed in place; tokens that were issued before keep their life. Removing it ends the life of the identity's tokens and deletes its client secrets; where it is replaced without its identity, as with `-replace`, give its client secrets `lifecycle { replace_triggered_by = [machineid_universal_auth.NAME] }`, or they are made anew by the next apply.",
		Attributes: attributes,
	}
}

func attachUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	made, err := c.AttachUniversalAuth(ctx, m.IdentityID.ValueString(), m.request(&universalAuthModel{Lockout: &lockoutModel{}}))
	if err != nil {
		return err
	}
	m.read(made)
	return m.ignored(made)
}

func readUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	return readMethod(ctx, c, m.ID.IsNull(), m.IdentityID.ValueString(), c.UniversalAuth, c.KnownUniversalAuth, m.read)
}

func updateUniversalAuth(ctx context.Context, c *client.Client, prior, m *universalAuthModel) error {
	changed, err := c.UpdateUniversalAuth(ctx, m.IdentityID.ValueString(), m.request(prior))
	if err != nil {
		return err
	}
	m.read(changed)
	return m.ignored(changed)
}

func removeUniversalAuth(ctx context.Context, c *client.Client, m *universalAuthModel) error {
	return c.RemoveUniversalAuth(ctx, m.IdentityID.ValueString())
}

// read takes over what the API answers, field by field.
func (m *universalAuthModel) read(answer api.UniversalAuth) {
	m.ID = types.StringValue(answer.ID)
	m.IdentityID = types.StringValue(answer.IdentityID)
	m.ClientID = types.StringValue(answer.ClientID)
	m.accessTokenSettings.read(answer.TokenSettings)
	m.AccessTokenPeriod = attribute.Returned(attribute.NewDurationPointer(answer.AccessTokenPeriod), m.AccessTokenPeriod, attribute.NewDuration(0))
	m.ClientSecretTrustedIPs = readTrustedIPs(answer.ClientSecretTrustedIPs, m.ClientSecretTrustedIPs)
	if m.Lockout == nil {
		m.Lockout = &lockoutModel{}
	}
	m.Lockout.read(answer)
}

// request is what differs from the prior, and the two TTLs, which go together.
func (m *universalAuthModel) request(prior *universalAuthModel) api.UniversalAuthRequest {
	body := api.UniversalAuthRequest{
		TokenSettingsRequest: m.sent(&prior.accessTokenSettings),
	}
	if m.AccessTokenPeriod.Seconds() != prior.AccessTokenPeriod.Seconds() {
		body.AccessTokenPeriod = new(m.AccessTokenPeriod.Seconds())
	}
	if !sameElements(m.ClientSecretTrustedIPs, prior.ClientSecretTrustedIPs) {
		body.ClientSecretTrustedIPs = sentTrustedIPs(m.ClientSecretTrustedIPs)
	}
	m.Lockout.request(prior.Lockout, &body)
	return body
}

// ignored is an error where an older server has dropped something that was asked of it.
func (m *universalAuthModel) ignored(answer api.UniversalAuth) error {
	switch {
	case answer.AccessTokenPeriod == nil && m.AccessTokenPeriod.Seconds() != 0:
		return errors.New("this server is older than periodic access tokens; update it, or leave access_token_period out")
	case answer.LockoutEnabled == nil && !m.Lockout.isDefault():
		return errors.New("this server is older than lockouts; update it, or leave lockout out")
	}
	return nil
}

func NewUniversalAuthResource() resource.Resource {
	return checkedTTL[universalAuthModel]{universalAuthResource.Adapter()}
}
