// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import (
	"errors"
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

const (
	privilegeAddress = "machineid_project_privilege.x"
	privilegesPath   = "/v2/identity-project-additional-privilege"
)

const readNothing = ""

var (
	readDev    = permissionBlock("secrets", `["describeSecret", "readValue"]`, conditionBlock("environment", `in = ["dev", "test"]`))
	readAll    = permissionBlock("secrets", `["readValue"]`)
	editNoProd = permissionBlock("secrets", `["edit"]`) + permissionBlock("secrets", `["edit"]`, `effect = "deny"`, conditionBlock("environment", `eq = "prod"`))
)

// privileged returns a project with a member, and a function that returns the configuration of a privilege of the member.
func privileged(t *testing.T, server *servertest.Server) (project servertest.Project, member string, config func(attributes string) string) {
	t.Helper()
	project = server.NewProject(t)
	member = server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, member, "no-access")
	return project, member, func(attributes string) string { return privilegeConfig(project.ID, member, attributes) }
}

func privilegeConfig(project, identity, attributes string) string {
	return fmt.Sprintf("resource \"machineid_project_privilege\" \"x\" {\nproject_id = %q\nidentity_id = %q\n%s\n}\n", project, identity, attributes)
}

func TestPrivilegeLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	_, _, config := privileged(t, server)
	var id, slug string
	path := func() string { return privilegesPath + "/" + id }
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(privilegeAddress, "id", &id), providertest.SaveAttribute(privilegeAddress, "slug", &slug))
	rules := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			if got := fmt.Sprint(server.AsAdmin(t, http.MethodGet, path(), nil).At("privilege", "permissions")); got != want {
				return fmt.Errorf("the server has the rules %s", got)
			}
			return nil
		})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + config(readDev), ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionCreate),
			Check: resource.ComposeTestCheckFunc(noted, rules("[map[action:[describeSecret readValue] conditions:map[environment:map[$in:[dev test]]] inverted:false subject:secrets]]")),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(privilegeAddress, "slug", knownvalue.StringRegexp(providertest.Sentence(""))), providertest.ExpectAttribute(privilegeAddress, "temporary", knownvalue.Null()),
			},
		},
		resource.TestStep{ // the order of actions and values has no meaning
			Config: start + config(strings.NewReplacer(`"dev", "test"`, `"test", "dev"`, `"describeSecret", "readValue"`, `"readValue", "describeSecret"`).Replace(readDev)), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ResourceName: privilegeAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: start + config(readDev), ResourceName: privilegeAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		resource.TestStep{ // the slug and the rules, in place
			Config:           start + config("slug = \"on-call\"\n"+editNoProd),
			ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate),
			Check:            resource.ComposeTestCheckFunc(noted, rules("[map[action:[edit] inverted:false subject:secrets] map[action:[edit] conditions:map[environment:map[$eq:prod]] inverted:true subject:secrets]]")),
		},
		resource.TestStep{ // without a slug it stays
			Config: start + config(editNoProd), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(privilegeAddress, "slug", providertest.Text("on-call"))},
		},
		resource.TestStep{ // rules are cleared
			Config: start + config(readNothing), ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate), Check: rules("[]"),
		},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{"slug": "other", "permissions": []any{map[string]any{"subject": "role", "action": "read"}}})
			},
			Config:           start + config("slug = \"on-call\"\n"+readAll),
			ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate),
			Check:            rules("[map[action:[readValue] inverted:false subject:secrets]]"),
		},
		resource.TestStep{ // deleted outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + config(readAll), ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionCreate), Check: noted,
		},
		resource.TestStep{ // deleted before the destroy
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start,
		},
	)
}

// TestPrivilegeOfAnotherIdentity checks that a change of the identity or the project replaces the privilege.
func TestPrivilegeOfAnotherIdentity(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	project, first, _ := privileged(t, server)
	second := server.NewIdentity(t, "no-access", nil).ID
	server.Join(t, project, second, "no-access")
	elsewhere := server.NewProject(t)
	server.Join(t, elsewhere, second, "no-access")
	left := func(project servertest.Project, identity string, want int) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			query := "?projectId=" + project.ID + "&identityId=" + identity
			if list := server.AsAdmin(t, http.MethodGet, privilegesPath+query, nil).At("privileges").([]any); len(list) != want {
				return fmt.Errorf("%d privileges, not %d", len(list), want)
			}
			return nil
		})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: start + privilegeConfig(project.ID, first, readAll), Check: left(project, first, 1)},
		resource.TestStep{
			Config:           start + privilegeConfig(project.ID, second, readAll),
			ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(left(project, first, 0), left(project, second, 1)),
		},
		resource.TestStep{
			Config:           start + privilegeConfig(elsewhere.ID, second, readAll),
			ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionReplace),
			Check:            resource.ComposeTestCheckFunc(left(project, second, 0), left(elsewhere, second, 1)),
		},
	)
}

// TestPrivilegeWindow checks that neither other changes nor other spellings change the window.
func TestPrivilegeWindow(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	_, _, config := privileged(t, server)
	var id string
	window := providertest.TemporaryBlock
	is := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			p := server.AsAdmin(t, http.MethodGet, privilegesPath+"/"+id, nil)
			if got := fmt.Sprintf("%v for %v from %v until %v", p.At("privilege", "isTemporary"), p.At("privilege", "temporaryRange"),
				p.At("privilege", "temporaryAccessStartTime"), p.At("privilege", "temporaryAccessEndTime")); got != want {
				return errors.New(got)
			}
			return nil
		})
	}
	const during = "true for 90m from 2026-12-01T08:00:00Z until 2026-12-01T09:30:00Z"
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + config(window("1h30m", "2026-12-01T09:00:00+01:00")+readAll),
			Check:  resource.ComposeTestCheckFunc(providertest.SaveAttribute(privilegeAddress, "id", &id), is(during)),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(privilegeAddress, "temporary.duration", providertest.Text("1h30m")), providertest.ExpectAttribute(privilegeAddress, "temporary.start", providertest.Text("2026-12-01T09:00:00+01:00")),
			},
		},
		resource.TestStep{ // another spelling
			Config: start + config(window("5400", "2026-12-01T08:00:00.000Z")+readAll), ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{ // a change of something else
			Config: start + config("slug = \"x\"\n"+window("90m", "2026-12-01T08:00:00Z")+readNothing), ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate), Check: is(during),
		},
		resource.TestStep{ResourceName: privilegeAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"temporary"}},
		resource.TestStep{ // an import writes the largest unit
			Config: start + config("slug = \"x\"\n"+window("90m", "2026-12-01T08:00:00Z")+readNothing), ResourceName: privilegeAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
		},
		resource.TestStep{ // the window itself, in place
			Config:           start + config("slug = \"x\"\n"+window("1d", "2026-12-01T08:00:00Z")+readNothing),
			ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate),
			Check:            is("true for 1d from 2026-12-01T08:00:00Z until 2026-12-02T08:00:00Z"),
		},
		resource.TestStep{ // drift of the window
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, privilegesPath+"/"+id, map[string]any{"type": map[string]any{
					"isTemporary": true, "temporaryMode": "relative", "temporaryRange": "2w", "temporaryAccessStartTime": "2026-12-01T08:00:00Z"}})
			},
			Config:           start + config("slug = \"x\"\n"+window("1d", "2026-12-01T08:00:00Z")+readNothing),
			ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate),
			Check:            is("true for 1d from 2026-12-01T08:00:00Z until 2026-12-02T08:00:00Z"),
		},
		resource.TestStep{ // permanent
			Config: start + config("slug = \"x\"\n"+readNothing), ConfigPlanChecks: providertest.ExpectAction(privilegeAddress, plancheck.ResourceActionUpdate),
			Check: is("false for <nil> from <nil> until <nil>"),
		},
	)
}

func TestPrivilegeBadInput(t *testing.T) {
	server := servertest.Start(t)
	_, _, config := privileged(t, server)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		config("slug = \"On Call\"\n" + readAll):                                                     `must be a slug`,
		config("slug = \"" + strings.Repeat("a", 61) + "\"\n" + readAll):                             `at most 60`,
		config("temporary {\nduration = \"1h\"\n}\n" + readAll):                                      `has no start`,
		config(providertest.TemporaryBlock("0s", "2026-12-01T08:00:00Z") + readAll):                  `Write a duration from 1s`,
		config(providertest.TemporaryBlock("soon", "2026-12-01T08:00:00Z") + readAll):                `has no number`,
		config(providertest.TemporaryBlock("1h", "2026-12-01") + readAll):                            `is not an RFC 3339 time`,
		config(permissionBlock("secrets", `[]`)):                                                     `at least one action`,
		config(permissionBlock("role", `["read"]`, `effect = "deny"`)):                               `Rules on role cannot have effect = "deny"`,
		config(permissionBlock("secrets", `["read", "readValue"]`)):                                  `read on secrets includes both`,
		config(permissionBlock("secret", `["read"]`)):                                                `Did you mean "secrets"?`,
		"resource \"machineid_project_privilege\" \"x\" {\nidentity_id = \"\"\n" + readAll + "\n}\n": `"project_id" is required`,
	})
}

func TestPrivilegeDenied(t *testing.T) {
	server := servertest.Start(t)
	project, member, config := privileged(t, server)
	stranger := server.NewIdentity(t, "no-access", nil)
	rule := func(subject string, actions ...string) permission.Rule {
		return permission.Rule{Subject: subject, Actions: actions}
	}
	token := func(rules ...permission.Rule) string {
		return fmt.Sprintf("provider \"machineid\" {\nhost = %q\naccess_token = %q\n}\n", server.Host, server.TokenIn(t, project, rules...))
	}
	reader := token(rule("identity", "read"))
	manager := token(rule("identity", "read", "edit", "assign-additional-privileges"), rule("secrets", "describeSecret", "readValue"))
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.AdminConfig(server) + privilegeConfig(project.ID, stranger.ID, readAll), ExpectError: providertest.Sentence("make the identity a member with machineid_project_membership")},
		resource.TestStep{Config: reader + config(readAll), ExpectError: providertest.Sentence("not allowed to edit on identity")},
		resource.TestStep{Config: manager + config(editNoProd), ExpectError: providertest.Sentence("Missing permission edit on secrets")}, // more than its own permissions
		resource.TestStep{Config: manager + config("slug = \"mine\"\n"+readDev)},                                                          // its own permissions
		resource.TestStep{Config: manager + config("slug = \"mine\"\n"+readDev), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{Config: manager + config("slug = \"mine\"\n"+editNoProd), ExpectError: providertest.Sentence("Missing permission edit on secrets")},
		resource.TestStep{ // two privileges with the same slug
			Config:      manager + config("slug = \"mine\"\n"+readDev) + strings.Replace(privilegeConfig(project.ID, member, "slug = \"mine\"\n"+readAll), `"x"`, `"y"`, 1),
			ExpectError: providertest.Sentence("Additional privilege with name mine exists"),
		},
	)
}

func TestPrivilegeOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	_, _, config := privileged(t, server)
	providertest.Apply(t, provider.New("test").WithTransport(providertest.WithoutRoutes(privilegesPath)), resource.TestStep{
		Config: providertest.AdminConfig(server) + config(readAll), ExpectError: providertest.Sentence("this server is older than additional privileges with rules of any subject, available since the end of 2024"),
	})
}
