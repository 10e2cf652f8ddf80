// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// cleaned deletes and returns the number of rows.
func (h *fixture) cleaned(fn func(iam.Tx) (int, error)) (n int) {
	h.t.Helper()
	h.write(func(tx iam.Tx) (err error) {
		n, err = fn(tx)
		return err
	})
	return n
}

func testCleanUpTokens(t *testing.T, h *fixture) {
	limit := kept(noon.Add(24 * time.Hour))
	made := map[string]iam.AccessToken{}
	h.write(func(tx iam.Tx) error {
		for name, change := range map[string]func(*iam.AccessToken){
			"long over": func(a *iam.AccessToken) { a.ExpiresAt = limit.Add(-time.Hour) },
			"over":      func(a *iam.AccessToken) { a.ExpiresAt = limit.Add(-time.Microsecond) },
			"revoked":   func(a *iam.AccessToken) { a.Revocation.At, a.Revocation.Reason = kept(noon), "why" },
			"just now":  func(a *iam.AccessToken) { a.ExpiresAt = limit },
			"listed":    func(a *iam.AccessToken) { a.Method = iam.TokenAuth.Name },
		} {
			a := newToken(h.identity.ID, "")
			a.ExpiresAt = limit.Add(-time.Minute)
			change(&a)
			made[name] = a
			if err := tx.InsertAccessToken(t.Context(), a); err != nil {
				return err
			}
		}
		return tx.RenewAccessToken(t.Context(), h.token.ID, noon, limit.Add(time.Hour))
	})
	clean := func(most int) int {
		return h.cleaned(func(tx iam.Tx) (int, error) { return tx.DeleteExpiredAccessTokens(t.Context(), limit, most) })
	}
	if one, rest, none := clean(1), clean(10), clean(10); one != 1 || rest != 2 || none != 0 {
		t.Errorf("deleted %d, %d and %d, want 1, 2 and 0", one, rest, none)
	}
	for name, a := range made {
		err := h.store.Read(t.Context(), func(tx iam.Tx) error {
			_, err := tx.Bearer(t.Context(), a.ID)
			return err
		})
		if there := err == nil; there != slices.Contains([]string{"just now", "listed"}, name) {
			t.Errorf("%s: there: %t, %v", name, there, err)
		}
	}
	h.present(h.identity.ID)
}

func testCleanUpLockouts(t *testing.T, h *fixture) {
	limit := kept(noon)
	before, after := limit.Add(-time.Microsecond), limit
	for method, l := range map[string]iam.Lockout{
		"over":     {ForgottenAt: before, LockedUntil: before},
		"unlocked": {ForgottenAt: before},
		"counting": {ForgottenAt: after, LockedUntil: before},
		"locked":   {ForgottenAt: before, LockedUntil: after},
	} {
		l.IdentityID, l.Method, l.Failures = h.identity.ID, method, 1
		h.write(func(tx iam.Tx) error { return tx.PutLockout(t.Context(), l) })
	}
	clean := func(tx iam.Tx) (int, error) { return tx.DeleteForgottenLockouts(t.Context(), limit, 10) }
	if n := h.cleaned(clean); n != 2 {
		t.Errorf("deleted %d, want 2", n)
	}
	for _, method := range []string{"counting", "locked"} {
		same(t, h, 1, func(tx iam.Tx) (int, error) {
			l, err := tx.Lockout(t.Context(), h.identity.ID, method)
			return int(l.Failures), err
		})
	}
}

func testCleanUpSecrets(t *testing.T, h *fixture) {
	limit := kept(noon.Add(24 * time.Hour))
	want := []string{}
	for name, c := range map[string]struct {
		change func(*iam.ClientSecret)
		spent  bool
	}{
		"good":                {func(*iam.ClientSecret) {}, false},
		"revoked":             {func(c *iam.ClientSecret) { c.Revoked = true }, true},
		"revoked lately":      {func(c *iam.ClientSecret) { c.Revoked, c.UpdatedAt = true, limit }, false},
		"used up":             {func(c *iam.ClientSecret) { c.NumUses, c.NumUsesLimit = 3, 3 }, true},
		"used up lately":      {func(c *iam.ClientSecret) { c.NumUses, c.NumUsesLimit, c.LastUsedAt = 3, 3, limit }, false},
		"expired":             {func(c *iam.ClientSecret) { c.TTL = 24*time.Hour - time.Second }, true},
		"expired lately":      {func(c *iam.ClientSecret) { c.TTL = 24 * time.Hour }, false},
		"revoked, with token": {func(c *iam.ClientSecret) { c.Revoked = true }, false},
	} {
		s := newSecret(h.universal.ID, "secret "+name)
		s.TTL, s.NumUsesLimit = 0, 0
		c.change(&s)
		if c.spent {
			want = append(want, s.ID)
		}
		h.write(func(tx iam.Tx) error {
			if name != "revoked, with token" {
				return tx.InsertClientSecret(t.Context(), s)
			}
			return first(tx.InsertClientSecret(t.Context(), s), tx.InsertAccessToken(t.Context(), newToken(h.identity.ID, s.ID)))
		})
	}
	h.write(func(tx iam.Tx) error { return tx.RevokeClientSecret(t.Context(), h.secret.ID, limit) })
	slices.Sort(want)
	spent := func(after string, most int) func(iam.Tx) ([]string, error) {
		return func(tx iam.Tx) ([]string, error) { return tx.SpentClientSecrets(t.Context(), limit, after, most) }
	}
	same(t, h, want, spent("", 10))
	same(t, h, want[:2], spent("", 2))
	same(t, h, want[2:], spent(want[1], 2))
	remove := func(id string) int {
		return h.cleaned(func(tx iam.Tx) (int, error) {
			gone, err := tx.DeleteSpentClientSecret(t.Context(), id, limit)
			if gone {
				return 1, err
			}
			return 0, err
		})
	}
	if n := remove(want[0]) + remove(want[0]) + remove(h.secret.ID); n != 1 {
		t.Errorf("deleted %d, want the one that is spent, once", n)
	}
	same(t, h, want[1:], spent("", 10))
}
