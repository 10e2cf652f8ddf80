// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (h *fixture) universalAuth(identityID string) func(iam.Tx) (iam.UniversalAuth, error) {
	return func(tx iam.Tx) (iam.UniversalAuth, error) { return tx.UniversalAuth(h.t.Context(), identityID) }
}

func testUniversalAuth(t *testing.T, h *fixture) {
	byClientID := func(tx iam.Tx) (iam.UniversalAuth, error) {
		return tx.UniversalAuthByClientID(t.Context(), h.universal.ClientID)
	}
	same(t, h, h.universal, h.universalAuth(h.identity.ID))
	same(t, h, h.universal, byClientID)

	u := h.universal
	u.AccessTokenTTL, u.AccessTokenMaxTTL, u.AccessTokenPeriod, u.AccessTokenNumUsesLimit = 1*time.Second, 315360000*time.Second, 0, 9
	u.AccessTokenTrustedIPs, u.ClientSecretTrustedIPs = u.ClientSecretTrustedIPs, iam.TrustedIPs{}
	u.Lockout = iam.LockoutPolicy{Threshold: 30, Duration: 24 * time.Hour, CounterReset: time.Hour}
	u.UpdatedAt = kept(noon.Add(time.Hour))
	changed := u
	changed.ID, changed.ClientID, changed.CreatedAt = newID(), newID(), noon.Add(time.Hour) // unchanged by an update
	h.write(func(tx iam.Tx) error { return tx.UpdateUniversalAuth(t.Context(), changed) })
	same(t, h, u, h.universalAuth(h.identity.ID))
	same(t, h, u, byClientID)

	// Durations are stored in whole seconds.
	u.AccessTokenTTL = 1500 * time.Millisecond
	h.write(func(tx iam.Tx) error { return tx.UpdateUniversalAuth(t.Context(), u) })
	u.AccessTokenTTL = time.Second
	same(t, h, u, h.universalAuth(h.identity.ID))
}

func testUniversalAuthConflicts(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	h.write(func(tx iam.Tx) error { return tx.InsertIdentity(t.Context(), other) })
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error {
		return tx.InsertUniversalAuth(t.Context(), newUniversalAuth(h.identity.ID))
	})
	taken := newUniversalAuth(other.ID)
	taken.ClientID = h.universal.ClientID
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertUniversalAuth(t.Context(), taken) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertUniversalAuth(t.Context(), newUniversalAuth(newID())) })
	for _, missing := range []func(iam.Tx) error{
		func(tx iam.Tx) error { return tx.UpdateUniversalAuth(t.Context(), newUniversalAuth(other.ID)) },
		func(tx iam.Tx) error { return tx.DeleteUniversalAuth(t.Context(), other.ID) },
		func(tx iam.Tx) error { _, err := tx.UniversalAuth(t.Context(), other.ID); return err },
		func(tx iam.Tx) error { _, err := tx.UniversalAuthByClientID(t.Context(), newID()); return err },
	} {
		rejected(t, h, iam.NotFound, missing)
	}
}

func testUniversalAuthCascade(t *testing.T, h *fixture) {
	h.write(func(tx iam.Tx) error { return tx.DeleteUniversalAuth(t.Context(), h.identity.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error {
		_, err := tx.ClientSecret(t.Context(), h.universal.ID, h.secret.ID)
		return err
	})
	h.identity.AuthMethods = []string{}
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	same(t, h, iam.Bearer{
		Token: h.token, OrganizationID: h.organization.ID, IdentityName: h.identity.Name,
		Role: h.identity.Membership.Role, TrustedIPs: iam.TrustedIPs{},
	}, h.bearer(h.token.ID))
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertUniversalAuth(t.Context(), h.universal), tx.InsertClientSecret(t.Context(), h.secret))
	})
}
