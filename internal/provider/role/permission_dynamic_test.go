// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

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

// copiedPermissions returns dynamic blocks that copy a list of rules, with every name of the block permission.
func copiedPermissions(list string) string {
	return `
  dynamic "permission" {
    for_each = ` + list + `
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
`
}

// TestPermissionsOfDataSources checks that the attributes of data sources fit dynamic blocks and functions, with
// every operator.
func TestPermissionsOfDataSources(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	roles := "/v1/projects/" + project.ID + "/roles"
	server.AsAdmin(t, http.MethodPost, roles, map[string]any{"slug": "source", "name": "Source", "permissions": []any{
		map[string]any{"subject": "role", "action": "read"},
		map[string]any{"subject": "secrets", "action": []string{"edit", "readValue"}, "conditions": map[string]any{
			"environment": "dev", "secretPath": map[string]any{"$glob": "/app/**", "$ne": "/app/x"}, "secretName": map[string]any{"$in": []string{"a", "b"}}, "secretTags": map[string]any{"$all": []string{"x", "y"}},
		}},
		map[string]any{"subject": "dynamic-secrets", "action": []string{"lease"}, "inverted": true, "conditions": map[string]any{
			"metadata": map[string]any{"$elemMatch": map[string]any{"key": map[string]any{"$eq": "team"}, "value": map[string]any{"$in": []string{"a"}, "$ne": "b"}}},
		}},
	}})
	server.Join(t, project, identity, "source")
	const (
		fromRole      = "data.machineid_project_role.x.permission"
		fromEffective = "data.machineid_effective_permissions.x.project_permission"
		rules         = "[map[action:[read] inverted:false subject:role] " +
			"map[action:[edit readValue] conditions:map[environment:map[$eq:dev] secretName:map[$in:[a b]] secretPath:map[$glob:/app/** $ne:/app/x] secretTags:map[$all:[x y]]] inverted:false subject:secrets] " +
			"map[action:[lease] conditions:map[metadata:map[$elemMatch:map[key:map[$eq:team] value:map[$in:[a] $ne:b]]]] inverted:true subject:dynamic-secrets]]"
	)
	data := providertest.AdminConfig(server) + effectiveConfig(identity, project.ID) +
		fmt.Sprintf("data \"machineid_project_role\" \"x\" {\nproject_id = %q\nslug = \"source\"\n}\n", project.ID)
	is := roleOf(t, server, func() string { return roles + "/slug/copy" }, "copy|Copy|", rules)
	var steps []resource.TestStep
	for _, list := range []string{fromRole, fromEffective} {
		config := data + projectRoleConfig(project.ID, "slug = \"copy\"\nname = \"Copy\"\n"+copiedPermissions(list)) + answer("[\n"+
			`provider::machineid::allows(`+list+`, "edit", "secrets", { environment = "dev", secretPath = "/app/db", secretName = "a", secretTags = ["x", "y"] }),`+"\n"+
			`provider::machineid::allows(machineid_project_role.x.permission, "edit", "secrets", { environment = "prod", secretPath = "/app/db", secretName = "a", secretTags = ["x", "y"] }),`+"\n]")
		steps = append(steps,
			resource.TestStep{Config: config, Check: is, ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("x", knownvalue.TupleExact([]knownvalue.Check{knownvalue.Bool(true), knownvalue.Bool(false)})),
			}},
			resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
			resource.TestStep{ResourceName: projectRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.ID + "/copy"},
		)
	}
	providertest.Apply(t, provider.New("test"), steps...)
}

// TestPermissionsOfVariables checks that the function permissions accepts a variable for dynamic blocks, and that it
// rejects misspelled names.
func TestPermissionsOfVariables(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	config := func(list string) string {
		return providertest.AdminConfig(server) + "variable \"list\" {\ntype = any\ndefault = " + list + "\n}\n" +
			projectRoleConfig(project.ID, "slug = \"x\"\nname = \"x\"\n"+copiedPermissions("provider::machineid::permissions(var.list)"))
	}
	const valid = `[{ subject = "secrets", actions = ["edit"], condition = [{ key = "environment", eq = "dev" }] }, { subject = "role", actions = ["read"] }]`
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(`[{ subject = "secrets", actions = ["edit"], conditions = [{ key = "environment", eq = "dev" }] }]`), PlanOnly: true, ExpectError: providertest.Sentence(`Did you mean "condition"?`)},
		resource.TestStep{Config: config(`[{ subject = "secrets", actions = ["edit"], condition = [{ key = "environment", equal = "dev" }] }]`), PlanOnly: true, ExpectError: providertest.Sentence(`"equal"`)},
		resource.TestStep{Config: config(valid)},
		resource.TestStep{Config: config(valid), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: config(`[]`), ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(projectRoleAddress, "permission", knownvalue.ListSizeExact(0))}},
	)
}
