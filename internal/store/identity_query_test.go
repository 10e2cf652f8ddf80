// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (h *fixture) add(names ...string) {
	h.t.Helper()
	h.write(func(tx iam.Tx) error {
		for _, name := range names {
			if err := tx.InsertIdentity(h.t.Context(), h.newIdentity(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// found returns the names on a page and the number on all pages.
func (h *fixture) found(q iam.IdentityQuery) (names []string, total int) {
	h.t.Helper()
	if q.OrganizationID == "" {
		q.OrganizationID = h.organization.ID
	}
	err := h.store.Read(h.t.Context(), func(tx iam.Tx) (err error) {
		var page []iam.Identity
		page, total, err = tx.Identities(h.t.Context(), q)
		names = []string{}
		for _, i := range page {
			names = append(names, i.Name)
		}
		return err
	})
	if err != nil {
		h.t.Fatalf("Identities: %v", err)
	}
	return names, total
}

func testIdentitySearch(t *testing.T, h *fixture) {
	h.add("50%", "50 percent", "a_b", "aXb", `back\slash`, "ÄRGER", "ärger", "Οδυσσεύς", "CI", "Zeta")
	auditor := h.newIdentity("audit")
	auditor.Membership.Role = h.role
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), auditor) })

	for what, c := range map[string]struct {
		anyOf []iam.IdentityMatch
		want  []string
	}{
		"everything":             {nil, []string{"50 percent", "50%", "CI", "Zeta", "aXb", "a_b", "audit", `back\slash`, "ci", "ÄRGER", "ärger", "Οδυσσεύς"}},
		"no condition":           {[]iam.IdentityMatch{{}}, []string{"50 percent", "50%", "CI", "Zeta", "aXb", "a_b", "audit", `back\slash`, "ci", "ÄRGER", "ärger", "Οδυσσεύς"}},
		"percent":                {[]iam.IdentityMatch{{NameContains: []string{"0%"}}}, []string{"50%"}},
		"a NUL":                  {[]iam.IdentityMatch{{NameContains: []string{"a\x00"}}}, []string{}},
		"only a NUL":             {[]iam.IdentityMatch{{NameContains: []string{"\x00"}}}, []string{}},
		"only a percent":         {[]iam.IdentityMatch{{NameContains: []string{"%"}}}, []string{"50%"}},
		"underscore":             {[]iam.IdentityMatch{{NameContains: []string{"a_b"}}}, []string{"a_b"}},
		"backslash":              {[]iam.IdentityMatch{{NameContains: []string{`k\s`}}}, []string{`back\slash`}},
		"case":                   {[]iam.IdentityMatch{{NameContains: []string{"ZETA"}}}, []string{"Zeta"}},
		"case beyond ASCII":      {[]iam.IdentityMatch{{NameContains: []string{"Ärg"}}}, []string{"ÄRGER", "ärger"}},
		"the two sigmas":         {[]iam.IdentityMatch{{NameContains: []string{"ΟΔΥΣΣΕΎΣ"}}}, []string{"Οδυσσεύς"}},
		"both parts":             {[]iam.IdentityMatch{{NameContains: []string{"c", "T"}}}, []string{"50 percent"}},
		"one name":               {[]iam.IdentityMatch{{NameIn: []string{"ci"}}}, []string{"ci"}},
		"several names":          {[]iam.IdentityMatch{{NameIn: []string{"ci", "Zeta", "none"}}}, []string{"Zeta", "ci"}},
		"no name":                {[]iam.IdentityMatch{{NameIn: []string{}}}, []string{}},
		"a name is no pattern":   {[]iam.IdentityMatch{{NameIn: []string{"a%"}}}, []string{}},
		"nothing but SQL":        {[]iam.IdentityMatch{{NameIn: []string{"' OR 1=1 --"}}}, []string{}},
		"custom role":            {[]iam.IdentityMatch{{RoleIn: []string{"auditor"}}}, []string{"audit"}},
		"roles":                  {[]iam.IdentityMatch{{RoleIn: []string{"auditor", "member"}, NameContains: []string{"au"}}}, []string{"audit"}},
		"no role":                {[]iam.IdentityMatch{{RoleIn: []string{}}}, []string{}},
		"the empty role is none": {[]iam.IdentityMatch{{RoleIn: []string{""}}}, []string{}},
		"one or the other":       {[]iam.IdentityMatch{{RoleIn: []string{"auditor"}}, {NameIn: []string{"ci"}}}, []string{"audit", "ci"}},
	} {
		names, total := h.found(iam.IdentityQuery{AnyOf: c.anyOf})
		if !slices.Equal(names, c.want) || total != len(c.want) {
			t.Errorf("%s: got %q of %d, want %q", what, names, total, c.want)
		}
	}
	if names, total := h.found(iam.IdentityQuery{OrganizationID: newID()}); len(names) != 0 || total != 0 {
		t.Errorf("another organization has %q of %d", names, total)
	}
}

func testIdentityPages(t *testing.T, h *fixture) {
	admin, _ := iam.BuiltInRole("admin")
	twins := []iam.Identity{h.newIdentity("b"), h.newIdentity("b"), h.newIdentity("a"), h.newIdentity("B")}
	twins[0].Membership.Role, twins[3].Membership.Role = h.role, admin
	slices.SortFunc(twins[:2], func(a, b iam.Identity) int { return map[bool]int{true: -1, false: 1}[a.ID < b.ID] })
	h.write(func(tx iam.Tx) error {
		for _, i := range twins {
			if err := tx.InsertIdentity(t.Context(), i); err != nil {
				return err
			}
		}
		return nil
	})
	ci := h.identity
	byName := []iam.Identity{twins[3], twins[2], twins[0], twins[1], ci} // B a b b ci
	byRole := append([]iam.Identity{twins[3]}, slices.SortedFunc(slices.Values([]iam.Identity{twins[0], twins[1], twins[2], ci}), func(a, b iam.Identity) int {
		switch {
		case a.Membership.Role.Slug+a.ID < b.Membership.Role.Slug+b.ID:
			return -1
		default:
			return 1
		}
	})...)
	for _, want := range [][]iam.Identity{byName, byRole} {
		for n := range want {
			want[n].Metadata, want[n].LockedMethods = nil, nil
		}
	}
	for _, order := range []struct {
		by   iam.IdentityOrder
		want []iam.Identity
	}{{"", byName}, {iam.ByName, byName}, {iam.ByRole, byRole}} {
		for _, descending := range []bool{false, true} {
			want := slices.Clone(order.want)
			if descending {
				slices.Reverse(want)
			}
			q := iam.IdentityQuery{OrganizationID: h.organization.ID, OrderBy: order.by, Descending: descending}
			testPagesOf(t, h, want, func(tx iam.Tx, limit, offset int) ([]iam.Identity, int, error) {
				q.Limit, q.Offset = limit, offset
				return tx.Identities(t.Context(), q)
			})
		}
	}
}

// testPagesOf reads all pages of every size.
func testPagesOf[T any](t *testing.T, h *fixture, want []T, list func(tx iam.Tx, limit, offset int) ([]T, int, error)) {
	t.Helper()
	for limit := range len(want) + 2 {
		for offset := range len(want) + 2 {
			end := len(want)
			if limit > 0 {
				end = min(end, offset+limit)
			}
			page := append([]T{}, want[min(offset, end):end]...)
			same(t, h, page, func(tx iam.Tx) ([]T, error) {
				found, total, err := list(tx, limit, offset)
				if total != len(want) {
					t.Errorf("limit %d, offset %d: %d in all, want %d", limit, offset, total, len(want))
				}
				return found, err
			})
		}
	}
}
