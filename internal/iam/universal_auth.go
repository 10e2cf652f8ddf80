// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// UniversalAuth is the method whose logins present a client ID and a client secret.
var UniversalAuth = Method[UniversalAuthSettings, api.UniversalAuthRequest, api.UniversalAuthResponse]{
	Name: api.MethodUniversalAuth, Title: "universal auth",
	Response: universalAuthResponse,
	initialize: func(c *UniversalAuthConfig, _ api.UniversalAuthRequest) error {
		setUniversalAuthDefaults(c)
		return nil
	},
	apply:       applyUniversalAuth,
	notAttached: NotAttached,
}

// UniversalAuthConfig is the configuration of Universal Auth on one identity.
type UniversalAuthConfig = MethodConfig[UniversalAuthSettings]

// UniversalAuthSettings are the settings that only Universal Auth has.
type UniversalAuthSettings struct {
	ClientSecretTrustedIPs TrustedIPs `json:"clientSecretTrustedIps"` // may log in
}

// setUniversalAuthDefaults sets a new client ID and the defaults. Contract: section 1.2.
func setUniversalAuthDefaults(c *UniversalAuthConfig) {
	c.ClientID = newID()
	c.Settings.ClientSecretTrustedIPs = AllTrustedIPs()
	c.Lockout = LockoutPolicy{
		Enabled: true, Threshold: api.DefaultLockoutThreshold,
		Duration: api.DefaultLockoutDuration * time.Second, CounterReset: api.DefaultLockoutCounterReset * time.Second,
	}
}

// newUniversalAuth returns a configuration with the defaults.
func newUniversalAuth(s *Service, identityID string) UniversalAuthConfig {
	now := s.time()
	c := UniversalAuthConfig{MethodBase: MethodBase{
		ID: newID(), IdentityID: identityID, Method: api.MethodUniversalAuth, TokenSettings: newTokenSettings(),
		CreatedAt: now, UpdatedAt: now,
	}}
	setUniversalAuthDefaults(&c)
	return c
}

func applyUniversalAuth(s *Service, c *UniversalAuthConfig, r api.UniversalAuthRequest) error {
	isNew := c.ID == ""
	if r.AccessTokenPeriod != nil && *r.AccessTokenPeriod > api.MaxTTL && !isNew { // POST has no bound: sections 1.2 and 1.4
		return invalid("accessTokenPeriod", "accessTokenPeriod must be at most %d seconds", int64(api.MaxTTL)).code("too_big")
	}
	setDuration(&c.AccessTokenPeriod, r.AccessTokenPeriod)
	set(&c.Lockout.Enabled, r.LockoutEnabled)
	set(&c.Lockout.Threshold, r.LockoutThreshold)
	setDuration(&c.Lockout.Duration, r.LockoutDurationSeconds)
	setDuration(&c.Lockout.CounterReset, r.LockoutCounterResetSeconds)
	if err := c.Settings.ClientSecretTrustedIPs.set(r.ClientSecretTrustedIPs); err != nil {
		return err
	}
	return s.checkIPPlan(r.ClientSecretTrustedIPs != nil, c.Settings.ClientSecretTrustedIPs)
}

func universalAuthResponse(c UniversalAuthConfig) api.UniversalAuthResponse {
	return api.UniversalAuthResponse{IdentityUniversalAuth: api.UniversalAuth{
		AuthMethod:                 c.common(),
		ClientID:                   c.ClientID,
		ClientSecretTrustedIPs:     c.Settings.ClientSecretTrustedIPs,
		AccessTokenPeriod:          new(seconds(c.AccessTokenPeriod)),
		LockoutEnabled:             &c.Lockout.Enabled,
		LockoutThreshold:           &c.Lockout.Threshold,
		LockoutDurationSeconds:     new(seconds(c.Lockout.Duration)),
		LockoutCounterResetSeconds: new(seconds(c.Lockout.CounterReset)),
	}}
}

// UniversalAuthLogin exchanges a client ID and a client secret for an access token, and counts one use
// of the secret. The order of the checks is that of the contract (1.1).
var UniversalAuthLogin = Login[UniversalAuthSettings, api.UniversalAuthLoginRequest]{
	Method: api.MethodUniversalAuth, byClientID: true,
	key: func(r api.UniversalAuthLoginRequest) string { return r.ClientID },
	verify: func(_ context.Context, s *Service, u UniversalAuthConfig, r api.UniversalAuthLoginRequest, use Use) (admission[UniversalAuthSettings], error) {
		digest := digestOf(strings.TrimSpace(r.ClientSecret))
		admit := func(ctx context.Context, tx Tx, u UniversalAuthConfig, use Use) (admitted, error) {
			return s.admitClientSecret(ctx, tx, u, digest, use)
		}
		return admit, u.Settings.ClientSecretTrustedIPs.checkAddress(use.From)
	},
}

// admitClientSecret checks a client secret and counts one use of it.
func (s *Service) admitClientSecret(ctx context.Context, tx Tx, u UniversalAuthConfig, digest Digest, use Use) (admitted, error) {
	if err := u.Settings.ClientSecretTrustedIPs.checkAddress(use.From); err != nil {
		return admitted{}, err
	}
	lock, err := s.checkLockout(ctx, tx, u.MethodBase, use)
	if err != nil {
		return admitted{}, err
	}
	c, err := tx.ClientSecretByDigest(ctx, u.ID, digest)
	switch {
	case Is(err, NotFound):
		return admitted{rejection: invalidCredentials()}, s.countFailedLogin(ctx, tx, u.MethodBase, lock, use)
	case err != nil:
		return admitted{}, err
	case c.Revoked: // it was valid once, so the caller does not guess secrets
		return admitted{}, invalidCredentials()
	}
	if rejection := c.checkUse(use); rejection != nil {
		return admitted{rejection: rejection}, tx.RevokeClientSecret(ctx, c.ID, use.At)
	}
	if err := s.resetLockout(ctx, tx, lock); err != nil {
		return admitted{}, err
	}
	return admitted{clientSecretID: c.ID}, useClientSecret(ctx, tx, c, use.At)
}
