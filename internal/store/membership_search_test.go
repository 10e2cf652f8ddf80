// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// inOrganization is the membership of an identity in its organisation, as a search answers it.
func inOrganization(i iam.Identity) iam.ProjectMembership {
	own := i.Membership
	i.Metadata = nil
	return iam.ProjectMembership{
		ID: own.ID, IdentityID: i.ID, Identity: i, CreatedAt: own.CreatedAt, UpdatedAt: own.UpdatedAt,
		Roles: []iam.RoleGrant{{ID: own.ID, Role: own.Role, CreatedAt: own.CreatedAt, UpdatedAt: own.UpdatedAt}},
	}
}

func testMembershipsEverywhere(t *testing.T, h *fixture) {
	viewer, member := projectRole("viewer"), projectRole("member")
	inProject := []iam.ProjectMembership{
		h.join("b", viewer, h.projectRole), h.join("a", member), listed(h.membership, h.project, h.identity), // "ci"
	}
	own := h.newIdentity("own") // of the project alone
	own.ProjectID = h.project.ID
	place := newMembership(h.project.ID, own.ID, newGrant(viewer))
	elsewhere := h.newProject("elsewhere")
	there := newMembership(elsewhere.ID, h.identity.ID, newGrant(member), passing(newGrant(viewer)))
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), own), tx.InsertProjectMembership(t.Context(), place),
			tx.InsertProject(t.Context(), elsewhere), tx.InsertProjectMembership(t.Context(), there),
			tx.PutLockout(t.Context(), iam.Lockout{IdentityID: h.identity.ID, Method: iam.UniversalAuth.Name, Failures: 3, LockedUntil: noon.Add(time.Microsecond)}))
	})
	inProject = append(inProject, listed(place, h.project, own))
	inElsewhere := []iam.ProjectMembership{listed(there, elsewhere, h.identity)}
	var organization []iam.ProjectMembership
	for _, m := range inProject[:3] {
		organization = append(organization, inOrganization(m.Identity))
	}
	for _, rows := range [][]iam.ProjectMembership{inProject, inElsewhere, organization} {
		for n := range rows {
			rows[n].Identity.LockedMethods = nil
			if rows[n].IdentityID == h.identity.ID {
				rows[n].Identity.LockedMethods = []string{iam.UniversalAuth.Name}
			}
		}
	}
	ids := []string{h.project.ID, elsewhere.ID}
	everything := slices.Concat(inProject, inElsewhere, organization)
	firstRole := func(m iam.ProjectMembership) string {
		slugs := []string{}
		for _, r := range m.Roles {
			slugs = append(slugs, r.Role.Slug)
		}
		return slices.Min(slugs)
	}
	name := func(m iam.ProjectMembership) string { return m.Identity.Name }
	for what, c := range map[string]struct {
		q    iam.MembershipSearch
		want []iam.ProjectMembership
		by   func(iam.ProjectMembership) string
	}{
		"everything":   {iam.MembershipSearch{InOrganization: true, ProjectIDs: ids}, everything, name},
		"by role":      {iam.MembershipSearch{InOrganization: true, ProjectIDs: ids, OrderBy: iam.ByRole}, everything, firstRole},
		"organisation": {iam.MembershipSearch{InOrganization: true}, organization, name},
		"projects":     {iam.MembershipSearch{ProjectIDs: ids}, slices.Concat(inProject, inElsewhere), name},
		"one project":  {iam.MembershipSearch{ProjectIDs: ids[1:]}, inElsewhere, name},
		"nowhere":      {iam.MembershipSearch{}, nil, name},
		"by name": {iam.MembershipSearch{InOrganization: true, ProjectIDs: ids, AnyOf: []iam.IdentityMatch{{NameIn: []string{"a", "own"}}}},
			[]iam.ProjectMembership{inProject[1], inProject[3], organization[1]}, name},
		"by a role of several": {iam.MembershipSearch{InOrganization: true, ProjectIDs: ids, AnyOf: []iam.IdentityMatch{{RoleIn: []string{"deployer"}, NameContains: []string{"B"}}}},
			inProject[:1], name},
		"another organisation": {iam.MembershipSearch{OrganizationID: newID(), InOrganization: true, ProjectIDs: ids}, nil, name},
	} {
		if c.q.OrganizationID == "" {
			c.q.OrganizationID = h.organization.ID
		}
		for _, c.q.Descending = range []bool{false, true} {
			want := slices.Clone(c.want)
			slices.SortFunc(want, func(a, b iam.ProjectMembership) int {
				if by := strings.Compare(c.by(a), c.by(b)); by != 0 {
					return by
				}
				return strings.Compare(a.IdentityID+a.ID, b.IdentityID+b.ID)
			})
			if c.q.Descending {
				slices.Reverse(want)
			}
			t.Log(what)
			testPagesOf(t, h, want, func(tx iam.Tx, limit, offset int) ([]iam.ProjectMembership, int, error) {
				c.q.Limit, c.q.Offset = limit, offset
				found, total, err := tx.SearchMemberships(t.Context(), c.q, noon)
				return append([]iam.ProjectMembership{}, found...), total, err
			})
		}
	}
}

func testProjectIDs(t *testing.T, h *fixture) {
	elsewhere := h.newProject("elsewhere")
	h.write(func(tx iam.Tx) error { return tx.InsertProject(t.Context(), elsewhere) })
	all := []string{h.project.ID, elsewhere.ID}
	slices.Sort(all)
	for memberID, want := range map[string][]string{"": all, h.identity.ID: {h.project.ID}, newID(): {}} {
		same(t, h, want, func(tx iam.Tx) ([]string, error) {
			ids, err := tx.ProjectIDs(t.Context(), h.organization.ID, memberID)
			return append([]string{}, ids...), err
		})
	}
	same(t, h, []string{}, func(tx iam.Tx) ([]string, error) {
		ids, err := tx.ProjectIDs(t.Context(), newID(), "")
		return append([]string{}, ids...), err
	})
}
