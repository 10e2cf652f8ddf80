// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// requests counts what went over the wire.
type requests struct {
	mu   sync.Mutex
	sent []string
}

func (r *requests) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.sent = append(r.sent, req.Method+" "+req.URL.Path)
	r.mu.Unlock()
	return http.DefaultTransport.RoundTrip(req)
}

// count is how many ended so, since the last time.
func (r *requests) count(end string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, line := range r.sent {
		if strings.HasSuffix(line, end) {
			n++
		}
	}
	r.sent = nil
	return n
}

// countOf is how many began so, since the last time.
func (r *requests) countOf(begin string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, line := range r.sent {
		if strings.HasPrefix(line, begin) && !strings.HasSuffix(line, "/details") {
			n++
		}
	}
	r.sent = nil
	return n
}

const fleet = `
resource "machineid_project" "p" {
  count       = 4
  name        = "Project ${count.index}"
  description = "no. ${count.index}"
}
resource "machineid_identity" "i" {
  count    = 6
  name     = "identity ${count.index}"
  metadata = { team = "payments" }
}
resource "machineid_universal_auth" "u" {
  count            = 6
  identity_id      = machineid_identity.i[count.index].id
  access_token_ttl = "15m"
}
resource "machineid_universal_auth_client_secret" "s" {
  count       = 4
  identity_id = machineid_universal_auth.u[0].identity_id
  description = "no. ${count.index}"
}
resource "machineid_project_membership" "m" {
  count       = 6
  project_id  = machineid_project.p[0].id
  identity_id = machineid_identity.i[count.index].id
  role { slug = "viewer" }
  role {
    slug = "member"
    temporary {
      start    = "2026-12-01T00:00:00Z"
      duration = "1h"
    }
  }
}
resource "machineid_project_identity" "l" {
  count      = 3
  project_id = machineid_project.p[1].id
  name       = "local ${count.index}"
  metadata   = { team = "payments" }
}
`

// ids are those of every instance of the fleet.
type ids map[string]*string

func (i ids) note(addresses ...string) resource.TestCheckFunc {
	var checks []resource.TestCheckFunc
	for _, address := range addresses {
		i[address] = new("")
		checks = append(checks, providertest.SaveAttribute("machineid_"+strings.NewReplacer("[", ".", "]", "").Replace(address), "id", i[address]))
	}
	return resource.ComposeTestCheckFunc(checks...)
}

// changes expects exactly what these addresses say, and nothing else of the fleet.
func changes(expected map[string]plancheck.ResourceActionType) resource.ConfigPlanChecks {
	var checks []plancheck.PlanCheck
	for resourceType, count := range map[string]int{"project.p": 4, "identity.i": 6, "universal_auth.u": 6, "universal_auth_client_secret.s": 4, "project_membership.m": 6, "project_identity.l": 3} {
		for n := range count {
			address := fmt.Sprintf("%s[%d]", resourceType, n)
			action, ok := expected[address]
			if !ok {
				action = plancheck.ResourceActionNoop
			}
			checks = append(checks, plancheck.ExpectResourceAction("machineid_"+address, action))
		}
	}
	return resource.ConfigPlanChecks{PreApply: checks}
}

// TestDriftIsSeenInFull changes every kind of object behind Terraform's back, in the middle of others
// that listings return.
func TestDriftIsSeenInFull(t *testing.T) {
	server := servertest.Start(t)
	known := ids{}
	id := func(format string, n int) string { return *known[fmt.Sprintf(format, n)] }
	identity := func(n int) string { return "/v1/identities/" + id("identity.i[%d]", n) }
	auth := func(n int) string { return "/v1/auth/universal-auth/identities/" + id("identity.i[%d]", n) }
	project := func(n int) string { return "/v1/projects/" + id("project.p[%d]", n) }
	local := func(n int) string { return project(1) + "/identities/" + id("project_identity.l[%d]", n) }
	member := func(n int) string {
		return "/v2/workspace/" + id("project.p[%d]", 0) + "/identity-memberships/" + id("identity.i[%d]", n)
	}
	patch := func(path string, body map[string]any) { server.AsAdmin(t, http.MethodPatch, path, body) }
	role := func(name string) map[string]any {
		return map[string]any{"roles": []any{map[string]any{"role": name}}}
	}
	var seen requests
	start := providertest.AdminConfig(server) + fleet
	providertest.Apply(t, provider.New("test").WithTransport(&seen),
		resource.TestStep{Config: start, Check: known.note(
			"project.p[0]", "project.p[1]", "project.p[2]", "project.p[3]", "identity.i[0]", "identity.i[1]", "identity.i[2]", "identity.i[3]",
			"identity.i[4]", "identity.i[5]", "universal_auth_client_secret.s[2]", "project_identity.l[1]", "project_identity.l[2]")},
		resource.TestStep{
			PreConfig: func() {
				patch(project(1), map[string]any{"name": "other"})
				patch(project(2), map[string]any{"description": "other"})
				patch(project(3), map[string]any{"hasDeleteProtection": true})
				patch(identity(1), map[string]any{"name": "other"})
				patch(identity(2), map[string]any{"role": "member"})
				patch(identity(3), map[string]any{"name": "identity 3", "metadata": []any{}})
				patch(identity(4), map[string]any{"name": "identity 4", "hasDeleteProtection": true})
				patch(auth(1), map[string]any{"accessTokenTTL": 60, "accessTokenMaxTTL": 2592000})
				patch(auth(2), map[string]any{"lockoutEnabled": false})
				server.AsAdmin(t, http.MethodDelete, auth(3), nil)
				server.AsAdmin(t, http.MethodPost, auth(0)+"/client-secrets/"+id("universal_auth_client_secret.s[%d]", 2)+"/revoke", map[string]any{})
				patch(member(2), role("viewer"))
				patch(member(3), role("admin"))
				server.AsAdmin(t, http.MethodDelete, member(4), nil)
				patch(local(1), map[string]any{"name": "other"})
				patch(local(2), map[string]any{"name": "local 2", "metadata": []any{}})
				seen.count("")
			},
			Config: start,
			ConfigPlanChecks: changes(map[string]plancheck.ResourceActionType{
				"project.p[1]": plancheck.ResourceActionUpdate, "project.p[2]": plancheck.ResourceActionUpdate, "project.p[3]": plancheck.ResourceActionUpdate,
				"identity.i[1]": plancheck.ResourceActionUpdate, "identity.i[2]": plancheck.ResourceActionUpdate,
				"identity.i[3]": plancheck.ResourceActionUpdate, "identity.i[4]": plancheck.ResourceActionUpdate,
				"universal_auth.u[1]": plancheck.ResourceActionUpdate, "universal_auth.u[2]": plancheck.ResourceActionUpdate, "universal_auth.u[3]": plancheck.ResourceActionCreate,
				"universal_auth_client_secret.s[2]": plancheck.ResourceActionCreate,
				"project_membership.m[2]":           plancheck.ResourceActionUpdate, "project_membership.m[3]": plancheck.ResourceActionUpdate, "project_membership.m[4]": plancheck.ResourceActionCreate,
				"project_identity.l[1]": plancheck.ResourceActionUpdate, "project_identity.l[2]": plancheck.ResourceActionUpdate,
			}),
			Check: providertest.CheckServer(func() error {
				if n := seen.count("/identity-memberships"); n == 0 {
					return errors.New("no listing was asked for")
				}
				return nil
			}),
		},
		resource.TestStep{Config: start, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestDriftBesideMetadata: identities whose metadata nobody manages are read together, and what listings
// have of them is seen; managed metadata are seen, empty ones, too.
func TestDriftBesideMetadata(t *testing.T) {
	server := servertest.Start(t)
	known := ids{}
	patch := func(address string, body map[string]any) {
		server.AsAdmin(t, http.MethodPatch, "/v1/identities/"+*known[address], body)
	}
	other := []any{map[string]any{"key": "team", "value": "other"}}
	var seen requests
	start := providertest.AdminConfig(server) + `
resource "machineid_identity" "bare" {
  count = 8
  name  = "bare ${count.index}"
}
resource "machineid_identity" "empty" {
  name     = "empty"
  metadata = {}
}
`
	providertest.Apply(t, provider.New("test").WithTransport(&seen),
		resource.TestStep{Config: start, Check: known.note("identity.bare[0]", "identity.bare[1]", "identity.bare[2]", "identity.bare[3]", "identity.bare[4]", "identity.empty")},
		resource.TestStep{PreConfig: func() { seen.count("") }, Config: start, ConfigPlanChecks: providertest.ExpectEmptyPlan(), Check: providertest.CheckServer(func() error {
			// At most two walks, each with the empty one, two of the others and a listing.
			if n := seen.countOf("GET /api/v1/identities"); n == 0 || n > 8 {
				return fmt.Errorf("%d requests for 9 identities", n)
			}
			return nil
		})},
		resource.TestStep{
			PreConfig: func() {
				patch("identity.bare[1]", map[string]any{"name": "other"})
				patch("identity.bare[2]", map[string]any{"role": "member"})
				patch("identity.bare[3]", map[string]any{"name": "bare 3", "hasDeleteProtection": true})
				patch("identity.empty", map[string]any{"name": "empty", "metadata": other})
				server.AsAdmin(t, http.MethodDelete, "/v1/identities/"+*known["identity.bare[4]"], nil)
			},
			Config: start,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("machineid_identity.bare[0]", plancheck.ResourceActionNoop),
				plancheck.ExpectResourceAction("machineid_identity.bare[1]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_identity.bare[2]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_identity.bare[3]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_identity.bare[4]", plancheck.ResourceActionCreate),
				plancheck.ExpectResourceAction("machineid_identity.empty", plancheck.ResourceActionUpdate),
			}},
			Check: providertest.CheckServer(func() error {
				if got := server.AsAdmin(t, http.MethodGet, "/v1/identities/"+*known["identity.empty"], nil).At("identity", "metadata").([]any); len(got) != 0 {
					return fmt.Errorf("the metadata of others are left: %v", got)
				}
				return nil
			}),
		},
		resource.TestStep{Config: start, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestDriftOfExistence is what the documentation says: what listings have is seen, the rest is not,
// and nothing is lost by it.
func TestDriftOfExistence(t *testing.T) {
	server := servertest.Start(t)
	known := ids{}
	id := func(format string, n int) string { return *known[fmt.Sprintf(format, n)] }
	identity := func(n int) string { return "/v1/identities/" + id("identity.i[%d]", n) }
	auth := func(n int) string { return "/v1/auth/universal-auth/identities/" + id("identity.i[%d]", n) }
	local := func(n int) string {
		return "/v1/projects/" + id("project.p[%d]", 1) + "/identities/" + id("project_identity.l[%d]", n)
	}
	patch := func(path string, body map[string]any) { server.AsAdmin(t, http.MethodPatch, path, body) }
	full := providertest.AdminConfig(server) + fleet
	start := strings.Replace(full, "universal_auth {", "drift_detection = \"existence\"\nuniversal_auth {", 1)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: start, Check: known.note("project.p[1]", "identity.i[0]", "identity.i[1]", "identity.i[2]", "identity.i[3]", "identity.i[4]", "identity.i[5]",
			"project_identity.l[0]", "project_identity.l[1]", "project_identity.l[2]")},
		resource.TestStep{
			PreConfig: func() {
				for n := range 6 {
					patch(identity(n), map[string]any{"name": fmt.Sprint("identity ", n), "metadata": []any{}})
					patch(auth(n), map[string]any{"accessTokenTTL": 60, "accessTokenMaxTTL": 2592000})
				}
				for n := range 3 {
					patch(local(n), map[string]any{"name": fmt.Sprint("local ", n), "metadata": []any{}})
				}
				patch(identity(2), map[string]any{"name": "other"})
				patch(identity(3), map[string]any{"role": "member"})
				patch(identity(4), map[string]any{"name": "identity 4", "hasDeleteProtection": true})
				server.AsAdmin(t, http.MethodDelete, auth(5), nil)
				patch(local(1), map[string]any{"name": "other"})
			},
			Config: start + "data \"machineid_identity\" \"i\" {\nid = machineid_identity.i[1].id\n}\n",
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("machineid_identity.i[2]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_identity.i[3]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_identity.i[4]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_universal_auth.u[5]", plancheck.ResourceActionCreate),
				plancheck.ExpectResourceAction("machineid_project_identity.l[1]", plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("machineid_identity.i[1]", tfjsonpath.New("metadata"), knownvalue.MapSizeExact(1)),
				statecheck.ExpectKnownValue("data.machineid_identity.i", tfjsonpath.New("metadata"), knownvalue.MapSizeExact(0)),
			},
		},
		resource.TestStep{Config: start, ResourceName: "machineid_identity.i[1]", ImportState: true, ImportStateIdFunc: func(*terraform.State) (string, error) { return id("identity.i[%d]", 1), nil }, ImportStateCheck: func(states []*terraform.InstanceState) error {
			if _, ok := states[0].Attributes["metadata.team"]; ok || states[0].Attributes["name"] != "identity 1" {
				return fmt.Errorf("imported with %v", states[0].Attributes)
			}
			return nil
		}},
		resource.TestStep{Config: start, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
		resource.TestStep{ // full sees what was left out
			Config: full,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("machineid_identity.i[1]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_universal_auth.u[1]", plancheck.ResourceActionUpdate),
				plancheck.ExpectResourceAction("machineid_project_identity.l[2]", plancheck.ResourceActionUpdate),
			}},
		},
		resource.TestStep{Config: full, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}

// TestReadsAfterWrites checks that a data source sees a change of the same apply, although the refresh has listed
// the object before.
func TestReadsAfterWrites(t *testing.T) {
	server := servertest.Start(t)
	project := server.NewProject(t)
	config := func(role string) string {
		return providertest.AdminConfig(server) + fmt.Sprintf(`
resource "machineid_identity" "i" {
  count = 3
  name  = "identity ${count.index}"
  role  = %[2]q
}
resource "machineid_project_membership" "m" {
  count       = 3
  project_id  = %[1]q
  identity_id = machineid_identity.i[count.index].id
  role {
    slug = %[2]q
  }
}
data "machineid_project_memberships" "all" {
  project_id = %[1]q
  depends_on = [machineid_project_membership.m]
}
data "machineid_identity" "last" {
  id         = machineid_identity.i[2].id
  depends_on = [machineid_identity.i]
}
output "roles" {
  value = join(" ", sort([for m in data.machineid_project_memberships.all.memberships : one(m.role).slug]))
}
`, project.ID, role)
	}
	sees := func(role string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("roles", providertest.Text(strings.Join([]string{"admin", role, role, role}, " "))),
			providertest.ExpectAttribute("data.machineid_identity.last", "role", providertest.Text(role)),
		}
	}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: config("member"), ConfigStateChecks: sees("member")},
		resource.TestStep{Config: config("no-access"), ConfigStateChecks: sees("no-access")},
	)
}

// TestDriftOfExistenceOfMethods: of OIDC auth and Token auth, too, only the removal is seen, and a
// plan takes no request for each of them.
func TestDriftOfExistenceOfMethods(t *testing.T) {
	server := servertest.Start(t)
	full := providertest.AdminConfig(server) + `
resource "machineid_identity" "i" {
  count = 6
  name  = "identity ${count.index}"
}
resource "machineid_oidc_auth" "o" {
  count         = 6
  identity_id   = machineid_identity.i[count.index].id
  discovery_url = "https://issuer.example"
  bound_issuer  = "https://issuer.example"
  bound_subject = "me"
}
resource "machineid_token_auth" "t" {
  count       = 6
  identity_id = machineid_identity.i[count.index].id
}
`
	start := strings.Replace(full, "universal_auth {", "drift_detection = \"existence\"\nuniversal_auth {", 1)
	known := ids{}
	path := func(method string, n int) string {
		return "/v1/auth/" + method + "/identities/" + *known[fmt.Sprintf("identity.i[%d]", n)]
	}
	expect := func(actions map[string]plancheck.ResourceActionType) resource.ConfigPlanChecks {
		var checks []plancheck.PlanCheck
		for _, kind := range []string{"oidc_auth.o", "token_auth.t"} {
			for n := range 6 {
				address := fmt.Sprintf("machineid_%s[%d]", kind, n)
				action, ok := actions[address]
				if !ok {
					action = plancheck.ResourceActionNoop
				}
				checks = append(checks, plancheck.ExpectResourceAction(address, action))
			}
		}
		return resource.ConfigPlanChecks{PreApply: checks}
	}
	var seen requests
	providertest.Apply(t, provider.New("test").WithTransport(&seen),
		resource.TestStep{Config: start, Check: known.note("identity.i[0]", "identity.i[1]", "identity.i[2]", "identity.i[3]", "identity.i[4]", "identity.i[5]")},
		resource.TestStep{
			PreConfig: func() { seen.count("") },
			Config:    start, PlanOnly: true,
		},
		resource.TestStep{
			PreConfig: func() {
				if n := seen.count(""); n > 12 { // a login, who one is, and a listing, for each walk; 18 without
					t.Errorf("%d requests", n)
				}
				for n := range 2 {
					server.AsAdmin(t, http.MethodPatch, path("oidc-auth", n), map[string]any{"boundSubject": "you"})
					server.AsAdmin(t, http.MethodPatch, path("token-auth", n), map[string]any{"accessTokenTTL": 60, "accessTokenMaxTTL": 60})
				}
				server.AsAdmin(t, http.MethodDelete, path("oidc-auth", 4), nil)
				server.AsAdmin(t, http.MethodDelete, path("token-auth", 5), nil)
			},
			Config: start,
			ConfigPlanChecks: expect(map[string]plancheck.ResourceActionType{
				"machineid_oidc_auth.o[4]": plancheck.ResourceActionCreate, "machineid_token_auth.t[5]": plancheck.ResourceActionCreate,
			}),
		},
		resource.TestStep{ // full sees what was left out
			Config: full,
			ConfigPlanChecks: expect(map[string]plancheck.ResourceActionType{
				"machineid_oidc_auth.o[0]": plancheck.ResourceActionUpdate, "machineid_oidc_auth.o[1]": plancheck.ResourceActionUpdate,
				"machineid_token_auth.t[0]": plancheck.ResourceActionUpdate, "machineid_token_auth.t[1]": plancheck.ResourceActionUpdate,
			}),
		},
		resource.TestStep{Config: full, ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
}
