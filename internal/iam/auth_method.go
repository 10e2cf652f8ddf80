// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Methods lists all auth methods.
var Methods = []MethodInfo{
	{Name: UniversalAuth.Name, Login: true, Lockouts: true},
	{Name: OIDCAuth.Name, Login: true},
	{Name: TokenAuth.Name},
}

// MethodInfo describes an auth method without its types.
type MethodInfo struct {
	Name     string
	Login    bool // identities log in with it
	Lockouts bool // failed logins lock it
}

// Method is an auth method. S has the settings that only this method has, R is the request that
// attaches or changes a configuration, and W the response. An identity has at most one configuration of
// each method.
//
// To add a method, declare a Method, and a Login unless its tokens are issued without one; then add a
// line to Methods and to the routes of the server.
type Method[S any, R MethodRequest, W any] struct {
	Name  string // in paths, in lists of auth methods and in the names of audit events: "oidc-auth"
	Title string // in errors, as other servers write it: "OIDC Auth"

	// Response returns a configuration as the API returns it.
	Response func(c MethodConfig[S]) W
	// Redact removes what the response of DELETE omits; nil removes nothing.
	Redact func(w *W)

	// initialize sets the defaults of a new configuration, and rejects a request that lacks a required
	// field; nil if there are none.
	initialize func(c *MethodConfig[S], r R) error
	// apply changes the settings that are in the request, except those of api.TokenSettingsRequest; nil
	// if there are no others. A new configuration has no ID yet.
	apply func(s *Service, c *MethodConfig[S], r R) error
	// notAttached is the kind of the error if a method that is read or changed is not attached; empty is
	// Conflict, which all other operations return.
	notAttached Kind
	// keepsClaims means that tokens keep claims, so that a change of the settings decides what rules with
	// templates allow.
	keepsClaims bool
}

// MethodRequest is the request of a method: a struct of pointers, nil for what is not in the request.
type MethodRequest interface {
	comparable
	Tokens() api.TokenSettingsRequest
}

// MethodConfig is the configuration of a method on one identity.
type MethodConfig[S any] struct {
	MethodBase
	Settings S
}

// MethodBase is the part of a configuration that all methods have.
type MethodBase struct {
	ID, IdentityID string
	Method         string
	ClientID       string // unique among the configurations of the method; empty if logins name the identity
	TokenSettings
	Lockout              LockoutPolicy // disabled for methods without lockouts
	CreatedAt, UpdatedAt time.Time
}

// MethodRecord is a configuration as the Store has it.
type MethodRecord = MethodConfig[json.RawMessage]

func (c MethodConfig[S]) addTargets(e *AuditEvent) { e.addTarget("identityId", c.IdentityID) }

// common returns the part of the response that all methods have.
func (c MethodBase) common() api.AuthMethod {
	return api.AuthMethod{
		ID: c.ID, IdentityID: c.IdentityID, TokenSettings: c.TokenSettings.response(),
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
}

// Attach adds the method to an identity.
func (m Method[S, R, W]) Attach(ctx context.Context, s *Service, a Actor, identityID string, r R) (MethodConfig[S], error) {
	return update(ctx, s, a, "add-identity-"+m.Name, identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (c MethodConfig[S], err error) {
		if err := m.checkControl(ctx, s, sc, "Failed to add "+m.Title+" to identity"); err != nil {
			return c, err
		}
		if c, err = m.create(s, identityID, r); err != nil {
			return c, err
		}
		err = m.insert(ctx, sc.tx, c)
		if Is(err, Conflict) {
			err = Errorf(Conflict, "Failed to add %s to already configured identity", m.Title)
		}
		return c, err
	})
}

// create returns a new configuration with the defaults and what is in the request.
func (m Method[S, R, W]) create(s *Service, identityID string, r R) (MethodConfig[S], error) {
	c := MethodConfig[S]{MethodBase: MethodBase{IdentityID: identityID, Method: m.Name, TokenSettings: newTokenSettings()}}
	if m.initialize != nil {
		if err := m.initialize(&c, r); err != nil {
			return c, err
		}
	}
	if err := m.applyAll(s, &c, r); err != nil {
		return c, err
	}
	c.ID, c.CreatedAt = newID(), c.UpdatedAt
	return c, c.TokenSettings.checkTTLs()
}

func (m Method[S, R, W]) applyAll(s *Service, c *MethodConfig[S], r R) error {
	if m.apply != nil {
		if err := m.apply(s, c, r); err != nil {
			return err
		}
	}
	c.UpdatedAt = s.time()
	if err := c.TokenSettings.apply(r.Tokens()); err != nil {
		return err
	}
	return s.checkIPPlan(r.Tokens().AccessTokenTrustedIPs != nil, c.AccessTokenTrustedIPs)
}

// Update changes the settings that are in the request. Tokens that were issued before keep their
// lifetime and their limit of uses, but trusted IPs take effect at once.
func (m Method[S, R, W]) Update(ctx context.Context, s *Service, a Actor, identityID string, r R) (MethodConfig[S], error) {
	return update(ctx, s, a, "update-identity-"+m.Name, identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (c MethodConfig[S], err error) {
		if err := m.checkControl(ctx, s, sc, "Failed to update "+m.Title+" of identity"); err != nil {
			return c, err
		}
		if c, err = m.attached(ctx, sc, m.notAttached); err != nil {
			return c, err
		}
		if r == *new(R) {
			return c, Errorf(BadRequest, "There is nothing to change: the request has no field of %s", m.Title)
		}
		if err := c.TokenSettings.checkTTLChange(r.Tokens()); err != nil {
			return c, err
		}
		if err := m.applyAll(s, &c, r); err != nil {
			return c, err
		}
		record, err := c.record()
		if err != nil {
			return c, err
		}
		return c, sc.tx.UpdateAuthMethod(ctx, record)
	})
}

// Get returns the configuration of an identity.
func (m Method[S, R, W]) Get(ctx context.Context, s *Service, a Actor, identityID string) (MethodConfig[S], error) {
	return view(ctx, s, a, identityScope(identityID), require(onIdentity(permission.Read)), func(sc scope) (MethodConfig[S], error) {
		return m.attached(ctx, sc, m.notAttached)
	})
}

// Remove removes the method from an identity, with its client secrets and lockout, and revokes every
// token that it issued.
func (m Method[S, R, W]) Remove(ctx context.Context, s *Service, a Actor, identityID string) (MethodConfig[S], error) {
	base := "Failed to revoke " + m.Title + " of identity"
	required := requireManagement(base, onIdentity(permission.RevokeAuth), onIdentity(permission.Edit))
	return update(ctx, s, a, "revoke-identity-"+m.Name, identityScope(identityID), required, func(sc scope) (MethodConfig[S], error) {
		if err := s.checkRevocation(ctx, sc, base); err != nil {
			return MethodConfig[S]{}, err
		}
		c, err := m.attached(ctx, sc, Conflict)
		if err != nil {
			return c, err
		}
		why := Revocation{At: s.time(), Reason: "auth method has been revoked"}
		if _, err := sc.tx.RevokeAccessTokens(ctx, TokenMatch{IdentityID: identityID, Method: m.Name}, why); err != nil {
			return c, err
		}
		if err := sc.tx.DeleteLockout(ctx, identityID, m.Name); err != nil {
			return c, err
		}
		return c, sc.tx.DeleteAuthMethod(ctx, identityID, m.Name)
	})
}

// ClearLockouts unlocks the method, forgets failed logins, and returns the number of lockouts cleared.
func (m Method[S, R, W]) ClearLockouts(ctx context.Context, s *Service, a Actor, identityID string) (LockoutCount, error) {
	return update(ctx, s, a, "clear-identity-"+m.Name+"-lockouts", identityScope(identityID), require(onIdentity(permission.Edit)), func(sc scope) (LockoutCount, error) {
		if _, err := m.attached(ctx, sc, Conflict); err != nil {
			return 0, err
		}
		l, err := sc.tx.Lockout(ctx, identityID, m.Name)
		if err != nil || !l.isActive(s.time()) {
			return 0, err
		}
		return 1, sc.tx.DeleteLockout(ctx, identityID, m.Name)
	})
}

// checkControl rejects an actor without control of the identity whose settings it wants to change.
func (m Method[S, R, W]) checkControl(ctx context.Context, s *Service, sc scope, base string) error {
	if m.keepsClaims {
		return s.checkClaimControl(ctx, sc, base)
	}
	return s.checkControl(ctx, sc, base)
}

// attached returns the configuration of the identity of the scope, or an error of that kind.
func (m Method[S, R, W]) attached(ctx context.Context, sc scope, kind Kind) (MethodConfig[S], error) {
	c, err := m.find(ctx, sc.tx, sc.identity.ID)
	switch {
	case Is(err, NotFound) && kind == NotAttached:
		err = Errorf(kind, "Failed to find %s for identity with ID %s", m.Title, sc.identity.ID)
	case Is(err, NotFound):
		err = Errorf(Conflict, "The identity does not have %s attached", m.Title)
	}
	return c, err
}

// controlled is attached for an actor that must have control of the identity.
func (m Method[S, R, W]) controlled(ctx context.Context, s *Service, sc scope, base string) (c MethodConfig[S], err error) {
	if err := s.checkControl(ctx, sc, base); err != nil {
		return c, err
	}
	return m.attached(ctx, sc, Conflict)
}

// find loads the configuration of an identity; it is an error of kind NotFound if there is none.
func (m Method[S, R, W]) find(ctx context.Context, tx Tx, identityID string) (MethodConfig[S], error) {
	return decodeConfig[S](tx.AuthMethod(ctx, identityID, m.Name))
}

func (m Method[S, R, W]) insert(ctx context.Context, tx Tx, c MethodConfig[S]) error {
	record, err := c.record()
	if err != nil {
		return err
	}
	return tx.InsertAuthMethod(ctx, record)
}

func (c MethodConfig[S]) record() (MethodRecord, error) {
	settings, err := json.Marshal(c.Settings)
	return MethodRecord{c.MethodBase, settings}, err
}

// decodeConfig returns the configuration in a record that was loaded without an error.
func decodeConfig[S any](r MethodRecord, err error) (MethodConfig[S], error) {
	c := MethodConfig[S]{MethodBase: r.MethodBase}
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(r.Settings, &c.Settings); err != nil {
		return c, fmt.Errorf("decode the settings of the %s with ID %s", r.Method, r.ID) // without values, which may be secret
	}
	return c, nil
}
