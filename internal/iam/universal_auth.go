// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// MethodUniversalAuth is the name of Universal Auth among the auth methods.
const MethodUniversalAuth = "universal-auth"

// newUniversalAuth has the defaults of the contract (1.2).
func newUniversalAuth(identityID string, now time.Time) UniversalAuth {
	return UniversalAuth{
		ID: newID(), IdentityID: identityID, ClientID: newID(),
		TokenSettings: newTokenSettings(), ClientSecretTrustedIPs: Everywhere(),
		Lockout:   LockoutPolicy{Enabled: true, Threshold: 3, Duration: 5 * time.Minute, CounterReset: 30 * time.Second},
		CreatedAt: now, UpdatedAt: now,
	}
}

// UniversalAuthInput is what a caller says of a Universal Auth. Nil: the default of a new one,
// or as it is. Whoever calls has checked the bounds of single fields.
type UniversalAuthInput struct {
	TokenSettingsInput
	ClientSecretTrustedIPs *[]string
	LockoutEnabled         *bool
	LockoutThreshold       *int64
	LockoutDuration        *time.Duration
	LockoutCounterReset    *time.Duration
}

// AttachUniversalAuth gives an identity the method, with a new client id.
func (s *Service) AttachUniversalAuth(ctx context.Context, a Actor, identityID string, in UniversalAuthInput) (UniversalAuth, error) {
	return update(ctx, s, a, "add-identity-universal-auth", identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (UniversalAuth, error) {
		if err := s.checkControl(ctx, sc, "Failed to add universal auth to identity"); err != nil {
			return UniversalAuth{}, err
		}
		u := newUniversalAuth(identityID, s.time())
		if err := u.apply(in, u.CreatedAt); err != nil {
			return UniversalAuth{}, err
		}
		if err := u.TokenSettings.prohibited(); err != nil {
			return UniversalAuth{}, err
		}
		err := sc.tx.InsertUniversalAuth(ctx, u)
		if Is(err, Conflict) {
			return UniversalAuth{}, Errorf(Conflict, "Failed to add universal auth to already configured identity")
		}
		return u, err
	})
}

// UpdateUniversalAuth changes what in speaks of; tokens already issued keep their numbers, while
// trusted addresses hold at once.
func (s *Service) UpdateUniversalAuth(ctx context.Context, a Actor, identityID string, in UniversalAuthInput) (UniversalAuth, error) {
	return update(ctx, s, a, "update-identity-universal-auth", identityScope(identityID), require(onIdentity(permission.EditAuth)), func(sc scope) (UniversalAuth, error) {
		u, err := s.universalAuthInCharge(ctx, sc, NotAttached, "Failed to update universal auth of identity")
		if err != nil {
			return UniversalAuth{}, err
		}
		if in == (UniversalAuthInput{}) {
			return UniversalAuth{}, Errorf(BadRequest, "There is nothing to change: the request names no field of universal auth")
		}
		if in.AccessTokenPeriod != nil && *in.AccessTokenPeriod > maxPeriod {
			return UniversalAuth{}, invalid("accessTokenPeriod", "accessTokenPeriod must be at most %d seconds", maxPeriod/time.Second).code("too_big")
		}
		if err := in.prohibitedFor(u.TokenSettings); err != nil {
			return UniversalAuth{}, err
		}
		if err := u.apply(in, s.time()); err != nil {
			return UniversalAuth{}, err
		}
		return u, sc.tx.UpdateUniversalAuth(ctx, u)
	})
}

// maxPeriod bounds a period that is changed; the contract bounds none that is attached (1.2, 1.4).
const maxPeriod = 315360000 * time.Second

func (u *UniversalAuth) apply(in UniversalAuthInput, now time.Time) error {
	set(&u.Lockout.Enabled, in.LockoutEnabled)
	set(&u.Lockout.Threshold, in.LockoutThreshold)
	set(&u.Lockout.Duration, in.LockoutDuration)
	set(&u.Lockout.CounterReset, in.LockoutCounterReset)
	u.UpdatedAt = now
	if err := u.TokenSettings.apply(in.TokenSettingsInput); err != nil {
		return err
	}
	return u.ClientSecretTrustedIPs.set(in.ClientSecretTrustedIPs)
}

// UniversalAuth reads an identity's configuration of the method.
func (s *Service) UniversalAuth(ctx context.Context, a Actor, identityID string) (UniversalAuth, error) {
	return view(ctx, s, a, identityScope(identityID), require(onIdentity(permission.Read)), func(sc scope) (UniversalAuth, error) {
		return sc.universalAuth(ctx, NotAttached)
	})
}

// RemoveUniversalAuth takes the method from an identity: its client secrets are gone, and every
// token it gave out dies at once.
func (s *Service) RemoveUniversalAuth(ctx context.Context, a Actor, identityID string) (UniversalAuth, error) {
	const base = "Failed to revoke universal auth of identity"
	d := requireManagement(base, onIdentity(permission.RevokeAuth), onIdentity(permission.Edit))
	return update(ctx, s, a, "revoke-identity-universal-auth", identityScope(identityID), d, func(sc scope) (UniversalAuth, error) {
		u, err := s.universalAuthInCharge(ctx, sc, Conflict, base)
		if err != nil {
			return UniversalAuth{}, err
		}
		if err := s.revokeMethodTokens(ctx, sc, MethodUniversalAuth); err != nil {
			return UniversalAuth{}, err
		}
		if err := sc.tx.DeleteLockout(ctx, identityID, MethodUniversalAuth); err != nil {
			return UniversalAuth{}, err
		}
		return u, sc.tx.DeleteUniversalAuth(ctx, identityID)
	})
}

// ClearLockouts forgets wrong secrets and lifts locks, and counts what it cleared.
func (s *Service) ClearLockouts(ctx context.Context, a Actor, identityID string) (LockoutCount, error) {
	return update(ctx, s, a, "clear-identity-universal-auth-lockouts", identityScope(identityID), require(onIdentity(permission.Edit)), func(sc scope) (LockoutCount, error) {
		if _, err := sc.universalAuth(ctx, Conflict); err != nil {
			return 0, err
		}
		l, err := sc.tx.Lockout(ctx, identityID, MethodUniversalAuth)
		if err != nil || !l.standing(s.time()) {
			return 0, err
		}
		return 1, sc.tx.DeleteLockout(ctx, identityID, MethodUniversalAuth)
	})
}

// universalAuth finds the method on the identity that the place is about. Its lack is a refusal of
// that kind: NotAttached to who asks for the method itself, Conflict to who asks for more (1.3 to 1.9).
func (sc scope) universalAuth(ctx context.Context, lack Kind) (UniversalAuth, error) {
	u, err := sc.tx.UniversalAuth(ctx, sc.identity.ID)
	switch {
	case Is(err, NotFound) && lack == NotAttached:
		return UniversalAuth{}, Errorf(lack, "Failed to find universal auth for identity with ID %s", sc.identity.ID)
	case Is(err, NotFound):
		return UniversalAuth{}, Errorf(lack, "The identity does not have universal auth")
	}
	return u, err
}

// universalAuthInCharge is universalAuth for who is going to act on it.
func (s *Service) universalAuthInCharge(ctx context.Context, sc scope, lack Kind, base string) (UniversalAuth, error) {
	if err := s.checkControl(ctx, sc, base); err != nil {
		return UniversalAuth{}, err
	}
	return sc.universalAuth(ctx, lack)
}

func (u UniversalAuth) addTargets(e *AuditEvent) { e.addTarget("identityId", u.IdentityID) }

// LockoutCount is the number of lockouts that were cleared.
type LockoutCount int

func (LockoutCount) addTargets(*AuditEvent) {}
