// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestUniversalAuthDataSource(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", map[string]any{
		"accessTokenTTL": 900, "accessTokenMaxTTL": 3600, "accessTokenNumUsesLimit": 7, "clientSecretTrustedIps": []any{map[string]any{"ipAddress": "10.0.0.0/8"}},
	})
	config := func(id string) string {
		return providertest.AdminConfig(server) + fmt.Sprintf("data \"machineid_universal_auth\" \"x\" {\nidentity_id = %q\n}\n", id)
	}
	const address = "data.machineid_universal_auth.x"
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(identity.ID), ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute(address, "client_id", providertest.Text(identity.ClientID)),
			providertest.ExpectAttribute(address, "access_token_ttl", providertest.Text("15m")),
			providertest.ExpectAttribute(address, "access_token_max_ttl", providertest.Text("1h")),
			providertest.ExpectAttribute(address, "access_token_num_uses_limit", knownvalue.Int64Exact(7)),
			providertest.ExpectAttribute(address, "client_secret_trusted_ips", providertest.TextSet("10.0.0.0/8")),
			providertest.ExpectAttribute(address, "access_token_period", knownvalue.Null()),
			providertest.ExpectAttribute(address, "lockout_enabled", knownvalue.Bool(true)),
			providertest.ExpectAttribute(address, "lockout_threshold", knownvalue.Int64Exact(3)),
		}},
		resource.TestStep{Config: config(server.Admin.IdentityID[:8] + "-0000-4000-8000-000000000000"), ExpectError: providertest.Sentence("Could not read the universal auth")},
	)
}
