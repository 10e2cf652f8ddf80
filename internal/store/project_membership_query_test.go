// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// join inserts an identity with a membership in the project of the fixture.
func (h *fixture) join(name string, roles ...iam.Role) iam.ProjectMembership {
	h.t.Helper()
	i := h.newIdentity(name)
	m := newMembership(h.project.ID, i.ID)
	for _, r := range roles {
		m.Roles = append(m.Roles, newGrant(r))
	}
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(h.t.Context(), i), tx.InsertProjectMembership(h.t.Context(), m))
	})
	return listed(m, h.project, i)
}

func testMembershipSearch(t *testing.T, h *fixture) {
	viewer := projectRole("viewer")
	for _, name := range []string{"50%", "50 percent", "a_b", "aXb", `back\slash`, "ÄRGER", "Οδυσσεύς", "Zeta"} {
		h.join(name, projectRole("member"))
	}
	h.join("audit", viewer, h.projectRole)
	h.join("nothing")
	shadow := h.newRole(h.project.ID, "zebra")
	h.write(func(tx iam.Tx) error { return tx.InsertRole(t.Context(), shadow) })
	h.join("stripes", shadow)
	everybody := []string{"50 percent", "50%", "Zeta", "aXb", "a_b", "audit", `back\slash`, "ci", "nothing", "stripes", "ÄRGER", "Οδυσσεύς"}
	for what, c := range map[string]struct {
		q    iam.MembershipQuery
		want []string
	}{
		"everything":            {iam.MembershipQuery{}, everybody},
		"percent":               {iam.MembershipQuery{NameContains: "%"}, []string{"50%"}},
		"underscore":            {iam.MembershipQuery{NameContains: "a_b"}, []string{"a_b"}},
		"backslash":             {iam.MembershipQuery{NameContains: `k\S`}, []string{`back\slash`}},
		"case":                  {iam.MembershipQuery{NameContains: "ZETA"}, []string{"Zeta"}},
		"case beyond ASCII":     {iam.MembershipQuery{NameContains: "ärg"}, []string{"ÄRGER"}},
		"the two sigmas":        {iam.MembershipQuery{NameContains: "ΟΔΥΣΣΕΎΣ"}, []string{"Οδυσσεύς"}},
		"nothing but SQL":       {iam.MembershipQuery{NameContains: "' OR 1=1 --"}, []string{}},
		"built-in role":         {iam.MembershipQuery{RoleIn: []string{"viewer"}}, []string{"audit", "ci"}},
		"custom role":           {iam.MembershipQuery{RoleIn: []string{"deployer"}}, []string{"audit", "ci"}},
		"roles":                 {iam.MembershipQuery{RoleIn: []string{"deployer", "viewer", "zebra", "none"}}, []string{"audit", "ci", "stripes"}},
		"role and name":         {iam.MembershipQuery{RoleIn: []string{"deployer"}, NameContains: "D"}, []string{"audit"}},
		"no role":               {iam.MembershipQuery{RoleIn: []string{}}, []string{}},
		"the empty role":        {iam.MembershipQuery{RoleIn: []string{""}}, []string{}},
		"one identity":          {iam.MembershipQuery{IdentityID: h.identity.ID}, []string{"ci"}},
		"another project":       {iam.MembershipQuery{ProjectID: newID()}, []string{}},
		"of the identity alone": {iam.MembershipQuery{ProjectID: "-", IdentityID: h.identity.ID}, []string{"ci"}},
	} {
		switch c.q.ProjectID {
		case "":
			c.q.ProjectID = h.project.ID
		case "-":
			c.q.ProjectID = ""
		}
		same(t, h, c.want, func(tx iam.Tx) ([]string, error) {
			found, total, err := tx.ProjectMemberships(t.Context(), c.q)
			names := []string{}
			for _, m := range found {
				names = append(names, m.Identity.Name)
			}
			if total != len(c.want) || !slices.Equal(names, c.want) {
				t.Errorf("%s: got %q of %d, want %q", what, names, total, c.want)
			}
			return names, err
		})
	}
	err := h.store.Read(t.Context(), func(tx iam.Tx) error {
		_, _, err := tx.ProjectMemberships(t.Context(), iam.MembershipQuery{NameContains: "x"})
		return err
	})
	if err == nil {
		t.Error("neither a project nor an identity is given, and there is no error")
	}
}

func testMembershipPages(t *testing.T, h *fixture) {
	byID := func(a, b iam.ProjectMembership) int { return strings.Compare(a.ID, b.ID) }
	roles := []iam.Role{h.projectRole, projectRole("viewer"), projectRole("admin")}
	twins := []iam.ProjectMembership{h.join("b", roles...), h.join("b", roles[2])}
	slices.SortFunc(twins, byID)
	ofProject := []iam.ProjectMembership{h.join("B"), h.join("a", roles[1:]...), twins[0], twins[1], listed(h.membership, h.project, h.identity)}

	// The identity joins three more projects, of which two have the same name.
	ofIdentity := []iam.ProjectMembership{listed(h.membership, h.project, h.identity)} // "Web shop"
	for n, name := range []string{"Aa", "a", "a"} {
		p := h.newProject(string(rune('1' + n)))
		p.Name = name
		m := newMembership(p.ID, h.identity.ID, newGrant(projectRole("member")), passing(newGrant(projectRole("viewer"))))
		h.write(func(tx iam.Tx) error {
			return first(tx.InsertProject(t.Context(), p), tx.InsertProjectMembership(t.Context(), m))
		})
		ofIdentity = append(ofIdentity, listed(m, p, h.identity))
	}
	ofIdentity[0], ofIdentity[1] = ofIdentity[1], ofIdentity[0]
	slices.SortFunc(ofIdentity[2:], byID)

	for _, order := range []struct {
		q    iam.MembershipQuery
		want []iam.ProjectMembership
	}{
		{iam.MembershipQuery{ProjectID: h.project.ID}, ofProject},
		{iam.MembershipQuery{IdentityID: h.identity.ID}, ofIdentity},
	} {
		for _, order.q.Descending = range []bool{false, true} {
			want := slices.Clone(order.want)
			if order.q.Descending {
				slices.Reverse(want)
			}
			testPagesOf(t, h, want, func(tx iam.Tx, limit, offset int) ([]iam.ProjectMembership, int, error) {
				order.q.Limit, order.q.Offset = limit, offset
				return tx.ProjectMemberships(t.Context(), order.q)
			})
		}
	}
}
