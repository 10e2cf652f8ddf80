// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
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

// secretConfig returns an identity with Universal Auth and a client secret.
func secretConfig(attributes string) string {
	return authConfig("") + "resource \"machineid_universal_auth_client_secret\" \"x\" {\nidentity_id = machineid_universal_auth.x.identity_id\n" + attributes + "\n}\n"
}

func TestClientSecretLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	var identity, clientID, id, secret, before string
	path := func() string { return "/v1/auth/universal-auth/identities/" + identity + "/client-secrets/" + id }
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &identity), providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID),
		providertest.SaveAttribute(providertest.ClientSecretAddress, "id", &id), providertest.SaveAttribute(providertest.ClientSecretAddress, "client_secret", &secret))
	logsIn := providertest.CheckServer(func() error {
		if a := server.Login(t, clientID, secret); a.Status != 200 {
			return fmt.Errorf("the secret does not log in: %v", a.Body)
		}
		return nil
	})
	changed := providertest.CheckServer(func() error {
		if a := server.Login(t, clientID, before); a.Status == 200 {
			return errors.New("the secret before still logs in")
		}
		before = secret
		return nil
	})
	importID := func(*terraform.State) (string, error) { return identity + "/" + id, nil }
	full := secretConfig("description = \"GitHub\"\nttl = \"90d\"\nnum_uses_limit = 100")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + full,
			Check: resource.ComposeTestCheckFunc(noted, logsIn, func(s *terraform.State) error {
				before = secret
				attributes := s.RootModule().Resources[providertest.ClientSecretAddress].Primary.Attributes
				if len(secret) != 64 || attributes["client_secret_prefix"] != secret[:4] || !strings.HasSuffix(attributes["created_at"], "Z") || attributes["expires_at"] <= attributes["created_at"] {
					return fmt.Errorf("%d characters, prefix %s, from %s to %s", len(secret), attributes["client_secret_prefix"], attributes["created_at"], attributes["expires_at"])
				}
				return nil
			}),
		},
		resource.TestStep{ // another notation of the same TTL is no change
			Config: start + secretConfig("description = \"GitHub\"\nttl = \"2160h\"\nnum_uses_limit = 100"), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ResourceName: providertest.ClientSecretAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: importID, ImportStateVerifyIgnore: []string{"client_secret"}},
		resource.TestStep{ResourceName: providertest.ClientSecretAddress, ImportState: true, ImportStateId: "x", ExpectError: providertest.Sentence("<identity_id>/<id>")},
		resource.TestStep{Config: start + full, ResourceName: providertest.ClientSecretAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: importID},
		resource.TestStep{ // every change makes a new one: the description, the TTL, the uses
			Config:           start + secretConfig("ttl = \"90d\"\nnum_uses_limit = 100"),
			ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(noted, logsIn, changed),
		},
		resource.TestStep{
			Config:           start + secretConfig("num_uses_limit = 100"),
			ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(noted, logsIn, changed),
		},
		resource.TestStep{
			Config:           start + secretConfig(""),
			ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(noted, logsIn, changed),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(providertest.ClientSecretAddress, "description", providertest.Text("")), providertest.ExpectAttribute(providertest.ClientSecretAddress, "ttl", knownvalue.Null()),
				providertest.ExpectAttribute(providertest.ClientSecretAddress, "num_uses_limit", knownvalue.Null()), providertest.ExpectAttribute(providertest.ClientSecretAddress, "expires_at", knownvalue.Null()),
			},
		},
		resource.TestStep{ // a refresh does not wipe it
			RefreshState: true, Check: resource.ComposeTestCheckFunc(noted, logsIn),
		},
		resource.TestStep{ // revoked outside Terraform: planned again
			PreConfig:        func() { server.AsAdmin(t, http.MethodPost, path()+"/revoke", nil) },
			Config:           start + secretConfig(""),
			ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionCreate),
			Check:            resource.ComposeTestCheckFunc(noted, logsIn, changed),
		},
		resource.TestStep{ // destroyed: revoked
			Config: start + authConfig(""),
			Check:  changed,
		},
		resource.TestStep{Config: start + secretConfig(""), Check: noted},
		resource.TestStep{ // its Universal Auth is gone before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, "/v1/auth/universal-auth/identities/"+identity, nil) },
			Config:    start + providertest.IdentityConfig(`name = "x"`),
		},
	)
}

func TestClientSecretBadInput(t *testing.T) {
	server := servertest.Start(t)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		secretConfig(`num_uses_limit = 9007199254740992`):                  `must be between 1 and 9007199254740991`,
		secretConfig(`description = " x"`):                                 `must not begin or end with white space`,
		secretConfig(`description = "` + strings.Repeat("a", 256) + `"`):   `at most 255`,
		secretConfig(`ttl = "-1s"`):                                        `has a sign`,
		secretConfig(`ttl = "3651d"`):                                      `longer than attribute ttl allows`,
		secretConfig(`num_uses_limit = -1`):                                `must be between 1 and`,
		"resource \"machineid_universal_auth_client_secret\" \"x\" {\n}\n": `"identity_id" is required`,
		secretConfig("client_secret = \"0123456789abcdef\""):               `read-only`,
	})
}

func TestClientSecretDenied(t *testing.T) {
	server := servertest.Start(t)
	member, admin := server.NewIdentity(t, "no-access", nil), server.Admin.IdentityID
	config := fmt.Sprintf("resource \"machineid_universal_auth_client_secret\" \"x\" {\nidentity_id = %q\n}\n", admin)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, member) + config, ExpectError: providertest.Sentence("Could not create the universal auth client secret")},
		resource.TestStep{
			Config:      providertest.AdminConfig(server) + providertest.IdentityConfig(`name = "x"`) + strings.Replace(config, fmt.Sprintf("%q", admin), "machineid_identity.x.id", 1),
			ExpectError: providertest.Sentence("Could not create the universal auth client secret"),
		},
	)
}
