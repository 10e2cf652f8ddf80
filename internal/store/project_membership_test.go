// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func testMembership(t *testing.T, h *fixture) {
	byID := func(id string) func(iam.Tx) (iam.ProjectMembership, error) {
		return func(tx iam.Tx) (iam.ProjectMembership, error) { return tx.ProjectMembershipByID(t.Context(), id) }
	}
	same(t, h, h.membership, h.membershipIn(h.project.ID, h.identity.ID))
	same(t, h, h.membership, byID(h.membership.ID))

	// Neither lockouts nor the roles of other memberships are read.
	other := h.newIdentity("other")
	roleless := newMembership(h.project.ID, other.ID)
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(t.Context(), other), tx.InsertProjectMembership(t.Context(), roleless),
			tx.PutLockout(t.Context(), iam.Lockout{
				IdentityID: h.identity.ID, Method: iam.UniversalAuth.Name, Failures: 3, LockedUntil: noon.Add(time.Hour),
			}),
		)
	})
	same(t, h, h.membership, byID(h.membership.ID))
	same(t, h, read(roleless, h.project, other), byID(roleless.ID))

	gone(t, h, map[string]func(iam.Tx) error{
		"project":  func(tx iam.Tx) error { _, err := h.membershipIn(newID(), h.identity.ID)(tx); return err },
		"identity": func(tx iam.Tx) error { _, err := h.membershipIn(h.project.ID, newID())(tx); return err },
		"id":       func(tx iam.Tx) error { _, err := byID(newID())(tx); return err },
	})
}

func testMembershipRoles(t *testing.T, h *fixture) {
	replace := func(m iam.ProjectMembership) {
		t.Helper()
		h.write(func(tx iam.Tx) error { return tx.ReplaceMembershipRoles(t.Context(), m) })
	}
	m := h.membership
	for _, roles := range [][]iam.RoleGrant{
		{newGrant(h.projectRole), newGrant(projectRole("no-access")), passing(newGrant(projectRole("admin"))), newGrant(projectRole("member"))},
		{newGrant(projectRole("viewer")), passing(newGrant(projectRole("viewer"))), newGrant(iam.Role{Slug: "no-longer-built-in"})},
		slices.Clone(h.membership.Roles), // with their IDs
		{},
	} {
		m.Roles, m.UpdatedAt = roles, m.UpdatedAt.Add(time.Microsecond)
		changed := m
		changed.ProjectID, changed.IdentityID, changed.CreatedAt = newID(), newID(), noon.Add(time.Hour) // unchanged by an update
		replace(changed)
		same(t, h, m, h.membershipIn(h.project.ID, h.identity.ID))
	}
	same(t, h, h.privilege, h.privilegeByID(h.privilege.ID))

	none := newMembership(h.project.ID, h.identity.ID, newGrant(projectRole("viewer")))
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.ReplaceMembershipRoles(t.Context(), none) })
	m.Roles = []iam.RoleGrant{newGrant(h.projectRole)}
	m.Roles[0].Role.ID = newID()
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.ReplaceMembershipRoles(t.Context(), m) })
	m.Roles = []iam.RoleGrant{newGrant(projectRole("viewer"))}
	m.Roles = append(m.Roles, m.Roles[0])
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.ReplaceMembershipRoles(t.Context(), m) })
}

func testMembershipConflicts(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), other) })
	insert := func(m iam.ProjectMembership) func(iam.Tx) error {
		return func(tx iam.Tx) error { return tx.InsertProjectMembership(t.Context(), m) }
	}
	rejected(t, h, iam.Conflict, insert(newMembership(h.project.ID, h.identity.ID)))
	taken := newMembership(h.project.ID, other.ID)
	taken.ID = h.membership.ID
	rejected(t, h, iam.Conflict, insert(taken))
	rejected(t, h, iam.Conflict, insert(newMembership(h.project.ID, other.ID, h.membership.Roles...)))
	rejected(t, h, iam.NotFound, insert(newMembership(newID(), other.ID)))
	rejected(t, h, iam.NotFound, insert(newMembership(h.project.ID, newID())))
	rejected(t, h, iam.NotFound, insert(newMembership(h.project.ID, other.ID, newGrant(h.newRole(h.project.ID, "none")))))
	gone(t, h, map[string]func(iam.Tx) error{
		"membership": func(tx iam.Tx) error { _, err := h.membershipIn(h.project.ID, other.ID)(tx); return err },
	})
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.DeleteProjectMembership(t.Context(), newID()) })
}

func testMembershipCascade(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	theirs := newMembership(h.project.ID, other.ID, newGrant(h.projectRole))
	privilege := newPrivilege(theirs, "release")
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(t.Context(), other), tx.InsertProjectMembership(t.Context(), theirs), tx.InsertPrivilege(t.Context(), privilege),
			tx.DeleteProjectMembership(t.Context(), h.membership.ID),
		)
	})
	gone(t, h, map[string]func(iam.Tx) error{
		"membership": func(tx iam.Tx) error { _, err := tx.ProjectMembershipByID(t.Context(), h.membership.ID); return err },
		"privilege":  func(tx iam.Tx) error { _, err := tx.Privilege(t.Context(), h.privilege.ID); return err },
	})
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	same(t, h, h.project, h.projectOf(h.project.ID))
	same(t, h, read(theirs, h.project, other), h.membershipIn(h.project.ID, other.ID))
	same(t, h, privilege, h.privilegeByID(privilege.ID))
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertProjectMembership(t.Context(), h.membership), tx.InsertPrivilege(t.Context(), h.privilege))
	})
}

// testParallelMemberships inserts one membership many times at once, each with its own ID.
func testParallelMemberships(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), other) })
	var mu sync.Mutex
	var made []iam.ProjectMembership
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			m := newMembership(h.project.ID, other.ID, newGrant(projectRole("viewer")))
			err := h.store.Write(t.Context(), func(tx iam.Tx) error { return tx.InsertProjectMembership(t.Context(), m) })
			if err == nil {
				mu.Lock()
				made = append(made, m)
				mu.Unlock()
			} else if !iam.Is(err, iam.Conflict) {
				t.Errorf("got %v, want an error of kind %s", err, iam.Conflict)
			}
		})
	}
	all.Wait()
	if len(made) != 1 {
		t.Fatalf("%d memberships of one identity in one project were made", len(made))
	}
	same(t, h, read(made[0], h.project, other), h.membershipIn(h.project.ID, other.ID))
}

// testWindows checks that a window is stored to the microsecond, and none for a permanent role.
func testWindows(t *testing.T, h *fixture) {
	epoch := time.Unix(0, 0).UTC()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	for _, w := range []struct{ in, out iam.Window }{
		{iam.Window{}, iam.Window{}},
		{iam.Window{Range: "1h", Start: noon, End: noon.Add(time.Hour)}, hour},
		{iam.Window{Range: "1.5 µs", Start: kept(noon), End: kept(noon).Add(1500)}, iam.Window{Range: "1.5 µs", Start: kept(noon), End: kept(noon).Add(1000)}},
		{iam.Window{Range: "1h", Start: epoch, End: epoch.Add(time.Hour)}, iam.Window{Range: "1h", Start: epoch, End: epoch.Add(time.Hour)}},
		{iam.Window{Range: "1970y", Start: time.Time{}, End: epoch}, iam.Window{Range: "1970y", Start: time.Time{}, End: epoch}},
		{iam.Window{Range: "1y", Start: time.Unix(-1, 999999000), End: last}, iam.Window{Range: "1y", Start: time.Unix(-1, 999999000).UTC(), End: last}},
		{iam.Window{Start: noon, End: time.Unix(math.MaxInt32, 0)}, iam.Window{}},
	} {
		h.membership.Roles[0].Window, h.privilege.Window = w.in, w.in
		h.write(func(tx iam.Tx) error {
			return first(tx.ReplaceMembershipRoles(t.Context(), h.membership), tx.UpdatePrivilege(t.Context(), h.privilege))
		})
		h.membership.Roles[0].Window, h.privilege.Window = w.out, w.out
		same(t, h, h.membership, h.membershipIn(h.project.ID, h.identity.ID))
		same(t, h, h.privilege, h.privilegeByID(h.privilege.ID))
	}
}
