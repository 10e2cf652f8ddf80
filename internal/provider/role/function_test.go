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

const readsDev = `[{ subject = "secrets", actions = ["readValue"], conditions = { environment = { in = ["dev", "staging"] }, secret_path = { glob = "/app/**" } } }]`

func TestCan(t *testing.T) {
	can := func(permissions, action, subject, attributes string) string {
		if attributes != "" {
			attributes = ", " + attributes
		}
		return `provider::machineid::can(` + permissions + `, "` + action + `", "` + subject + `"` + attributes + `)`
	}
	yes, no := knownvalue.Bool(true), knownvalue.Bool(false)
	var all []string
	for _, permissions := range []string{readsDev, `tolist(` + readsDev + `)`} {
		all = append(all, can(permissions, "readValue", "secrets", `{ environment = "dev", secret_path = "/app/db" }`),
			`!`+can(permissions, "readValue", "secrets", `{ environment = "prod", secret_path = "/app/db" }`),
			`!`+can(permissions, "readValue", "secrets", ``))
	}
	providertest.Apply(t, provider.New("test"),
		comesTo("alltrue([\n"+strings.Join(all, ",\n")+"\n])", yes),
		comesTo(can("[]", "read", "secrets", "{}"), no),
		resource.TestStep{Config: answer(can(readsDev, "reed", "secrets", "")), PlanOnly: true, ExpectError: providertest.Sentence(`there is no action "reed" on secrets`)},
		resource.TestStep{Config: answer(can(readsDev, "read", "secret", "")), PlanOnly: true, ExpectError: providertest.Sentence(`there is no subject "secret"`)},
		resource.TestStep{Config: answer(can(readsDev, "edit", "secrets", `{ env = "dev" }`)), PlanOnly: true, ExpectError: providertest.Sentence(`there is no "env"; there is environment, secret_path`)},
		resource.TestStep{Config: answer(can(readsDev, "edit", "secrets", `{}, {}`)), PlanOnly: true, ExpectError: providertest.Sentence(`one map of attributes at most`)},
	)
}

// TestCanOfAResource: what is not known yet is not known to the function either, and the attribute
// of a resource, in which what is left out is null, can be asked as it is.
func TestCanOfAResource(t *testing.T) {
	config := `
resource "terraform_data" "dev" {
  input = "dev"
}
resource "terraform_data" "x" {
  input = [{ subject = "secrets", actions = toset(["edit"]), inverted = null, conditions = { environment = { eq = terraform_data.dev.output, ne = null, in = null, glob = null, elem_match = null } } }]
}
` + answer(`provider::machineid::can(terraform_data.x.output, "edit", "secrets", { environment = "dev" })`)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config:            config,
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("x")}},
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x", knownvalue.Bool(true))},
		},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
