// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"errors"
	"fmt"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Kind is the kind of an error; internal/server maps each to a status.
type Kind string

// The kinds of errors.
const (
	NotFound        Kind = "not found"       // the object does not exist, or the caller may not know of it
	NotAttached     Kind = "not attached"    // the identity exists, without that auth method
	Conflict        Kind = "conflict"        // the current state does not allow it
	Invalid         Kind = "invalid"         // the value of a field is not valid
	BadRequest      Kind = "bad request"     // the request contradicts itself or the stored objects
	Unauthenticated Kind = "unauthenticated" // a credential is wrong, used up, expired or revoked
	BadToken        Kind = "bad token"       // a token is malformed, not signed by this server, or expired
	Forbidden       Kind = "forbidden"       // not from that address, or not in that organization or project
	Denied          Kind = "denied"          // the caller lacks a permission
	Boundary        Kind = "boundary"        // the caller would grant or control permissions that it does not hold
	Unavailable     Kind = "unavailable"     // the database cannot serve the request now; a retry may succeed
)

// Error is an error of the rules: its kind, and the sentence to show. It never holds a secret.
type Error struct {
	Kind     Kind
	Sentence string
	Field    string                 // Invalid: the field, as the API names it
	Code     string                 // Invalid: too_small, too_big, …; empty: custom
	Missing  []permission.Uncovered // Denied and Boundary: the permissions that the caller lacks
	Rules    permission.Rules       // Denied: the caller's rules on that subject
}

func (e *Error) Error() string { return e.Sentence }

// Is reports whether err is an Error of that kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// Errorf returns an Error of that kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// replaceKind returns replacement if err is an Error of that kind, else err.
func replaceKind(err error, kind Kind, replacement *Error) error {
	if Is(err, kind) {
		return replacement
	}
	return err
}

func (e *Error) code(code string) *Error {
	e.Code = code
	return e
}

// abbreviate truncates the ID or slug that a caller sent if it is longer than one can be: the caller
// may have sent a secret by mistake, and errors are logged.
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
