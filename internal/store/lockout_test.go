// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func testLockout(t *testing.T, h *fixture) {
	lockout := func(identityID, method string) func(iam.Tx) (iam.Lockout, error) {
		return func(tx iam.Tx) (iam.Lockout, error) { return tx.Lockout(t.Context(), identityID, method) }
	}
	l := iam.Lockout{IdentityID: h.identity.ID, Method: "m", Failures: 2, ForgottenAt: kept(noon)}
	other := l
	other.Method = "n"
	same(t, h, iam.Lockout{}, lockout(l.IdentityID, l.Method))
	h.write(func(tx iam.Tx) error { return first(tx.PutLockout(t.Context(), l), tx.PutLockout(t.Context(), other)) })
	same(t, h, l, lockout(l.IdentityID, l.Method))

	l.Failures, l.ForgottenAt, l.LockedUntil = 3, kept(noon.Add(time.Second)), kept(noon.Add(time.Hour))
	h.write(func(tx iam.Tx) error { return tx.PutLockout(t.Context(), l) })
	same(t, h, l, lockout(l.IdentityID, l.Method))

	for range 2 {
		h.write(func(tx iam.Tx) error { return tx.DeleteLockout(t.Context(), l.IdentityID, l.Method) })
		same(t, h, iam.Lockout{}, lockout(l.IdentityID, l.Method))
	}
	same(t, h, other, lockout(l.IdentityID, other.Method))
	l.IdentityID = newID()
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.PutLockout(t.Context(), l) })
}
