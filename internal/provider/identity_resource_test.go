// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

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
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const identityAddress = "machineid_identity.x"

func identityConfig(attributes string) string {
	return "resource \"machineid_identity\" \"x\" {\n" + attributes + "\n}\n"
}

func TestIdentityLife(t *testing.T) {
	server := servertest.Start(t)
	start := asAdmin(server)
	var id string
	path := func() string { return "/v1/identities/" + id }
	metadata := func(want string) resource.TestCheckFunc {
		return asks(func() error {
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
	full := identityConfig(`
  name              = "ci"
  role              = "member"
  metadata          = { team = "payments", zone = "a" }
  delete_protection = true`)
	plain := identityConfig(`name = "ci 2"`)
	apply(t, provider.New("test"),
		resource.TestStep{
			Config:           start + full,
			ConfigPlanChecks: plans(identityAddress, plancheck.ResourceActionCreate),
			Check:            resource.ComposeTestCheckFunc(note(identityAddress, "id", &id), metadata("team=payments zone=a")),
			ConfigStateChecks: []statecheck.StateCheck{
				has(identityAddress, "name", text("ci")), has(identityAddress, "role", text("member")),
				has(identityAddress, "delete_protection", knownvalue.Bool(true)),
				has(identityAddress, "organization_id", text(server.Admin.OrganizationID)),
			},
		},
		resource.TestStep{ResourceName: identityAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{Config: start + full, ResourceName: identityAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		resource.TestStep{ // protected: refused at plan, and by the server if it comes to that
			Config: start, PlanOnly: true, ExpectError: words("set delete_protection = false, apply, and delete it then"),
		},
		resource.TestStep{ // what has a default goes back to it, the rest is cleared
			Config:           start + plain,
			ConfigPlanChecks: plans(identityAddress, plancheck.ResourceActionUpdate),
			Check:            metadata(""),
			ConfigStateChecks: []statecheck.StateCheck{
				has(identityAddress, "name", text("ci 2")), has(identityAddress, "role", text("no-access")),
				has(identityAddress, "delete_protection", knownvalue.Bool(false)), has(identityAddress, "metadata", knownvalue.Null()),
			},
		},
		resource.TestStep{ResourceName: identityAddress, ImportState: true, ImportStateVerify: true},
		resource.TestStep{ // from now on, a plan looks for others' metadata
			Config:            start + identityConfig("name = \"ci 2\"\nmetadata = {}"),
			ConfigPlanChecks:  plans(identityAddress, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{has(identityAddress, "metadata", knownvalue.MapSizeExact(0))},
		},
		resource.TestStep{ // changed behind Terraform's back: shown, and put right
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"name": "renamed", "role": "member", "hasDeleteProtection": true, "metadata": []map[string]string{{"key": "a", "value": "b"}},
				})
			},
			Config:           start + plain,
			ConfigPlanChecks: plans(identityAddress, plancheck.ResourceActionUpdate),
			Check:            metadata(""),
		},
		resource.TestStep{ // a key twice is not hidden behind the first
			PreConfig: func() {
				server.AsAdmin(t, http.MethodPatch, path(), map[string]any{
					"name": "ci 2", "metadata": []map[string]string{{"key": "a", "value": "b"}, {"key": "a", "value": "c"}},
				})
			},
			Config:           start + identityConfig("name = \"ci 2\"\nmetadata = { a = \"b\" }"),
			ConfigPlanChecks: plans(identityAddress, plancheck.ResourceActionUpdate),
			Check:            metadata("a=b"),
		},
		resource.TestStep{ // deleted behind Terraform's back: planned anew
			PreConfig:        func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:           start + plain,
			ConfigPlanChecks: plans(identityAddress, plancheck.ResourceActionCreate),
			Check:            note(identityAddress, "id", &id),
		},
		resource.TestStep{ // gone before it is destroyed
			PreConfig: func() { server.AsAdmin(t, http.MethodDelete, path(), nil) },
			Config:    start,
		},
	)
}

func TestIdentityBadInput(t *testing.T) {
	server := servertest.Start(t)
	refused(t, provider.New("test"), asAdmin(server), map[string]string{
		identityConfig(``):                                                  `"name" is required`,
		identityConfig(`name = ""`):                                         `between 1 and 255`,
		identityConfig(`name = " a"`):                                       `must not begin or end with white space`,
		identityConfig(`name = "\u00a0a"`):                                  `must not begin or end with white space`,
		identityConfig("name = \"a\"\nmetadata = { a = null }"):             `null`,
		identityConfig(`name = "` + strings.Repeat("a", 256) + `"`):         `between 1 and 255`,
		identityConfig("name = \"a\"\nrole = \"custom\""):                   `value must be none of`,
		identityConfig("name = \"a\"\nrole = \"Admin\""):                    `must be a slug`,
		identityConfig("name = \"a\"\nrole = \"\""):                         `must be a slug`,
		identityConfig(`name = "a\u0000b"`):                                 `must not have control characters`,
		identityConfig("name = \"a\"\nmetadata = { \"a\\u001b\" = \"x\" }"): `must not have control characters`,
		identityConfig("name = \"a\"\nmetadata = { \"\" = \"x\" }"):         `between 1 and 255`,
		identityConfig("name = \"a\"\nmetadata = { a = \"\" }"):             `between 1 and 1020`,
		identityConfig("name = \"a\"\nmetadata = { a = \"x \" }"):           `must not begin or end with white space`,
		identityConfig("name = \"a\"\norganization_id = \"somewhere\""):     `read-only`,
	})
}

func TestIdentityRefusedForLackOfARole(t *testing.T) {
	server := servertest.Start(t)
	nobody, member := server.NewIdentity(t, "no-access", nil), server.NewIdentity(t, "member", nil)
	apply(t, provider.New("test"),
		resource.TestStep{Config: as(server, nobody) + identityConfig(`name = "x"`), ExpectError: words("not allowed to create on identity")},
		resource.TestStep{Config: as(server, member) + identityConfig("name = \"x\"\nrole = \"admin\""), ExpectError: words("The identity \"TestIdentityRefusedForLackOfARole\" (ID " + member.ID + ") lacks what is to be handed over")},
		resource.TestStep{Config: asAdmin(server) + identityConfig("name = \"x\"\nrole = \"unknown\""), ExpectError: words("Could not create the identity")},
	)
}

// TestIdentityRoleIsSentOnlyWhenChanged: naming a role takes the right to hand it over, changing a name does not.
func TestIdentityRoleIsSentOnlyWhenChanged(t *testing.T) {
	server := servertest.Start(t)
	var roles, names atomic.Int32
	p := provider.New("test").WithTransport(wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPatch {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			content := read(t, body)
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
		return asks(func() error {
			if roles.Load() != role || names.Load() != name {
				return fmt.Errorf("%d roles and %d names were sent, not %d and %d", roles.Load(), names.Load(), role, name)
			}
			return nil
		})
	}
	apply(t, p,
		resource.TestStep{Config: asAdmin(server) + identityConfig("name = \"a\"\nrole = \"member\"")},
		resource.TestStep{Config: asAdmin(server) + identityConfig("name = \"b\"\nrole = \"member\""), Check: sent(0, 1)},
		resource.TestStep{Config: asAdmin(server) + identityConfig("name = \"b\"\nrole = \"member\"\ndelete_protection = true"), Check: sent(0, 2)},
		resource.TestStep{Config: asAdmin(server) + identityConfig("name = \"b\"\nrole = \"admin\""), Check: sent(1, 3)},
	)
}

// TestIdentityOnAnOlderServer: what the server does not answer keeps its default; to ask for more is
// an error that says so, and what was created is in the state all the same.
func TestIdentityOnAnOlderServer(t *testing.T) {
	server := servertest.Start(t)
	p := provider.New("test").WithTransport(wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		return without(next, req, "hasDeleteProtection", "orgId", "metadata", "authMethods")
	}))
	apply(t, p,
		resource.TestStep{
			Config:      asAdmin(server) + identityConfig("name = \"old\"\ndelete_protection = true"),
			ExpectError: words("this server is older than the delete protection of identities"),
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
			Config:           asAdmin(server) + identityConfig("name = \"old\"\nmetadata = { a = \"b\" }"),
			ConfigPlanChecks: plans(identityAddress, plancheck.ResourceActionReplace),
			ConfigStateChecks: []statecheck.StateCheck{
				has(identityAddress, "delete_protection", knownvalue.Bool(false)),
				has(identityAddress, "organization_id", text(server.Admin.OrganizationID)),
			},
		},
		resource.TestStep{Config: asAdmin(server) + identityConfig("name = \"old\"\nmetadata = { a = \"b\" }"), ConfigPlanChecks: nothingChanges()},
	)
	left := server.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+server.Admin.OrganizationID, nil).At("totalCount")
	if left != float64(1) {
		t.Errorf("%v identities are left with the admin's", left)
	}
}
