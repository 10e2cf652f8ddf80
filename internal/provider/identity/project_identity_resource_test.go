// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const projectIdentityAddress = "machineid_project_identity.x"

func projectIdentityConfig(project, attributes string) string {
	return fmt.Sprintf("resource \"machineid_project_identity\" \"x\" {\nproject_id = %q\n%s\n}\n", project, attributes)
}

func TestProjectIdentityLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	project, other := server.NewProject(t), server.NewProject(t)
	var id string
	path := func() string { return "/v1/projects/" + project.ID + "/identities/" + id }
	noted := providertest.SaveAttribute(projectIdentityAddress, "id", &id)
	is := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			found := server.AsAdmin(t, http.MethodGet, path(), nil)
			var pairs []string
			for _, pair := range found.At("identity", "metadata").([]any) {
				pairs = append(pairs, fmt.Sprint(pair.(map[string]any)["key"], "=", pair.(map[string]any)["value"]))
			}
			if got := fmt.Sprint(found.Text("identity", "name"), " ", found.At("identity", "hasDeleteProtection"), " ", pairs); got != want {
				return fmt.Errorf("the server has %s", got)
			}
			return nil
		})
	}
	importID := func(*terraform.State) (string, error) { return project.ID + "/" + id, nil }
	full := projectIdentityConfig(project.ID, "name = \"ci\"\nmetadata = { team = \"payments\", zone = \"a\" }\ndelete_protection = true")
	plain := projectIdentityConfig(project.ID, `name = "ci 2"`)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: start + full, ConfigPlanChecks: providertest.ExpectAction(projectIdentityAddress, plancheck.ResourceActionCreate),
			Check: resource.ComposeTestCheckFunc(noted, is("ci true [team=payments zone=a]")),
		},
		resource.TestStep{ResourceName: projectIdentityAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: importID},
		resource.TestStep{ResourceName: projectIdentityAddress, ImportState: true, ImportStateId: "x", ExpectError: providertest.Sentence("<project_id>/<id>")},
		resource.TestStep{Config: start + full, ResourceName: projectIdentityAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateIdFunc: importID},
		resource.TestStep{Config: start, PlanOnly: true, ExpectError: providertest.Sentence("set delete_protection = false, apply, and delete it then")},
		resource.TestStep{ // defaults apply again; metadata is no longer managed, and stays
			Config: start + plain, ConfigPlanChecks: providertest.ExpectAction(projectIdentityAddress, plancheck.ResourceActionUpdate), Check: is("ci 2 false [team=payments zone=a]"),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(projectIdentityAddress, "delete_protection", knownvalue.Bool(false)),
			},
		},
		resource.TestStep{ // changed outside Terraform: shown and corrected, except metadata, which is not managed
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"name": "renamed", "hasDeleteProtection": true, "metadata": []map[string]string{{"key": "a", "value": "b"}, {"key": "a", "value": "c"}},
				})
			},
			Config: start + plain, ConfigPlanChecks: providertest.ExpectAction(projectIdentityAddress, plancheck.ResourceActionUpdate), Check: is("ci 2 false [a=b a=c]"),
		},
		resource.TestStep{ // in another project it is another identity
			Config:           start + projectIdentityConfig(other.ID, `name = "ci 2"`),
			ConfigPlanChecks: providertest.ExpectAction(projectIdentityAddress, plancheck.ResourceActionReplace),
		},
		resource.TestStep{Config: start + plain, Check: noted},
		resource.TestStep{ // deleted outside Terraform
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start + plain, ConfigPlanChecks: providertest.ExpectAction(projectIdentityAddress, plancheck.ResourceActionCreate), Check: noted,
		},
		resource.TestStep{ // gone with its project, before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, "/v1/projects/"+project.ID, nil) },
			Config:    start,
		},
	)
}

// TestProjectIdentityLogsIn with the resources of any identity, managed with rights in the project alone.
func TestProjectIdentityLogsIn(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	manager := server.NewIdentity(t, "no-access", nil)
	server.Join(t, project, manager.ID, "admin")
	config := providertest.ConfigFor(server, manager) + projectIdentityConfig(project.ID, `name = "ci"`) + `
resource "machineid_universal_auth" "x" {
  identity_id          = machineid_project_identity.x.id
  access_token_ttl     = "5m"
  access_token_max_ttl = "5m"
}
resource "machineid_universal_auth_client_secret" "x" {
  identity_id = machineid_universal_auth.x.identity_id
}
`
	viewer := `
resource "machineid_project_membership" "x" {
  project_id  = machineid_project_identity.x.project_id
  identity_id = machineid_project_identity.x.id
  role {
    slug = "viewer"
  }
}
resource "machineid_project_privilege" "x" {
  project_id  = machineid_project_identity.x.project_id
  identity_id = machineid_project_membership.x.identity_id
  permission {
    subject = "secrets"
    actions = ["edit"]
    condition {
      key = "environment"
      eq  = "dev"
    }
  }
}
data "machineid_effective_permissions" "x" {
  identity_id = machineid_project_privilege.x.identity_id
  project_id  = machineid_project_identity.x.project_id
}
output "x" {
  value = [for action in ["readValue", "edit", "delete"] : provider::machineid::allows(data.machineid_effective_permissions.x.project_permission, action, "secrets", { environment = "dev" })]
}
`
	var clientID, secret string
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config: config,
			Check: resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID), providertest.SaveAttribute(providertest.ClientSecretAddress, "client_secret", &secret), providertest.CheckServer(func() error {
				login := server.Login(t, clientID, secret)
				if login.Status != http.StatusOK {
					return fmt.Errorf("it does not log in: %v", login.Body)
				}
				if mine := server.Call(t, http.MethodGet, "/v1/projects/"+project.ID, login.Text("accessToken"), nil); mine.Status != http.StatusOK {
					return fmt.Errorf("it is no member of its project: %v", mine.Body)
				}
				return nil
			})),
		},
		resource.TestStep{ // its roles are the membership's, and its privileges those of any member
			Config: config + viewer,
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("x",
				knownvalue.TupleExact([]knownvalue.Check{knownvalue.Bool(true), knownvalue.Bool(true), knownvalue.Bool(false)}))},
		},
		resource.TestStep{Config: config + viewer, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ // without them it is there as before
			Config: config,
			Check: providertest.CheckServer(func() error {
				token := server.Login(t, clientID, secret).Text("accessToken")
				if roles := server.Call(t, http.MethodGet, "/v1/projects/"+project.ID+"/roles", token, nil); roles.Status != http.StatusForbidden {
					return fmt.Errorf("it still has rights: %v", roles.Body)
				}
				return nil
			}),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

func TestProjectIdentityBadInput(t *testing.T) {
	server := servertest.Start(t)
	config := func(attributes string) string { return projectIdentityConfig("p", attributes) }
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		config(``):            `"name" is required`,
		config(`name = ""`):   `between 1 and 255`,
		config(`name = "a "`): `must not begin or end with white space`,
		config("name = \"a\"\nmetadata = { \"\" = \"x\" }"):                  `between 1 and 255`,
		strings.Replace(config(`name = "a"`), `"p"`, `""`, 1):                `an ID is a UUID`,
		config("name = \"a\"\nroles = [\"admin\"]"):                          `"roles" is not expected`,
		"resource \"machineid_project_identity\" \"x\" {\nname = \"a\"\n}\n": `"project_id" is required`,
	})
}

func TestProjectIdentityRefused(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	reader := fmt.Sprintf("provider \"machineid\" {\nhost = %q\naccess_token = %q\n}\n", server.Host,
		server.TokenIn(t, project, permission.Rule{Subject: "identity", Actions: []string{"read"}}))
	creator := fmt.Sprintf("provider \"machineid\" {\nhost = %q\naccess_token = %q\n}\n", server.Host,
		server.TokenIn(t, project, permission.Rule{Subject: "identity", Actions: []string{"read", "create", "edit", "delete"}}))
	config := projectIdentityConfig(project.ID, `name = "a"`)
	powerful := servertest.Identity{}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: reader + config, ExpectError: providertest.Sentence("not allowed to create on identity")},
		resource.TestStep{Config: creator + config, Check: providertest.SaveAttribute(projectIdentityAddress, "id", &powerful.ID)},
		resource.TestStep{ // who has come to more than its manager is out of the manager's reach
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, "/v1/projects/"+project.ID+"/memberships/identities/"+powerful.ID, map[string]any{"roles": []any{map[string]any{"role": "admin"}}})
			},
			Config: creator + projectIdentityConfig(project.ID, `name = "b"`), ExpectError: providertest.Sentence("You can grant only permissions that you hold yourself"),
		},
		resource.TestStep{Config: providertest.AdminConfig(server) + config},
	)
}

func TestProjectIdentityOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	providertest.Apply(t, provider.New("test").WithTransport(providertest.WithoutRoutes("/v1/projects/"+project.ID+"/identities")), resource.TestStep{
		Config:      providertest.AdminConfig(server) + projectIdentityConfig(project.ID, `name = "a"`),
		ExpectError: providertest.Sentence("this server is older than identities of a project, available since the end of 2025"),
	})
}
