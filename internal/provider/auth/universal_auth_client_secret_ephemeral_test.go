// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// secretsOf lists the client secrets of an identity that are not revoked.
func secretsOf(t *testing.T, server *servertest.Server, identityID string) []any {
	t.Helper()
	list, _ := server.AsAdmin(t, http.MethodGet, "/v1/auth/universal-auth/identities/"+identityID+"/client-secrets", nil).At("clientSecretData").([]any)
	return list
}

func ephemeralSecret(identityID, more string) string {
	return fmt.Sprintf("ephemeral \"machineid_universal_auth_client_secret\" \"x\" {\nidentity_id = %s\n%s\n}\n", identityID, more)
}

// TestClientSecretEphemeral reads the secret through the echo provider, which alone may keep it.
func TestClientSecretEphemeral(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	const echo = "provider \"echo\" {\ndata = ephemeral.machineid_universal_auth_client_secret.x\n}\nresource \"echo\" \"x\" {}\n"
	quoted := fmt.Sprintf("%q", identity.ID)
	var seen []any
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil && req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/client-secrets") {
			for _, secret := range secretsOf(t, server, identity.ID) {
				seen = append(seen, secret.(map[string]any)["description"], secret.(map[string]any)["clientSecretTTL"], secret.(map[string]any)["clientSecretNumUsesLimit"])
			}
		}
		return resp, err
	}))
	var secret string
	dead := func() {
		if left := secretsOf(t, server, identity.ID); len(left) != 1 { // the one of NewIdentity
			t.Errorf("%d secrets after Close", len(left))
		}
		if a := server.Login(t, identity.ClientID, secret); a.Status != http.StatusUnauthorized {
			t.Errorf("the secret logs in after Close: %d", a.Status)
		}
	}
	providertest.Apply(t, p,
		resource.TestStep{
			Config: providertest.AdminConfig(server) + ephemeralSecret(quoted, "") + echo,
			Check: resource.ComposeTestCheckFunc(providertest.SaveAttribute("echo.x", "data.client_secret", &secret), providertest.CheckServer(func() error {
				if said := fmt.Sprint(seen); len(secret) != 64 || !strings.Contains(said, "Opened by Terraform 3600 5") {
					return fmt.Errorf("%d characters; %s", len(secret), said)
				}
				return nil
			})),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute("echo.x", "data.ttl", providertest.Text("1h")), providertest.ExpectAttribute("echo.x", "data.num_uses_limit", knownvalue.Int64Exact(5)), providertest.ExpectAttribute("echo.x", "data.description", providertest.Text("Opened by Terraform")),
				providertest.ExpectAttribute("echo.x", "data.client_secret_prefix", knownvalue.NotNull()), providertest.ExpectAttribute("echo.x", "data.expires_at", knownvalue.NotNull()), providertest.ExpectAttribute("echo.x", "data.id", knownvalue.NotNull()),
			},
		},
		resource.TestStep{
			PreConfig:         dead,
			Config:            providertest.AdminConfig(server) + ephemeralSecret(quoted, "description = \"x\"\nttl = \"1m\"\nnum_uses_limit = 100") + strings.ReplaceAll(echo, "\"x\"", "\"y\""),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute("echo.y", "data.ttl", providertest.Text("1m")), providertest.ExpectAttribute("echo.y", "data.description", providertest.Text("x"))},
			Check:             providertest.SaveAttribute("echo.y", "data.client_secret", &secret),
		},
		resource.TestStep{PreConfig: dead, Config: providertest.AdminConfig(server) + ephemeralSecret(quoted, "ttl = \"59s\"") + echo, ExpectError: providertest.Sentence("shorter than attribute ttl allows")},
		resource.TestStep{Config: providertest.AdminConfig(server) + ephemeralSecret(quoted, "ttl = \"25h\"") + echo, ExpectError: providertest.Sentence("longer than attribute ttl allows")},
		resource.TestStep{Config: providertest.AdminConfig(server) + ephemeralSecret(quoted, "num_uses_limit = 0") + echo, ExpectError: providertest.Sentence("must be between 1 and 100")},
		resource.TestStep{Config: providertest.AdminConfig(server) + ephemeralSecret(quoted, "num_uses_limit = 101") + echo, ExpectError: providertest.Sentence("must be between 1 and 100")},
		resource.TestStep{Config: providertest.ConfigFor(server, identity) + ephemeralSecret(quoted, "") + echo, ExpectError: providertest.Sentence("Could not open the universal auth client secret")},
		resource.TestStep{Config: providertest.AdminConfig(server) + ephemeralSecret(`""`, "") + echo, ExpectError: providertest.Sentence("an ID is a UUID")},
		resource.TestStep{Config: onlyHost(server)},
	)
}

// TestClientSecretEphemeralOfThisApply logs in with an ephemeral secret of an identity of the same run.
func TestClientSecretEphemeralOfThisApply(t *testing.T) {
	server := servertest.Start(t)
	providertest.Apply(t, provider.New("test"), resource.TestStep{
		Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"x\"\nrole = \"member\"") + `
resource "machineid_universal_auth" "x" {
  identity_id = machineid_identity.x.id
}
` + ephemeralSecret("machineid_universal_auth.x.identity_id", "num_uses_limit = 1") + `
ephemeral "machineid_access_token" "x" {
  client_id     = machineid_universal_auth.x.client_id
  client_secret = ephemeral.machineid_universal_auth_client_secret.x.client_secret
}
provider "echo" {
  data = ephemeral.machineid_access_token.x.ttl
}
resource "echo" "x" {}
`,
		ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute("echo.x", "data", providertest.Text("30d"))},
	})
}

// TestLongTTLWarning checks that a resource has at most one warning, and none with TTLs under a week.
func TestLongTTLWarning(t *testing.T) {
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": "http://127.0.0.1:9"})
	for _, tc := range []struct {
		config providertest.Values
		word   string // of the warning; empty: there is none
	}{
		{providertest.Values{}, "access_token_ttl is not set, which is 30d"},
		{providertest.Values{"access_token_ttl": "15m"}, "access_token_max_ttl is not set, which is 30d"},
		{providertest.Values{"access_token_ttl": "7d", "access_token_max_ttl": "7d"}, "access_token_ttl is 7d"},
		{providertest.Values{"access_token_ttl": "15m", "access_token_max_ttl": "604800"}, "access_token_max_ttl is 7d"},
		{providertest.Values{"access_token_ttl": "0s", "access_token_max_ttl": "0s"}, "as long as the server allows"},
		{providertest.Values{"access_token_ttl": "15m", "access_token_max_ttl": "604799s"}, ""},
		{providertest.Values{"access_token_ttl": providertest.Unknown, "access_token_max_ttl": "1h"}, ""},
		{providertest.Values{"access_token_ttl": "1h", "access_token_max_ttl": providertest.Unknown}, ""},
		{providertest.Values{"access_token_period": "1h"}, ""},
		{providertest.Values{"access_token_period": "8d", "access_token_ttl": "1h", "access_token_max_ttl": "1h"}, "access_token_period is 8d"},
		{providertest.Values{"access_token_period": providertest.Unknown}, ""},
	} {
		tc.config["identity_id"] = providertest.UnusedID
		said := p.Validate(t, "machineid_universal_auth", tc.config)
		if tc.word == "" && said != "" || strings.Count(said, "WARNING") > 1 || !strings.Contains(said, tc.word) || strings.Contains(said, "ERROR") {
			t.Errorf("%v: %q", tc.config, said)
		}
	}
}

// TestEphemeralSecretExpires checks the TTL of a secret that is not revoked.
func TestEphemeralSecretExpires(t *testing.T) {
	server := servertest.Start(t)
	server.Clock.Stop()
	identity := server.NewIdentity(t, "no-access", nil)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	opened := p.OpenEphemeral(t, "machineid_universal_auth_client_secret", providertest.Values{"identity_id": identity.ID})
	secret := providertest.StringField(t, p.Schemas.EphemeralResourceSchemas["machineid_universal_auth_client_secret"], opened.Result, "client_secret")
	if said := providertest.Summaries(opened.Diagnostics); said != "" || !opened.RenewAt.IsZero() || strings.Contains(string(opened.Private), secret) {
		t.Errorf("%s; to be renewed at %s", said, opened.RenewAt)
	}
	for _, step := range []struct {
		passes time.Duration
		status int
	}{{0, http.StatusOK}, {59 * time.Minute, http.StatusOK}, {time.Minute, http.StatusUnauthorized}} {
		server.Clock.Advance(step.passes)
		if a := server.Login(t, identity.ClientID, secret); a.Status != step.status {
			t.Errorf("after another %s: %d %v", step.passes, a.Status, a.Body)
		}
	}
}
