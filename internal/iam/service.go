// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

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
)

// Service applies the rules to what a Store keeps. It is safe for concurrent use.
type Service struct {
	store    Store
	now      func() time.Time
	boundary BoundaryMode
	verifier TokenVerifier
	keys     atomic.Pointer[[]SigningKey] // the newest first; as last seen
	refusals refusals
	told     atomic.Pointer[func(AuditEvent)]
}

// New makes a Service. The clock is asked for every time that is needed; it need not be UTC.
func New(store Store, now func() time.Time, boundary BoundaryMode, verifier TokenVerifier) *Service {
	s := &Service{store: store, now: now, boundary: boundary, verifier: verifier}
	s.refusals.keep = s.keepRefusals
	return s
}

// Ready answers why nothing can be asked of the service now; nil: everything can.
func (s *Service) Ready(ctx context.Context) error {
	_, err := read(ctx, s, func(tx Tx) (Organization, error) { return tx.Organization(ctx) })
	return err
}

// time is the clock in what the store can keep: UTC, in microseconds.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

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

// look runs fn on a snapshot of the place, on behalf of an actor who must fulfil the demand there.
func look[T any](ctx context.Context, s *Service, a Actor, p place, d demand, fn func(here) (T, error)) (T, error) {
	return typed[T](s.look(ctx, a, p, d, func(h here) (any, error) { return fn(h) }))
}

// change runs fn in the place, alone among all writers, on behalf of an actor who must fulfil the
// demand there with the rights of that moment. So nothing is changed by somebody who lost the
// right to it while waiting, and nothing that the audit does not tell.
func change[T any](ctx context.Context, s *Service, a Actor, p place, d demand, fn func(here) (T, error)) (T, error) {
	return typed[T](s.change(ctx, operation(), a, p, d, func(h here) (any, error) { return fn(h) }))
}

// typed is what a function without types found for one with them.
func typed[T any](found any, err error) (T, error) {
	t, _ := found.(T) // nil where nothing was found
	return t, err
}

func (s *Service) look(ctx context.Context, a Actor, p place, d demand, fn func(here) (any, error)) (any, error) {
	return read(ctx, s, func(tx Tx) (any, error) { return enter(ctx, s, tx, a, p, d, fn) })
}

func (s *Service) change(ctx context.Context, method string, a Actor, p place, d demand, fn func(here) (any, error)) (any, error) {
	return recorded(ctx, s, s.event(ctx, method, a), func(tx Tx, e *AuditEvent) (any, error) {
		a, err := s.again(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		seen := func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
			h, err := p(ctx, s, tx, a)
			e.in(h)
			return h, err
		}
		made, err := enter(ctx, s, tx, a, seen, d, fn)
		e.about(made)
		return made, err
	})
}

func enter(ctx context.Context, s *Service, tx Tx, a Actor, p place, d demand, fn func(here) (any, error)) (any, error) {
	h, err := p(ctx, s, tx, a)
	if err != nil {
		return nil, err
	}
	if err := d(h); err != nil {
		return nil, err
	}
	if h.missing != nil {
		return nil, h.missing
	}
	return fn(h)
}

func newID() string { return uuid.NewString() }

// text trims a field and checks its length in characters.
func text(field, value string, shortest, longest int) (string, error) {
	value = strings.TrimSpace(value)
	switch length := utf8.RuneCountInString(value); {
	case length < shortest && length == 0:
		return "", invalid(field, "%s must not be empty", field).code("too_small")
	case length < shortest:
		return "", invalid(field, "%s must be at least %d characters long, and has %d", field, shortest, length).code("too_small")
	case length > longest:
		return "", invalid(field, "%s must be at most %d characters long, and has %d", field, longest, length).code("too_big")
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

// slug trims a field, puts it in lower case, and checks its length and its characters.
func slug(field, value string, shortest, longest int) (string, error) {
	value, err := text(field, strings.ToLower(value), shortest, longest)
	if err != nil {
		return "", err
	}
	if value != slugified(value) {
		return "", invalid(field, "%s field can only contain letters, numbers, and hyphens", field)
	}
	return value, nil
}

// slugified is a text in lower-case letters and digits, what is between them a single hyphen.
func slugified(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}
