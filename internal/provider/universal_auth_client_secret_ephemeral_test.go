// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

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
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// secretsOf are the client secrets of an identity that are not revoked.
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
	p := provider.New("test").WithTransport(wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
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
		if left := secretsOf(t, server, identity.ID); len(left) != 1 { // the one that it was made with
			t.Errorf("%d secrets after Close", len(left))
		}
		if a := server.Login(t, identity.ClientID, secret); a.Status != http.StatusUnauthorized {
			t.Errorf("the secret logs in after Close: %d", a.Status)
		}
	}
	apply(t, p,
		resource.TestStep{
			Config: asAdmin(server) + ephemeralSecret(quoted, "") + echo,
			Check: resource.ComposeTestCheckFunc(note("echo.x", "data.client_secret", &secret), asks(func() error {
				if said := fmt.Sprint(seen); len(secret) != 64 || !strings.Contains(said, "Opened by Terraform 3600 5") {
					return fmt.Errorf("%d characters; %s", len(secret), said)
				}
				return nil
			})),
			ConfigStateChecks: []statecheck.StateCheck{
				has("echo.x", "data.ttl", text("1h")), has("echo.x", "data.num_uses_limit", knownvalue.Int64Exact(5)), has("echo.x", "data.description", text("Opened by Terraform")),
				has("echo.x", "data.prefix", knownvalue.NotNull()), has("echo.x", "data.expires_at", knownvalue.NotNull()), has("echo.x", "data.id", knownvalue.NotNull()),
			},
		},
		resource.TestStep{
			PreConfig:         dead,
			Config:            asAdmin(server) + ephemeralSecret(quoted, "description = \"x\"\nttl = \"1m\"\nnum_uses_limit = 100") + strings.ReplaceAll(echo, "\"x\"", "\"y\""),
			ConfigStateChecks: []statecheck.StateCheck{has("echo.y", "data.ttl", text("1m")), has("echo.y", "data.description", text("x"))},
			Check:             note("echo.y", "data.client_secret", &secret),
		},
		resource.TestStep{PreConfig: dead, Config: asAdmin(server) + ephemeralSecret(quoted, "ttl = \"59s\"") + echo, ExpectError: words("shorter than attribute ttl allows")},
		resource.TestStep{Config: asAdmin(server) + ephemeralSecret(quoted, "ttl = \"25h\"") + echo, ExpectError: words("longer than attribute ttl allows")},
		resource.TestStep{Config: asAdmin(server) + ephemeralSecret(quoted, "num_uses_limit = 0") + echo, ExpectError: words("must be between 1 and 100")},
		resource.TestStep{Config: asAdmin(server) + ephemeralSecret(quoted, "num_uses_limit = 101") + echo, ExpectError: words("must be between 1 and 100")},
		resource.TestStep{Config: as(server, identity) + ephemeralSecret(quoted, "") + echo, ExpectError: words("Could not open the universal auth client secret")},
		resource.TestStep{Config: asAdmin(server) + ephemeralSecret(`""`, "") + echo, ExpectError: words("at least 1")},
		resource.TestStep{Config: onlyHost(server)},
	)
}

// TestClientSecretEphemeralOfThisApply: the identity is made in the same run, and logs in with the secret.
func TestClientSecretEphemeralOfThisApply(t *testing.T) {
	server := servertest.Start(t)
	apply(t, provider.New("test"), resource.TestStep{
		Config: asAdmin(server) + identityConfig("name = \"x\"\nrole = \"member\"") + `
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
		ConfigStateChecks: []statecheck.StateCheck{has("echo.x", "data", text("30d"))},
	})
}

// TestLongLivesAreWarnedOf: once for a resource, and never where the configuration says less than a week.
func TestLongLivesAreWarnedOf(t *testing.T) {
	p := configure(t, provider.New("test"), fields{"host": "http://127.0.0.1:9"})
	for _, tc := range []struct {
		config fields
		word   string // of the warning; empty: there is none
	}{
		{fields{}, "access_token_ttl is not set, which is 30d"},
		{fields{"access_token_ttl": "15m"}, "access_token_max_ttl is not set, which is 30d"},
		{fields{"access_token_ttl": "7d", "access_token_max_ttl": "7d"}, "access_token_ttl is 7d"},
		{fields{"access_token_ttl": "15m", "access_token_max_ttl": "604800"}, "access_token_max_ttl is 7d"},
		{fields{"access_token_ttl": "0s", "access_token_max_ttl": "0s"}, "as long as the server allows"},
		{fields{"access_token_ttl": "15m", "access_token_max_ttl": "604799s"}, ""},
		{fields{"access_token_ttl": unknown, "access_token_max_ttl": "1h"}, ""},
		{fields{"access_token_ttl": "1h", "access_token_max_ttl": unknown}, ""},
		{fields{"access_token_period": "1h"}, ""},
		{fields{"access_token_period": "8d", "access_token_ttl": "1h", "access_token_max_ttl": "1h"}, "access_token_period is 8d"},
		{fields{"access_token_period": unknown}, ""},
	} {
		tc.config["identity_id"] = "x"
		said := p.validate(t, "machineid_universal_auth", tc.config)
		if tc.word == "" && said != "" || strings.Count(said, "WARNING") > 1 || !strings.Contains(said, tc.word) || strings.Contains(said, "ERROR") {
			t.Errorf("%v: %q", tc.config, said)
		}
	}
}

// TestEphemeralSecretDiesByItself where nobody revokes it.
func TestEphemeralSecretDiesByItself(t *testing.T) {
	server := servertest.Start(t)
	server.Clock.Stop()
	identity := server.NewIdentity(t, "no-access", nil)
	p := configure(t, provider.New("test"), fields{"host": server.Host, "access_token": server.Admin.AccessToken})
	opened := p.openThing(t, "machineid_universal_auth_client_secret", fields{"identity_id": identity.ID})
	secret := field(t, p.schemas.EphemeralResourceSchemas["machineid_universal_auth_client_secret"], opened.Result, "client_secret")
	if said := summaries(opened.Diagnostics); said != "" || !opened.RenewAt.IsZero() || strings.Contains(string(opened.Private), secret) {
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
