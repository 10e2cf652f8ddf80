// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

var universalAuth = method[universalAuthModel, api.UniversalAuthRequest, api.UniversalAuth, *universalAuthModel]{
	AuthMethod: client.UniversalAuth, name: "universal_auth", title: "Universal Auth",
	description: "Universal Auth of an identity: it lets the identity log in with a client ID and a client secret (`machineid_universal_auth_client_secret`) for a short-lived access token. " +
		"The API's defaults let a token live for 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. A plan warns of those that are `7d` or longer, or not set; shorter ones end the warning. Changed in place; tokens that were issued before keep their life. Removing it ends the life of the identity's tokens and deletes its client secrets; where it is replaced without its identity, as with `-replace`, give its client secrets `lifecycle { replace_triggered_by = [machineid_universal_auth.NAME] }`, or they are made anew by the next apply.",
	attributes: universalAuthAttributes,
	fields: map[string]path.Path{
		"lockoutEnabled":             path.Root("lockout").AtName("enabled"),
		"lockoutThreshold":           path.Root("lockout").AtName("threshold"),
		"lockoutDurationSeconds":     path.Root("lockout").AtName("duration"),
		"lockoutCounterResetSeconds": path.Root("lockout").AtName("counter_reset"),
	},
	requires: []crud.Requirement{
		{Attribute: path.Root("access_token_period"), Feature: client.PeriodicAccessTokens, Unless: attribute.NewDuration(0)},
		{Attribute: path.Root("lockout"), Feature: client.Lockouts},
	},
}

type universalAuthModel struct {
	methodCommon
	ClientID               types.String       `tfsdk:"client_id"`
	AccessTokenPeriod      attribute.Duration `tfsdk:"access_token_period"`
	ClientSecretTrustedIPs []types.String     `tfsdk:"client_secret_trusted_ips"`
	Lockout                *lockoutModel      `tfsdk:"lockout"`
}

func universalAuthAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"client_id": attribute.ComputedOnce("Client ID to log in with. It is made by the server, and is no secret."),
		"access_token_period": attribute.OptionalDuration("0s", 0, api.MaxTTL,
			"Makes access tokens periodic: each lives for this long and can be renewed for ever, whatever the TTLs are. `0s` is not periodic."),
		"client_secret_trusted_ips": trustedIPsAttribute("Addresses that may log in"),
		"lockout":                   lockoutAttribute(),
	}
}

func (m *universalAuthModel) read(config api.UniversalAuth) {
	m.ClientID = types.StringValue(config.ClientID)
	m.AccessTokenPeriod = attribute.Returned(attribute.NewDurationPointer(config.AccessTokenPeriod), m.AccessTokenPeriod, attribute.NewDuration(0))
	m.ClientSecretTrustedIPs = readTrustedIPs(config.ClientSecretTrustedIPs, m.ClientSecretTrustedIPs)
	if m.Lockout == nil {
		m.Lockout = &lockoutModel{}
	}
	m.Lockout.read(config)
}

// request returns the settings that differ from the prior ones, and both TTLs.
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

func (m *universalAuthModel) unsupported(config api.UniversalAuth) error {
	switch {
	case config.AccessTokenPeriod == nil && m.AccessTokenPeriod.Seconds() != 0:
		return errors.New("this server is older than periodic access tokens; update it, or leave access_token_period out")
	case config.LockoutEnabled == nil && !m.Lockout.isDefault():
		return errors.New("this server is older than lockouts; update it, or leave lockout out")
	}
	return nil
}

// NewUniversalAuthResource returns the resource machineid_universal_auth.
func NewUniversalAuthResource() resource.Resource { return universalAuth.resource() }
