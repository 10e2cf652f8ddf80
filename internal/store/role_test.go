// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

func (h *fixture) roleByID(id string) func(iam.Tx) (iam.Role, error) {
	return func(tx iam.Tx) (iam.Role, error) { return tx.RoleByID(h.t.Context(), id) }
}

func testRole(t *testing.T, h *fixture) {
	role := func(p iam.RoleScope, slug string) func(iam.Tx) (iam.Role, error) {
		return func(tx iam.Tx) (iam.Role, error) { return tx.Role(t.Context(), p, slug) }
	}
	// One slug in three scopes.
	other := h.newProject("other")
	here, there := h.newRole(h.project.ID, "auditor"), h.newRole(other.ID, "auditor")
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertProject(t.Context(), other), tx.InsertRole(t.Context(), here), tx.InsertRole(t.Context(), there))
	})
	for _, r := range []iam.Role{h.role, here, there, h.projectRole} {
		same(t, h, r, role(r.RoleScope, r.Slug))
		same(t, h, r, h.roleByID(r.ID))
	}
	organization := h.role.RoleScope
	for _, missing := range []func(iam.Tx) (iam.Role, error){
		role(organization, "none"), role(organization, "admin"), role(organization, "Auditor"), role(organization, h.projectRole.Slug),
		role(iam.RoleScope{OrganizationID: newID()}, "auditor"), role(iam.RoleScope{OrganizationID: organization.OrganizationID, ProjectID: newID()}, "auditor"),
		role(iam.RoleScope{OrganizationID: newID(), ProjectID: h.project.ID}, "auditor"), h.roleByID(newID()), h.roleByID(""),
	} {
		rejected(t, h, iam.NotFound, func(tx iam.Tx) error {
			_, err := missing(tx)
			return err
		})
	}
	for _, r := range []iam.Role{h.role, h.projectRole} {
		again := r
		again.ID = newID()
		rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertRole(t.Context(), again) })
		again.ID, again.Slug = r.ID, "other"
		rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertRole(t.Context(), again) })
		again.ID, again.OrganizationID = newID(), newID()
		rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertRole(t.Context(), again) })
	}
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertRole(t.Context(), h.newRole(newID(), "homeless")) })

	empty := h.newRole("", "empty")
	empty.Permissions, empty.Name, empty.Description = nil, "", ""
	h.write(func(tx iam.Tx) error { return tx.InsertRole(t.Context(), empty) })
	empty.Permissions = permission.Rules{}
	same(t, h, empty, h.roleByID(empty.ID))
}

func testRoleList(t *testing.T, h *fixture) {
	list := func(p iam.RoleScope) func(iam.Tx) ([]iam.Role, error) {
		return func(tx iam.Tx) ([]iam.Role, error) { return tx.Roles(t.Context(), p) }
	}
	for _, r := range []iam.Role{h.role, h.projectRole} {
		older, twin := h.newRole(r.ProjectID, "z"), h.newRole(r.ProjectID, "a")
		older.CreatedAt = kept(noon.Add(-time.Microsecond))
		h.write(func(tx iam.Tx) error {
			return first(tx.InsertRole(t.Context(), twin), tx.InsertRole(t.Context(), older))
		})
		twins := []iam.Role{r, twin}
		slices.SortFunc(twins, func(a, b iam.Role) int { return strings.Compare(a.ID, b.ID) })
		same(t, h, append([]iam.Role{older}, twins...), list(r.RoleScope))
	}
	for _, p := range []iam.RoleScope{{}, {OrganizationID: newID()}, {OrganizationID: h.organization.ID, ProjectID: newID()}, {ProjectID: h.project.ID}} {
		same(t, h, []iam.Role{}, list(p))
	}
}

func testRoleUpdate(t *testing.T, h *fixture) {
	for _, r := range []iam.Role{h.role, h.projectRole} {
		r.Slug, r.Name, r.Description = "renamed", "Renamed", ""
		r.Permissions = permission.Rules{{Subject: "role", Actions: []string{"read"}}}
		r.UpdatedAt = kept(noon.Add(time.Hour))
		changed := r
		changed.RoleScope, changed.CreatedAt = iam.RoleScope{OrganizationID: newID(), ProjectID: newID()}, noon.Add(time.Hour) // unchanged by an update
		h.write(func(tx iam.Tx) error { return tx.UpdateRole(t.Context(), changed) })
		same(t, h, r, h.roleByID(r.ID))
	}

	// Holders of the role have the updated one.
	renamed := h.projectRole
	h.write(func(tx iam.Tx) (err error) {
		renamed, err = tx.RoleByID(t.Context(), h.projectRole.ID)
		return err
	})
	h.membership.Roles[1].Role = renamed
	same(t, h, h.membership, h.membershipIn(h.project.ID, h.identity.ID))

	taken := h.newRole(h.project.ID, "taken")
	h.write(func(tx iam.Tx) error { return tx.InsertRole(t.Context(), taken) })
	taken.Slug = renamed.Slug
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.UpdateRole(t.Context(), taken) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.UpdateRole(t.Context(), h.newRole("", "none")) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.DeleteRole(t.Context(), newID()) })
}

func testRoleInUse(t *testing.T, h *fixture) {
	holders := func(r iam.Role, want int) {
		t.Helper()
		same(t, h, want, func(tx iam.Tx) (int, error) { return tx.RoleHolders(t.Context(), r.ID) })
	}
	remove := func(r iam.Role) func(iam.Tx) error {
		return func(tx iam.Tx) error { return tx.DeleteRole(t.Context(), r.ID) }
	}
	auditor, deployer := h.newIdentity("auditor"), h.newIdentity("deployer")
	auditor.Membership.Role = h.role
	twice := newMembership(h.project.ID, deployer.ID, newGrant(h.projectRole), passing(newGrant(h.projectRole)))
	holders(h.role, 0)
	holders(h.projectRole, 1)
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(t.Context(), auditor), tx.InsertIdentity(t.Context(), deployer), tx.InsertProjectMembership(t.Context(), twice),
		)
	})
	holders(h.role, 1)
	holders(h.projectRole, 2)
	holders(iam.Role{ID: newID()}, 0)
	for _, r := range []iam.Role{h.role, h.projectRole} {
		rejected(t, h, iam.Conflict, remove(r))
		same(t, h, r, h.roleByID(r.ID))
	}

	// Identities and memberships count in every scope of the role.
	both := h.newRole("", "both")
	auditor.Membership.Role = both
	twice.Roles = []iam.RoleGrant{newGrant(both)}
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertRole(t.Context(), both), tx.UpdateIdentity(t.Context(), auditor), tx.ReplaceMembershipRoles(t.Context(), twice),
		)
	})
	holders(both, 2)
	holders(h.role, 0)
	h.write(remove(h.role))
	h.write(func(tx iam.Tx) error { return tx.DeleteIdentity(t.Context(), auditor.ID) })
	holders(both, 1)
	rejected(t, h, iam.Conflict, remove(both))
	h.write(func(tx iam.Tx) error { return tx.DeleteProjectMembership(t.Context(), twice.ID) })
	h.write(remove(both))

	rejected(t, h, iam.Conflict, remove(h.projectRole))
	h.write(func(tx iam.Tx) error { return tx.DeleteIdentity(t.Context(), h.identity.ID) })
	h.write(remove(h.projectRole))
	rejected(t, h, iam.NotFound, remove(h.projectRole))
}
