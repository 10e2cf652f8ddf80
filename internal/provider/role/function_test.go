// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// answer is an output of what an expression comes to.
func answer(expression string) string {
	return "output \"x\" {\nvalue = " + expression + "\n}\n"
}

func comesTo(expression string, value knownvalue.Check) resource.TestStep {
	return resource.TestStep{Config: answer(expression), ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x", value)}}
}

func TestSeconds(t *testing.T) {
	seconds := func(text string) string { return `provider::machineid::seconds("` + text + `")` }
	providertest.Apply(t, provider.New("test"),
		comesTo(seconds("90d"), knownvalue.Int64Exact(7776000)),
		comesTo(seconds("1h30m")+` + `+seconds("90"), knownvalue.Int64Exact(5490)),
		resource.TestStep{Config: answer(seconds("1.5h")), PlanOnly: true, ExpectError: providertest.Sentence(`Not a duration: "1.5h" has a fraction`)},
		// The CLI ends the sentence.
		resource.TestStep{Config: answer(seconds("x")), PlanOnly: true, ExpectError: regexp.MustCompile(`"1d"\.[\s│]`)},
		resource.TestStep{Config: answer(`provider::machineid::seconds(null)`), PlanOnly: true, ExpectError: providertest.Sentence("argument must not be null")},
	)
}

const readsDev = `[{ subject = "secrets", actions = ["readValue"], condition = [{ key = "environment", in = ["dev", "staging"] }, { key = "secretPath", glob = "/app/**" }] }]`

func call(name, permissions, action, subject, attributes string) string {
	if attributes != "" {
		attributes = ", " + attributes
	}
	return `provider::machineid::` + name + `(` + permissions + `, "` + action + `", "` + subject + `"` + attributes + `)`
}

func TestAllowsAndExplain(t *testing.T) {
	yes, no := knownvalue.Bool(true), knownvalue.Bool(false)
	var all []string
	for _, permissions := range []string{readsDev, `tolist(` + readsDev + `)`, `provider::machineid::permissions(` + readsDev + `)`} {
		all = append(all, call("allows", permissions, "readValue", "secrets", `{ environment = "dev", secretPath = "/app/db" }`),
			`!`+call("allows", permissions, "readValue", "secrets", `{ environment = "prod", secretPath = "/app/db" }`),
			`!`+call("allows", permissions, "readValue", "secrets", ``))
	}
	providertest.Apply(t, provider.New("test"),
		comesTo("alltrue([\n"+strings.Join(all, ",\n")+"\n])", yes),
		comesTo(call("allows", "[]", "read", "secrets", "{}"), no),
		comesTo(call("explain", readsDev, "readValue", "secrets", `{ environment = "dev", secretPath = "/app/db" }`),
			knownvalue.StringExact("allowed by rule 1: allow secrets.readValue where environment is one of dev, staging and secretPath matches /app/**")),
		resource.TestStep{Config: answer(call("allows", readsDev, "edt", "secrets", "")), PlanOnly: true, ExpectError: providertest.Sentence(`"edt" is not an action on secrets. Did you mean "edit"?`)},
		resource.TestStep{Config: answer(call("explain", readsDev, "read", "secret", "")), PlanOnly: true, ExpectError: providertest.Sentence(`"secret" is not a subject where these permissions apply. Did you mean "secrets"?`)},
		resource.TestStep{Config: answer(call("allows", readsDev, "edit", "secrets", `{ secret_path = "/" }`)), PlanOnly: true, ExpectError: providertest.Sentence(`"secret_path" is not known. Did you mean "secretPath"?`)},
		resource.TestStep{Config: answer(call("allows", readsDev, "edit", "secrets", `{}, {}`)), PlanOnly: true, ExpectError: providertest.Sentence(`At most one map of attributes is accepted`)},
	)
}

// TestAllowsOfAResource: what is not known yet is not known to the function either. The rules of a resource, in
// which what is left out is null, can be passed as they are.
func TestAllowsOfAResource(t *testing.T) {
	config := `
resource "terraform_data" "dev" {
  input = "dev"
}
resource "terraform_data" "x" {
  input = [{ subject = "secrets", actions = toset(["edit"]), effect = null, condition = toset([{ key = "environment", eq = terraform_data.dev.output, ne = null, in = null, glob = null, elem_match = null }]) }]
}
` + answer(call("allows", "terraform_data.x.output", "edit", "secrets", `{ environment = "dev" }`))
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config:            config,
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("x")}},
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x", knownvalue.Bool(true))},
		},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestPermissionsInDynamicBlocks: the rules and roles of variables become blocks, also with values that are known
// only after the apply, and unknown names are errors.
func TestPermissionsInDynamicBlocks(t *testing.T) {
	const module = `
resource "machineid_project" "p" {
  name = "p"
}
resource "terraform_data" "dev" {
  input = "dev"
}
resource "machineid_project_role" "r" {
  project_id = machineid_project.p.id
  slug       = "reader"
  name       = "Reader"
  dynamic "permission" {
    for_each = provider::machineid::permissions(local.permissions)
    content {
      subject       = permission.value.subject
      actions       = permission.value.actions
      effect        = permission.value.effect
      allow_unknown = permission.value.allow_unknown
      dynamic "condition" {
        for_each = permission.value.condition
        content {
          key  = condition.value.key
          eq   = condition.value.eq
          ne   = condition.value.ne
          in   = condition.value.in
          all  = condition.value.all
          glob = condition.value.glob
          dynamic "elem_match" {
            for_each = condition.value.elem_match
            content {
              field = elem_match.value.field
              eq    = elem_match.value.eq
              ne    = elem_match.value.ne
              in    = elem_match.value.in
            }
          }
        }
      }
    }
  }
}
`
	server := servertest.Start(t)
	with := func(permissions string) string {
		return providertest.AdminConfig(server) + module + "locals {\n  permissions = " + permissions + "\n}\n"
	}
	written := with(`[
    { subject = "secrets", actions = ["readValue"], condition = { key = "environment", eq = terraform_data.dev.output } },
    { subject = "secrets", actions = ["edit"], effect = "deny", condition = [{ key = "secretTags", all = ["a", "b"] }, { key = "secretPath", glob = "/app/**" }] },
    { subject = "dynamic-secrets", actions = ["lease"], condition = [{ key = "metadata", elem_match = [{ field = "key", eq = "team" }, { field = "value", in = ["a", "b"] }] }] },
  ]`)
	explained := written + answer(call("explain", "machineid_project_role.r.permission", "edit", "secrets", `{ secretTags = ["a", "b"], secretPath = "/app/x" }`))
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: explained, ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x",
			knownvalue.StringExact("denied by rule 2: deny secrets.edit where secretPath matches /app/** and secretTags has all of a, b"))}},
		resource.TestStep{Config: with(`[{ subject = "secrets", actions = ["read"], conditions = [] }]`), PlanOnly: true, ExpectError: providertest.Sentence(`"conditions" is not known. Did you mean "condition"?`)},
		resource.TestStep{Config: with(`[{ subject = "secrets", actions = ["read"], condition = { key = "enviroment", eq = "dev" } }]`), PlanOnly: true, ExpectError: providertest.Sentence(`Did you mean "environment"?`)},
		resource.TestStep{Config: explained, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
