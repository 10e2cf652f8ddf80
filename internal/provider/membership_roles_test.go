// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"fmt"
	"net/http"
	"testing"
)

// TestMembershipRolesOfTwoProcesses adds 12 roles by each of two provider configurations, which are two
// processes, to one membership that does not exist before, and removes them. None is lost, and none left.
func TestMembershipRolesOfTwoProcesses(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	project, identity := h.NewProject(t), newNamed(t, h.Server, "both", "no-access")
	for n := range 24 {
		slug := fmt.Sprintf("role-%d", n)
		h.AsAdmin(t, http.MethodPost, "/v1/projects/"+project.ID+"/roles", map[string]any{"slug": slug, "name": slug, "permissions": []any{}})
	}
	h.write(t, "main.tf", fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
variable "on" { type = bool }
provider "machineid" {
  host         = %[1]q
  access_token = %[2]q
}
provider "machineid" {
  alias        = "other"
  host         = %[1]q
  access_token = %[2]q
}
resource "machineid_project_membership_role" "a" {
  count       = var.on ? 12 : 0
  project_id  = %[3]q
  identity_id = %[4]q
  role        = "role-${count.index}"
}
resource "machineid_project_membership_role" "b" {
  count       = var.on ? 12 : 0
  provider    = machineid.other
  project_id  = %[3]q
  identity_id = %[4]q
  role        = "role-${count.index + 12}"
}
`, h.url, h.Admin.AccessToken, project.ID, identity))
	roles := func() int {
		list, _ := h.AsAdmin(t, http.MethodGet, "/v2/workspace/"+project.ID+"/identity-memberships/"+identity, nil).At("identityMembership", "roles").([]any)
		return len(list)
	}
	rounds := 1
	if soaking() {
		rounds = 5
	}
	for round := range rounds {
		if said, err := h.run(t, "apply", "-auto-approve", "-no-color", "-var", "on=true"); err != nil || roles() < 24 {
			t.Fatalf("round %d: %d roles: %v\n%s", round, roles(), err, said)
		}
		if said, err := h.run(t, "plan", "-detailed-exitcode", "-no-color", "-var", "on=true"); err != nil {
			t.Fatalf("round %d: %v\n%s", round, err, said)
		}
		if said, err := h.run(t, "apply", "-auto-approve", "-no-color", "-var", "on=false"); err != nil || roles() != 1 {
			t.Fatalf("round %d: %d roles are left: %v\n%s", round, roles(), err, said)
		}
	}
}
