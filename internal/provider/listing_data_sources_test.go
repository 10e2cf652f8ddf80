// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func newNamed(t *testing.T, server *servertest.Server, name, role string, metadata ...string) string {
	t.Helper()
	pairs := []any{}
	for n := 0; n < len(metadata); n += 2 {
		pairs = append(pairs, map[string]any{"key": metadata[n], "value": metadata[n+1]})
	}
	return server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{
		"name": name, "organizationId": server.Admin.OrganizationID, "role": role, "metadata": pairs,
	}).Text("identity", "id")
}

// output expects the value of an output.
func output(value knownvalue.Check) []statecheck.StateCheck {
	return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("it", value)}
}

func inOrder(values ...string) knownvalue.Check {
	checks := []knownvalue.Check{}
	for _, value := range values {
		checks = append(checks, providertest.Text(value))
	}
	return knownvalue.ListExact(checks)
}

func TestIdentitiesLookup(t *testing.T) {
	server := servertest.Start(t)
	for n := range 120 { // more than a page
		newNamed(t, server, fmt.Sprintf("bulk %03d", n), "no-access")
	}
	newNamed(t, server, "ci.main", "member", "team", "payments", "zone", "a")
	newNamed(t, server, "CI second", "member", "team", "payments")
	newNamed(t, server, "other", "member", "team", "search")
	auth := newNamed(t, server, "with auth", "no-access")
	server.AsAdmin(t, http.MethodPost, "/v1/auth/universal-auth/identities/"+auth, map[string]any{})
	step := func(filter, expression string, want knownvalue.Check) resource.TestStep {
		return resource.TestStep{
			Config:            providertest.AdminConfig(server) + "data \"machineid_identities\" \"x\" {\n" + filter + "\n}\noutput \"it\" {\nvalue = " + expression + "\n}\n",
			ConfigStateChecks: output(want),
		}
	}
	const names = "data.machineid_identities.x.identities[*].name"
	count := func(n int64) knownvalue.Check { return knownvalue.Int64Exact(n) }
	providertest.Apply(t, provider.New("test"),
		step("", "length("+names+")", count(125)), // with the admin
		step(`name_contains = "BULK"`, "length(distinct("+names+"))", count(120)),
		step(`name = "ci.main"`, names, inOrder("ci.main")),
		step(`name = "nobody"`, names, inOrder()),
		step("role = \"member\"\nname_contains = \"ci\"", "sort("+names+")", inOrder("CI second", "ci.main")),
		step("auth_method = \"universal-auth\"\nname_contains = \"auth\"", names, inOrder("with auth")),
		step(`metadata = { team = "payments" }`, "sort("+names+")", inOrder("CI second", "ci.main")),
		step("metadata = { team = \"payments\", zone = \"a\" }", "data.machineid_identities.x.identities[0].metadata.zone", providertest.Text("a")),
		step("metadata = {}\nname = \"other\"", "data.machineid_identities.x.identities[0].metadata.team", providertest.Text("search")),
		step(`name = "other"`, "data.machineid_identities.x.identities[0].metadata == null", knownvalue.Bool(true)),
		step(`name = "other"`, "data.machineid_identities.x.identities[0].delete_protection", knownvalue.Bool(false)),
	)
}

// TestIdentitiesLookupOnAnOlderServer, which has no search.
func TestIdentitiesLookupOnAnOlderServer(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	newNamed(t, server, "ci", "member")
	providertest.Apply(t, provider.New("test"), resource.TestStep{
		Config: providertest.AdminConfig(server) + `
data "machineid_identities" "x" { role = "member" }
data "machineid_organization" "x" {}
output "it" { value = [data.machineid_identities.x.identities[0].name, data.machineid_organization.x.id] }
`,
		ConfigStateChecks: append(output(inOrder("ci", server.Admin.OrganizationID)), providertest.ExpectAttribute("data.machineid_organization.x", "slug", knownvalue.Null())),
	})
}

func TestListingLookups(t *testing.T) {
	server := servertest.Start(t)
	p, second := server.NewProject(t), server.NewProject(t)
	id := newNamed(t, server, "ci", "no-access")
	server.Join(t, p, id, "viewer")
	server.Join(t, second, id, "member", "viewer")
	rule := []any{map[string]any{"subject": "identity", "action": []string{"read"}}}
	server.AsAdmin(t, http.MethodPost, "/v1/organization/roles", map[string]any{"slug": "auditor", "name": "Auditor", "permissions": rule})
	server.AsAdmin(t, http.MethodPost, "/v1/projects/"+p.ID+"/roles", map[string]any{"slug": "reader", "name": "Reader", "permissions": rule})
	config := func(data, expression string) string {
		return providertest.AdminConfig(server) + data + "\noutput \"it\" {\nvalue = " + expression + "\n}\n"
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config:            config(`data "machineid_organization" "x" {}`, "data.machineid_organization.x.id"),
			ConfigStateChecks: append(output(providertest.Text(server.Admin.OrganizationID)), providertest.ExpectAttribute("data.machineid_organization.x", "slug", knownvalue.NotNull())),
		},
		resource.TestStep{
			Config:            config(`data "machineid_organization_roles" "x" {}`, "[for r in data.machineid_organization_roles.x.roles : \"${r.slug} ${r.name}\" if !r.built_in]"),
			ConfigStateChecks: output(inOrder("auditor Auditor")),
		},
		resource.TestStep{
			Config:            config(fmt.Sprintf(`data "machineid_project_roles" "x" { project_id = %q }`, p.ID), "sort([for r in data.machineid_project_roles.x.roles : \"${r.slug} ${r.built_in}\"])"),
			ConfigStateChecks: output(inOrder("admin true", "member true", "no-access true", "reader false", "viewer true")),
		},
		resource.TestStep{
			Config:            config(fmt.Sprintf(`data "machineid_identity_project_memberships" "x" { identity_id = %q }`, id), "sort([for m in data.machineid_identity_project_memberships.x.memberships : \"${m.project_id} ${m.project_name} ${join(\",\", m.role[*].slug)}\"])"),
			ConfigStateChecks: output(sorted(p.ID+" Project viewer", second.ID+" Project member,viewer")),
		},
		resource.TestStep{
			Config:      config(fmt.Sprintf(`data "machineid_identity_project_memberships" "x" { identity_id = %q }`, p.ID), "1"),
			ExpectError: providertest.Sentence("Could not read the identity project memberships"),
		},
	)
}

func sorted(a, b string) knownvalue.Check {
	if a > b {
		a, b = b, a
	}
	return inOrder(a, b)
}

func TestClientSecretsLookup(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil) // with a secret that has no description
	path := "/v1/auth/universal-auth/identities/" + identity.ID + "/client-secrets"
	made := func(description string, ttl int) string {
		a := server.AsAdmin(t, http.MethodPost, path, map[string]any{"description": description, "ttl": ttl, "numUsesLimit": 7})
		return a.Text("clientSecretData", "id")
	}
	made("short", 3600)
	made("long", 86400)
	server.AsAdmin(t, http.MethodPost, path+"/"+made("revoked", 3600)+"/revoke", nil)
	server.TokenOf(t, identity) // a use of the first
	later := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	earlier := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	step := func(filter, expression string, want knownvalue.Check) resource.TestStep {
		return resource.TestStep{
			Config:            providertest.AdminConfig(server) + fmt.Sprintf("data \"machineid_universal_auth_client_secrets\" \"x\" {\nidentity_id = %q\n%s\n}\noutput \"it\" {\nvalue = %s\n}\n", identity.ID, filter, expression),
			ConfigStateChecks: output(want),
		}
	}
	const all = "data.machineid_universal_auth_client_secrets.x.client_secrets"
	providertest.Apply(t, provider.New("test"),
		step("", "sort("+all+"[*].description)", inOrder("", "long", "short")),
		step(`unused = true`, "sort("+all+"[*].description)", inOrder("long", "short")),
		step(`unused = false`, "[for s in "+all+" : \"${s.num_uses} ${s.num_uses_limit == null} ${s.expires_at == null}\"]", inOrder("1 true true")),
		step(fmt.Sprintf("expires_before = %q", later), "[for s in "+all+" : \"${s.description} ${s.num_uses_limit} ${timecmp(s.expires_at, s.created_at)}\"]", inOrder("short 7 1")),
		step(fmt.Sprintf("created_before = %q", later), "length("+all+")", knownvalue.Int64Exact(3)),
		step(fmt.Sprintf("created_before = %q", earlier), "length("+all+")", knownvalue.Int64Exact(0)),
	)
}

func TestListingLookupsBadInput(t *testing.T) {
	server := servertest.Start(t)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		"data \"machineid_identities\" \"x\" {\nname = \"a\"\nname_contains = \"b\"\n}":                                   "cannot be specified when",
		`data "machineid_identities" "x" { role = "A b" }`:                                                                "must be the slug of a role",
		`data "machineid_identities" "x" { role = "custom" }`:                                                             "Set the slug of the custom role",
		"data \"machineid_universal_auth_client_secrets\" \"x\" {\nidentity_id = \"i\"\nexpires_before = \"tomorrow\"\n}": "is not an RFC 3339 time",
		"data \"machineid_universal_auth_client_secrets\" \"x\" {\nidentity_id = \"\"\n}":                                 "an ID is a UUID",
		"data \"machineid_project_roles\" \"x\" {}":                                                                       "required",
	})
}

// TestDataSourcesRefuseEmptyTexts expects that no data source and no list takes an empty text, such as the
// default of a variable: a look-up by it could find anything.
func TestDataSourcesRefuseEmptyTexts(t *testing.T) {
	server := provider.NewServer(provider.New("test"))
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	check := func(kind string, schema *tfprotov6.Schema, validate func(*tfprotov6.DynamicValue) []*tfprotov6.Diagnostic) {
		for _, attribute := range schema.Block.Attributes {
			if attribute.Type == nil || !attribute.Type.Is(tftypes.String) || !attribute.Required && !attribute.Optional {
				continue
			}
			at := tftypes.NewAttributePath().WithAttributeName(attribute.Name)
			refused := slices.ContainsFunc(validate(providertest.DynamicValue(t, schema, providertest.Values{attribute.Name: ""})), func(d *tfprotov6.Diagnostic) bool {
				return d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.Equal(at)
			})
			if !refused {
				t.Errorf("%s takes an empty %s", kind, attribute.Name)
			}
		}
	}
	for kind, schema := range schemas.DataSourceSchemas {
		check("data "+kind, schema, func(config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			resp, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			return resp.Diagnostics
		})
	}
	lists, ok := server.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the provider has no list resources")
	}
	for kind, schema := range schemas.ListResourceSchemas {
		check("list "+kind, schema, func(config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			resp, err := lists.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: kind, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			return resp.Diagnostics
		})
	}
}
