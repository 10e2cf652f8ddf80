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
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const membershipRoleAddress = "machineid_project_membership_role.x"

func membershipRoleConfig(name, project, identity, role string) string {
	return fmt.Sprintf("resource \"machineid_project_membership_role\" %q {\nproject_id = %q\nidentity_id = %q\nrole = %s\n}\n", name, project, identity, role)
}

func TestMembershipRoleLife(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, identity, "viewer")
	start := providertest.AdminConfig(server)
	config := func(role string) string { return start + membershipRoleConfig("x", project.ID, identity, role) }
	is := func(want string) resource.TestCheckFunc {
		return memberHas(t, server, project.ID, identity, want)
	}
	const member = `"member"`
	window := func(length, begin string) string {
		return "\"member\"\n" + providertest.TemporaryBlock(length, begin)
	}
	id := project.ID + "/" + identity + "/member"
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: config(member), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionCreate), Check: is("member viewer"),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(membershipRoleAddress, "id", providertest.Text(id))},
		},
		resource.TestStep{ResourceName: membershipRoleAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{ResourceName: membershipRoleAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.Slug + "/" + identity + "/member"},
		resource.TestStep{Config: config(member), ResourceName: membershipRoleAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		resource.TestStep{ // roles that others add are not managed
			PreConfig: func() { setRoles(t, server, project.ID, identity, "member", "viewer", "admin") },
			Config:    config(member), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ // a window, in place
			Config: config(window("90m", "2026-12-01T10:00:00+01:00")), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionUpdate),
			Check: is("admin member[90m 2026-12-01T09:00:00Z] viewer"),
		},
		resource.TestStep{Config: config(window("1h30m", "2026-12-01T09:00:00Z")), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ // made permanent outside Terraform
			PreConfig: func() { setRoles(t, server, project.ID, identity, "member", "viewer") },
			Config:    config(window("90m", "2026-12-01T09:00:00Z")), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionUpdate),
			Check: is("member[90m 2026-12-01T09:00:00Z] viewer"),
		},
		resource.TestStep{ // removed outside Terraform
			PreConfig: func() { setRoles(t, server, project.ID, identity, "viewer") },
			Config:    config(member), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionCreate), Check: is("member viewer"),
		},
		resource.TestStep{ // another role
			Config: config(`"admin"`), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionReplace), Check: is("admin viewer"),
		},
		resource.TestStep{Config: start, Check: is("viewer")},
		resource.TestStep{Config: config(`"viewer"`), ExpectError: providertest.Sentence("import it with the ID " + project.ID + "/" + identity + "/viewer")},
		resource.TestStep{Config: config(member)},
		resource.TestStep{ // gone with the membership
			PreConfig: func() {
				server.AsAdmin(t, http.MethodDelete, "/v2/workspace/"+project.ID+"/identity-memberships/"+identity, nil)
			},
			Config: start, Check: is(""),
		},
	)
}

// TestMembershipRoleAlone makes the membership, and leaves it without access.
func TestMembershipRoleAlone(t *testing.T) {
	server := servertest.Start(t)
	project, identity, other := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID, server.NewIdentity(t, "no-access", nil).ID
	config := func(identity, role string) string {
		return providertest.AdminConfig(server) + membershipRoleConfig("x", project.ID, identity, role)
	}
	is := func(one, two string) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(memberHas(t, server, project.ID, identity, one), memberHas(t, server, project.ID, other, two))
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(identity, `"viewer"`), Check: is("viewer", "")},
		resource.TestStep{
			Config: config(other, "\"viewer\"\n"+providertest.TemporaryBlock("1h", "2026-12-01T00:00:00Z")), ConfigPlanChecks: providertest.ExpectAction(membershipRoleAddress, plancheck.ResourceActionReplace),
			Check: is("no-access", "no-access viewer[1h 2026-12-01T00:00:00Z]"),
		},
		resource.TestStep{Config: providertest.AdminConfig(server), Check: is("no-access", "no-access")},
	)
}

// TestMembershipRolesTogether: many at once, none lost, and the windows of the others as they were.
func TestMembershipRolesTogether(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	window := "\n" + providertest.TemporaryBlock("1h", "2026-12-01T00:00:00Z")
	config, want := providertest.AdminConfig(server), []string{"admin[1h 2026-12-01T00:00:00Z]", "member"}
	config += membershipRoleConfig("admin", project.ID, identity, `"admin"`+window) + membershipRoleConfig("member", project.ID, identity, `"member"`)
	for n := range 8 {
		slug := fmt.Sprintf("r%d", n)
		server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", map[string]any{"slug": slug, "name": slug, "permissions": []any{}})
		config += membershipRoleConfig(slug, project.ID, identity, `"`+slug+`"`)
		want = append(want, slug)
	}
	is := func(want ...string) resource.TestCheckFunc {
		return memberHas(t, server, project.ID, identity, strings.Join(want, " "))
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config, Check: resource.ComposeTestCheckFunc(providertest.CheckServer(func() error {
			if got := shownRoles(t, server, project.ID, identity); strings.ReplaceAll(got, "no-access ", "") != strings.Join(want, " ") {
				return fmt.Errorf("the server has the roles %q", got)
			}
			return nil
		}))},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: providertest.AdminConfig(server), Check: is("no-access")},
	)
}

// TestMembershipManagedTwice is refused: at plan, or where the identity is made in the same apply
// before anything is written.
func TestMembershipManagedTwice(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	whole := providertest.AdminConfig(server) + membershipConfig(project.ID, identity, role("viewer"))
	single := membershipRoleConfig("x", project.ID, identity, `"member"`)
	made := providertest.IdentityConfig(`name = "new"`) + strings.ReplaceAll(membershipConfig(project.ID, "I", role("viewer"))+membershipRoleConfig("x", project.ID, "I", `"member"`), `"I"`, "machineid_identity.x.id")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: whole + single, PlanOnly: true, ExpectError: providertest.Sentence("Two resource types manage one membership")},
		resource.TestStep{Config: whole},
		resource.TestStep{Config: whole + single, PlanOnly: true, ExpectError: providertest.Sentence("Two resource types manage one membership")},
		resource.TestStep{Config: providertest.AdminConfig(server) + made, ExpectError: providertest.Sentence("Two resource types manage one membership")},
		resource.TestStep{Config: providertest.AdminConfig(server)},
		resource.TestStep{Config: providertest.AdminConfig(server) + single},
		resource.TestStep{Config: providertest.AdminConfig(server) + single, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

func TestMembershipRoleRefused(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, identity, "no-access")
	reader := providertest.TokenConfig(server, server.TokenIn(t, project, permission.Rule{Subject: "identity", Actions: []string{"read"}}))
	manager := providertest.TokenConfig(server, server.TokenIn(t, project, permission.Rule{Subject: "identity", Actions: []string{"read", "edit", "assign-role"}}))
	with := func(role string) string { return membershipRoleConfig("x", project.ID, identity, role) }
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.AdminConfig(server) + with(`"no-access"`), PlanOnly: true, ExpectError: providertest.Sentence(`The role "no-access" cannot be set here`)},
		resource.TestStep{Config: providertest.AdminConfig(server) + with(`"Viewer"`), PlanOnly: true, ExpectError: providertest.Sentence(`Did you mean "viewer"?`)},
		resource.TestStep{Config: providertest.AdminConfig(server) + with("\"viewer\"\ntemporary {\nstart = \"2026-12-01T00:00:00Z\"\n}"), PlanOnly: true, ExpectError: providertest.Sentence(`has no duration`)},
		resource.TestStep{Config: reader + with(`"viewer"`), ExpectError: providertest.Sentence("not allowed to edit on identity")},
		resource.TestStep{Config: manager + with(`"viewer"`), ExpectError: providertest.Sentence("Missing permission describeSecret on secrets")},
		resource.TestStep{Config: providertest.AdminConfig(server) + with(`"viewer"`)},
	)
}
