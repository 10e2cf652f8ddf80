package iam

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// MethodUniversalAuth is the name of Universal Auth among the auth methods.
const MethodUniversalAuth = "universal-auth"

// defaultTTL is the TTL and the maximum TTL of a new configuration: 30 days.
const defaultTTL = 30 * 24 * time.Hour

// newUniversalAuth has the defaults of the contract (1.2).
func newUniversalAuth(identityID string, now time.Time) UniversalAuth {
	return UniversalAuth{
		ID: newID(), IdentityID: identityID, ClientID: newID(),
		AccessTokenTTL: defaultTTL, AccessTokenMaxTTL: defaultTTL,
		AccessTokenTrustedIPs: Everywhere(), ClientSecretTrustedIPs: Everywhere(),
		Lockout:   LockoutPolicy{Enabled: true, Threshold: 3, Duration: 5 * time.Minute, CounterReset: 30 * time.Second},
		CreatedAt: now, UpdatedAt: now,
	}
}

// UniversalAuthInput is what a caller says of a Universal Auth. Nil: the default of a new one,
// or as it is. Whoever calls has checked the bounds of single fields.
type UniversalAuthInput struct {
	AccessTokenTTL          *time.Duration
	AccessTokenMaxTTL       *time.Duration
	AccessTokenPeriod       *time.Duration
	AccessTokenNumUsesLimit *int64
	AccessTokenTrustedIPs   *[]string
	ClientSecretTrustedIPs  *[]string
	LockoutEnabled          *bool
	LockoutThreshold        *int64
	LockoutDuration         *time.Duration
	LockoutCounterReset     *time.Duration
}

// AttachUniversalAuth gives an identity the method, with a new client id.
func (s *Service) AttachUniversalAuth(ctx context.Context, a Actor, identityID string, in UniversalAuthInput) (UniversalAuth, error) {
	return change(ctx, s, a, atIdentity(identityID), must(on(permission.EditAuth)), func(h here) (UniversalAuth, error) {
		if err := s.takeCharge(ctx, h, "Failed to add universal auth to identity"); err != nil {
			return UniversalAuth{}, err
		}
		u := newUniversalAuth(identityID, s.time())
		if err := u.apply(in, u.CreatedAt); err != nil {
			return UniversalAuth{}, err
		}
		if u.AccessTokenTTL > u.AccessTokenMaxTTL {
			return UniversalAuth{}, ttlAboveMax()
		}
		err := h.tx.InsertUniversalAuth(ctx, u)
		if Is(err, Conflict) {
			return UniversalAuth{}, Refuse(Conflict, "Failed to add universal auth to already configured identity")
		}
		return u, err
	})
}

// UpdateUniversalAuth changes what in speaks of; tokens already issued keep their numbers, while
// trusted addresses hold at once.
func (s *Service) UpdateUniversalAuth(ctx context.Context, a Actor, identityID string, in UniversalAuthInput) (UniversalAuth, error) {
	return change(ctx, s, a, atIdentity(identityID), must(on(permission.EditAuth)), func(h here) (UniversalAuth, error) {
		u, err := s.universalAuthInCharge(ctx, h, "Failed to update universal auth of identity")
		if err != nil {
			return UniversalAuth{}, err
		}
		if in == (UniversalAuthInput{}) {
			return UniversalAuth{}, Refuse(BadRequest, "There is nothing to change: the request names no field of universal auth")
		}
		if in.AccessTokenPeriod != nil && *in.AccessTokenPeriod > maxPeriod {
			return UniversalAuth{}, invalid("accessTokenPeriod", "accessTokenPeriod must be at most %d seconds", maxPeriod/time.Second).code("too_big")
		}
		if err := in.prohibitedFor(u); err != nil {
			return UniversalAuth{}, err
		}
		if err := u.apply(in, s.time()); err != nil {
			return UniversalAuth{}, err
		}
		return u, h.tx.UpdateUniversalAuth(ctx, u)
	})
}

// maxPeriod bounds a period that is changed; the contract bounds none that is attached (1.2, 1.4).
const maxPeriod = 315360000 * time.Second

// prohibitedFor refuses TTLs that do not fit together. The contract (1.4) holds what is sent
// against the stored maximum even where only the maximum is sent, so a client sends both.
func (in UniversalAuthInput) prohibitedFor(u UniversalAuth) error {
	ttl, longest := u.AccessTokenMaxTTL, u.AccessTokenMaxTTL
	if in.AccessTokenTTL != nil {
		ttl = *in.AccessTokenTTL
	}
	if in.AccessTokenMaxTTL != nil {
		longest = *in.AccessTokenMaxTTL
	}
	switch {
	case longest == 0 || ttl <= longest:
		return nil
	case in.AccessTokenTTL != nil && in.AccessTokenMaxTTL != nil:
		return ttlAboveMax()
	default:
		return Refuse(BadRequest, "Access token TTL cannot be greater than max TTL; send both to change both")
	}
}

func ttlAboveMax() error {
	return invalid("accessTokenTTL", "Access Token TTL cannot be greater than Access Token Max TTL.")
}

func (u *UniversalAuth) apply(in UniversalAuthInput, now time.Time) error {
	set(&u.AccessTokenTTL, in.AccessTokenTTL)
	set(&u.AccessTokenMaxTTL, in.AccessTokenMaxTTL)
	set(&u.AccessTokenPeriod, in.AccessTokenPeriod)
	set(&u.AccessTokenNumUsesLimit, in.AccessTokenNumUsesLimit)
	set(&u.Lockout.Enabled, in.LockoutEnabled)
	set(&u.Lockout.Threshold, in.LockoutThreshold)
	set(&u.Lockout.Duration, in.LockoutDuration)
	set(&u.Lockout.CounterReset, in.LockoutCounterReset)
	u.UpdatedAt = now
	if err := u.AccessTokenTrustedIPs.set(in.AccessTokenTrustedIPs); err != nil {
		return err
	}
	return u.ClientSecretTrustedIPs.set(in.ClientSecretTrustedIPs)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (ts *TrustedIPs) set(texts *[]string) error {
	if texts == nil {
		return nil
	}
	parsed := make(TrustedIPs, len(*texts))
	for n, text := range *texts {
		ip, err := ParseTrustedIP(text)
		if err != nil {
			return Refuse(BadRequest, "%s", err)
		}
		parsed[n] = ip
	}
	*ts = parsed
	return nil
}

// UniversalAuth reads an identity's configuration of the method.
func (s *Service) UniversalAuth(ctx context.Context, a Actor, identityID string) (UniversalAuth, error) {
	return look(ctx, s, a, atIdentity(identityID), must(on(permission.Read)), func(h here) (UniversalAuth, error) {
		return h.universalAuth(ctx)
	})
}

// RemoveUniversalAuth takes the method from an identity: its client secrets are gone, and every
// token it gave out dies at once.
func (s *Service) RemoveUniversalAuth(ctx context.Context, a Actor, identityID string) (UniversalAuth, error) {
	const base = "Failed to revoke universal auth of identity"
	d := mustManage(base, on(permission.RevokeAuth), on(permission.Edit))
	return change(ctx, s, a, atIdentity(identityID), d, func(h here) (UniversalAuth, error) {
		u, err := s.universalAuthInCharge(ctx, h, base)
		if err != nil {
			return UniversalAuth{}, err
		}
		match := TokenMatch{IdentityID: identityID, Method: MethodUniversalAuth}
		why := Revocation{At: s.time(), Reason: "auth method has been revoked"}
		if _, err := h.tx.RevokeAccessTokens(ctx, match, why); err != nil {
			return UniversalAuth{}, err
		}
		if err := h.tx.DeleteLockout(ctx, identityID, MethodUniversalAuth); err != nil {
			return UniversalAuth{}, err
		}
		return u, h.tx.DeleteUniversalAuth(ctx, identityID)
	})
}

// ClearLockouts forgets wrong secrets and lifts locks, and counts what it cleared.
func (s *Service) ClearLockouts(ctx context.Context, a Actor, identityID string) (int, error) {
	return change(ctx, s, a, atIdentity(identityID), must(on(permission.Edit)), func(h here) (int, error) {
		if _, err := h.universalAuth(ctx); err != nil {
			return 0, err
		}
		l, err := h.tx.Lockout(ctx, identityID, MethodUniversalAuth)
		if err != nil || !l.standing(s.time()) {
			return 0, err
		}
		return 1, h.tx.DeleteLockout(ctx, identityID, MethodUniversalAuth)
	})
}

// universalAuth finds the method on the identity that the place is about.
func (h here) universalAuth(ctx context.Context) (UniversalAuth, error) {
	u, err := h.tx.UniversalAuth(ctx, h.identity.ID)
	if Is(err, NotFound) {
		return UniversalAuth{}, Refuse(Conflict, "The identity does not have universal auth")
	}
	return u, err
}

// universalAuthInCharge is universalAuth for who is going to act on it.
func (s *Service) universalAuthInCharge(ctx context.Context, h here, base string) (UniversalAuth, error) {
	if err := s.takeCharge(ctx, h, base); err != nil {
		return UniversalAuth{}, err
	}
	return h.universalAuth(ctx)
}
