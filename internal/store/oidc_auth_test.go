// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (h *fixture) oidcAuth(identityID string) func(iam.Tx) (iam.OIDCAuth, error) {
	return func(tx iam.Tx) (iam.OIDCAuth, error) { return tx.OIDCAuth(h.t.Context(), identityID) }
}

func (h *fixture) tokenAuth(identityID string) func(iam.Tx) (iam.TokenAuth, error) {
	return func(tx iam.Tx) (iam.TokenAuth, error) { return tx.TokenAuth(h.t.Context(), identityID) }
}

func testOIDCAuth(t *testing.T, h *fixture) {
	o := newOIDCAuth(h.identity.ID)
	h.write(func(tx iam.Tx) error { return tx.InsertOIDCAuth(t.Context(), o) })
	same(t, h, o, h.oidcAuth(h.identity.ID))

	changed := newOIDCAuth(h.identity.ID) // whose id and time stay
	changed.CreatedAt = noon.Add(time.Hour)
	changed.Issuer = iam.OIDCIssuer{DiscoveryURL: "https://b", Name: "c"}
	changed.Audiences, changed.Claims, changed.ClaimMetadata, changed.Subject = nil, map[string][]string{}, nil, ""
	changed.TokenSettings = iam.TokenSettings{AccessTokenTTL: time.Second, AccessTokenTrustedIPs: iam.Everywhere()}
	changed.UpdatedAt = kept(noon.Add(time.Minute))
	h.write(func(tx iam.Tx) error { return tx.UpdateOIDCAuth(t.Context(), changed) })
	changed.ID, changed.CreatedAt = o.ID, o.CreatedAt
	same(t, h, changed, h.oidcAuth(h.identity.ID))
}

func testTokenAuth(t *testing.T, h *fixture) {
	k := newTokenAuth(h.identity.ID)
	h.write(func(tx iam.Tx) error { return tx.InsertTokenAuth(t.Context(), k) })
	same(t, h, k, h.tokenAuth(h.identity.ID))

	changed := newTokenAuth(h.identity.ID)
	changed.CreatedAt = noon.Add(time.Hour)
	changed.TokenSettings = iam.TokenSettings{AccessTokenTTL: time.Second, AccessTokenTrustedIPs: iam.Everywhere()}
	changed.UpdatedAt = kept(noon.Add(time.Minute))
	h.write(func(tx iam.Tx) error { return tx.UpdateTokenAuth(t.Context(), changed) })
	changed.ID, changed.CreatedAt = k.ID, k.CreatedAt
	same(t, h, changed, h.tokenAuth(h.identity.ID))
}

// testMethods: an identity can have all methods, each once, and they go with it.
func testMethods(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), other), tx.InsertOIDCAuth(t.Context(), newOIDCAuth(other.ID)))
	})
	for _, missing := range []func(iam.Tx) error{
		func(tx iam.Tx) error { return tx.InsertOIDCAuth(t.Context(), newOIDCAuth(newID())) },
		func(tx iam.Tx) error { return tx.InsertTokenAuth(t.Context(), newTokenAuth(newID())) },
		func(tx iam.Tx) error { return tx.UpdateOIDCAuth(t.Context(), newOIDCAuth(h.identity.ID)) },
		func(tx iam.Tx) error { return tx.UpdateTokenAuth(t.Context(), newTokenAuth(other.ID)) },
		func(tx iam.Tx) error { return tx.DeleteOIDCAuth(t.Context(), h.identity.ID) },
		func(tx iam.Tx) error { return tx.DeleteTokenAuth(t.Context(), other.ID) },
		func(tx iam.Tx) error { _, err := tx.OIDCAuth(t.Context(), h.identity.ID); return err },
		func(tx iam.Tx) error { _, err := tx.TokenAuth(t.Context(), other.ID); return err },
	} {
		rejected(t, h, iam.NotFound, missing)
	}
	attached := func(methods ...string) {
		t.Helper()
		h.identity.AuthMethods = methods
		same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	}
	attached(iam.MethodUniversalAuth)
	h.write(func(tx iam.Tx) error { return tx.InsertTokenAuth(t.Context(), newTokenAuth(h.identity.ID)) })
	attached(iam.MethodTokenAuth, iam.MethodUniversalAuth)
	h.write(func(tx iam.Tx) error { return tx.InsertOIDCAuth(t.Context(), newOIDCAuth(h.identity.ID)) })
	attached(iam.MethodOIDCAuth, iam.MethodTokenAuth, iam.MethodUniversalAuth)
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertOIDCAuth(t.Context(), newOIDCAuth(h.identity.ID)) })
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertTokenAuth(t.Context(), newTokenAuth(h.identity.ID)) })
	h.write(func(tx iam.Tx) error { return tx.DeleteOIDCAuth(t.Context(), h.identity.ID) })
	attached(iam.MethodTokenAuth, iam.MethodUniversalAuth)
	h.write(func(tx iam.Tx) error { return tx.DeleteIdentity(t.Context(), h.identity.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { _, err := tx.TokenAuth(t.Context(), h.identity.ID); return err })
	same(t, h, []string{iam.MethodOIDCAuth}, func(tx iam.Tx) ([]string, error) {
		i, err := tx.Identity(t.Context(), other.ID, noon)
		return i.AuthMethods, err
	})
}

// testBearerOfMethod: the addresses that a token is trusted from are those of its own method.
func testBearerOfMethod(t *testing.T, h *fixture) {
	o, k := newOIDCAuth(h.identity.ID), newTokenAuth(h.identity.ID)
	one, _ := iam.ParseTrustedIP("192.0.2.1")
	two, _ := iam.ParseTrustedIP("192.0.2.2")
	o.AccessTokenTrustedIPs, k.AccessTokenTrustedIPs = iam.TrustedIPs{one}, iam.TrustedIPs{two}
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertOIDCAuth(t.Context(), o), tx.InsertTokenAuth(t.Context(), k))
	})
	for method, want := range map[string]iam.TrustedIPs{
		iam.MethodUniversalAuth: h.universal.AccessTokenTrustedIPs, iam.MethodOIDCAuth: {one}, iam.MethodTokenAuth: {two}, "other": {},
	} {
		a := newToken(h.identity.ID, "")
		a.Method = method
		h.write(func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), a) })
		same(t, h, want, func(tx iam.Tx) (iam.TrustedIPs, error) {
			b, err := tx.Bearer(t.Context(), a.ID)
			return b.TrustedIPs, err
		})
	}
}

func testAccessTokenList(t *testing.T, h *fixture) {
	var made []iam.AccessToken // the newest first
	for n := range 5 {
		a := newToken(h.identity.ID, "")
		a.Method, a.CreatedAt = iam.MethodTokenAuth, kept(noon.Add(time.Duration(n)*time.Second))
		h.write(func(tx iam.Tx) error { return tx.InsertAccessToken(t.Context(), a) })
		made = append([]iam.AccessToken{a}, made...)
	}
	page := func(limit, offset int) func(iam.Tx) ([]iam.AccessToken, error) {
		return func(tx iam.Tx) ([]iam.AccessToken, error) {
			return tx.AccessTokens(t.Context(), h.identity.ID, iam.MethodTokenAuth, limit, offset)
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
