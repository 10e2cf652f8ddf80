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

func (h *fixture) privilegeByID(id string) func(iam.Tx) (iam.Privilege, error) {
	return func(tx iam.Tx) (iam.Privilege, error) { return tx.Privilege(h.t.Context(), id) }
}

func testPrivilege(t *testing.T, h *fixture) {
	p := h.privilege
	bySlug := func(projectID, identityID, slug string) func(iam.Tx) (iam.Privilege, error) {
		return func(tx iam.Tx) (iam.Privilege, error) {
			return tx.PrivilegeBySlug(t.Context(), projectID, identityID, slug)
		}
	}
	same(t, h, p, h.privilegeByID(p.ID))
	same(t, h, p, bySlug(p.ProjectID, p.IdentityID, p.Slug))

	p.Slug, p.Permissions, p.Window, p.UpdatedAt = "renamed", permission.Rules{}, iam.Window{}, kept(noon.Add(time.Hour))
	changed := p
	changed.MembershipID, changed.ProjectID, changed.IdentityID, changed.CreatedAt = newID(), newID(), newID(), noon.Add(time.Hour) // unchanged by an update
	changed.Permissions = nil
	h.write(func(tx iam.Tx) error { return tx.UpdatePrivilege(t.Context(), changed) })
	same(t, h, p, h.privilegeByID(p.ID))
	same(t, h, p, bySlug(p.ProjectID, p.IdentityID, "renamed"))

	for what, missing := range map[string]func(iam.Tx) (iam.Privilege, error){
		"id": h.privilegeByID(newID()), "slug": bySlug(p.ProjectID, p.IdentityID, h.privilege.Slug),
		"project": bySlug(newID(), p.IdentityID, p.Slug), "identity": bySlug(p.ProjectID, newID(), p.Slug), "all empty": bySlug("", "", ""),
	} {
		gone(t, h, map[string]func(iam.Tx) error{what: func(tx iam.Tx) error { _, err := missing(tx); return err }})
	}

	h.write(func(tx iam.Tx) error { return tx.DeletePrivilege(t.Context(), p.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.DeletePrivilege(t.Context(), p.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.UpdatePrivilege(t.Context(), p) })
	same(t, h, h.membership, h.membershipIn(h.project.ID, h.identity.ID))
}

func testPrivilegeConflicts(t *testing.T, h *fixture) {
	insert := func(p iam.Privilege) func(iam.Tx) error {
		return func(tx iam.Tx) error { return tx.InsertPrivilege(t.Context(), p) }
	}
	rejected(t, h, iam.Conflict, insert(newPrivilege(h.membership, h.privilege.Slug)))
	again := newPrivilege(h.membership, "other")
	again.ID = h.privilege.ID
	rejected(t, h, iam.Conflict, insert(again))
	rejected(t, h, iam.NotFound, insert(newPrivilege(newMembership(h.project.ID, h.identity.ID), "other")))

	second := newPrivilege(h.membership, "second")
	other := h.newIdentity("other")
	theirs := newMembership(h.project.ID, other.ID)
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(t.Context(), other), tx.InsertProjectMembership(t.Context(), theirs),
			insert(newPrivilege(theirs, h.privilege.Slug))(tx), insert(second)(tx),
		)
	})
	second.Slug = h.privilege.Slug
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.UpdatePrivilege(t.Context(), second) })
}

func testPrivilegeList(t *testing.T, h *fixture) {
	list := func(projectID, identityID string) func(iam.Tx) ([]iam.Privilege, error) {
		return func(tx iam.Tx) ([]iam.Privilege, error) { return tx.Privileges(t.Context(), projectID, identityID) }
	}
	project, other := h.newProject("other"), h.newIdentity("other")
	elsewhere, theirs := newMembership(project.ID, h.identity.ID), newMembership(h.project.ID, other.ID)
	older, twin, far, foreign := newPrivilege(h.membership, "z"), newPrivilege(h.membership, "a"), newPrivilege(elsewhere, "far"), newPrivilege(theirs, "foreign")
	older.CreatedAt, far.CreatedAt = kept(noon.Add(-time.Hour)), kept(noon.Add(-time.Minute))
	h.write(func(tx iam.Tx) error {
		err := first(
			tx.InsertProject(t.Context(), project), tx.InsertIdentity(t.Context(), other),
			tx.InsertProjectMembership(t.Context(), elsewhere), tx.InsertProjectMembership(t.Context(), theirs),
		)
		for _, p := range []iam.Privilege{twin, far, older, foreign} {
			err = first(err, tx.InsertPrivilege(t.Context(), p))
		}
		return err
	})
	twins := []iam.Privilege{h.privilege, twin}
	slices.SortFunc(twins, func(a, b iam.Privilege) int { return strings.Compare(a.ID, b.ID) })
	same(t, h, []iam.Privilege{older, twins[0], twins[1]}, list(h.project.ID, h.identity.ID))
	same(t, h, []iam.Privilege{far}, list(project.ID, h.identity.ID))
	same(t, h, []iam.Privilege{older, far, twins[0], twins[1]}, list("", h.identity.ID))
	same(t, h, []iam.Privilege{foreign}, list("", other.ID))
	for _, nothing := range [][2]string{{newID(), h.identity.ID}, {h.project.ID, newID()}, {h.project.ID, ""}, {"", ""}} {
		same(t, h, []iam.Privilege{}, list(nothing[0], nothing[1]))
	}
}
