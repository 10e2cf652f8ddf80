// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// onlyHost configures the provider without credentials.
func onlyHost(server *servertest.Server) string {
	return fmt.Sprintf("provider \"machineid\" {\nhost = %q\n}\n", server.Host)
}

func accessToken(kind string, identity servertest.Identity, more string) string {
	return fmt.Sprintf("%s \"machineid_access_token\" \"x\" {\nclient_id = %q\nclient_secret = %q\n%s\n}\n", kind, identity.ClientID, identity.ClientSecret, more)
}

// TestAccessTokenData checks that the data source works without credentials of the provider and does not revoke
// its token. plugin-testing does not show warnings: TestAccessTokenDataWarns checks the warning.
func TestAccessTokenData(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", map[string]any{"accessTokenTTL": 900})
	var token string
	const address = "data.machineid_access_token.x"
	p := provider.New("test")
	providertest.Apply(t, p,
		resource.TestStep{
			Config: onlyHost(server) + accessToken("data", identity, ""),
			Check:  providertest.SaveAttribute(address, "access_token", &token),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(address, "ttl", providertest.Text("15m")), providertest.ExpectAttribute(address, "expires_at", knownvalue.NotNull()),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				if err := p.RevokeOpen(t.Context()); err != nil || !server.Alive(t, token) {
					t.Errorf("the token in the state was revoked, %v", err)
				}
			},
			Config:      onlyHost(server) + accessToken("data", servertest.Identity{ClientID: identity.ClientID, ClientSecret: "wrong"}, ""),
			ExpectError: providertest.Sentence("Check the client ID and the client secret"),
		},
		resource.TestStep{Config: onlyHost(server) + accessToken("data", servertest.Identity{}, ""), PlanOnly: true, ExpectError: providertest.Sentence("at least 1")},
		resource.TestStep{Config: onlyHost(server)},
	)
}

// TestAccessTokenEphemeral reads the token through the echo provider, which alone may keep it.
func TestAccessTokenEphemeral(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", map[string]any{"accessTokenTTL": 900, "accessTokenMaxTTL": 3600})
	const echo = "provider \"echo\" {\ndata = ephemeral.machineid_access_token.x\n}\nresource \"echo\" \"x\" {}\n"
	var token string
	p := provider.New("test")
	providertest.Apply(t, p,
		resource.TestStep{
			Config: onlyHost(server) + accessToken("ephemeral", identity, "minimum_ttl = \"10m\"") + echo,
			Check:  providertest.SaveAttribute("echo.x", "data.access_token", &token),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute("echo.x", "data.ttl", providertest.Text("15m")), providertest.ExpectAttribute("echo.x", "data.expires_at", knownvalue.NotNull()), providertest.ExpectAttribute("echo.x", "data.minimum_ttl", providertest.Text("10m")),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				if server.Alive(t, token) || p.OpenCredentials() != 0 {
					t.Errorf("alive after Close: %t; %d tokens are open", server.Alive(t, token), p.OpenCredentials())
				}
			},
			Config:      onlyHost(server) + accessToken("ephemeral", servertest.Identity{ClientID: identity.ClientID, ClientSecret: "wrong"}, "") + echo,
			ExpectError: providertest.Sentence("Could not open the access token"),
		},
		resource.TestStep{
			Config:      onlyHost(server) + accessToken("ephemeral", identity, "minimum_ttl = \"0s\"") + echo,
			ExpectError: providertest.Sentence("shorter than attribute minimum_ttl allows"),
		},
		resource.TestStep{Config: onlyHost(server)},
	)
}

// TestEphemeralOfThisApply logs in as an identity of the same run: its credentials are unknown at plan.
func TestEphemeralOfThisApply(t *testing.T) {
	server := servertest.Start(t)
	providertest.Apply(t, provider.New("test"), resource.TestStep{
		Config: providertest.AdminConfig(server) + `
resource "machineid_identity" "x" {
  name = "x"
  role = "member"
}
resource "machineid_universal_auth" "x" {
  identity_id      = machineid_identity.x.id
  access_token_ttl = "15m"
}
resource "machineid_universal_auth_client_secret" "x" {
  identity_id = machineid_universal_auth.x.identity_id
}
ephemeral "machineid_access_token" "x" {
  client_id     = machineid_universal_auth.x.client_id
  client_secret = machineid_universal_auth_client_secret.x.client_secret
}
provider "echo" {
  data = ephemeral.machineid_access_token.x
}
resource "echo" "x" {}
`,
		ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute("echo.x", "data.ttl", providertest.Text("15m"))},
	})
}

// TestUnknownConfiguration checks that no request is sent while the host is unknown: the state is kept,
// and data sources and ephemeral resources report an error.
func TestUnknownConfiguration(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if "http://"+req.URL.Host != server.Host {
			t.Errorf("sent to %s", req.URL)
			return nil, errors.New("another host")
		}
		return next.RoundTrip(req)
	}))
	config := func(generation string) string {
		return fmt.Sprintf(`
resource "terraform_data" "host" {
  input            = %q
  triggers_replace = %q
}
provider "machineid" {
  host           = terraform_data.host.output
  universal_auth {
    client_id     = %q
    client_secret = %q
  }
}
resource "machineid_identity" "x" {
  name = "x"
}
`, server.Host, generation, server.Admin.ClientID, server.Admin.ClientSecret)
	}
	var id string
	providertest.Apply(t, p,
		resource.TestStep{Config: config("1"), Check: providertest.SaveAttribute(providertest.IdentityAddress, "id", &id)},
		resource.TestStep{
			Config: config("2"),
			Check: resource.TestCheckResourceAttrWith(providertest.IdentityAddress, "id", func(now string) error {
				if now != id {
					return fmt.Errorf("the identity went from %s to %s", id, now)
				}
				return nil
			}),
		},
		resource.TestStep{
			Config:      config("3") + "data \"machineid_identity\" \"x\" {\nname = \"x\"\n}\n",
			ExpectError: providertest.Sentence("Provider configuration is unknown"),
		},
		resource.TestStep{
			Config: config("4") + accessToken("ephemeral", servertest.Identity{ClientID: "a", ClientSecret: "b"}, "") +
				"provider \"echo\" {\ndata = ephemeral.machineid_access_token.x.access_token\n}\nresource \"echo\" \"x\" {}\n",
			ExpectError: providertest.Sentence("Provider configuration is unknown"),
		},
	)
}

// TestUnknownAttributes sets every attribute from another resource.
func TestUnknownAttributes(t *testing.T) {
	server := servertest.Start(t)
	config := providertest.AdminConfig(server) + `
resource "terraform_data" "x" {
  input = { name = "x", role = "member", ttl = "15m", ip = "10.0.0.0/8", threshold = 7, protected = false, uses = 3 }
}
resource "machineid_identity" "x" {
  name              = terraform_data.x.output.name
  role              = terraform_data.x.output.role
  metadata          = { a = terraform_data.x.output.name }
  delete_protection = terraform_data.x.output.protected
}
resource "machineid_universal_auth" "x" {
  identity_id                 = machineid_identity.x.id
  access_token_ttl            = terraform_data.x.output.ttl
  access_token_max_ttl        = terraform_data.x.output.ttl
  access_token_period         = terraform_data.x.output.ttl
  access_token_num_uses_limit = terraform_data.x.output.uses
  access_token_trusted_ips    = [terraform_data.x.output.ip]
  client_secret_trusted_ips   = toset(values({ a = terraform_data.x.output.ip }))
  lockout_threshold           = terraform_data.x.output.threshold
  lockout_duration            = terraform_data.x.output.ttl
}
resource "machineid_universal_auth_client_secret" "x" {
  identity_id    = machineid_universal_auth.x.identity_id
  description    = terraform_data.x.output.name
  ttl            = terraform_data.x.output.ttl
  num_uses_limit = terraform_data.x.output.uses
}
data "machineid_identity" "x" {
  name = machineid_identity.x.name
}
`
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

func TestNoCredentials(t *testing.T) {
	server := servertest.Start(t)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: onlyHost(server) + providertest.IdentityConfig(`name = "x"`), PlanOnly: true, ExpectError: providertest.Sentence("the provider has no credentials")},
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig(`name = "x"`)},
		resource.TestStep{Config: onlyHost(server) + providertest.IdentityConfig(`name = "x"`), PlanOnly: true, ExpectError: providertest.Sentence("INFISICAL_TOKEN")},
		resource.TestStep{Config: onlyHost(server) + "data \"machineid_identity\" \"x\" {\nname = \"x\"\n}\n", ExpectError: providertest.Sentence("the provider has no credentials")},
		resource.TestStep{Config: providertest.AdminConfig(server)},
	)
}

// TestWrongCredentialsKeepState checks that a rejected login does not remove the identity from the state.
func TestWrongCredentialsKeepState(t *testing.T) {
	server := servertest.Start(t)
	config := providertest.IdentityConfig(`name = "x"`)
	var id string
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.AdminConfig(server) + config, Check: providertest.SaveAttribute(providertest.IdentityAddress, "id", &id)},
		resource.TestStep{Config: providertest.ConfigFor(server, servertest.Identity{ClientID: "6f1d2a34-0000-4000-8000-000000000000", ClientSecret: "x"}) + config, ExpectError: providertest.Sentence("Check the client ID")},
		resource.TestStep{Config: providertest.AdminConfig(server) + config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
