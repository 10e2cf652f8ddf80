// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import (
	"fmt"
	"net/http"
	"strings"
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

const projectRoleAddress = "machineid_project_role.x"

func projectRoleConfig(project, attributes string) string {
	return fmt.Sprintf("resource \"machineid_project_role\" \"x\" {\nproject_id = %q\n%s\n}\n", project, attributes)
}

const (
	appRole = `
  slug        = "app"
  name        = "App"
  description = "Reads"
  permission {
    subject = "secrets"
    actions = ["readValue", "describeSecret"]
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
    effect  = "deny"
    subject = "secrets"
    actions = ["readValue"]
    condition {
      key = "secretName"
      eq  = "ROOT"
    }
  }`
	noRole = `
  slug        = "none"
  name        = "None"
`
)

func TestProjectRoleLife(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	start := providertest.AdminConfig(server)
	var id, slug string
	roles := "/v1/projects/" + project.ID + "/roles"
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(projectRoleAddress, "id", &id), providertest.SaveAttribute(projectRoleAddress, "slug", &slug))
	is := func(texts, rules string) resource.TestCheckFunc {
		return roleOf(t, server, func() string { return roles + "/slug/" + slug }, texts, rules)
	}
	full, none := start+projectRoleConfig(project.ID, appRole), start+projectRoleConfig(project.ID, noRole)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: full, ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionCreate),
			Check: resource.ComposeTestCheckFunc(noted, is("app|App|Reads",
				"[map[action:[describeSecret readValue] conditions:map[environment:map[$in:[dev staging]] secretPath:map[$glob:/app/**]] inverted:false subject:secrets] map[action:[readValue] conditions:map[secretName:map[$eq:ROOT]] inverted:true subject:secrets]]")),
		},
		resource.TestStep{Config: strings.NewReplacer(`"dev", "staging"`, `"staging", "dev"`).Replace(full), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ResourceName: projectRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.ID + "/app"},
		resource.TestStep{ResourceName: projectRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.Slug + "/app"},
		resource.TestStep{Config: full, ResourceName: projectRoleAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: project.Slug + "/app"},
		resource.TestStep{ // everything in place; the description and the rules are cleared
			Config: none, ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate), Check: resource.ComposeTestCheckFunc(noted, is("none|None|", "[]")),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(projectRoleAddress, "permission", knownvalue.ListSizeExact(0))},
		},
		resource.TestStep{ // changed outside Terraform with its slug: found by its ID
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, roles+"/"+id, map[string]any{"slug": "other", "name": "o", "permissions": []any{map[string]any{"subject": "role", "action": "read"}}})
			},
			Config: none, ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate), Check: resource.ComposeTestCheckFunc(noted, is("none|None|", "[]")),
		},
		resource.TestStep{ // deleted outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, roles+"/"+id, nil) },
			Config:    none, ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionCreate), Check: noted,
		},
		resource.TestStep{ // deleted with the project before the destroy
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, "/v1/projects/"+project.ID, nil) },
			Config:    start,
		},
	)
}

// TestProjectRoleOfAnotherProject checks that a change of the project replaces the role.
func TestProjectRoleOfAnotherProject(t *testing.T) {
	server := servertest.Start(t)
	first, second := server.NewProject(t), server.NewProject(t)
	roles := func(project servertest.Project, want int) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			const builtIn = 4
			if list := server.AsAdmin(t, http.MethodGet, "/v1/projects/"+project.ID+"/roles", nil).At("roles").([]any); len(list) != want+builtIn {
				return fmt.Errorf("%d roles, not %d", len(list), want+builtIn)
			}
			return nil
		})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.AdminConfig(server) + projectRoleConfig(first.ID, appRole), Check: roles(first, 1)},
		resource.TestStep{
			Config: providertest.AdminConfig(server) + projectRoleConfig(second.ID, appRole), ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionReplace),
			Check: resource.ComposeTestCheckFunc(roles(first, 0), roles(second, 1)),
		},
	)
}

func TestProjectRoleBadInput(t *testing.T) {
	server := servertest.Start(t)
	with := func(slug string, blocks ...string) string {
		return projectRoleConfig("p", fmt.Sprintf("slug = %q\nname = \"x\"\n", slug)+strings.Join(blocks, ""))
	}
	edits := func(key, comparison string) string {
		return with("x", permissionBlock("secrets", `["edit"]`, conditionBlock(key, comparison)))
	}
	leases := func(comparison string) string {
		return with("x", permissionBlock("dynamic-secrets", `["lease"]`, conditionBlock("metadata", comparison)))
	}
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		projectRoleConfig("", noRole): `an ID is a UUID`,
		with("viewer"):                `value must be none of`,
		with("x", permissionBlock("secrets", `["read", "readValue"]`)):                                    `read on secrets includes both`,
		with("x", permissionBlock("secrets", `"edit"`)):                                                   `set of string required`,
		with("x", permissionBlock("secrets", `["edit"]`, `condition = { environment = { eq = "dev" } }`)): `An argument named "condition" is not expected here. Did you mean to define a block of type "condition"?`,
		with("x", permissionBlock("secrets", `["edit"]`, "conditions {\n}")):                              `Blocks of type "conditions" are not expected here. Did you mean "condition"?`,
		with("x", permissionBlock("role", `["read"]`, conditionBlock("environment", `eq = "dev"`))):       `take no conditions`,
		with("x", `permissions = []`):                                                                     `An argument named "permissions" is not expected here.`,
		edits("secretPath", `eq = "app"`):                                                                 `must start with "/"`,
		edits("secretPath", `glob = "/{a"`):                                                               `is not a supported glob`,
		edits("enviroment", `eq = "dev"`):                                                                 `Did you mean "environment"?`,
		leases(`eq = "dev"`):                                                                              `use elem_match`,
		leases(`elem_match {}`):                                                                           `The argument "field" is required`,
		leases("elem_match {\nfield = \"vale\"\neq = \"a\"\n}"):                                           `Did you mean "value"?`,
		leases("elem_match {\nfield = \"key\"\n}"):                                                        `Set exactly one of eq, ne, in`,
	})
}

func TestProjectRoleDenied(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	writer := providertest.TokenConfig(server, server.TokenIn(t, project, permission.Rule{Subject: "role", Actions: []string{"read", "create", "edit", "delete"}},
		permission.Rule{Subject: "environments", Actions: []string{"read"}}))
	member := server.NewIdentity(t, "no-access", nil).ID
	with := func(action string) string {
		return projectRoleConfig(project.ID, "slug = \"x\"\nname = \"x\"\n"+permissionBlock("environments", `["`+action+`"]`))
	}
	reader := providertest.TokenConfig(server, server.TokenIn(t, project, permission.Rule{Subject: "role", Actions: []string{"read"}}))
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: reader + with("read"), ExpectError: providertest.Sentence("not allowed to create on role")},
		resource.TestStep{Config: writer + with("delete"), ExpectError: providertest.Sentence("Missing permission delete on environments")},
		resource.TestStep{Config: writer + with("read")},
		resource.TestStep{Config: writer + with("delete"), ExpectError: providertest.Sentence("Missing permission delete on environments")},
		resource.TestStep{ // in use
			PreConfig: func() { server.Join(t, project, member, "x") },
			Config:    providertest.AdminConfig(server), ExpectError: providertest.Sentence("set lifecycle { create_before_destroy = true } on the role"),
		},
		resource.TestStep{
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, "/v1/identities/"+member, nil) },
			Config:    providertest.AdminConfig(server),
		},
	)
}

// TestProjectRoleOnAnOlderServer checks servers that have only the older routes.
func TestProjectRoleOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	config := providertest.AdminConfig(server) + projectRoleConfig(project.ID, appRole)
	providertest.Apply(t, provider.New("test").WithTransport(providertest.WithoutRoutes("/v1/projects")),
		resource.TestStep{Config: config},
		resource.TestStep{Config: strings.Replace(config, `"Reads"`, `""`, 1), ConfigPlanChecks: providertest.ExpectAction(projectRoleAddress, plancheck.ResourceActionUpdate)},
		resource.TestStep{ResourceName: projectRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.Slug + "/app"},
	)
}

func TestProjectRoleLookup(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", map[string]any{"slug": "mine", "name": "Mine", "permissions": []any{}})
	const address = "data.machineid_project_role.x"
	lookup := func(slug string) string {
		return providertest.AdminConfig(server) + fmt.Sprintf("data \"machineid_project_role\" \"x\" {\nproject_id = %q\nslug = %q\n}\n", project.ID, slug)
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: lookup("mine"), ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute(address, "name", providertest.Text("Mine")), providertest.ExpectAttribute(address, "description", providertest.Text("")), providertest.ExpectAttribute(address, "permission", knownvalue.ListSizeExact(0)),
		}},
		resource.TestStep{Config: lookup("viewer"), ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(address, "name", providertest.Text("Viewer"))}},
		resource.TestStep{Config: lookup("unknown"), ExpectError: providertest.Sentence("Role with slug unknown not found")},
	)
}
