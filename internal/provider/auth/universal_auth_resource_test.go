// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// authConfig returns an identity with Universal Auth.
func authConfig(attributes string) string {
	return providertest.IdentityConfig(`name = "x"`) + "resource \"machineid_universal_auth\" \"x\" {\nidentity_id = machineid_identity.x.id\n" + attributes + "\n}\n"
}

func TestUniversalAuthLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	var id, clientID string
	path := func() string { return "/v1/auth/universal-auth/identities/" + id }
	// numbers compares the stored values, in the order of the fields.
	numbers := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			got := ""
			for _, field := range []string{"accessTokenTTL", "accessTokenMaxTTL", "accessTokenPeriod", "accessTokenNumUsesLimit", "lockoutEnabled", "lockoutThreshold", "lockoutDurationSeconds", "lockoutCounterResetSeconds"} {
				got += fmt.Sprint(server.AsAdmin(t, http.MethodGet, path(), nil).At("identityUniversalAuth", field), " ")
			}
			if got != want+" " {
				return fmt.Errorf("the server has %s, not %s", got, want)
			}
			return nil
		})
	}
	full := authConfig(`
  access_token_ttl            = "1h30m"
  access_token_max_ttl        = "7200"
  access_token_period         = "24h"
  access_token_num_uses_limit = 5
  access_token_trusted_ips    = ["2001:DB8::/32", "10.1.2.3/8", "192.0.2.7"]
  client_secret_trusted_ips   = ["127.0.0.1", "10.0.0.0/8"]
  lockout_enabled             = false
  lockout_threshold           = 30
  lockout_duration            = "1d"
  lockout_counter_reset       = 5`)
	respelled := authConfig(`
  access_token_ttl            = "90m"
  access_token_max_ttl        = "2h"
  access_token_period         = "1d"
  access_token_num_uses_limit = 5
  access_token_trusted_ips    = ["192.0.2.7", "10.1.2.3/8", "2001:DB8::/32"]
  client_secret_trusted_ips   = ["10.0.0.0/8", "127.0.0.1"]
  lockout_enabled             = false
  lockout_threshold           = 30
  lockout_duration            = "24h"
  lockout_counter_reset       = "5s"`)
	defaults := []statecheck.StateCheck{
		providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_ttl", providertest.Text("30d")), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_max_ttl", providertest.Text("30d")),
		providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_period", knownvalue.Null()), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_num_uses_limit", knownvalue.Null()),
		providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_trusted_ips", providertest.TextSet("0.0.0.0/0", "::/0")), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "client_secret_trusted_ips", providertest.TextSet("0.0.0.0/0", "::/0")),
		providertest.ExpectAttribute(providertest.UniversalAuthAddress, "lockout_enabled", knownvalue.Bool(true)), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "lockout_threshold", knownvalue.Int64Exact(3)),
		providertest.ExpectAttribute(providertest.UniversalAuthAddress, "lockout_duration", providertest.Text("5m")), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "lockout_counter_reset", providertest.Text("30s")),
	}
	sameClientID := func(s *terraform.State) error {
		if now := s.RootModule().Resources[providertest.UniversalAuthAddress].Primary.Attributes["client_id"]; now != clientID {
			return fmt.Errorf("the client ID went from %s to %s", clientID, now)
		}
		return nil
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config:            start + authConfig(""),
			Check:             resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &id), providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID), numbers("2.592e+06 2.592e+06 0 0 true 3 300 30")),
			ConfigStateChecks: defaults,
		},
		resource.TestStep{
			Config:           start + full,
			ConfigPlanChecks: providertest.ExpectAction(providertest.UniversalAuthAddress, plancheck.ResourceActionUpdate),
			Check:            resource.ComposeTestCheckFunc(sameClientID, numbers("5400 7200 86400 5 false 30 86400 5")),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_ttl", providertest.Text("1h30m")), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "lockout_counter_reset", providertest.Text("5")),
				providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_trusted_ips", providertest.TextSet("2001:DB8::/32", "10.1.2.3/8", "192.0.2.7")),
			},
		},
		resource.TestStep{Config: start + respelled, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: start + respelled, ResourceName: providertest.UniversalAuthAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: identityID},
		resource.TestStep{ // 5→0, and all the rest back to its default
			Config:            start + authConfig(""),
			ConfigPlanChecks:  providertest.ExpectAction(providertest.UniversalAuthAddress, plancheck.ResourceActionUpdate),
			Check:             resource.ComposeTestCheckFunc(sameClientID, numbers("2.592e+06 2.592e+06 0 0 true 3 300 30")),
			ConfigStateChecks: defaults,
		},
		resource.TestStep{ResourceName: providertest.UniversalAuthAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: identityID},
		resource.TestStep{ResourceName: providertest.UniversalAuthAddress, ImportState: true, ImportStateId: "a/b", ExpectError: providertest.Sentence(`there is no identity with the name "a/b"`)},
		resource.TestStep{ // zeros in other notations
			Config:           start + authConfig("access_token_ttl = 0\naccess_token_max_ttl = \"0m\""),
			ConfigPlanChecks: providertest.ExpectAction(providertest.UniversalAuthAddress, plancheck.ResourceActionUpdate),
			Check:            numbers("0 0 0 0 true 3 300 30"),
		},
		resource.TestStep{ // a lower maximum alone
			Config: start + authConfig("access_token_ttl = \"5m\"\naccess_token_max_ttl = \"1h\""),
			Check:  numbers("300 3600 0 0 true 3 300 30"),
		},
		resource.TestStep{
			Config: start + authConfig("access_token_ttl = \"5m\"\naccess_token_max_ttl = \"30m\"\nlockout_threshold = 4"),
			Check:  numbers("300 1800 0 0 true 4 300 30"),
		},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"accessTokenTTL": 60, "accessTokenMaxTTL": 60, "accessTokenPeriod": 7, "lockoutEnabled": false,
					"accessTokenTrustedIps": []map[string]string{{"ipAddress": "192.0.2.1"}},
				})
			},
			Config:           start + authConfig(""),
			ConfigPlanChecks: providertest.ExpectAction(providertest.UniversalAuthAddress, plancheck.ResourceActionUpdate),
			Check:            numbers("2.592e+06 2.592e+06 0 0 true 3 300 30"),
		},
		resource.TestStep{ // removed outside Terraform
			PreConfig:        func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:           start + authConfig(""),
			ConfigPlanChecks: providertest.ExpectAction(providertest.UniversalAuthAddress, plancheck.ResourceActionCreate),
		},
		resource.TestStep{ // gone before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + providertest.IdentityConfig(`name = "x"`),
		},
	)
}

func identityID(s *terraform.State) (string, error) {
	return s.RootModule().Resources[providertest.IdentityAddress].Primary.ID, nil
}

// TestUniversalAuthMovesWithItsIdentity checks that another identity_id replaces the Universal Auth.
func TestUniversalAuthMovesWithItsIdentity(t *testing.T) {
	server := servertest.Start(t)
	two := providertest.IdentityConfig(`name = "x"`) + "resource \"machineid_identity\" \"y\" {\nname = \"y\"\n}\n"
	on := func(identity string) string {
		return providertest.AdminConfig(server) + two + "resource \"machineid_universal_auth\" \"x\" {\nidentity_id = machineid_identity." + identity + ".id\n}\n"
	}
	var first string
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: on("x"), Check: providertest.SaveAttribute(providertest.IdentityAddress, "id", &first)},
		resource.TestStep{
			Config:           on("y"),
			ConfigPlanChecks: providertest.ExpectAction(providertest.UniversalAuthAddress, plancheck.ResourceActionReplace),
			Check: providertest.CheckServer(func() error {
				if a := server.Call(t, http.MethodGet, "/v1/auth/universal-auth/identities/"+first, server.Admin.AccessToken, nil); a.Status == 200 {
					return fmt.Errorf("the first identity can still log in: %v", a.Body)
				}
				return nil
			}),
		},
	)
}

func TestUniversalAuthBadInput(t *testing.T) {
	server := servertest.Start(t)
	cases := map[string]string{}
	for attribute, message := range map[string]string{
		`access_token_ttl = "1 h"`:                                   `has a space`,
		`access_token_ttl = "3651d"`:                                 `longer than attribute access_token_ttl allows`,
		`access_token_ttl = "31d"`:                                   `access_token_ttl is 31d, and access_token_max_ttl is 30d`,
		`access_token_max_ttl = "1h"`:                                `access_token_ttl is 30d, and access_token_max_ttl is 1h`,
		`access_token_max_ttl = "0s"`:                                `so access_token_ttl must be 0s too`,
		"access_token_ttl = \"2h\"\naccess_token_max_ttl = \"119m\"": `access_token_ttl is 2h`,
		`access_token_num_uses_limit = -1`:                           `must be between 1 and`,
		`access_token_num_uses_limit = 0`:                            `must be between 1 and`,
		`access_token_period = "0s"`:                                 `shorter than attribute access_token_period allows`,
		`access_token_trusted_ips = []`:                              `at least 1`,
		`access_token_trusted_ips = ["10.0.0.0/33"]`:                 `prefix length from 0 to 32`,
		`client_secret_trusted_ips = ["everywhere"]`:                 `is not an IPv4 or IPv6 address`,
		`lockout_threshold = 0`:                                      `between 1 and 30`,
		`lockout_threshold = 31`:                                     `between 1 and 30`,
		`access_token_trusted_ips = ["10.0.0.1", null]`:              `null`,
		`lockout_duration = "29s"`:                                   `shorter than attribute lockout_duration allows`,
		`lockout_counter_reset = "2h"`:                               `longer than attribute lockout_counter_reset allows`,
		`lockout_enabled = "on"`:                                     `bool is required`,
	} {
		cases[authConfig(attribute)] = message
	}
	cases["resource \"machineid_universal_auth\" \"x\" {\nidentity_id = \"\"\n}\n"] = `an ID is a UUID`
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), cases)
}

func TestUniversalAuthDenied(t *testing.T) {
	server := servertest.Start(t)
	nobody, other := server.NewIdentity(t, "no-access", nil), server.NewIdentity(t, "no-access", nil)
	config := fmt.Sprintf("resource \"machineid_universal_auth\" \"x\" {\nidentity_id = %q\n}\n", other.ID)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, nobody) + config, ExpectError: providertest.Sentence("not allowed to")},
		resource.TestStep{Config: providertest.AdminConfig(server) + config, ExpectError: providertest.Sentence("terraform import machineid_universal_auth.NAME")},
	)
}

// TestUniversalAuthOnAnOlderServer checks that only configurations with a period or a lockout fail.
func TestUniversalAuthOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		return providertest.WithoutFields(next, req, "accessTokenPeriod", "lockoutEnabled", "lockoutThreshold", "lockoutDurationSeconds", "lockoutCounterResetSeconds")
	}))
	start := providertest.AdminConfig(server)
	providertest.Apply(t, p,
		resource.TestStep{Config: start + authConfig(""), ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute(providertest.UniversalAuthAddress, "access_token_period", knownvalue.Null()), providertest.ExpectAttribute(providertest.UniversalAuthAddress, "lockout_threshold", knownvalue.Int64Exact(3)),
		}},
		resource.TestStep{Config: start + authConfig("lockout_enabled = true"), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: start + authConfig(""), ResourceName: providertest.UniversalAuthAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: identityID},
		resource.TestStep{Config: start + authConfig(`access_token_period = "1h"`), ExpectError: providertest.Sentence("older than periodic access tokens")},
		resource.TestStep{Config: start + authConfig("lockout_threshold = 5"), ExpectError: providertest.Sentence("older than lockouts")},
		resource.TestStep{Config: start + authConfig(""), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
