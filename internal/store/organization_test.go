// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func testOrganization(t *testing.T, h *fixture) {
	same(t, h, h.organization, func(tx iam.Tx) (iam.Organization, error) { return tx.Organization(t.Context()) })
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error {
		return tx.InsertOrganization(t.Context(), iam.Organization{ID: newID(), Name: "Other", Slug: "other", CreatedAt: noon})
	})
}

func TestEmptyStore(t *testing.T) {
	for name, fresh := range engines {
		t.Run(name, func(t *testing.T) {
			h := &fixture{t: t, store: opened(t, fresh(t))}
			rejected(t, h, iam.NotFound, func(tx iam.Tx) error {
				_, err := tx.Organization(t.Context())
				return err
			})
			same(t, h, []iam.SigningKey{}, func(tx iam.Tx) ([]iam.SigningKey, error) { return tx.SigningKeys(t.Context()) })
			// The zero time and times before 1970 are stored unchanged.
			o := iam.Organization{ID: newID()}
			h.write(func(tx iam.Tx) error { return tx.InsertOrganization(t.Context(), o) })
			same(t, h, o, func(tx iam.Tx) (iam.Organization, error) { return tx.Organization(t.Context()) })
		})
	}
}

func testSigningKeys(t *testing.T, h *fixture) {
	older := iam.SigningKey{ID: "b", Secret: []byte{0, 255, '\'', 7}, CreatedAt: kept(noon)}
	newer := iam.SigningKey{ID: "a", Secret: []byte{}, CreatedAt: kept(noon.Add(time.Microsecond))}
	oldest := iam.SigningKey{ID: "c", Secret: []byte("x"), CreatedAt: kept(time.Date(1912, 6, 23, 0, 0, 0, 1000, time.UTC))}
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertSigningKey(t.Context(), older), tx.InsertSigningKey(t.Context(), newer), tx.InsertSigningKey(t.Context(), oldest))
	})
	same(t, h, []iam.SigningKey{newer, older, oldest}, func(tx iam.Tx) ([]iam.SigningKey, error) { return tx.SigningKeys(t.Context()) })
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertSigningKey(t.Context(), older) })
}
