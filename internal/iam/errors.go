// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"errors"
	"fmt"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Kind sorts refusals; HTTP gives each its status.
type Kind string

// The kinds of refusals.
const (
	NotFound        Kind = "not found"       // the thing is missing, or hidden
	NotAttached     Kind = "not attached"    // the identity is there, without the method that is asked for
	Conflict        Kind = "conflict"        // the state of things forbids it
	Invalid         Kind = "invalid"         // a field's value is refused
	BadRequest      Kind = "bad request"     // a value that only the rules can judge is refused
	Unauthenticated Kind = "unauthenticated" // a credential is wrong, used up, expired or revoked
	BadToken        Kind = "bad token"       // a token is no token of ours, or its time is over
	Forbidden       Kind = "forbidden"       // from there, or to that organisation, by nobody
	Denied          Kind = "denied"          // the caller's roles lack the permission
	Boundary        Kind = "boundary"        // it would empower beyond what the caller may
)

// Error is a refusal: its kind, and the sentence to show. It never holds a secret.
type Error struct {
	Kind     Kind
	Sentence string
	Field    string                 // Invalid: the field at fault, as the API names it
	Code     string                 // Invalid: too_small or too_big; empty: another fault
	Missing  []permission.Uncovered // Denied and Boundary: what the caller lacks
	Rules    permission.Rules       // Denied: the caller's rules on that subject
}

func (e *Error) Error() string { return e.Sentence }

// Is reports whether err is a refusal of that kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// Refuse words a refusal.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

func (e *Error) code(code string) *Error {
	e.Code = code
	return e
}

// shown is what a caller sent where an id or a slug belongs, cut short if it is too long to be
// one: somebody may have sent a secret there, and refusals end in logs.
func abbreviate(sent string) string {
	const longest, head = 36, 4
	if len(sent) <= longest {
		return sent
	}
	return sent[:head] + "…"
}

func invalid(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Sentence: fmt.Sprintf(format, args...)}
}
