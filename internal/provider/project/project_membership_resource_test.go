// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project_test

import (
	"fmt"
	"net/http"
	"slices"
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

const membershipAddress = "machineid_project_membership.x"

func membershipConfig(project, identity, roles string) string {
	return fmt.Sprintf("resource \"machineid_project_membership\" \"x\" {\nproject_id = %q\nidentity_id = %q\n%s}\n", project, identity, roles)
}

// role returns a role block without a window.
func role(slug string) string { return fmt.Sprintf("role {\nslug = %q\n}\n", slug) }

// temporaryRole returns a role block with a window.
func temporaryRole(slug, duration, start string) string {
	return fmt.Sprintf("role {\nslug = %q\n%s}\n", slug, providertest.TemporaryBlock(duration, start))
}

// shownRoles are the roles of a member as "viewer admin[1h 2026-12-01T00:00:00Z]", sorted; empty
// for no member.
func shownRoles(t *testing.T, server *servertest.Server, project, identity string) string {
	t.Helper()
	answer := server.Call(t, http.MethodGet, "/v2/workspace/"+project+"/identity-memberships/"+identity, server.Admin.AccessToken, nil)
	list, _ := answer.At("identityMembership", "roles").([]any)
	var roles []string
	for _, role := range list {
		role := role.(map[string]any)
		name := role["role"].(string)
		if slug, ok := role["customRoleSlug"].(string); ok {
			name = slug
		}
		if role["isTemporary"] == true {
			name += fmt.Sprintf("[%v %v]", role["temporaryRange"], role["temporaryAccessStartTime"])
		}
		roles = append(roles, name)
	}
	slices.Sort(roles)
	return strings.Join(roles, " ")
}

// memberHas checks the roles that the server has.
func memberHas(t *testing.T, server *servertest.Server, project, identity, want string) resource.TestCheckFunc {
	return providertest.CheckServer(func() error {
		if got := shownRoles(t, server, project, identity); got != want {
			return fmt.Errorf("the server has the roles %q, not %q", got, want)
		}
		return nil
	})
}

func setRoles(t *testing.T, server *servertest.Server, project, identity string, roles ...string) {
	t.Helper()
	var list []any
	for _, role := range roles {
		list = append(list, map[string]any{"role": role})
	}
	server.AsAdmin(t, http.MethodPatch, "/v2/workspace/"+project+"/identity-memberships/"+identity, map[string]any{"roles": list})
}

func TestMembershipLife(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	server.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", map[string]any{"slug": "custom-made", "name": "x", "permissions": []any{}})
	start := providertest.AdminConfig(server)
	path := "/v2/workspace/" + project.ID + "/identity-memberships/" + identity
	config := func(roles string) string { return start + membershipConfig(project.ID, identity, roles) }
	is := func(want string) resource.TestCheckFunc {
		return memberHas(t, server, project.ID, identity, want)
	}
	three := role("viewer") + role("custom-made") + temporaryRole("admin", "1h", "2026-12-01T00:00:00Z")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: config(three), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionCreate),
			Check:             is("admin[1h 2026-12-01T00:00:00Z] custom-made viewer"),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(membershipAddress, "role", knownvalue.SetSizeExact(3))},
		},
		resource.TestStep{ // no order
			Config: config(temporaryRole("admin", "1h", "2026-12-01T00:00:00Z") + role("custom-made") + role("viewer")), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ResourceName: membershipAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.ID + "/" + identity},
		resource.TestStep{ResourceName: membershipAddress, ImportState: true, ImportStateVerify: true, ImportStateId: project.Slug + "/" + identity},
		resource.TestStep{Config: config(three), ResourceName: membershipAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: project.ID + "/" + identity},
		resource.TestStep{Config: config(role("member")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionUpdate), Check: is("member")},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() { setRoles(t, server, project.ID, identity, "member", "admin") },
			Config:    config(role("member")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionUpdate), Check: is("member"),
		},
		resource.TestStep{ // deleted outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path, nil) },
			Config:    config(role("member")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionCreate), Check: is("member"),
		},
		resource.TestStep{PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path, nil) }, Config: start},
		resource.TestStep{Config: config(role("member"))},
		resource.TestStep{ // gone with the identity
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, "/v1/identities/"+identity, nil) },
			Config:    start,
		},
	)
}

// TestMembershipElsewhere is another membership: nothing is left where it was, and what was there
// before is not touched.
func TestMembershipElsewhere(t *testing.T) {
	server := servertest.Start(t)
	here, there := server.NewProject(t), server.NewProject(t)
	one, two := server.NewIdentity(t, "no-access", nil).ID, server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, there, two, "viewer")
	config := func(project servertest.Project, identity string) string {
		return providertest.AdminConfig(server) + membershipConfig(project.ID, identity, role("member"))
	}
	are := func(oneHere, oneThere, twoHere string) resource.TestCheckFunc {
		return resource.ComposeTestCheckFunc(memberHas(t, server, here.ID, one, oneHere), memberHas(t, server, there.ID, one, oneThere),
			memberHas(t, server, here.ID, two, twoHere), memberHas(t, server, there.ID, two, "viewer"))
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(here, one), Check: are("member", "", "")},
		resource.TestStep{Config: config(there, one), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionReplace), Check: are("", "member", "")},
		resource.TestStep{Config: config(here, two), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionReplace), Check: are("", "", "member")},
		resource.TestStep{Config: config(there, two), ExpectError: providertest.Sentence("terraform import machineid_project_membership.NAME " + there.ID + "/" + two)},
		resource.TestStep{Config: config(here, two), Check: are("", "", "member")},
	)
}

// TestMembershipWindow belongs to its role: other roles come and go, and it stays; another spelling
// is no change.
func TestMembershipWindow(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	config := func(roles ...string) string {
		return providertest.AdminConfig(server) + membershipConfig(project.ID, identity, strings.Join(roles, ""))
	}
	is := func(want string) resource.TestCheckFunc {
		return memberHas(t, server, project.ID, identity, want)
	}
	window := func(length, start string) string {
		return temporaryRole("admin", length, start)
	}
	viewer, member := role("viewer"), role("member")
	later := temporaryRole("no-access", "2h", "2027-01-01T00:00:00Z")
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(viewer, window("60m", "2026-12-01T10:00:00+01:00")), Check: is("admin[1h 2026-12-01T09:00:00Z] viewer")},
		resource.TestStep{Config: config(viewer, window("1h", "2026-12-01T09:00:00Z")), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: config(window("3600", "2026-12-01T09:00:00.000Z"), viewer), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ // another role, and another spelling of the same window on the way
			Config: config(member, window("3600", "2026-12-01T09:00:00Z"), later), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionUpdate),
			Check: is("admin[1h 2026-12-01T09:00:00Z] member no-access[2h 2027-01-01T00:00:00Z]"),
		},
		resource.TestStep{Config: config(later, window("3600s", "2026-12-01T09:00:00Z"), member), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: config(member, window("3600s", "2026-12-01T09:00:00Z")), Check: is("admin[1h 2026-12-01T09:00:00Z] member")},
		resource.TestStep{ // the window itself
			Config: config(member, window("1d", "2026-12-01T09:00:00Z")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionUpdate),
			Check: is("admin[1d 2026-12-01T09:00:00Z] member"),
		},
		resource.TestStep{ // drift of the window, in units that are no duration's
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, "/v2/workspace/"+project.ID+"/identity-memberships/"+identity, map[string]any{"roles": []any{
					map[string]any{"role": "member"}, map[string]any{"role": "admin", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "2w", "temporaryAccessStartTime": "2026-12-01T09:00:00Z"},
				}})
			},
			Config: config(member, window("1d", "2026-12-01T09:00:00Z")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionUpdate),
			Check: is("admin[1d 2026-12-01T09:00:00Z] member"),
		},
	)
}

// TestMembershipOfTheCreator is taken over, and left where it is in the end.
func TestMembershipOfTheCreator(t *testing.T) {
	server := servertest.Start(t)
	creator := server.NewIdentity(t, "member", nil)
	start := providertest.ConfigFor(server, creator) + projectConfig(`name = "mine"`)
	own := func(roles string) string {
		return start + strings.Replace(membershipConfig("P", creator.ID, roles), `"P"`, "machineid_project.x.id", 1)
	}
	var project string
	is := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			token := server.TokenOf(t, creator)
			answer := server.Call(t, http.MethodGet, "/v2/workspace/"+project+"/identity-memberships/"+creator.ID, token, nil)
			if got := fmt.Sprint(len(answer.At("identityMembership", "roles").([]any))); got != want {
				return fmt.Errorf("%s roles, not %s", got, want)
			}
			return nil
		})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: own(role("admin") + role("viewer")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionCreate),
			Check: resource.ComposeTestCheckFunc(providertest.SaveAttribute(projectAddress, "id", &project), is("2")),
		},
		resource.TestStep{Config: own(role("admin")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionUpdate), Check: is("1")},
		resource.TestStep{Config: start, ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionDestroy), Check: is("1")},
		resource.TestStep{Config: own(role("admin")), ConfigPlanChecks: providertest.ExpectAction(membershipAddress, plancheck.ResourceActionCreate), Check: is("1")},
	)
}

// TestMembershipOfAProjectIdentity is there from the beginning: taken over, and left without access.
func TestMembershipOfAProjectIdentity(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	identity := server.NewProjectIdentity(t, project).ID
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.AdminConfig(server) + membershipConfig(project.ID, identity, role("member")), Check: memberHas(t, server, project.ID, identity, "member")},
		resource.TestStep{Config: providertest.AdminConfig(server), Check: memberHas(t, server, project.ID, identity, "no-access")},
	)
}

// TestAllInOneApply: what is not known at plan, in rules, roles and windows.
func TestAllInOneApply(t *testing.T) {
	server := servertest.Start(t)
	config := providertest.AdminConfig(server) + projectConfig(`name = "new"`) + providertest.IdentityConfig(`name = "new"`) + `
resource "machineid_project_role" "x" {
  project_id  = machineid_project.x.id
  slug        = "watches"
  name        = machineid_project.x.id
  permission {
    subject = "identity"
    actions = ["read"]
    condition {
      key = "identityId"
      in  = [machineid_identity.x.id]
    }
  }
}
resource "machineid_project_membership" "x" {
  project_id  = machineid_project.x.id
  identity_id = machineid_identity.x.id
  role {
    slug = machineid_project_role.x.id == "" ? "viewer" : machineid_project_role.x.slug
  }
  role {
    slug = "member"
    temporary {
      start    = "2026-12-01T00:00:00Z"
      duration = "${length(machineid_project.x.id)}h"
    }
  }
}
`
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(membershipAddress, "role", knownvalue.SetExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{"slug": providertest.Text("watches"), "temporary": knownvalue.Null()}),
			knownvalue.ObjectExact(map[string]knownvalue.Check{"slug": providertest.Text("member"), "temporary": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"duration": providertest.Text("36h"), "start": providertest.Text("2026-12-01T00:00:00Z"),
			})}),
		}))}},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

func TestMembershipBadInput(t *testing.T) {
	server := servertest.Start(t)
	with := func(roles string) string { return membershipConfig("p", "i", roles) }
	temporary := func(length, start string) string {
		return with(role("viewer") + temporaryRole("admin", length, start))
	}
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		with(``):             `at least one role block`,
		with(role("custom")): `Set the slug of the custom role`,
		with(role("Viewer")): `Did you mean "viewer"?`,
		with(role("")):       `must be the slug of a role`,
		with(temporaryRole("admin", "1h", "2026-12-01T00:00:00Z")):                                `Every role is temporary`,
		with(role("viewer") + "role {\nslug = \"admin\"\ntemporary {\nduration = \"1h\"\n}\n}\n"): `has no start`,
		with(role("viewer") + "role {\nslug = \"admin\"\ntemporary {}\n}\n"):                      `has no duration`,
		with(role("viewer") + "role {\nslug = \"admin\"\ntemporay {}\n}\n"):                       `Did you mean "temporary"?`,
		with(role("viewer") + "role {\nslgu = \"admin\"\n}\n"):                                    `Did you mean "slug"?`,
		with("role {}\n"): `"slug" is required`,
		with(role("viewer") + temporaryRole("viewer", "1h", "2026-12-01T00:00:00Z")): `more than one role block with the slug "viewer"`,
		temporary("1d", "9999-12-31T00:00:00Z"):                                      `after the year 9999`,
		temporary("soon", "2026-12-01T00:00:00Z"):                                    `has no number`,
		temporary("0s", "2026-12-01T00:00:00Z"):                                      `Write a duration from 1s`,
		temporary("1h", "tomorrow"):                                                  `is not an RFC 3339 time`,
		membershipConfig("shop", "", role("viewer")):                                 `data "machineid_project" "x" { name`,
		membershipConfig("", "ci", role("viewer")):                                   `data "machineid_identity" "x" { name`,
	})
}

func TestMembershipRefused(t *testing.T) {
	server := servertest.Start(t)
	project, identity := server.NewProject(t), server.NewIdentity(t, "no-access", nil).ID
	rule := func(subject string, actions ...string) permission.Rule {
		return permission.Rule{Subject: subject, Actions: actions}
	}
	reader := providertest.TokenConfig(server, server.TokenIn(t, project, rule("identity", "read")))
	manager := providertest.TokenConfig(server, server.TokenIn(t, project, rule("identity", "read", "create", "edit", "delete", "assign-role")))
	with := func(roles string) string { return membershipConfig(project.ID, identity, roles) }
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: reader + with(role("no-access")), ExpectError: providertest.Sentence("not allowed to create on identity")},
		resource.TestStep{Config: manager + with(role("viewer")), ExpectError: providertest.Sentence("Missing permission describeSecret on secrets")},
		resource.TestStep{Config: manager + with(role("unheard-of")), ExpectError: providertest.Sentence("Role with slug unheard-of not found")},
		resource.TestStep{Config: providertest.AdminConfig(server) + with(role("viewr")), ExpectError: providertest.Sentence(`in resource "machineid_project_membership" "x"`)},
		resource.TestStep{Config: providertest.AdminConfig(server) + with(role("viewr")), ExpectError: providertest.Sentence(`There is no role "viewr" in project ` + project.ID)},
		resource.TestStep{Config: providertest.AdminConfig(server) + with(role("viewr")), ExpectError: providertest.Sentence(`Did you mean "viewer"?`)},
		resource.TestStep{Config: manager + with(role("no-access"))},
		resource.TestStep{Config: manager + with(role("no-access")+temporaryRole("admin", "1h", "2126-12-01T00:00:00Z")), ExpectError: providertest.Sentence("missing:")},
		resource.TestStep{Config: manager + membershipConfig(project.ID, "6f1d2a34-0000-4000-8000-000000000000", role("no-access")), ExpectError: providertest.Sentence("missing organization membership")},
	)
}

// TestMembershipList reads every page.
func TestMembershipList(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	for n := range 119 {
		id := server.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": fmt.Sprintf("m %03d", n), "organizationId": server.Admin.OrganizationID}).Text("identity", "id")
		server.Join(t, project, id, "viewer", "member")
	}
	const address = "data.machineid_project_memberships.x"
	providertest.Apply(t, provider.New("test").WithTransport(providertest.Transport(pagesOf50)), resource.TestStep{
		Config: providertest.AdminConfig(server) + fmt.Sprintf("data \"machineid_project_memberships\" \"x\" {\nproject_id = %q\n}\n", project.ID),
		ConfigStateChecks: []statecheck.StateCheck{
			providertest.ExpectAttribute(address, "memberships", knownvalue.ListSizeExact(120)),
			providertest.ExpectAttribute(address, "memberships", knownvalue.ListPartial(map[int]knownvalue.Check{118: knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"identity_name": providertest.Text("m 118"), "identity_id": knownvalue.NotNull(), "role": knownvalue.SetExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{"slug": providertest.Text("member"), "temporary": knownvalue.Null()}),
					knownvalue.ObjectExact(map[string]knownvalue.Check{"slug": providertest.Text("viewer"), "temporary": knownvalue.Null()}),
				}),
			})})),
		},
	})
}

// pagesOf50 are the longest that the server has.
func pagesOf50(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	if query := req.URL.Query(); query.Has("limit") {
		req = req.Clone(req.Context())
		query.Set("limit", "50")
		req.URL.RawQuery = query.Encode()
	}
	return next.RoundTrip(req)
}
