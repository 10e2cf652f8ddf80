// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project_test

import (
	"fmt"
	"net/http"
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

const (
	projectAddress = "machineid_project.x"
	ProjectsPath   = "/v1/projects"
)

func projectConfig(attributes string) string {
	return "resource \"machineid_project\" \"x\" {\n" + attributes + "\n}\n"
}

func TestProjectLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	var id string
	path := func() string { return ProjectsPath + "/" + id }
	noted := providertest.SaveAttribute(projectAddress, "id", &id)
	is := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			p := server.AsAdmin(t, http.MethodGet, path(), nil)
			if got := strings.Join([]string{p.Text("project", "name"), p.Text("project", "slug"), p.Text("project", "description"), fmt.Sprint(p.At("project", "hasDeleteProtection"))}, "|"); got != want {
				return fmt.Errorf("the server has the project %s, not %s", got, want)
			}
			return nil
		})
	}
	full := projectConfig(`
  name              = "Web shop"
  slug              = "webshop"
  description       = "Sells"
  delete_protection = true`)
	plain := projectConfig(`name = "Shop"`)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + full, ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionCreate),
			Check: resource.ComposeTestCheckFunc(noted, is("Web shop|webshop|Sells|true")),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(projectAddress, "type", providertest.Text("secret-manager")), providertest.ExpectAttribute(projectAddress, "default_environments", knownvalue.Bool(true)),
				providertest.ExpectAttribute(projectAddress, "environments", knownvalue.ListPartial(map[int]knownvalue.Check{1: knownvalue.ObjectPartial(map[string]knownvalue.Check{"slug": providertest.Text("staging"), "name": providertest.Text("Staging")})})),
			},
		},
		resource.TestStep{ResourceName: projectAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "webshop"},
		resource.TestStep{ResourceName: projectAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: start + full, ResourceName: projectAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		resource.TestStep{Config: start, PlanOnly: true, ExpectError: providertest.Sentence("set delete_protection = false, apply, and delete it then")},
		resource.TestStep{Config: start + strings.Replace(full, "delete_protection", "type = \"kms\"\ndelete_protection", 1), PlanOnly: true, ExpectError: providertest.Sentence("The project is protected")},
		resource.TestStep{ // what has a default goes back to it; the slug stays
			Config: start + plain, ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate), Check: is("Shop|webshop||false"),
		},
		resource.TestStep{ // the slug in place
			Config: start + projectConfig("name = \"Shop\"\nslug = \"the-shop\""), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate), Check: is("Shop|the-shop||false"),
		},
		resource.TestStep{ // looked at on creation only
			Config: start + projectConfig("name = \"Shop\"\nslug = \"the-shop\"\ndefault_environments = false"), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(projectAddress, "environments", knownvalue.ListSizeExact(3))},
		},
		resource.TestStep{ // changed outside Terraform
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{"name": "o", "description": "o", "slug": "other", "hasDeleteProtection": true})
				server.AsAdmin(t, http.MethodPost, path()+"/environments", map[string]any{"name": "QA", "slug": "qa"})
			},
			Config: start + projectConfig("name = \"Shop\"\nslug = \"the-shop\""), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate), Check: is("Shop|the-shop||false"),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(projectAddress, "environments", knownvalue.ListSizeExact(4))},
		},
		resource.TestStep{ // deleted outside Terraform: planned again
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + plain, ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionCreate), Check: noted,
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(projectAddress, "slug", knownvalue.StringRegexp(providertest.Sentence("shop-")))},
		},
		resource.TestStep{ // another type is another project
			Config: start + projectConfig("name = \"Shop\"\ntype = \"kms\"\ndefault_environments = false"), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionReplace), Check: noted,
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(projectAddress, "environments", knownvalue.ListSizeExact(0))},
		},
		resource.TestStep{ResourceName: projectAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) }, Config: start},
	)
}

func TestProjectBadInput(t *testing.T) {
	server := servertest.Start(t)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		projectConfig(``):                                       `"name" is required`,
		projectConfig(`name = ""`):                              `between 1 and 64`,
		projectConfig(`name = "a "`):                            `white space`,
		projectConfig("name = \"a\"\nslug = \"shop\""):          `between 5 and 64`,
		projectConfig("name = \"a\"\nslug = \"Web_shop\""):      `must be a slug`,
		projectConfig("name = \"a\"\nenvironments = []"):        `read-only`,
		projectConfig("name = \"a\"\ndescription = \" a\""):     `white space`,
		projectConfig("name = \"a\"\ndelete_protection = \"\""): `a bool is required`,
	})
}

func TestProjectRefused(t *testing.T) {
	server := servertest.Start(t)
	other := server.NewProject(t)
	nobody, member := server.NewIdentity(t, "no-access", nil), server.NewIdentity(t, "member", nil)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, nobody) + projectConfig(`name = "x"`), ExpectError: providertest.Sentence("not allowed to create on workspace")},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"x\"\nslug = \""+other.Slug+"\""), ExpectError: providertest.Sentence("already exists in your organization")},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"x\"\ntype = \"cert-manger\""), PlanOnly: true, ExpectError: providertest.Sentence(`Did you mean "cert-manager"?`)},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"x\"\ntype = \"ssh\""), PlanOnly: true, ExpectError: providertest.Sentence(`no projects of the type "ssh". Use "pam"`)},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"x\"\naudit_logs_retention_days = -1"), PlanOnly: true, ExpectError: providertest.Sentence("audit_logs_retention_days")},
		resource.TestStep{Config: providertest.ConfigFor(server, member) + projectConfig(`name = "x"`)}, // its own, of which it is an admin
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig(`name = "x"`), ExpectError: providertest.Sentence("not a member of the specified project")},
		resource.TestStep{Config: providertest.ConfigFor(server, member) + projectConfig(`name = "y"`), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate)},
	)
}

// TestProjectOnAnOlderServer: the older routes serve, each after one question; what the server drops
// is an error that says so.
func TestProjectOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(providertest.Transport(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
		return providertest.WithoutFields(providertest.WithoutRoutes(ProjectsPath), req, "description", "hasDeleteProtection", "type")
	}))
	providertest.Apply(t, p,
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"x\"\ndescription = \"d\""), ExpectError: providertest.Sentence("this server does not support descriptions of projects")},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"x\"\nslug = \"older\"")},
		resource.TestStep{ResourceName: projectAddress, ImportState: true, ImportStateVerify: true, ImportStateId: "older"},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"y\"\nslug = \"older\""), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: providertest.AdminConfig(server) + projectConfig("name = \"y\"\ndelete_protection = true"), ExpectError: providertest.Sentence("this server does not support delete protection of projects")},
		resource.TestStep{
			PreConfig: func() {
				for _, project := range server.AsAdmin(t, http.MethodGet, ProjectsPath, nil).At("projects").([]any) {
					server.AsAdmin(t, http.MethodPatch, ProjectsPath+"/"+project.(map[string]any)["id"].(string), map[string]any{"hasDeleteProtection": false})
				}
			},
			Config: providertest.AdminConfig(server) + projectConfig("name = \"y\""),
		},
	)
	if left := server.AsAdmin(t, http.MethodGet, ProjectsPath, nil).At("projects").([]any); len(left) != 0 {
		t.Errorf("%d projects are left", len(left))
	}
}

func TestProjectLookup(t *testing.T) {
	server := servertest.Start(t)
	create := func(name, slug string) string {
		return server.AsAdmin(t, http.MethodPost, ProjectsPath, map[string]any{"projectName": name, "slug": slug, "projectDescription": "d", "hasDeleteProtection": true}).Text("project", "id")
	}
	one, twin1, twin2 := create("One", "only-one"), create("Twin", "twin-1"), create("Twin", "twin-2")
	const address = "data.machineid_project.x"
	lookup := func(attributes string) string {
		return providertest.AdminConfig(server) + "data \"machineid_project\" \"x\" {\n" + attributes + "\n}\n"
	}
	whole := []statecheck.StateCheck{
		providertest.ExpectAttribute(address, "id", providertest.Text(one)), providertest.ExpectAttribute(address, "name", providertest.Text("One")), providertest.ExpectAttribute(address, "slug", providertest.Text("only-one")), providertest.ExpectAttribute(address, "description", providertest.Text("d")),
		providertest.ExpectAttribute(address, "type", providertest.Text("secret-manager")), providertest.ExpectAttribute(address, "delete_protection", knownvalue.Bool(true)), providertest.ExpectAttribute(address, "environments", knownvalue.ListSizeExact(3)),
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: lookup(`id = "` + one + `"`), ConfigStateChecks: whole},
		resource.TestStep{Config: lookup(`slug = "only-one"`), ConfigStateChecks: whole},
		resource.TestStep{Config: lookup(`name = "One"`), ConfigStateChecks: whole},
		resource.TestStep{Config: lookup(`name = "one"`), ExpectError: providertest.Sentence(`there is no project with the name "one" among the 3`)},
		resource.TestStep{Config: lookup(`name = "Twin"`), ExpectError: providertest.Sentence(`there is more than one project with the name "Twin"`)},
		resource.TestStep{Config: lookup(`name = "Twin"`), ExpectError: providertest.Sentence(twin1)},
		resource.TestStep{Config: lookup(`name = "Twin"`), ExpectError: providertest.Sentence(twin2)},
		resource.TestStep{Config: lookup(`slug = "nowhere"`), ExpectError: providertest.Sentence("Project not found")},
		resource.TestStep{Config: lookup(``), PlanOnly: true, ExpectError: providertest.Sentence("one (and only one)")},
		resource.TestStep{Config: lookup("slug = \"a\"\nname = \"b\""), PlanOnly: true, ExpectError: providertest.Sentence("one (and only one)")},
		resource.TestStep{Config: lookup(`slug = "only-one"`), ConfigStateChecks: whole},
	)
}

// TestProjectAuditLogRetention creates, changes and no longer configures the retention, which then stays.
func TestProjectAuditLogRetention(t *testing.T) {
	server := servertest.Start(t)
	config := func(more string) string {
		return providertest.AdminConfig(server) + projectConfig("name = \"Shop\"\nslug = \"the-shop\""+more)
	}
	is := func(want any) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			if got := server.AsAdmin(t, http.MethodGet, ProjectsPath+"/slug/the-shop", nil).At("auditLogsRetentionDays"); got != want {
				return fmt.Errorf("the retention is %v, not %v", got, want)
			}
			return nil
		})
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config(""), Check: is(nil)},
		resource.TestStep{Config: config("\naudit_logs_retention_days = 90"), Check: is(90.0)},
		resource.TestStep{Config: config("\naudit_logs_retention_days = 90"), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ResourceName: projectAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: config(""), ConfigPlanChecks: providertest.ExpectEmptyPlan(), Check: is(90.0)},
		resource.TestStep{Config: providertest.AdminConfig(server)},
		resource.TestStep{Config: config("\naudit_logs_retention_days = 30"), Check: is(30.0)},
		resource.TestStep{
			PreConfig: func() {
				id := server.AsAdmin(t, http.MethodGet, ProjectsPath+"/slug/the-shop", nil).Text("id")
				server.AsAdmin(t, http.MethodPatch, ProjectsPath+"/"+id, map[string]any{"auditLogsRetentionDays": 7})
			},
			Config: config("\naudit_logs_retention_days = 30"), ConfigPlanChecks: providertest.ExpectAction(projectAddress, plancheck.ResourceActionUpdate), Check: is(30.0),
		},
	)
}
