// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"reflect"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (h *fixture) bearer(tokenID string) func(iam.Tx) (iam.Bearer, error) {
	return func(tx iam.Tx) (iam.Bearer, error) { return tx.Bearer(h.t.Context(), tokenID) }
}

func testBearer(t *testing.T, h *fixture) {
	b := iam.Bearer{
		Token: h.token, OrganizationID: h.organization.ID, IdentityName: h.identity.Name,
		Role: h.identity.Membership.Role, TrustedIPs: h.universal.AccessTokenTrustedIPs,
	}
	same(t, h, b, h.bearer(h.token.ID))

	// The bearer reflects later changes.
	i, u := h.identity, h.universal
	i.Name, i.Membership.Role, u.AccessTokenTrustedIPs = "renamed", h.role, iam.AllTrustedIPs()
	h.write(func(tx iam.Tx) error {
		return first(tx.UpdateIdentity(t.Context(), i), tx.UpdateAuthMethod(t.Context(), u))
	})
	b.IdentityName, b.Role, b.TrustedIPs = "renamed", h.role, iam.AllTrustedIPs()
	same(t, h, b, h.bearer(h.token.ID))

	// The trusted IPs are those of the token's method.
	foreign := newToken(h.identity.ID, "")
	foreign.Method = "oidc-auth"
	h.write(func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), foreign) })
	b.Token, b.TrustedIPs = foreign, iam.TrustedIPs{}
	same(t, h, b, h.bearer(foreign.ID))

	rejected(t, h, iam.NotFound, func(tx iam.Tx) error {
		_, err := tx.Bearer(t.Context(), newID())
		return err
	})
}

func testAccessToken(t *testing.T, h *fixture) {
	a := h.token
	token := func(tx iam.Tx) (iam.AccessToken, error) {
		b, err := tx.Bearer(t.Context(), a.ID)
		return b.Token, err
	}
	at := noon.Add(time.Hour)
	h.write(func(tx iam.Tx) error { return tx.RenewAccessToken(t.Context(), a.ID, at, at.Add(time.Hour)) })
	a.RenewedAt, a.ExpiresAt = kept(at), kept(at.Add(time.Hour))
	same(t, h, a, token)

	for n, want := range []bool{true, true, false} { // one of three uses is used up
		at = at.Add(time.Second)
		var used bool
		h.write(func(tx iam.Tx) (err error) {
			used, err = tx.UseAccessToken(t.Context(), a.ID, at)
			return err
		})
		if used != want {
			t.Errorf("use %d: got %t", n, used)
		}
		if want {
			a.NumUses++
			a.LastUsedAt = kept(at)
		}
		same(t, h, a, token)
	}

	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), a) })
	for _, missing := range []func(iam.Tx) error{
		func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), newToken(newID(), "")) },
		func(tx iam.Tx) error { return tx.RenewAccessToken(t.Context(), newID(), at, at) },
		func(tx iam.Tx) error { _, err := tx.UseAccessToken(t.Context(), newID(), at); return err },
	} {
		rejected(t, h, iam.NotFound, missing)
	}
}

func testRevokeAccessTokens(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	tokens := map[string]iam.AccessToken{
		"own": newToken(h.identity.ID, "s1"), "sibling": newToken(h.identity.ID, "s1"), "second": newToken(h.identity.ID, "s2"),
		"oidc": newToken(h.identity.ID, ""), "foreign": newToken(other.ID, "s3"),
	}
	oidc := tokens["oidc"]
	oidc.Method = "oidc-auth"
	tokens["oidc"] = oidc
	h.write(func(tx iam.Tx) error {
		err := tx.InsertIdentity(t.Context(), other)
		for _, a := range tokens {
			err = first(err, tx.InsertAccessToken(t.Context(), a))
		}
		return err
	})
	revoke := func(want int, m iam.TokenMatch, reason string, names ...string) {
		t.Helper()
		var n int
		r := iam.Revocation{At: kept(noon), Reason: reason}
		h.write(func(tx iam.Tx) (err error) {
			n, err = tx.RevokeAccessTokens(t.Context(), m, r)
			return err
		})
		if n != want {
			t.Errorf("%+v: revoked %d, want %d", m, n, want)
		}
		for _, name := range names {
			a := tokens[name]
			a.Revocation = r
			tokens[name] = a
		}
		for name, a := range tokens {
			same(t, h, a, func(tx iam.Tx) (iam.AccessToken, error) {
				b, err := tx.Bearer(t.Context(), a.ID)
				if !reflect.DeepEqual(b.Token, a) {
					t.Logf("%s:", name)
				}
				return b.Token, err
			})
		}
	}
	m := iam.UniversalAuth.Name
	revoke(0, iam.TokenMatch{ID: tokens["own"].ID, Method: "oidc-auth"}, "mismatch")
	revoke(1, iam.TokenMatch{ID: tokens["own"].ID}, "by itself", "own")
	revoke(0, iam.TokenMatch{ID: tokens["own"].ID}, "again")
	revoke(1, iam.TokenMatch{ClientSecretID: "s1"}, "by its secret", "sibling")
	revoke(2, iam.TokenMatch{IdentityID: h.identity.ID, Method: m}, "by its method", "second") // and the token of the fixture
	revoke(1, iam.TokenMatch{IdentityID: h.identity.ID}, "by its identity", "oidc")
	revoke(1, iam.TokenMatch{Method: m}, "by any method", "foreign")
}

func testRevokeTooMuch(t *testing.T, h *fixture) {
	for _, wrong := range []struct {
		m iam.TokenMatch
		r iam.Revocation
	}{{iam.TokenMatch{}, iam.Revocation{At: noon}}, {iam.TokenMatch{ID: newID()}, iam.Revocation{}}} {
		err := h.store.Write(t.Context(), func(tx iam.Tx) error {
			_, err := tx.RevokeAccessTokens(t.Context(), wrong.m, wrong.r)
			return err
		})
		if err == nil {
			t.Errorf("%+v, %+v: no error", wrong.m, wrong.r)
		}
	}
	same(t, h, h.token, func(tx iam.Tx) (iam.AccessToken, error) {
		b, err := tx.Bearer(t.Context(), h.token.ID)
		return b.Token, err
	})
}

func testAccessTokenList(t *testing.T, h *fixture) {
	var made []iam.AccessToken // the newest first
	for n := range 5 {
		a := newToken(h.identity.ID, "")
		a.Method, a.CreatedAt = iam.TokenAuth.Name, kept(noon.Add(time.Duration(n)*time.Second))
		h.write(func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), a) })
		made = append([]iam.AccessToken{a}, made...)
	}
	page := func(limit, offset int) func(iam.Tx) ([]iam.AccessToken, error) {
		return func(tx iam.Tx) ([]iam.AccessToken, error) {
			return tx.AccessTokens(t.Context(), h.identity.ID, iam.TokenAuth.Name, limit, offset)
		}
	}
	same(t, h, made, page(100, 0))
	same(t, h, made[1:3], page(2, 1))
	same(t, h, []iam.AccessToken{}, page(2, 5))

	a := made[2]
	a.Name, a.Claims, a.UpdatedAt = "", nil, kept(noon.Add(time.Hour))
	h.write(func(tx iam.Tx) error { return tx.NameAccessToken(t.Context(), a.ID, "", noon.Add(time.Hour)) })
	a.Claims = made[2].Claims // which are kept
	same(t, h, a, func(tx iam.Tx) (iam.AccessToken, error) { return tx.AccessToken(t.Context(), a.ID) })
	for _, missing := range []func(iam.Tx) error{
		func(tx iam.Tx) error { return tx.NameAccessToken(t.Context(), newID(), "x", noon) },
		func(tx iam.Tx) error { _, err := tx.AccessToken(t.Context(), newID()); return err },
	} {
		rejected(t, h, iam.NotFound, missing)
	}
	bare := newToken(h.identity.ID, "")
	bare.Name, bare.Claims = "", nil
	h.write(func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), bare) })
	same(t, h, bare, func(tx iam.Tx) (iam.AccessToken, error) { return tx.AccessToken(t.Context(), bare.ID) })
}
