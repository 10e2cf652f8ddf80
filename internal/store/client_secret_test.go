// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (h *fixture) clientSecret(c iam.ClientSecret) func(iam.Tx) (iam.ClientSecret, error) {
	return func(tx iam.Tx) (iam.ClientSecret, error) {
		return tx.ClientSecret(h.t.Context(), c.UniversalAuthID, c.ID)
	}
}

func testClientSecret(t *testing.T, h *fixture) {
	c := h.secret
	byDigest := func(tx iam.Tx) (iam.ClientSecret, error) {
		return tx.ClientSecretByDigest(t.Context(), c.UniversalAuthID, c.Digest)
	}
	same(t, h, c, h.clientSecret(c))
	same(t, h, c, byDigest)

	later := noon.Add(time.Hour)
	h.write(func(tx iam.Tx) error { return tx.RevokeClientSecret(t.Context(), c.ID, later) })
	c.Revoked, c.UpdatedAt = true, kept(later)
	same(t, h, c, h.clientSecret(c))
	same(t, h, c, byDigest)

	other := h.newIdentity("other")
	u := newUniversalAuth(other.ID)
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), other), tx.InsertAuthMethod(t.Context(), u))
	})
	for _, missing := range []func(iam.Tx) error{
		func(tx iam.Tx) error { _, err := tx.ClientSecret(t.Context(), u.ID, c.ID); return err },
		func(tx iam.Tx) error { _, err := tx.ClientSecretByDigest(t.Context(), u.ID, c.Digest); return err },
		func(tx iam.Tx) error {
			_, err := tx.ClientSecretByDigest(t.Context(), c.UniversalAuthID, sha256.Sum256([]byte("wrong")))
			return err
		},
		func(tx iam.Tx) error { return tx.RevokeClientSecret(t.Context(), newID(), noon) },
		func(tx iam.Tx) error { _, err := tx.UseClientSecret(t.Context(), newID(), noon); return err },
		func(tx iam.Tx) error { return tx.InsertClientSecret(t.Context(), newSecret(newID(), "lost")) },
	} {
		rejected(t, h, iam.NotFound, missing)
	}
	again := newSecret(c.UniversalAuthID, "secret")
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertClientSecret(t.Context(), again) })
	again.UniversalAuthID = u.ID
	h.write(func(tx iam.Tx) error { return tx.InsertClientSecret(t.Context(), again) })
}

func testClientSecretList(t *testing.T, h *fixture) {
	list := func(universalAuthID string) func(iam.Tx) ([]iam.ClientSecret, error) {
		return func(tx iam.Tx) ([]iam.ClientSecret, error) { return tx.ClientSecrets(t.Context(), universalAuthID) }
	}
	older, newer, revoked := newSecret(h.universal.ID, "older"), newSecret(h.universal.ID, "newer"), newSecret(h.universal.ID, "revoked")
	older.CreatedAt, newer.CreatedAt, revoked.Revoked = kept(noon.Add(-time.Second)), kept(noon.Add(time.Second)), true
	older.TTL, older.NumUses, older.NumUsesLimit, older.LastUsedAt, older.Description = 0, 0, 0, time.Time{}, ""
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertClientSecret(t.Context(), newer), tx.InsertClientSecret(t.Context(), older), tx.InsertClientSecret(t.Context(), revoked),
		)
	})
	same(t, h, []iam.ClientSecret{older, h.secret, newer}, list(h.universal.ID))
	same(t, h, revoked, h.clientSecret(revoked))
	same(t, h, []iam.ClientSecret{}, list(newID()))
}

func testClientSecretUses(t *testing.T, h *fixture) {
	limited, unlimited := h.secret, newSecret(h.universal.ID, "unlimited")
	limited.NumUses, unlimited.NumUses, unlimited.NumUsesLimit = 1, 0, 0 // limited to 3
	h.write(func(tx iam.Tx) error { return tx.InsertClientSecret(t.Context(), unlimited) })
	at := noon
	for n, want := range []bool{true, true, false, false} {
		at = at.Add(time.Second)
		for c, want := range map[*iam.ClientSecret]bool{&limited: want, &unlimited: true} {
			var used bool
			h.write(func(tx iam.Tx) (err error) {
				used, err = tx.UseClientSecret(t.Context(), c.ID, at)
				return err
			})
			if used != want {
				t.Errorf("use %d of %s: got %t", n, c.Prefix, used)
			}
			if want {
				c.NumUses++
				c.LastUsedAt = kept(at)
			}
			same(t, h, *c, h.clientSecret(*c))
		}
	}
}
