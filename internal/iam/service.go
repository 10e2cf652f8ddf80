// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package iam implements the rules of machine identities: which permissions an
// operation requires, when credentials expire and how often they may be used.
// It knows neither HTTP nor SQL: callers pass the actor and receive results or
// errors, and a Store persists everything.
package iam

import (
	"context"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Service applies the rules to the data of a Store. It is safe for concurrent use.
type Service struct {
	store    Store
	now      func() time.Time
	boundary BoundaryMode
	plan     Plan // empty: PlanEnterprise
	verifier TokenVerifier
	keys     atomic.Pointer[[]SigningKey] // as last loaded, the newest first
	refusals refusals
	listener atomic.Pointer[func(AuditEvent)]
}

// New returns a Service that reads the time from now, in any time zone, and verifies JWTs with verifier.
func New(store Store, now func() time.Time, boundary BoundaryMode, verifier TokenVerifier) *Service {
	s := &Service{store: store, now: now, boundary: boundary, verifier: verifier}
	s.refusals.write = s.writeRefusals
	return s
}

// Ready returns an error if the store cannot be read.
func (s *Service) Ready(ctx context.Context) error {
	_, err := read(ctx, s, func(tx Tx) (Organization, error) { return tx.Organization(ctx) })
	return err
}

// time returns the current time in the precision of the store: UTC, in microseconds.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// read runs fn on a snapshot and returns its result.
func read[T any](ctx context.Context, s *Service, fn func(Tx) (T, error)) (T, error) {
	var result T
	err := s.store.Read(ctx, func(tx Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// write runs fn alone among all writers and returns its result, or the zero value with an error.
func write[T any](ctx context.Context, s *Service, fn func(Tx) (T, error)) (T, error) {
	var result T
	err := s.store.Write(ctx, func(tx Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return result, nil
}

// view runs fn on a snapshot, in the scope that resolve returns, after the actor has met the requirement there.
func view[T any](ctx context.Context, s *Service, a Actor, resolve scopeResolver, required requirement, fn func(scope) (T, error)) (T, error) {
	return read(ctx, s, func(tx Tx) (T, error) {
		sc, err := resolve(ctx, s, tx, a)
		if err == nil {
			err = sc.admit(required)
		}
		if err != nil {
			var zero T
			return zero, err
		}
		return fn(sc)
	})
}

// update runs fn in the scope that resolve returns, alone among all writers, after the actor has met
// the requirement there. The actor's permissions are loaded in the same transaction, so an actor that
// lost them while it waited changes nothing. The audit event of that name is stored with the change.
func update[T auditable](ctx context.Context, s *Service, a Actor, event string, resolve scopeResolver, required requirement, fn func(scope) (T, error)) (T, error) {
	return auditedWrite(ctx, s, s.newEvent(ctx, event, a), func(tx Tx, e *AuditEvent) (T, error) {
		var zero T
		a, err := s.refreshActor(ctx, tx, a)
		if err != nil {
			return zero, err
		}
		sc, err := resolve(ctx, s, tx, a)
		if err != nil {
			return zero, err
		}
		e.setScope(sc)
		if err := sc.admit(required); err != nil {
			return zero, err
		}
		result, err := fn(sc)
		if err != nil {
			return zero, err
		}
		result.addTargets(e)
		return result, nil
	})
}

// admit rejects an actor that does not meet the requirement. Only an actor that meets it learns that
// the identity of the scope does not exist.
func (sc scope) admit(required requirement) error {
	if err := required(sc); err != nil {
		return err
	}
	return sc.missing
}

func newID() string { return uuid.NewString() }

// parseText trims a field and checks its length, in characters, and that it has no control characters.
func parseText(field, value string, shortest, longest int) (string, error) {
	value = strings.TrimSpace(value)
	switch length := utf8.RuneCountInString(value); {
	case length < shortest && length == 0:
		return "", invalid(field, "%s must not be empty", field).code("too_small")
	case length < shortest:
		return "", invalid(field, "%s must be at least %d characters long, and has %d", field, shortest, length).code("too_small")
	case length > longest:
		return "", invalid(field, "%s must be at most %d characters long, and has %d", field, longest, length).code("too_big")
	case !utf8.ValidString(value) || strings.ContainsFunc(value, isForbidden):
		return "", invalid(field, "%s must not contain control characters", field)
	}
	return value, nil
}

// setText sets the field to the parsed value, if there is one.
func setText(name string, field, value *string, shortest, longest int) (err error) {
	if value != nil {
		*field, err = parseText(name, *value, shortest, longest)
	}
	return err
}

// setSlug sets the field to the parsed value of the request field slug, if there is one.
func setSlug(field, value *string, shortest, longest int) (err error) {
	if value != nil {
		*field, err = parseSlug("slug", *value, shortest, longest)
	}
	return err
}

// orEmpty returns the value, or an empty string for nil.
func orEmpty(value *string) *string {
	if value == nil {
		return new(string)
	}
	return value
}

// isForbidden reports whether r is a control character other than a line break or a tab. PostgreSQL
// stores no NUL, and terminals interpret the others.
func isForbidden(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// parseSlug trims a field, converts it to lower case, and checks its length and characters.
func parseSlug(field, value string, shortest, longest int) (string, error) {
	value, err := parseText(field, strings.ToLower(value), shortest, longest)
	if err != nil {
		return "", err
	}
	if value != slugify(value) {
		return "", invalid(field, "%s field can only contain letters, numbers, and hyphens", field)
	}
	return value, nil
}

// slugify converts text to lower-case letters and digits, with one hyphen for each run of other characters.
func slugify(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}
