// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const (
	organizationRoleAddress = "machineid_organization_role.x"
	organizationRolesPath   = "/v1/organization/roles"
)

func organizationRoleConfig(attributes string) string {
	return "resource \"machineid_organization_role\" \"x\" {\n" + attributes + "\n}\n"
}

// roleOf checks the role that the server has at the path: its texts and its rules.
func roleOf(t *testing.T, server *servertest.Server, path func() string, texts, rules string) resource.TestCheckFunc {
	return providertest.CheckServer(func() error {
		role := server.AsAdmin(t, http.MethodGet, path(), nil)
		if got := strings.Join([]string{role.Text("role", "slug"), role.Text("role", "name"), role.Text("role", "description")}, "|"); got != texts {
			return fmt.Errorf("the server has the role %s, not %s", got, texts)
		}
		if got := fmt.Sprint(role.At("role", "permissions")); got != rules {
			return fmt.Errorf("the server has the rules %s, not %s", got, rules)
		}
		return nil
	})
}

func TestOrganizationRoleLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	var id string
	path := func() string { return organizationRolesPath + "/" + id }
	is := func(texts, rules string) resource.TestCheckFunc { return roleOf(t, server, path, texts, rules) }
	noted := providertest.SaveAttribute(organizationRoleAddress, "id", &id)
	full := organizationRoleConfig(`
  slug        = "hiring"
  name        = "Hiring"
  description = "Makes identities"
  permission {
    subject = "identity"
    actions = ["read", "create"]
  }
  permission {
    subject = "app-connections"
    actions = ["connect"]
    condition {
      key = "connectionId"
      in  = ["b", "a"]
    }
  }
  permission {
    effect  = "deny"
    subject = "app-connections"
    actions = ["connect"]
    condition {
      key = "connectionId"
      eq  = "a"
    }
  }`)
	plain := organizationRoleConfig("slug = \"hired\"\nname = \"Hired\"")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + full, ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionCreate),
			Check: resource.ComposeTestCheckFunc(noted, is("hiring|Hiring|Makes identities",
				"[map[action:[create read] inverted:false subject:identity] map[action:[connect] conditions:map[connectionId:map[$in:[a b]]] inverted:false subject:app-connections] map[action:[connect] conditions:map[connectionId:map[$eq:a]] inverted:true subject:app-connections]]")),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(organizationRoleAddress, "permission", knownvalue.ListSizeExact(3))},
		},
		resource.TestStep{ // the order of actions and values has no meaning
			Config: start + strings.NewReplacer(`"read", "create"`, `"create", "read"`, `"b", "a"`, `"a", "b"`).Replace(full), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ResourceName: organizationRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "hiring"},
		resource.TestStep{Config: start + full, ResourceName: organizationRoleAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: "hiring"},
		resource.TestStep{ // another spelling of the same rules is no change
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{"permissions": []any{
					map[string]any{"subject": "identity", "action": []string{"read", "create"}, "inverted": false},
					map[string]any{"subject": "app-connections", "action": "connect", "conditions": map[string]any{"connectionId": map[string]any{"$in": []string{"b", "a"}}}},
					map[string]any{"subject": "app-connections", "action": "connect", "inverted": true, "conditions": map[string]any{"connectionId": "a"}},
				}})
			},
			Config: start + full, ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ // the slug in place; the description and the rules are cleared
			Config: start + plain, ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionUpdate),
			Check:             is("hired|Hired|", "[]"),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(organizationRoleAddress, "description", providertest.Text("")), providertest.ExpectAttribute(organizationRoleAddress, "permission", knownvalue.ListSizeExact(0))},
		},
		resource.TestStep{ResourceName: organizationRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "hired"},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{"slug": "other", "name": "o", "description": "o", "permissions": []any{map[string]any{"subject": "role", "action": "read"}}})
			},
			Config: start + plain, ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionUpdate), Check: is("hired|Hired|", "[]"),
		},
		resource.TestStep{ // deleted outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + plain, ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionCreate), Check: noted,
		},
		resource.TestStep{PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) }, Config: start},
	)
}

// TestOrganizationRoleOrderOfRules checks that the order of rules is kept, as the server keeps it.
func TestOrganizationRoleOrderOfRules(t *testing.T) {
	server := servertest.Start(t)
	allow, deny := permissionBlock("app-connections", `["read"]`), permissionBlock("app-connections", `["read"]`, `effect = "deny"`)
	config := func(rules ...string) string {
		return providertest.AdminConfig(server) + organizationRoleConfig("slug = \"x\"\nname = \"x\"\n"+strings.Join(rules, ""))
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(allow, deny)},
		resource.TestStep{Config: config(deny, allow), ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionUpdate)},
	)
}

// TestPermissionEffect checks that a rule without effect and one with effect = "allow" are the same.
func TestPermissionEffect(t *testing.T) {
	server := servertest.Start(t)
	config := func(more ...string) string {
		return providertest.AdminConfig(server) + organizationRoleConfig("slug = \"x\"\nname = \"x\"\n"+permissionBlock("app-connections", `["read"]`, more...))
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(), ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(organizationRoleAddress, "permission", knownvalue.ListExact([]knownvalue.Check{
			knownvalue.ObjectPartial(map[string]knownvalue.Check{"effect": providertest.Text("allow"), "allow_unknown": knownvalue.Null()}),
		}))}},
		resource.TestStep{Config: config(`effect = "allow"`), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: config(`effect = "deny"`), ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: config(`effect = "deny"`, `allow_unknown = false`)},
		resource.TestStep{Config: config(`effect = "deny"`, `allow_unknown = false`), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: config(`effect = null`), ConfigPlanChecks: providertest.ExpectAction(organizationRoleAddress, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: config(`effect = null`), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestPermissionsFromUnknownValues checks rules of a dynamic block whose number and values are known only at apply.
func TestPermissionsFromUnknownValues(t *testing.T) {
	server := servertest.Start(t)
	config := providertest.AdminConfig(server) + `
resource "terraform_data" "x" {
  input = ["a", "b"]
}
` + organizationRoleConfig(`
  slug = "x"
  name = "x"
  dynamic "permission" {
    for_each = terraform_data.x.output
    content {
      subject = "app-connections"
      actions = ["connect"]
      condition {
        key = "connectionId"
        eq  = permission.value
      }
      condition {
        key = "connectionId"
        ne  = "c"
      }
    }
  }`)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(organizationRoleAddress, "permission", knownvalue.ListSizeExact(2))}},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

func TestOrganizationRoleBadInput(t *testing.T) {
	server := servertest.Start(t)
	with := func(slug string, blocks ...string) string {
		return organizationRoleConfig(fmt.Sprintf("slug = %q\nname = \"x\"\n", slug) + strings.Join(blocks, ""))
	}
	connected := func(comparison string) string {
		return with("x", permissionBlock("app-connections", `["read"]`, conditionBlock("connectionId", comparison)))
	}
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		with("admin"):  `value must be none of`,
		with("Hiring"): `must be a slug`,
		with("x", permissionBlock("identity", `[]`)):                                                           `at least one action`,
		with("x", permissionBlock("identity", `[""]`)):                                                         `at least 1`,
		with("x", permissionBlock("identity", `[null]`)):                                                       `null`,
		with("x", "permission {\nactions = [\"read\"]\n}\n"):                                                   `The argument "subject" is required`,
		with("x", permissionBlock("identity", `["read"]`, `effect = "deny"`)):                                  `Rules on identity cannot have effect = "deny"`,
		with("x", permissionBlock("identity", `["read"]`, `effect = "Deny"`)):                                  `value must be one of`,
		with("x", permissionBlock("identity", `["read"]`, `inverted = true`)):                                  `An argument named "inverted" is not expected here`,
		with("x", permissionBlock("identity", `["read"]`, conditionBlock("a", `eq = "x"`))):                    `take no conditions`,
		with("x", permissionBlock("identity", `["reed"]`)):                                                     `Did you mean "read"?`,
		with("x", permissionBlock("identities", `["read"]`)):                                                   `Did you mean "identity"?`,
		with("x", permissionBlock("app-connections", `["read"]`, conditionBlock("connection_id", `eq = "x"`))): `Did you mean "connectionId"?`,
		connected(`glob = "x"`):             `"glob" is not an operator here; use eq, ne, in`,
		connected(``):                       `Set exactly one of eq, ne, in, all, glob, elem_match`,
		connected("eq = \"x\"\nne = \"y\""): `Keep one operator`,
		connected(`in = []`):                `at least 1`,
		connected(`eq = ["x"]`):             `string required`,
		connected(`eq = "{{user.id}}"`):     `user.id`,
		connected(`equals = "x"`):           `An argument named "equals" is not expected here`,
	})
}

// TestOrganizationRoleOfANewerServer checks that allow_unknown sends names that no table has, and that the server decides.
func TestOrganizationRoleOfANewerServer(t *testing.T) {
	server := servertest.Start(t)
	config := func(more ...string) string {
		return providertest.AdminConfig(server) + organizationRoleConfig("slug = \"x\"\nname = \"x\"\n"+
			permissionBlock("agents", `["run"]`, append(more, conditionBlock("agentName", `glob = "a*"`))...))
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(), PlanOnly: true, ExpectError: providertest.Sentence(`"agents" is not a subject`)},
		resource.TestStep{Config: config("allow_unknown = true"), ExpectError: providertest.Sentence(`The server rejected this value: "agents" is not a subject`)},
	)
}

func TestOrganizationRoleDenied(t *testing.T) {
	server := servertest.Start(t)
	rule := func(subject string, actions ...string) permission.Rule {
		return permission.Rule{Subject: subject, Actions: actions}
	}
	reader := providertest.TokenConfig(server, server.TokenWith(t, rule("role", "read")))
	writer := providertest.TokenConfig(server, server.TokenWith(t, rule("role", "read", "create", "edit", "delete"), rule("identity", "read")))
	within := organizationRoleConfig("slug = \"x\"\nname = \"x\"\n" + permissionBlock("identity", `["read"]`))
	beyond := strings.Replace(within, `"read"`, `"read", "delete"`, 1)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: reader + within, ExpectError: providertest.Sentence("not allowed to create on role")},
		resource.TestStep{Config: writer + beyond, ExpectError: providertest.Sentence("Missing permission delete on identity")},
		resource.TestStep{Config: writer + within},
		resource.TestStep{Config: writer + beyond, ExpectError: providertest.Sentence("Missing permission delete on identity")},
		resource.TestStep{ // in use
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": "user", "organizationId": server.Admin.OrganizationID, "role": "x"})
			},
			Config: providertest.AdminConfig(server), ExpectError: providertest.Sentence("set lifecycle { create_before_destroy = true } on the role"),
		},
		resource.TestStep{
			PreConfig: func() {
				for _, identity := range server.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+server.Admin.OrganizationID, nil).At("identities").([]any) {
					if identity := identity.(map[string]any); identity["identity"].(map[string]any)["name"] == "user" {
						server.AsAdmin(t, http.MethodDelete, "/v1/identities/"+identity["identityId"].(string), nil)
					}
				}
			},
			Config: providertest.AdminConfig(server),
		},
	)
}

// TestOrganizationRoleRulesAreSentOnlyWhenChanged checks that other changes do not send rules, which would require all their permissions.
func TestOrganizationRoleRulesAreSentOnlyWhenChanged(t *testing.T) {
	server := servertest.Start(t)
	var sent atomic.Int32
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPatch {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			if strings.Contains(providertest.ReadBody(t, body), `"permissions"`) {
				sent.Add(1)
			}
		}
		return next.RoundTrip(req)
	}))
	config := func(name, action string) string {
		return providertest.AdminConfig(server) + organizationRoleConfig(fmt.Sprintf("slug = \"x\"\nname = %q\n%s", name, permissionBlock("identity", `["`+action+`"]`)))
	}
	times := func(n int32) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			if got := sent.Load(); got != n {
				return fmt.Errorf("the rules were sent %d times, not %d", got, n)
			}
			return nil
		})
	}
	providertest.Apply(t, p,
		resource.TestStep{Config: config("a", "read")},
		resource.TestStep{Config: config("b", "read"), Check: times(0)},
		resource.TestStep{Config: config("b", "edit"), Check: times(1)},
	)
}

// TestOrganizationRoleOnAnOlderServer checks servers on which only users can manage organization roles.
func TestOrganizationRoleOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	config := providertest.AdminConfig(server) + organizationRoleConfig("slug = \"x\"\nname = \"x\"")
	people := providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasPrefix(req.URL.Path, "/api"+organizationRolesPath) {
			return providertest.Response(http.StatusForbidden, "application/json", `{"statusCode":403,"error":"Forbidden access to /api/v1/organization/roles","message":"You are not allowed to access this resource"}`), nil
		}
		return next.RoundTrip(req)
	})
	for message, server := range map[string]providertest.Transport{"available since the end of 2025": providertest.WithoutRoutes(organizationRolesPath), "only users may manage organization roles": people} {
		t.Run(message, func(t *testing.T) {
			providertest.Apply(t, provider.New("test").WithTransport(server), resource.TestStep{Config: config, ExpectError: providertest.Sentence(message)})
		})
	}
}

// TestOrganizationRoleWithDroppedCondition checks that a server that drops a condition is reported.
func TestOrganizationRoleWithDroppedCondition(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		return providertest.WithoutFields(next, req, "conditions")
	}))
	providertest.Apply(t, p, resource.TestStep{
		Config:      providertest.AdminConfig(server) + organizationRoleConfig("slug = \"x\"\nname = \"x\"\n"+permissionBlock("app-connections", `["read"]`, conditionBlock("connectionId", `eq = "x"`))),
		ExpectError: providertest.Sentence("the server stored other permissions than it was sent"),
	})
}

func TestOrganizationRoleLookup(t *testing.T) {
	server := servertest.Start(t)
	const address = "data.machineid_organization_role.x"
	lookup := func(slug string) string {
		return providertest.AdminConfig(server) + fmt.Sprintf("data \"machineid_organization_role\" \"x\" {\nslug = %q\n}\n", slug)
	}
	server.AsAdmin(t, http.MethodPost, organizationRolesPath, map[string]any{"slug": "mine", "name": "Mine", "description": "d", "permissions": []any{
		map[string]any{"subject": "app-connections", "action": "read", "conditions": map[string]any{"connectionId": "x"}},
	}})
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: lookup("mine"), ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute(address, "name", providertest.Text("Mine")), providertest.ExpectAttribute(address, "description", providertest.Text("d")),
			providertest.ExpectAttribute(address, "permission", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"subject": providertest.Text("app-connections"), "actions": providertest.TextSet("read"), "effect": providertest.Text("allow"), "allow_unknown": knownvalue.Null(),
				"condition": knownvalue.SetExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{"key": providertest.Text("connectionId"), "eq": providertest.Text("x"), "in": knownvalue.Null()})}),
			})})),
		}},
		resource.TestStep{Config: lookup("admin"), ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(address, "name", providertest.Text("Admin"))}},
		resource.TestStep{Config: lookup("unknown"), ExpectError: providertest.Sentence("Role with slug unknown not found")},
	)
}
