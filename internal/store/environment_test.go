// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func testEnvironment(t *testing.T, h *fixture) {
	ctx := t.Context()
	other := h.newProject("other")
	between := newEnvironment(h.project.ID, "staging", 2)
	h.project.Environments[1].Position = 3
	prod, dev := h.project.Environments[0], h.project.Environments[1]
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertProject(ctx, other), tx.InsertEnvironment(ctx, between), tx.UpdateEnvironment(ctx, dev))
	})
	environments := func(want ...iam.Environment) {
		t.Helper()
		h.project.Environments = want
		same(t, h, h.project, h.projectOf(h.project.ID))
		same(t, h, other, h.projectOf(other.ID))
	}
	environments(prod, between, dev)
	same(t, h, between, func(tx iam.Tx) (iam.Environment, error) { return tx.Environment(ctx, between.ID) })

	dev.Name, dev.Slug, dev.Position, dev.UpdatedAt = "Development", "development", -1, kept(noon.Add(time.Hour))
	changed := dev
	changed.ProjectID, changed.CreatedAt = newID(), noon.Add(time.Hour) // unchanged by an update
	h.write(func(tx iam.Tx) error { return tx.UpdateEnvironment(ctx, changed) })
	environments(dev, prod, between)

	again := newEnvironment(h.project.ID, prod.Slug, 9)
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertEnvironment(ctx, again) })
	again.Slug, again.ID = "free", prod.ID
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertEnvironment(ctx, again) })
	again = between
	again.Slug = prod.Slug
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.UpdateEnvironment(ctx, again) })
	for _, missing := range []func(iam.Tx) error{
		func(tx iam.Tx) error { return tx.InsertEnvironment(ctx, newEnvironment(newID(), "x", 1)) },
		func(tx iam.Tx) error { return tx.UpdateEnvironment(ctx, newEnvironment(h.project.ID, "x", 1)) },
		func(tx iam.Tx) error { return tx.DeleteEnvironment(ctx, newID()) },
		func(tx iam.Tx) error { _, err := tx.Environment(ctx, newID()); return err },
	} {
		rejected(t, h, iam.NotFound, missing)
	}

	gone := prod
	gone.DeletedAt, gone.DeletedBy = kept(noon), newID()
	again = newEnvironment(h.project.ID, prod.Slug, 9)
	h.write(func(tx iam.Tx) error { return first(tx.UpdateEnvironment(ctx, gone), tx.InsertEnvironment(ctx, again)) })
	environments(dev, between, again)
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { _, err := tx.Environment(ctx, gone.ID); return err })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { _, err := tx.DeletedEnvironment(ctx, dev.ID); return err })
	same(t, h, gone, func(tx iam.Tx) (iam.Environment, error) { return tx.DeletedEnvironment(ctx, gone.ID) })
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.UpdateEnvironment(ctx, prod) }) // the slug is in use
	for want, before := range []time.Time{noon, noon.Add(time.Second)} {
		h.write(func(tx iam.Tx) error {
			n, err := tx.DeleteExpiredEnvironments(ctx, before, 10)
			if n != want {
				t.Errorf("%d environments deleted before %v", n, before)
			}
			return err
		})
	}
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { _, err := tx.DeletedEnvironment(ctx, gone.ID); return err })
	h.write(func(tx iam.Tx) error { return tx.DeleteEnvironment(ctx, again.ID) })
	environments(dev, between)
	h.write(func(tx iam.Tx) error {
		return first(tx.DeleteEnvironment(ctx, dev.ID), tx.DeleteEnvironment(ctx, between.ID))
	})
	environments([]iam.Environment{}...)
}
