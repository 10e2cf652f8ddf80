// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestIdentityLife(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	var id string
	path := func() string { return "/v1/identities/" + id }
	metadata := func(want string) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			var got []string
			for _, pair := range server.AsAdmin(t, http.MethodGet, path(), nil).At("identity", "metadata").([]any) {
				got = append(got, fmt.Sprint(pair.(map[string]any)["key"], "=", pair.(map[string]any)["value"]))
			}
			if strings.Join(got, " ") != want {
				return fmt.Errorf("the server has metadata %v, not %q", got, want)
			}
			return nil
		})
	}
	full := providertest.IdentityConfig(`
  name              = "ci"
  role              = "member"
  metadata          = { team = "payments", zone = "a" }
  delete_protection = true`)
	plain := providertest.IdentityConfig(`name = "ci 2"`)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{
			Config:           start + full,
			ConfigPlanChecks: providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionCreate),
			Check:            resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &id), metadata("team=payments zone=a")),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(providertest.IdentityAddress, "name", providertest.Text("ci")), providertest.ExpectAttribute(providertest.IdentityAddress, "role", providertest.Text("member")),
				providertest.ExpectAttribute(providertest.IdentityAddress, "delete_protection", knownvalue.Bool(true)),
				providertest.ExpectAttribute(providertest.IdentityAddress, "organization_id", providertest.Text(server.Admin.OrganizationID)),
			},
		},
		resource.TestStep{ResourceName: providertest.IdentityAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: start + full, ResourceName: providertest.IdentityAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		resource.TestStep{ // protected: refused at plan, and by the server if it comes to that
			Config: start, PlanOnly: true, ExpectError: providertest.Sentence("set delete_protection = false, apply, and delete it then"),
		},
		resource.TestStep{ // defaults apply again; metadata is no longer managed, and stays
			Config:           start + plain,
			ConfigPlanChecks: providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionUpdate),
			Check:            metadata("team=payments zone=a"),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(providertest.IdentityAddress, "name", providertest.Text("ci 2")), providertest.ExpectAttribute(providertest.IdentityAddress, "role", providertest.Text("no-access")),
				providertest.ExpectAttribute(providertest.IdentityAddress, "delete_protection", knownvalue.Bool(false)),
			},
		},
		resource.TestStep{ResourceName: providertest.IdentityAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: start + plain, ResourceName: providertest.IdentityAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID}, // plans no change
		resource.TestStep{ // an empty map removes all metadata
			Config:            start + providertest.IdentityConfig("name = \"ci 2\"\nmetadata = {}"),
			Check:             metadata(""),
			ConfigPlanChecks:  providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(providertest.IdentityAddress, "metadata", knownvalue.MapSizeExact(0))},
		},
		resource.TestStep{ // changed outside Terraform: shown and corrected, except metadata, which is not managed
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"name": "renamed", "role": "member", "hasDeleteProtection": true, "metadata": []map[string]string{{"key": "a", "value": "b"}},
				})
			},
			Config:           start + plain,
			ConfigPlanChecks: providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionUpdate),
			Check:            metadata("a=b"),
		},
		resource.TestStep{ // a key twice is not hidden behind the first
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"name": "ci 2", "metadata": []map[string]string{{"key": "a", "value": "b"}, {"key": "a", "value": "c"}},
				})
			},
			Config:           start + providertest.IdentityConfig("name = \"ci 2\"\nmetadata = { a = \"b\" }"),
			ConfigPlanChecks: providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionUpdate),
			Check:            metadata("a=b"),
		},
		resource.TestStep{ // deleted outside Terraform: planned again
			PreConfig:        func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:           start + plain,
			ConfigPlanChecks: providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionCreate),
			Check:            providertest.SaveAttribute(providertest.IdentityAddress, "id", &id),
		},
		resource.TestStep{ // gone before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start,
		},
	)
}

func TestIdentityBadInput(t *testing.T) {
	server := servertest.Start(t)
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		providertest.IdentityConfig(``):                                                  `"name" is required`,
		providertest.IdentityConfig(`name = ""`):                                         `between 1 and 255`,
		providertest.IdentityConfig(`name = " a"`):                                       `must not begin or end with white space`,
		providertest.IdentityConfig(`name = "\u00a0a"`):                                  `must not begin or end with white space`,
		providertest.IdentityConfig("name = \"a\"\nmetadata = { a = null }"):             `null`,
		providertest.IdentityConfig(`name = "` + strings.Repeat("a", 256) + `"`):         `between 1 and 255`,
		providertest.IdentityConfig("name = \"a\"\nrole = \"custom\""):                   `Set the slug of the custom role`,
		providertest.IdentityConfig("name = \"a\"\nrole = \"Admin\""):                    `Did you mean "admin"?`,
		providertest.IdentityConfig("name = \"a\"\nrole = \"\""):                         `must be the slug of a role`,
		providertest.IdentityConfig(`name = "a\u0000b"`):                                 `must not have control characters`,
		providertest.IdentityConfig("name = \"a\"\nmetadata = { \"a\\u001b\" = \"x\" }"): `must not have control characters`,
		providertest.IdentityConfig("name = \"a\"\nmetadata = { \"\" = \"x\" }"):         `between 1 and 255`,
		providertest.IdentityConfig("name = \"a\"\nmetadata = { a = \"\" }"):             `between 1 and 1020`,
		providertest.IdentityConfig("name = \"a\"\nmetadata = { a = \"x \" }"):           `must not begin or end with white space`,
		providertest.IdentityConfig("name = \"a\"\norganization_id = \"somewhere\""):     `read-only`,
	})
}

func TestIdentityRefusedForLackOfARole(t *testing.T) {
	server := servertest.Start(t)
	nobody, member := server.NewIdentity(t, "no-access", nil), server.NewIdentity(t, "member", nil)
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: providertest.ConfigFor(server, nobody) + providertest.IdentityConfig(`name = "x"`), ExpectError: providertest.Sentence("not allowed to create on identity")},
		resource.TestStep{Config: providertest.ConfigFor(server, member) + providertest.IdentityConfig("name = \"x\"\nrole = \"admin\""), ExpectError: providertest.Sentence("The identity \"TestIdentityRefusedForLackOfARole\" (ID " + member.ID + ") lacks permissions that it wants to grant")},
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"x\"\nrole = \"unknown\""), ExpectError: providertest.Sentence("Could not create the identity")},
	)
}

// TestIdentityRoleIsSentOnlyWhenChanged: naming a role takes the right to hand it over, changing a name does not.
func TestIdentityRoleIsSentOnlyWhenChanged(t *testing.T) {
	server := servertest.Start(t)
	var roles, names atomic.Int32
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPatch {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			content := providertest.ReadBody(t, body)
			if strings.Contains(content, `"role"`) {
				roles.Add(1)
			}
			if strings.Contains(content, `"name"`) {
				names.Add(1)
			}
		}
		return next.RoundTrip(req)
	}))
	sent := func(role, name int32) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			if roles.Load() != role || names.Load() != name {
				return fmt.Errorf("%d roles and %d names were sent, not %d and %d", roles.Load(), names.Load(), role, name)
			}
			return nil
		})
	}
	providertest.Apply(t, p,
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"a\"\nrole = \"member\"")},
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"b\"\nrole = \"member\""), Check: sent(0, 1)},
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"b\"\nrole = \"member\"\ndelete_protection = true"), Check: sent(0, 2)},
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"b\"\nrole = \"admin\""), Check: sent(1, 3)},
	)
}

// TestIdentityOnAnOlderServer: what the server does not answer keeps its default; to ask for more is
// an error that says so, and what was created is in the state all the same.
func TestIdentityOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		return providertest.WithoutFields(next, req, "hasDeleteProtection", "orgId", "metadata", "authMethods")
	}))
	providertest.Apply(t, p,
		resource.TestStep{
			Config:      providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"old\"\ndelete_protection = true"),
			ExpectError: providertest.Sentence("this server does not support delete protection of identities"),
		},
		resource.TestStep{
			PreConfig: func() {
				// The first is in the state, so that it is replaced and not forgotten.
				for _, identity := range server.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+server.Admin.OrganizationID, nil).At("identities").([]any) {
					if identity := identity.(map[string]any); identity["identity"].(map[string]any)["name"] == "old" {
						server.AsAdmin(t, http.MethodPatch, "/v1/identities/"+identity["identityId"].(string), map[string]any{"name": "old", "hasDeleteProtection": false})
					}
				}
			},
			Config:           providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"old\"\nmetadata = { a = \"b\" }"),
			ConfigPlanChecks: providertest.ExpectAction(providertest.IdentityAddress, plancheck.ResourceActionReplace),
			ConfigStateChecks: []statecheck.StateCheck{
				providertest.ExpectAttribute(providertest.IdentityAddress, "delete_protection", knownvalue.Bool(false)),
				providertest.ExpectAttribute(providertest.IdentityAddress, "organization_id", providertest.Text(server.Admin.OrganizationID)),
			},
		},
		resource.TestStep{Config: providertest.AdminConfig(server) + providertest.IdentityConfig("name = \"old\"\nmetadata = { a = \"b\" }"), ConfigPlanChecks: providertest.ExpectEmptyPlan()},
	)
	left := server.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+server.Admin.OrganizationID, nil).At("totalCount")
	if left != float64(1) {
		t.Errorf("%v identities are left with the admin's", left)
	}
}
