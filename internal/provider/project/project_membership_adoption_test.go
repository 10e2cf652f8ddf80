// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestRenamedRoleIsAdopted checks that a membership role whose role is renamed in the same apply does not
// conflict with itself, and that a role of somebody else still does.
func TestRenamedRoleIsAdopted(t *testing.T) {
	for name, lifecycle := range map[string]string{"destroy first": "", "create first": "\nlifecycle {\ncreate_before_destroy = true\n}\n"} {
		t.Run(name, func(t *testing.T) {
			server := servertest.Start(t)
			project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
			server.Join(t, project, identity, "viewer")
			config := func(slug string) string {
				return providertest.AdminConfig(server) + fmt.Sprintf("resource \"machineid_project_role\" \"x\" {\nproject_id = %q\nslug = %q\nname = \"x\"\n}\n", project.ID, slug) +
					membershipRoleConfig("x", project.ID, identity, "machineid_project_role.x.slug"+lifecycle)
			}
			is := func(want string) resource.TestCheckFunc {
				return memberHas(t, server, project.ID, identity, want)
			}
			providertest.Apply(t, provider.New("test"),
				resource.TestStep{Config: config("before"), Check: is("before viewer")},
				resource.TestStep{Config: config("after"), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionReplace), Check: is("after viewer")},
				resource.TestStep{Config: config("after"), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
				resource.TestStep{
					Config:      config("after") + membershipRoleConfig("y", project.ID, identity, `"viewer"`),
					ExpectError: providertest.Sentence("import it with the ID " + project.ID + "/" + identity + "/viewer"),
				},
				resource.TestStep{Config: providertest.AdminConfig(server), Check: is("viewer")},
			)
		})
	}
}

// TestMembershipAdoptsLeftover checks that a membership takes over what membership roles leave behind, and no
// other membership.
func TestMembershipAdoptsLeftover(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	start := providertest.AdminConfig(server)
	is := func(want string) resource.TestCheckFunc {
		return memberHas(t, server, project.ID, identity, want)
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: start + membershipRoleConfig("x", project.ID, identity, `"viewer"`), Check: is("viewer")},
		resource.TestStep{Config: start, Check: is("no-access")},
		resource.TestStep{Config: start + membershipConfig(project.ID, identity, role("member")), Check: is("member")},
		resource.TestStep{Config: start, Check: is("")},
		resource.TestStep{
			PreConfig: func() { server.Join(t, project, identity, "no-access", "viewer") },
			Config:    start + membershipConfig(project.ID, identity, role("member")), ExpectError: providertest.Sentence("terraform import machineid_project_membership.NAME"),
		},
	)
}

// TestMembershipsOfDeletedProject checks that memberships in a project that was deleted outside Terraform are
// planned again, and that losing access to a project is not taken for its deletion.
func TestMembershipsOfDeletedProject(t *testing.T) {
	for _, generation := range []string{"", "old"} {
		t.Run("generation "+generation, func(t *testing.T) {
			server := servertest.StartWith(t, servertest.Options{Generation: generation})
			whole, single := server.NewIdentity(t, "no-access", nil).ID, server.NewIdentity(t, "no-access", nil).ID
			start := providertest.AdminConfig(server)
			config := start + projectConfig(`name = "x"`) +
				strings.ReplaceAll(membershipConfig("P", whole, role("viewer"))+membershipRoleConfig("x", "P", single, `"viewer"`), `"P"`, "machineid_project.x.id")
			var project string
			remove := func() { server.AsAdmin(t, http.MethodDelete, "/v1/workspace/"+project, nil) }
			providertest.Apply(t, provider.New("test"),
				resource.TestStep{Config: config, Check: providertest.SaveAttribute(projectAddress, "id", &project)},
				resource.TestStep{PreConfig: remove, Config: config, ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionCreate), Check: providertest.SaveAttribute(projectAddress, "id", &project)},
				resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
				resource.TestStep{PreConfig: remove, Config: start},
			)
		})
	}
}

// TestMembershipsOfForeignProject checks that an identity that is removed from a project keeps the memberships
// there in the state: the server returns the same status as for a deleted project.
func TestMembershipsOfForeignProject(t *testing.T) {
	server := servertest.StartWith(t, servertest.Options{Generation: "old"})
	project, manager, identity := server.NewProject(t), server.NewIdentity(t, "member", nil), server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, manager.ID, "admin")
	config := providertest.ConfigFor(server, manager) + membershipRoleConfig("x", project.ID, identity, `"viewer"`)
	path := "/v2/workspace/" + project.ID + "/identity-memberships/" + manager.ID
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path, nil) },
			Config:    config, ExpectError: providertest.Sentence("Could not read the project membership role"),
		},
		resource.TestStep{PreConfig: func() { server.Join(t, project, manager.ID, "admin") }, Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestRolesOfDataSource checks that the roles of a data source fit the for_each of dynamic role blocks.
func TestRolesOfDataSource(t *testing.T) {
	server := servertest.Start(t)
	project, from, to := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID, server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, from, "viewer")
	server.AsAdmin(t, http.MethodPatch, "/v2/workspace/"+project.ID+"/identity-memberships/"+from, map[string]any{"roles": []any{
		map[string]any{"role": "viewer"},
		map[string]any{"role": "admin", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": "2126-12-01T00:00:00Z"},
	}})
	config := providertest.AdminConfig(server) + fmt.Sprintf(`
data "machineid_identity_project_memberships" "x" {
  identity_id = %q
}
resource "machineid_project_membership" "x" {
  project_id  = %q
  identity_id = %q

  dynamic "role" {
    for_each = data.machineid_identity_project_memberships.x.memberships[0].role
    content {
      slug = role.value.slug
      dynamic "temporary" {
        for_each = role.value.temporary[*]
        content {
          start    = temporary.value.start
          duration = temporary.value.duration
        }
      }
    }
  }
}
`, from, project.ID, to)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config, Check: memberHas(t, server, project.ID, to, "admin[1h 2126-12-01T00:00:00Z] viewer")},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
