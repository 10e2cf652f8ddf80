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

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const tokenAuthAddress = "machineid_token_auth.x"

// tokenAuthConfig returns an identity with Token auth.
func tokenAuthConfig(attributes string) string {
	return providertest.IdentityConfig(`name = "x"`) + "resource \"machineid_token_auth\" \"x\" {\nidentity_id = machineid_identity.x.id\n" + attributes + "\n}\n"
}

func TestTokenAuthLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	var id string
	path := func() string { return "/v1/auth/token-auth/identities/" + id }
	// numbers compares the stored TTL, maximum TTL, uses and number of trusted IPs.
	numbers := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			read := server.AsAdmin(t, http.MethodGet, path(), nil)
			at := func(field string) any { return read.At("identityTokenAuth", field) }
			got := fmt.Sprint(at("accessTokenTTL"), " ", at("accessTokenMaxTTL"), " ", at("accessTokenNumUsesLimit"), " ", len(at("accessTokenTrustedIps").([]any)))
			if got != want {
				return fmt.Errorf("the server has %s, not %s", got, want)
			}
			return nil
		})
	}
	full := tokenAuthConfig(`
  access_token_ttl            = "15m"
  access_token_max_ttl        = "1h"
  access_token_num_uses_limit = 5
  access_token_trusted_ips    = ["10.0.0.0/8"]`)
	defaults := []statecheck.StateCheck{
		providertest.ExpectAttribute(tokenAuthAddress, "access_token_ttl", providertest.Text("30d")), providertest.ExpectAttribute(tokenAuthAddress, "access_token_max_ttl", providertest.Text("30d")),
		providertest.ExpectAttribute(tokenAuthAddress, "access_token_num_uses_limit", knownvalue.Null()), providertest.ExpectAttribute(tokenAuthAddress, "access_token_trusted_ips", providertest.TextSet("0.0.0.0/0", "::/0")),
	}
	const byDefault = "2.592e+06 2.592e+06 0 2"
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: start + tokenAuthConfig(""), Check: resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &id), numbers(byDefault)), ConfigStateChecks: defaults},
		resource.TestStep{Config: start + full, ConfigPlanChecks: providertest.ExpectAction(tokenAuthAddress, plancheck.ResourceActionUpdate), Check: numbers("900 3600 5 1")},
		resource.TestStep{Config: start + full, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: start + full, ResourceName: tokenAuthAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: identityID},
		resource.TestStep{Config: start + tokenAuthConfig(""), ConfigPlanChecks: providertest.ExpectAction(tokenAuthAddress, plancheck.ResourceActionUpdate), Check: numbers(byDefault), ConfigStateChecks: defaults},
		resource.TestStep{ResourceName: tokenAuthAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: identityID},
		resource.TestStep{ResourceName: tokenAuthAddress, ImportState: true, ImportStateId: "a/b", ExpectError: providertest.Sentence(`there is no identity with the name "a/b"`)},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{"accessTokenTTL": 60, "accessTokenMaxTTL": 60, "accessTokenNumUsesLimit": 7})
			},
			Config: start + tokenAuthConfig(""), ConfigPlanChecks: providertest.ExpectAction(tokenAuthAddress, plancheck.ResourceActionUpdate), Check: numbers(byDefault),
		},
		resource.TestStep{ // removed outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + tokenAuthConfig(""), ConfigPlanChecks: providertest.ExpectAction(tokenAuthAddress, plancheck.ResourceActionCreate),
		},
		resource.TestStep{ // beside the other methods
			Config: start + tokenAuthConfig("") + `
resource "machineid_universal_auth" "x" {
  identity_id = machineid_identity.x.id
}
data "machineid_identity" "x" {
  id         = machineid_token_auth.x.identity_id
  depends_on = [machineid_universal_auth.x]
}
`,
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute("data.machineid_identity.x", "auth_methods", providertest.TextSet("token-auth", "universal-auth"))},
		},
		resource.TestStep{ // gone before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + providertest.IdentityConfig(`name = "x"`),
		},
	)
}

func TestTokenAuthBadInput(t *testing.T) {
	server := servertest.Start(t)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		tokenAuthConfig(`access_token_ttl = "31d"`):           `access_token_ttl is 31d, and access_token_max_ttl is 30d`,
		tokenAuthConfig(`access_token_max_ttl = "0s"`):        `so access_token_ttl must be 0s too`,
		tokenAuthConfig(`access_token_num_uses_limit = -1`):   `must be between 1 and`,
		tokenAuthConfig(`access_token_trusted_ips = ["all"]`): `is not an IPv4 or IPv6 address`,
		tokenAuthConfig(`access_token_trusted_ips = []`):      `at least 1`,
	})
}

func TestTokenAuthDenied(t *testing.T) {
	server := servertest.Start(t)
	nobody, other := server.NewIdentity(t, "no-access", nil), server.NewIdentity(t, "no-access", nil)
	config := fmt.Sprintf("resource \"machineid_token_auth\" \"x\" {\nidentity_id = %q\n}\n", other.ID)
	attach := func() {
		server.AsAdmin(t, http.MethodPost, "/v1/auth/token-auth/identities/"+other.ID, map[string]any{})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, nobody) + config, ExpectError: providertest.Sentence("not allowed to")},
		resource.TestStep{PreConfig: attach, Config: providertest.AdminConfig(server) + config, ExpectError: providertest.Sentence("terraform import machineid_token_auth.NAME")},
	)
}

const tokenAuthToken = `
ephemeral "machineid_token_auth_token" "x" {
  identity_id = machineid_token_auth.x.identity_id
  name        = "terraform"
}
provider "echo" {
  data = ephemeral.machineid_token_auth_token.x
}
resource "echo" "x" {}
`

// TestTokenAuthTokenEphemeral checks that the token has its name, works, and is revoked by Close.
func TestTokenAuthTokenEphemeral(t *testing.T) {
	server := servertest.Start(t)
	var id, token string
	p := provider.New("test")
	minutes := tokenAuthConfig("access_token_ttl = \"15m\"\naccess_token_max_ttl = \"15m\"")
	providertest.Apply(t, p,
		resource.TestStep{
			Config: providertest.AdminConfig(server) + minutes + tokenAuthToken,
			Check:  resource.ComposeTestCheckFunc(providertest.SaveAttribute("echo.x", "data.access_token", &token), providertest.SaveAttribute(providertest.IdentityAddress, "id", &id)),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute("echo.x", "data.ttl", providertest.Text("15m")), providertest.ExpectAttribute("echo.x", "data.expires_at", knownvalue.NotNull()), providertest.ExpectAttribute("echo.x", "data.name", providertest.Text("terraform")),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				if token == "" || server.Alive(t, token) {
					t.Error("the token is alive after its Close")
				}
				list := server.AsAdmin(t, http.MethodGet, "/v1/auth/token-auth/identities/"+id+"/tokens", nil).At("tokens").([]any)
				for _, made := range list {
					if made := made.(map[string]any); made["name"] != "terraform" || made["isAccessTokenRevoked"] != true {
						t.Errorf("made %v", made)
					}
				}
				if len(list) == 0 {
					t.Error("no token was made")
				}
			},
			Config: providertest.AdminConfig(server) + minutes + tokenAuthToken, Check: providertest.SaveAttribute("echo.x", "data.access_token", &token),
		},
		resource.TestStep{ // an identity without the method
			Config:      providertest.AdminConfig(server) + providertest.IdentityConfig(`name = "x"`) + "ephemeral \"machineid_token_auth_token\" \"y\" {\nidentity_id = machineid_identity.x.id\n}\n",
			ExpectError: providertest.Sentence("Could not open the token auth token"),
		},
		resource.TestStep{
			Config:      providertest.AdminConfig(server) + minutes + "ephemeral \"machineid_token_auth_token\" \"y\" {\nidentity_id = \"x\"\nname = \"\"\n}\n",
			ExpectError: providertest.Sentence("between 1 and 255"),
		},
		resource.TestStep{Config: providertest.AdminConfig(server) + minutes},
	)
}

// TestTokenAuthTokenAtTheProtocol checks that Close revokes the token, and that RevokeOpen revokes one that
// was not closed.
func TestTokenAuthTokenAtTheProtocol(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", nil)
	server.AsAdmin(t, http.MethodPost, "/v1/auth/token-auth/identities/"+identity.ID, map[string]any{"accessTokenTTL": 600, "accessTokenMaxTTL": 600})
	p := provider.New("test")
	served := providertest.Configure(t, p, providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	for _, closes := range []bool{true, false} {
		opened := served.OpenEphemeral(t, "machineid_token_auth_token", providertest.Values{"identity_id": identity.ID, "name": "x"})
		token := providertest.StringField(t, served.Schemas.EphemeralResourceSchemas["machineid_token_auth_token"], opened.Result, "access_token")
		if said := providertest.Summaries(opened.Diagnostics); said != "" || !server.Alive(t, token) || !opened.RenewAt.IsZero() {
			t.Errorf("%s; alive: %t; renewed at %s", said, server.Alive(t, token), opened.RenewAt)
		}
		if closes {
			if said := served.CloseEphemeral(t, "machineid_token_auth_token", opened.Private); said != "" {
				t.Error(said)
			}
		} else if err := p.RevokeOpen(t.Context()); err != nil {
			t.Error(err)
		}
		if server.Alive(t, token) {
			t.Errorf("alive at its end, closed: %t", closes)
		}
	}
	if !server.Alive(t, server.Admin.AccessToken) {
		t.Error("the configured token was revoked")
	}
}
