// Package iam is the rules of machine identities: who may do what, how long a
// credential lives and how often it may be used, and what is refused. It knows
// neither HTTP nor SQL: callers hand in the actor and get back things or
// refusals, and a Store keeps everything.
package iam

import (
	"context"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Service applies the rules to what a Store keeps. It is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time
	keys  atomic.Pointer[[]SigningKey] // the newest first; as last seen
}

// New makes a Service. The clock is asked for every time that is needed; it need not be UTC.
func New(store Store, now func() time.Time) *Service {
	return &Service{store: store, now: now}
}

// time is the clock in what the store can keep: UTC, in microseconds.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Actor is who calls: an identity with the permissions that its roles give it now.
type Actor struct {
	IdentityID     string
	IdentityName   string
	OrganizationID string
	tokenID        string
	rules          permission.Rules
}

// Must refuses an actor whose roles lack one of the permissions.
func (a Actor) Must(needs ...permission.Permission) error {
	for _, need := range needs {
		if !a.rules.Allow(need, nil) {
			return &Error{
				Kind:     Denied,
				Sentence: "You are not allowed to " + need.String(),
				Missing:  []permission.Permission{need},
				Rules:    a.rules.On(need.Subject),
			}
		}
	}
	return nil
}

// MustManage refuses an actor that lacks the action which handing out or taking charge of
// rights demands. base is the sentence of what failed.
func (a Actor) MustManage(base string, need permission.Permission) error {
	if a.rules.Allow(need, nil) {
		return nil
	}
	return &Error{
		Kind:     Boundary,
		Sentence: base + ". Missing permission " + need.String(),
		Missing:  []permission.Permission{need},
	}
}

// MustBelong refuses another organisation than the actor's own.
func (a Actor) MustBelong(organizationID string) error {
	if organizationID != a.OrganizationID {
		return Refuse(Forbidden, "You are not a member of the organization %q", organizationID)
	}
	return nil
}

// rule is what an actor must fulfil.
type rule func(Actor) error

func must(needs ...permission.Permission) rule {
	return func(a Actor) error { return a.Must(needs...) }
}

func mustManage(base string, need permission.Permission, needs ...permission.Permission) rule {
	return func(a Actor) error {
		if err := a.Must(needs...); err != nil {
			return err
		}
		return a.MustManage(base, need)
	}
}

func on(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: permission.Identity}
}

// read runs fn on a snapshot and hands on what it found.
func read[T any](ctx context.Context, s *Service, fn func(Tx) (T, error)) (T, error) {
	var found T
	err := s.store.Read(ctx, func(tx Tx) (err error) {
		found, err = fn(tx)
		return err
	})
	return found, err
}

// write runs fn alone among all writers and hands on what it made.
func write[T any](ctx context.Context, s *Service, fn func(Tx) (T, error)) (T, error) {
	var made T
	err := s.store.Write(ctx, func(tx Tx) (err error) {
		made, err = fn(tx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return made, nil
}

// change is a write on behalf of an actor who must fulfil r: before the writers are bothered,
// and again among them, with the rights the actor has then. So nobody is changed by somebody
// who lost the right to it while waiting.
func change[T any](ctx context.Context, s *Service, a Actor, r rule, fn func(Tx, Actor) (T, error)) (T, error) {
	if err := r(a); err != nil {
		var none T
		return none, err
	}
	return write(ctx, s, func(tx Tx) (T, error) {
		a, err := s.again(ctx, tx, a)
		if err == nil {
			err = r(a)
		}
		if err != nil {
			var none T
			return none, err
		}
		return fn(tx, a)
	})
}

func newID() string { return uuid.NewString() }

// text trims a field and checks its length in characters.
func text(field, value string, shortest, longest int) (string, error) {
	value = strings.TrimSpace(value)
	switch length := utf8.RuneCountInString(value); {
	case length < shortest && length == 0:
		return "", invalid(field, "%s must not be empty", field)
	case length > longest:
		return "", invalid(field, "%s must be at most %d characters long, and has %d", field, longest, length)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, forbiddenRune):
		return "", invalid(field, "%s must not contain control characters", field)
	}
	return value, nil
}

// forbiddenRune is a character that some database or terminal would choke on. Line breaks and
// tabs are text.
func forbiddenRune(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}
