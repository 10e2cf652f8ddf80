// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestIdentityMemberships(t *testing.T) {
	server := servertest.Start(t)
	server.AsAdmin(t, http.MethodPost, "/v1/organization/roles", map[string]any{"slug": "auditor", "name": "Auditor", "permissions": []any{}})
	for name, role := range map[string]string{"zz-first": "auditor", "zz-second": "member"} {
		server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": name, "role": role, "organizationId": server.Admin.OrganizationID})
	}
	row := func(name, role string, roleID knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"id": knownvalue.NotNull(), "identity_id": knownvalue.NotNull(), "identity_name": providertest.Text(name), "role": providertest.Text(role),
			"role_id": roleID, "created_at": knownvalue.NotNull(), "last_login_at": knownvalue.Null(), "last_login_auth_method": knownvalue.Null(),
		})
	}
	providertest.Apply(t, provider.New("test"), resource.TestStep{
		Config: providertest.AdminConfig(server) + "data \"machineid_identity_memberships\" \"x\" {}\n",
		ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute("data.machineid_identity_memberships.x", "memberships", knownvalue.ListPartial(map[int]knownvalue.Check{
				0: knownvalue.ObjectPartial(map[string]knownvalue.Check{"role": providertest.Text("admin"), "last_login_auth_method": providertest.Text("universal-auth"), "last_login_at": knownvalue.NotNull()}),
				1: row("zz-first", "auditor", knownvalue.NotNull()), 2: row("zz-second", "member", knownvalue.Null()),
			})),
		},
	})
}
