// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func newFolderAccess(m iam.ProjectMembership, e iam.Environment, path string) iam.FolderAccess {
	return iam.FolderAccess{
		ID: newID(), MembershipID: m.ID, ProjectID: m.ProjectID, IdentityID: m.IdentityID,
		EnvironmentID: e.ID, Environment: e.Slug, Path: path, Level: "edit", Window: hour,
		CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
	}
}

func (h *fixture) accessTo(q iam.FolderAccessQuery) func(iam.Tx) ([]iam.FolderAccess, error) {
	return func(tx iam.Tx) ([]iam.FolderAccess, error) { return tx.FolderAccesses(h.t.Context(), q) }
}

func testFolderAccess(t *testing.T, h *fixture) {
	f := h.folderAccess
	query := iam.FolderAccessQuery{ProjectID: f.ProjectID, IdentityID: f.IdentityID, EnvironmentID: f.EnvironmentID, Path: f.Path}
	same(t, h, []iam.FolderAccess{f}, h.accessTo(query))

	f.Level, f.Window, f.UpdatedAt = "full-access", iam.Window{}, kept(noon.Add(time.Hour))
	changed := f
	changed.MembershipID, changed.EnvironmentID, changed.Path, changed.CreatedAt = newID(), newID(), "/other", noon.Add(time.Hour) // unchanged by an update
	h.write(func(tx iam.Tx) error { return tx.UpdateFolderAccess(t.Context(), changed) })
	same(t, h, []iam.FolderAccess{f}, h.accessTo(query))

	renamed := h.project.Environments[0]
	renamed.Slug = "renamed"
	h.write(func(tx iam.Tx) error { return tx.UpdateEnvironment(t.Context(), renamed) })
	f.Environment = "renamed"
	same(t, h, []iam.FolderAccess{f}, h.accessTo(query))

	h.write(func(tx iam.Tx) error { return tx.DeleteFolderAccess(t.Context(), f.ID) })
	same(t, h, []iam.FolderAccess{}, h.accessTo(query))
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.DeleteFolderAccess(t.Context(), f.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.UpdateFolderAccess(t.Context(), f) })
	same(t, h, h.membership, h.membershipIn(h.project.ID, h.identity.ID))
}

func testFolderAccessConflicts(t *testing.T, h *fixture) {
	insert := func(f iam.FolderAccess) func(iam.Tx) error {
		return func(tx iam.Tx) error { return tx.InsertFolderAccess(t.Context(), f) }
	}
	first, second := h.project.Environments[0], h.project.Environments[1]
	rejected(t, h, iam.Conflict, insert(newFolderAccess(h.membership, first, "/app")))
	again := newFolderAccess(h.membership, first, "/other")
	again.ID = h.folderAccess.ID
	rejected(t, h, iam.Conflict, insert(again))
	rejected(t, h, iam.NotFound, insert(newFolderAccess(newMembership(h.project.ID, h.identity.ID), first, "/other")))
	rejected(t, h, iam.NotFound, insert(newFolderAccess(h.membership, newEnvironment(h.project.ID, "x", 9), "/other")))
	h.write(insert(newFolderAccess(h.membership, second, "/app")))
	h.write(insert(newFolderAccess(h.membership, first, "/App")))
}

func testFolderAccessList(t *testing.T, h *fixture) {
	ctx := t.Context()
	prod, dev := h.project.Environments[0], h.project.Environments[1]
	other, elsewhere := h.newIdentity("other"), h.newProject("other")
	theirs, far := newMembership(h.project.ID, other.ID), newMembership(elsewhere.ID, h.identity.ID)
	inDev, root := newFolderAccess(h.membership, dev, "/z"), newFolderAccess(h.membership, prod, "/")
	foreign, distant := newFolderAccess(theirs, prod, "/app"), newFolderAccess(far, elsewhere.Environments[0], "/far")
	h.write(func(tx iam.Tx) error {
		err := first(tx.InsertIdentity(ctx, other), tx.InsertProject(ctx, elsewhere), tx.InsertProjectMembership(ctx, theirs), tx.InsertProjectMembership(ctx, far))
		for _, f := range []iam.FolderAccess{root, foreign, distant, inDev} {
			err = first(err, tx.InsertFolderAccess(ctx, f))
		}
		return err
	})
	list := func(q iam.FolderAccessQuery, want ...iam.FolderAccess) {
		t.Helper()
		same(t, h, append([]iam.FolderAccess{}, want...), h.accessTo(q))
	}
	list(iam.FolderAccessQuery{ProjectID: h.project.ID, IdentityID: h.identity.ID}, inDev, root, h.folderAccess)
	list(iam.FolderAccessQuery{IdentityID: other.ID}, foreign)
	list(iam.FolderAccessQuery{ProjectID: elsewhere.ID}, distant)
	list(iam.FolderAccessQuery{EnvironmentID: prod.ID, Path: "/"}, root)
	list(iam.FolderAccessQuery{ProjectID: elsewhere.ID, IdentityID: other.ID})
	list(iam.FolderAccessQuery{})

	h.write(func(tx iam.Tx) error { return tx.DeleteEnvironment(ctx, dev.ID) })
	list(iam.FolderAccessQuery{ProjectID: h.project.ID, IdentityID: h.identity.ID}, root, h.folderAccess)
	h.write(func(tx iam.Tx) error { return tx.DeleteProjectMembership(ctx, h.membership.ID) })
	list(iam.FolderAccessQuery{IdentityID: h.identity.ID}, distant)
	h.write(func(tx iam.Tx) error { return tx.DeleteProject(ctx, elsewhere.ID) })
	list(iam.FolderAccessQuery{IdentityID: h.identity.ID})
}
