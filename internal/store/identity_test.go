// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func testIdentity(t *testing.T, h *fixture) {
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	h.missing(newID())

	custom := h.newIdentity("custom")
	custom.DeleteProtection = false
	custom.Membership.Role = h.role
	custom.Membership.LastLoginMethod, custom.Membership.LastLoginAt = iam.UniversalAuth.Name, kept(noon)
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), custom) })
	same(t, h, custom, h.identityAt(custom.ID, noon))

	forgotten := h.newIdentity("forgotten")
	forgotten.Membership.Role = iam.Role{Slug: "no-longer-built-in"}
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), forgotten) })
	same(t, h, forgotten, h.identityAt(forgotten.ID, noon))
}

func testIdentityUpdate(t *testing.T, h *fixture) {
	i := h.identity
	i.Name, i.DeleteProtection, i.UpdatedAt = "Ünïcode % _ '", false, kept(noon.Add(time.Hour))
	i.Membership.Role, i.Membership.UpdatedAt = h.role, kept(noon.Add(2*time.Hour))
	i.Metadata = []iam.Metadata{{ID: newID(), Key: "z", Value: ""}, h.identity.Metadata[1], {ID: newID(), Key: "a", Value: "\n"}}
	h.write(func(tx iam.Tx) error { return tx.UpdateIdentity(t.Context(), i) })
	same(t, h, i, h.identityAt(i.ID, noon))

	h.write(func(tx iam.Tx) error { return tx.RecordLogin(t.Context(), i.ID, "oidc-auth", noon) })
	i.Membership.LastLoginMethod, i.Membership.LastLoginAt = "oidc-auth", kept(noon)
	same(t, h, i, h.identityAt(i.ID, noon))

	// An update with values from before the login keeps the login.
	stale := h.identity
	stale.Metadata = []iam.Metadata{}
	h.write(func(tx iam.Tx) error { return tx.UpdateIdentity(t.Context(), stale) })
	stale.Membership.LastLoginMethod, stale.Membership.LastLoginAt = "oidc-auth", kept(noon)
	same(t, h, stale, h.identityAt(i.ID, noon))

	gone := h.newIdentity("gone")
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.UpdateIdentity(t.Context(), gone) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.DeleteIdentity(t.Context(), gone.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.RecordLogin(t.Context(), gone.ID, "x", noon) })
}

func testIdentityConflicts(t *testing.T, h *fixture) {
	again := h.newIdentity("again")
	again.ID = h.identity.ID
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), again) })

	again = h.newIdentity("again")
	again.Metadata = h.identity.Metadata
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), again) })
	h.missing(again.ID)

	homeless := h.newIdentity("homeless")
	homeless.OrganizationID = newID()
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), homeless) })

	roleless := h.newIdentity("roleless")
	roleless.Membership.Role.ID = newID()
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), roleless) })

	namesake := h.newIdentity(h.identity.Name)
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), namesake) })
}

func testIdentityCascade(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	token := newToken(other.ID, h.secret.ID)
	lockout := iam.Lockout{IdentityID: h.identity.ID, Method: iam.UniversalAuth.Name, Failures: 1}
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(t.Context(), other), tx.InsertAccessToken(t.Context(), token), tx.PutLockout(t.Context(), lockout),
			tx.DeleteIdentity(t.Context(), h.identity.ID),
		)
	})
	h.missing(h.identity.ID)
	h.present(other.ID)
	for what, find := range map[string]func(tx iam.Tx) error{
		"universal auth": func(tx iam.Tx) error {
			_, err := tx.AuthMethod(t.Context(), h.identity.ID, iam.UniversalAuth.Name)
			return err
		},
		"client secret": func(tx iam.Tx) error {
			_, err := tx.ClientSecret(t.Context(), h.universal.ID, h.secret.ID)
			return err
		},
		"use of the client secret": func(tx iam.Tx) error { _, err := tx.UseClientSecret(t.Context(), h.secret.ID, noon); return err },
		"access token":             func(tx iam.Tx) error { _, err := tx.Bearer(t.Context(), h.token.ID); return err },
		"project membership":       func(tx iam.Tx) error { _, err := tx.ProjectMembershipByID(t.Context(), h.membership.ID); return err },
		"privilege":                func(tx iam.Tx) error { _, err := tx.Privilege(t.Context(), h.privilege.ID); return err },
	} {
		if err := h.store.Write(t.Context(), find); !iam.Is(err, iam.NotFound) {
			t.Errorf("%s: got %v, want an error of kind %s", what, err, iam.NotFound)
		}
	}
	same(t, h, iam.Lockout{}, func(tx iam.Tx) (iam.Lockout, error) {
		return tx.Lockout(t.Context(), h.identity.ID, iam.UniversalAuth.Name)
	})
	same(t, h, token, func(tx iam.Tx) (iam.AccessToken, error) {
		b, err := tx.Bearer(t.Context(), token.ID)
		return b.Token, err
	})
	// The same identity can be inserted again: its metadata and roles were deleted too.
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), h.identity), tx.InsertProjectMembership(t.Context(), h.membership))
	})
}

func testIdentityLockouts(t *testing.T, h *fixture) {
	u := h.universal
	put := func(method string, until time.Time) {
		h.write(func(tx iam.Tx) error {
			return tx.PutLockout(t.Context(), iam.Lockout{IdentityID: h.identity.ID, Method: method, Failures: 3, LockedUntil: until})
		})
	}
	locked := func(want ...string) {
		t.Helper()
		i := h.identity
		i.LockedMethods = append([]string{}, want...)
		same(t, h, i, h.identityAt(i.ID, noon))
	}
	put("oidc-auth", noon.Add(time.Hour)) // not attached
	put(iam.UniversalAuth.Name, time.Time{})
	locked()
	put(iam.UniversalAuth.Name, noon)
	locked()
	put(iam.UniversalAuth.Name, noon.Add(time.Microsecond))
	locked(iam.UniversalAuth.Name)
	u.Lockout.Enabled = false
	h.write(func(tx iam.Tx) error { return tx.UpdateAuthMethod(t.Context(), u) })
	locked()
	h.write(func(tx iam.Tx) error { return tx.DeleteAuthMethod(t.Context(), h.identity.ID, iam.UniversalAuth.Name) })
	h.identity.AuthMethods = []string{}
	locked()
}

// testProjectIdentity checks that an identity of a project is listed only there.
func testProjectIdentity(t *testing.T, h *fixture) {
	own := h.newIdentity("own")
	own.ProjectID, own.Membership.Role = h.project.ID, h.role
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(t.Context(), own), tx.InsertAuthMethod(t.Context(), newUniversalAuth(own.ID)),
			tx.InsertProjectMembership(t.Context(), newMembership(h.project.ID, own.ID)),
		)
	})
	own.AuthMethods = []string{iam.UniversalAuth.Name}
	same(t, h, own, h.identityAt(own.ID, noon))

	changed := own
	changed.ProjectID = "" // unchanged by an update
	h.write(func(tx iam.Tx) error { return tx.UpdateIdentity(t.Context(), changed) })
	same(t, h, own, h.identityAt(own.ID, noon))

	for _, c := range []struct {
		q    iam.IdentityQuery
		want []string
	}{
		{iam.IdentityQuery{}, []string{"ci"}},
		{iam.IdentityQuery{AnyOf: []iam.IdentityMatch{{NameContains: []string{"own"}}, {RoleIn: []string{"auditor"}}}}, []string{}},
		{iam.IdentityQuery{ProjectID: h.project.ID}, []string{"own"}},
		{iam.IdentityQuery{ProjectID: h.project.ID, AnyOf: []iam.IdentityMatch{{NameIn: []string{"ci", "own"}}}}, []string{"own"}},
		{iam.IdentityQuery{ProjectID: h.project.ID, OrganizationID: newID()}, []string{}},
		{iam.IdentityQuery{ProjectID: newID()}, []string{}},
	} {
		if names, total := h.found(c.q); !slices.Equal(names, c.want) || total != len(c.want) {
			t.Errorf("%+v: got %q of %d, want %q", c.q, names, total, c.want)
		}
	}

	homeless := h.newIdentity("homeless")
	homeless.ProjectID = newID()
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), homeless) })
}
