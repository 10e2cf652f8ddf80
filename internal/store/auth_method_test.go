// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// authMethod loads a configuration.
func (h *fixture) authMethod(identityID, method string) func(iam.Tx) (iam.MethodRecord, error) {
	return func(tx iam.Tx) (iam.MethodRecord, error) { return tx.AuthMethod(h.t.Context(), identityID, method) }
}

// newMethod returns a configuration without a client ID.
func newMethod(identityID, method string) iam.MethodRecord {
	return iam.MethodRecord{
		MethodBase: iam.MethodBase{
			ID: newID(), IdentityID: identityID, Method: method, TokenSettings: newTokenSettings(),
			CreatedAt: kept(noon), UpdatedAt: kept(noon.Add(time.Second)),
		},
		Settings: json.RawMessage(`{"subject":"repo:*","claims":{"a.b":["c","d*"]},"issuer":"\u003c\u003e"}`),
	}
}

func newUniversalAuth(identityID string) iam.MethodRecord {
	m := newMethod(identityID, iam.UniversalAuth.Name)
	m.ClientID = newID()
	m.Lockout = iam.LockoutPolicy{Enabled: true, Threshold: 5, Duration: 6 * time.Second, CounterReset: 7 * time.Second}
	return m
}

func testAuthMethod(t *testing.T, h *fixture) {
	byClientID := func(tx iam.Tx) (iam.MethodRecord, error) {
		return tx.AuthMethodByClientID(t.Context(), h.universal.Method, h.universal.ClientID)
	}
	load := h.authMethod(h.identity.ID, h.universal.Method)
	same(t, h, h.universal, load)
	same(t, h, h.universal, byClientID)

	m := h.universal
	m.AccessTokenTTL, m.AccessTokenMaxTTL, m.AccessTokenPeriod, m.AccessTokenNumUsesLimit = 1*time.Second, 315360000*time.Second, 0, 9
	m.AccessTokenTrustedIPs = iam.TrustedIPs{}
	m.Lockout = iam.LockoutPolicy{Threshold: 30, Duration: 24 * time.Hour, CounterReset: time.Hour}
	m.Settings = json.RawMessage(`{}`)
	m.UpdatedAt = kept(noon.Add(time.Hour))
	changed := m
	changed.ID, changed.ClientID, changed.CreatedAt = newID(), newID(), noon.Add(time.Hour) // an update ignores these
	h.write(func(tx iam.Tx) error { return tx.UpdateAuthMethod(t.Context(), changed) })
	same(t, h, m, load)
	same(t, h, m, byClientID)

	// Durations are stored in whole seconds.
	m.AccessTokenTTL = 1500 * time.Millisecond
	h.write(func(tx iam.Tx) error { return tx.UpdateAuthMethod(t.Context(), m) })
	m.AccessTokenTTL = time.Second
	same(t, h, m, load)
}

func testAuthMethodConflicts(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	oidc := newMethod(other.ID, iam.OIDCAuth.Name)
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), other), tx.InsertAuthMethod(t.Context(), oidc))
	})
	insert := func(m iam.MethodRecord) func(iam.Tx) error {
		return func(tx iam.Tx) error { return tx.InsertAuthMethod(t.Context(), m) }
	}
	rejected(t, h, iam.Conflict, insert(newUniversalAuth(h.identity.ID)))
	rejected(t, h, iam.Conflict, insert(newMethod(other.ID, iam.OIDCAuth.Name)))
	taken := newUniversalAuth(other.ID)
	taken.ClientID = h.universal.ClientID
	rejected(t, h, iam.Conflict, insert(taken))
	for _, missing := range []func(iam.Tx) error{
		insert(newUniversalAuth(newID())),
		func(tx iam.Tx) error { return tx.UpdateAuthMethod(t.Context(), newUniversalAuth(other.ID)) },
		func(tx iam.Tx) error { return tx.UpdateAuthMethod(t.Context(), newMethod(h.identity.ID, oidc.Method)) },
		func(tx iam.Tx) error { return tx.DeleteAuthMethod(t.Context(), other.ID, h.universal.Method) },
		func(tx iam.Tx) error { return tx.DeleteAuthMethod(t.Context(), h.identity.ID, oidc.Method) },
		func(tx iam.Tx) error { _, err := tx.AuthMethod(t.Context(), h.identity.ID, oidc.Method); return err },
		func(tx iam.Tx) error {
			_, err := tx.AuthMethodByClientID(t.Context(), h.universal.Method, newID())
			return err
		},
		func(tx iam.Tx) error {
			_, err := tx.AuthMethodByClientID(t.Context(), oidc.Method, h.universal.ClientID)
			return err
		},
	} {
		rejected(t, h, iam.NotFound, missing)
	}
}

func testAuthMethodCascade(t *testing.T, h *fixture) {
	h.write(func(tx iam.Tx) error { return tx.DeleteAuthMethod(t.Context(), h.identity.ID, h.universal.Method) })
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
		return first(tx.InsertAuthMethod(t.Context(), h.universal), tx.InsertClientSecret(t.Context(), h.secret))
	})
}

// testAuthMethods checks that an identity can have every method once, and that they are deleted with it.
func testAuthMethods(t *testing.T, h *fixture) {
	other := h.newIdentity("other")
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertIdentity(t.Context(), other), tx.InsertAuthMethod(t.Context(), newMethod(other.ID, iam.OIDCAuth.Name)))
	})
	attached := func(methods ...string) {
		t.Helper()
		h.identity.AuthMethods = methods
		same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	}
	attach := func(method string) {
		h.write(func(tx iam.Tx) error { return tx.InsertAuthMethod(t.Context(), newMethod(h.identity.ID, method)) })
	}
	universal, oidc, token := iam.UniversalAuth.Name, iam.OIDCAuth.Name, iam.TokenAuth.Name
	attached(universal)
	attach(token)
	attached(token, universal)
	attach(oidc)
	attached(oidc, token, universal)
	h.write(func(tx iam.Tx) error { return tx.DeleteAuthMethod(t.Context(), h.identity.ID, oidc) })
	attached(token, universal)
	h.write(func(tx iam.Tx) error { return tx.DeleteIdentity(t.Context(), h.identity.ID) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error {
		_, err := tx.AuthMethod(t.Context(), h.identity.ID, token)
		return err
	})
	same(t, h, []string{oidc}, func(tx iam.Tx) ([]string, error) {
		i, err := tx.Identity(t.Context(), other.ID, noon)
		return i.AuthMethods, err
	})
}

// testBearerOfMethod checks that the trusted IPs of a token are those of its own method.
func testBearerOfMethod(t *testing.T, h *fixture) {
	o, k := newMethod(h.identity.ID, iam.OIDCAuth.Name), newMethod(h.identity.ID, iam.TokenAuth.Name)
	o.AccessTokenTrustedIPs = iam.TrustedIPs{api.MustParseTrustedIP("192.0.2.1")}
	k.AccessTokenTrustedIPs = iam.TrustedIPs{api.MustParseTrustedIP("192.0.2.2")}
	h.write(func(tx iam.Tx) error {
		return first(tx.InsertAuthMethod(t.Context(), o), tx.InsertAuthMethod(t.Context(), k))
	})
	for method, want := range map[string]iam.TrustedIPs{
		h.universal.Method: h.universal.AccessTokenTrustedIPs, o.Method: o.AccessTokenTrustedIPs, k.Method: k.AccessTokenTrustedIPs, "other": {},
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
