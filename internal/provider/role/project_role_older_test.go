// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// oldestRole has its rules in the order in which servers of October 2024 return them: those that they keep,
// then those that belong to the rule on secrets.
const oldestRole = `
  slug        = "app"
  name        = "App"
  description = "Reads"
  permission {
    subject = "role"
    actions = ["read"]
  }
  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue", "edit"]
    condition {
      key = "environment"
      in  = ["dev", "staging"]
    }
    condition {
      key  = "secretPath"
      glob = "/app/**"
    }
  }
  permission {
    subject = "secret-imports"
    actions = ["read", "edit"]
    condition {
      key = "environment"
      in  = ["dev", "staging"]
    }
    condition {
      key  = "secretPath"
      glob = "/app/**"
    }
  }
  permission {
    subject = "dynamic-secrets"
    actions = ["read-root-credential", "edit-root-credential", "lease"]
    condition {
      key = "environment"
      in  = ["dev", "staging"]
    }
    condition {
      key  = "secretPath"
      glob = "/app/**"
    }
  }
  permission {
    subject = "secret-folders"
    actions = ["edit"]
    condition {
      key = "environment"
      in  = ["dev", "staging"]
    }
    condition {
      key  = "secretPath"
      glob = "/app/**"
    }
  }`

// TestProjectRoleOnTheOldestServers checks servers of October 2024, which keep only rules of the first version.
func TestProjectRoleOnTheOldestServers(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	const world = `
resource "machineid_project" "x" {
  name = "Shop"
}
resource "machineid_identity" "x" {
  name = "ci"
}
`
	with := func(role string) string {
		return providertest.AdminConfig(server) + world + strings.ReplaceAll(projectRoleConfig("PROJECT", role), `"PROJECT"`, "machineid_project.x.id") + `
resource "machineid_project_membership" "x" {
  project_id  = machineid_project.x.id
  identity_id = machineid_identity.x.id
  role {
    slug = machineid_project_role.x.slug
  }
}
`
	}
	onRoles := permissionBlock("role", `["read"]`)
	fewer := strings.Replace(oldestRole, "  permission {\n    subject = \"role\"\n    actions = [\"read\"]\n  }\n", "", 1)
	turned := fewer + "\n" + onRoles
	whole := strings.Replace(oldestRole, `"describeSecret", "readValue", "edit"`, `"read", "edit"`, 1)
	var project, id string
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute("machineid_project.x", "slug", &project), providertest.SaveAttribute(projectRoleAddress, "id", &id))
	outside := func(permissions ...any) func() {
		return func() {
			server.AsAdmin(t, http.MethodPatch, "/v1/workspace/"+project+"/roles/"+id, map[string]any{"permissions": append([]any{}, permissions...)})
		}
	}
	const (
		onRole    = `map[action:[read] subject:role]`
		onSecrets = `map[action:[read edit] conditions:map[environment:map[$in:[dev staging]] secretPath:map[$glob:/app/**]] subject:secrets]`
	)
	is := func(texts, rules string) resource.TestCheckFunc {
		return roleOf(t, server, func() string { return "/v1/workspace/" + project + "/roles/slug/app" }, texts, rules)
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: with(oldestRole), Check: resource.ComposeTestCheckFunc(noted, is("app|App|Reads", "["+onRole+" "+onSecrets+"]"))},
		resource.TestStep{Config: with(oldestRole), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ // in another order, the role allows the same
			Config: with(turned), ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate), Check: is("app|App|Reads", "["+onSecrets+" "+onRole+"]"),
		},
		resource.TestStep{Config: with(turned), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: with(whole)},
		resource.TestStep{ResourceName: projectRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: func(*terraform.State) (string, error) { return project + "/app", nil }},
		resource.TestStep{Config: with(whole), ResourceName: projectRoleAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: func(*terraform.State) (string, error) { return project + "/app", nil }},
		resource.TestStep{Config: with(whole), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: with(fewer), ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate), Check: is("app|App|Reads", "["+onSecrets+"]")},
		resource.TestStep{ // emptied outside Terraform
			PreConfig: outside(), Config: with(fewer), ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate), Check: is("app|App|Reads", "["+onSecrets+"]"),
		},
		resource.TestStep{ // widened outside Terraform
			PreConfig: outside(map[string]any{"subject": "secrets", "action": []string{"read", "edit"}}),
			Config:    with(fewer), ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate), Check: is("app|App|Reads", "["+onSecrets+"]"),
		},
		resource.TestStep{
			Config:      with("slug = \"app\"\nname = \"App\"\n" + permissionBlock("secrets", `["read"]`)),
			ExpectError: providertest.Sentence("rule 1, on secrets: this server is older than such rules of project roles, available since the end of 2024"),
		},
		resource.TestStep{Config: with(fewer), ConfigPlanChecks: providertest.ExpectEmptyPlan(), Check: is("app|App|Reads", "["+onSecrets+"]")},
		resource.TestStep{Config: providertest.AdminConfig(server) + world}, // the membership is deleted before its role
	)
}
