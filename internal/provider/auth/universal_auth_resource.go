// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
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

var universalAuth = method[universalAuthModel, api.UniversalAuthRequest, api.UniversalAuth, *universalAuthModel]{
	AuthMethod: client.UniversalAuth, name: "universal_auth", title: "Universal Auth",
	description: "[Universal Auth](https://infisical.com/docs/documentation/platform/identities/universal-auth) of an identity: the identity logs in with a client ID and a client secret (`machineid_universal_auth_client_secret`) for a short-lived access token. " +
		"By default a token expires after 30 days: set `access_token_ttl` and `access_token_max_ttl` to minutes where you can. A plan warns about TTLs of `7d` or longer, also by default. Changed in place; existing tokens keep their expiry. Deleting it revokes the tokens of the identity and deletes its client secrets. Where it is replaced without its identity, as with `-replace`, give its client secrets `lifecycle { replace_triggered_by = [machineid_universal_auth.NAME] }`; otherwise the next apply creates them again.",
	attributes: universalAuthAttributes,
	fields: map[string]path.Path{
		"lockoutEnabled":             path.Root("lockout_enabled"),
		"lockoutThreshold":           path.Root("lockout_threshold"),
		"lockoutDurationSeconds":     path.Root("lockout_duration"),
		"lockoutCounterResetSeconds": path.Root("lockout_counter_reset"),
	},
	requires: []crud.Requirement{
		{Attribute: path.Root("access_token_period"), Feature: client.PeriodicAccessTokens},
		{Attribute: path.Root("lockout_enabled"), Feature: client.Lockouts, Unless: types.BoolValue(true)},
		{Attribute: path.Root("lockout_threshold"), Feature: client.Lockouts, Unless: attribute.NewNumber(api.DefaultLockoutThreshold)},
		{Attribute: path.Root("lockout_duration"), Feature: client.Lockouts, Unless: attribute.NewDuration(api.DefaultLockoutDuration)},
		{Attribute: path.Root("lockout_counter_reset"), Feature: client.Lockouts, Unless: attribute.NewDuration(api.DefaultLockoutCounterReset)},
	},
}

type universalAuthModel struct {
	methodCommon
	ClientID               types.String       `tfsdk:"client_id"`
	AccessTokenPeriod      attribute.Duration `tfsdk:"access_token_period"`
	ClientSecretTrustedIPs []types.String     `tfsdk:"client_secret_trusted_ips"`
	lockoutModel
}

func universalAuthAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"client_id": attribute.ComputedOnce("Client ID to log in with, set by the server. It is not a secret."),
		"access_token_period": attribute.UnlimitedDuration(api.MaxTTL,
			"Period of periodic access tokens: each has this lifetime and can be renewed without limit; the TTLs are ignored. Default: access tokens are not periodic."),
		"client_secret_trusted_ips": trustedIPsAttribute("Addresses that may log in"),
	}
	maps.Copy(attributes, lockoutAttributes())
	return attributes
}

func (m *universalAuthModel) read(config api.UniversalAuth) {
	m.ClientID = types.StringValue(config.ClientID)
	if config.AccessTokenPeriod != nil {
		m.AccessTokenPeriod = attribute.NewLimitDuration(*config.AccessTokenPeriod)
	}
	m.ClientSecretTrustedIPs = readTrustedIPs(config.ClientSecretTrustedIPs, m.ClientSecretTrustedIPs)
	m.lockoutModel.read(config)
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
	m.lockoutModel.request(prior.lockoutModel, &body)
	return body
}

func (m *universalAuthModel) unsupported(config api.UniversalAuth) error {
	switch {
	case config.AccessTokenPeriod == nil && m.AccessTokenPeriod.Seconds() != 0:
		return errors.New("this server is older than periodic access tokens; update it, or leave access_token_period out")
	case config.LockoutEnabled == nil && !m.lockoutModel.isDefault():
		return errors.New("this server is older than lockouts; update it, or leave lockout_enabled, lockout_threshold, lockout_duration and lockout_counter_reset out")
	}
	return nil
}

// NewUniversalAuthResource returns the resource machineid_universal_auth.
func NewUniversalAuthResource() resource.Resource { return universalAuth.resource() }
