// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity_test

import (
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

func TestIdentityLookup(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	create := func(name string) string {
		return server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{
			"name": name, "organizationId": server.Admin.OrganizationID, "role": "member", "hasDeleteProtection": true,
			"metadata": []map[string]string{{"key": "a", "value": "b"}},
		}).Text("identity", "id")
	}
	one, dotted, twin1, twin2 := create("one of a kind"), create("dotted.name"), create("twin"), create("twin")
	server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+one, struct{}{})
	lookup := func(attribute, value string) string {
		return start + fmt.Sprintf("data \"machineid_identity\" \"x\" {\n%s = %q\n}\n", attribute, value)
	}
	const address = "data.machineid_identity.x"
	whole := []statecheck.StateCheck{
		providertest.ExpectAttribute(address, "id", providertest.Text(one)), providertest.ExpectAttribute(address, "name", providertest.Text("one of a kind")), providertest.ExpectAttribute(address, "role", providertest.Text("member")),
		providertest.ExpectAttribute(address, "metadata", knownvalue.MapExact(map[string]knownvalue.Check{"a": providertest.Text("b")})),
		providertest.ExpectAttribute(address, "delete_protection", knownvalue.Bool(true)), providertest.ExpectAttribute(address, "organization_id", providertest.Text(server.Admin.OrganizationID)),
		providertest.ExpectAttribute(address, "auth_methods", providertest.TextSet("universal-auth")),
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: lookup("id", one), ConfigStateChecks: whole},
		resource.TestStep{Config: lookup("name", "dotted.name"), ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute(address, "id", providertest.Text(dotted)), providertest.ExpectAttribute(address, "auth_methods", knownvalue.SetSizeExact(0)),
		}},
		resource.TestStep{Config: lookup("name", "One of a kind"), ExpectError: providertest.Sentence(`there is no identity with the name "One of a kind"`)},
		resource.TestStep{Config: lookup("name", "twin"), ExpectError: providertest.Sentence(twin1)},
		resource.TestStep{Config: lookup("name", "twin"), ExpectError: providertest.Sentence(twin2)},
		resource.TestStep{Config: lookup("name", "twin"), ExpectError: providertest.Sentence(`there is more than one identity with the name "twin"`)},
		resource.TestStep{Config: lookup("id", "6f1d2a34-0000-4000-8000-000000000000"), ExpectError: providertest.Sentence("Could not read the identity")},
		resource.TestStep{Config: lookup("id", "one of a kind"), PlanOnly: true, ExpectError: providertest.Sentence("set name in place of id")},
		resource.TestStep{Config: start + "data \"machineid_identity\" \"x\" {\n}\n", PlanOnly: true, ExpectError: providertest.Sentence("one (and only one)")},
		resource.TestStep{Config: start + "data \"machineid_identity\" \"x\" {\nid = \"a\"\nname = \"b\"\n}\n", PlanOnly: true, ExpectError: providertest.Sentence("one (and only one)")},
		resource.TestStep{Config: lookup("name", "one of a kind"), ConfigStateChecks: whole},
	)
}
