// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// AuditEvent records a change or a login, done or denied. It holds no secret.
type AuditEvent struct {
	ID        string // sorts by time
	At        time.Time
	Type      string // the operation, such as create-identity
	ProjectID string // empty: an event of the organization
	Actor     AuditActor
	Targets   map[string]string // IDs of the objects, by their kind: identityId, clientSecretId, …
	Origin    Origin
	Refusal   Kind   // the kind of error; empty: it was done
	Reason    string // the sentence of the error
	Attempts  int64  // number of equal denied attempts, this one the first; 1 if it was done
}

// AuditActor identifies the caller. All fields are empty if the caller is not authenticated.
type AuditActor struct {
	IdentityID, IdentityName string
	TokenID                  string
	ClientSecretID           string // that the token was issued for
}

// Origin describes the request behind a call. It is written to audit events; no rule depends on it.
type Origin struct {
	RequestID string
	From      netip.Addr
	UserAgent string
}

type originKey struct{}

// WithOrigin returns a context whose calls are audited with that origin.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	o.UserAgent = cleanUserAgent(o.UserAgent)
	return context.WithValue(ctx, originKey{}, o)
}

// maxUserAgent bounds the stored part of a user agent, in bytes.
const maxUserAgent = 255

func cleanUserAgent(agent string) string {
	agent = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(agent, ""))
	return strings.ToValidUTF8(agent[:min(len(agent), maxUserAgent)], "")
}

// newEvent returns an event of that name: now, by the actor, from the origin in ctx.
func (s *Service) newEvent(ctx context.Context, name string, a Actor) AuditEvent {
	now := s.time()
	origin, _ := ctx.Value(originKey{}).(Origin)
	return AuditEvent{ID: orderedID(now), At: now, Type: name, Actor: a.audited(), Origin: origin, Attempts: 1}
}

// orderedID returns a UUID of version 7 with the microseconds in rand_a, as RFC 9562 section 6.2 allows.
func orderedID(now time.Time) string {
	id := uuid.New()
	fraction := now.Nanosecond() / 1000 % 1000
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|7<<12|uint64(fraction)) //nolint:gosec // positive since 1970
	return id.String()
}

func (a Actor) audited() AuditActor {
	return AuditActor{IdentityID: a.IdentityID, IdentityName: a.IdentityName, TokenID: a.tokenID, ClientSecretID: a.clientSecretID}
}

// addTarget adds the ID of an object; an empty ID is ignored.
func (e *AuditEvent) addTarget(kind, id string) {
	if id == "" {
		return
	}
	if e.Targets == nil {
		e.Targets = map[string]string{}
	}
	e.Targets[kind] = id
}

// setScope sets the project, and adds the identity of the scope to the targets.
func (e *AuditEvent) setScope(sc scope) {
	e.ProjectID = sc.project.ID
	e.addTarget("identityId", sc.identity.ID)
}

// auditable is the result of an update, which adds the IDs of what was created, changed or deleted
// to the targets of its event.
type auditable interface {
	addTargets(e *AuditEvent)
}

// setRefusal sets kind and reason if err is a refusal of the rules, and nothing for other errors.
func (e *AuditEvent) setRefusal(err error) {
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Kind != Unavailable {
		e.Refusal, e.Reason = refusal.Kind, refusal.Sentence
	} else if rule, ok := errors.AsType[*permission.InvalidError](err); ok {
		e.Refusal, e.Reason = Invalid, rule.Sentence
	}
}

// auditedWrite runs fn alone among all writers and stores the event in the same transaction, so that
// nothing is changed without an event. If fn returns an error of the rules, or calls setRefusal, the
// event is added to the refusals instead, whose number is bounded.
func auditedWrite[T any](ctx context.Context, s *Service, begun AuditEvent, fn func(Tx, *AuditEvent) (T, error)) (T, error) {
	var e AuditEvent
	made, err := write(ctx, s, func(tx Tx) (T, error) {
		e = begun
		made, err := fn(tx, &e)
		if err == nil && e.Refusal == "" {
			err = tx.InsertAuditEvent(ctx, e)
		}
		return made, err
	})
	e.setRefusal(err)
	switch {
	case e.Refusal != "":
		s.refusals.add(e)
	case err == nil:
		s.notify(e)
	}
	return made, err
}

// recordRefusal records an attempt that was denied before the transaction began, and returns err.
func (s *Service) recordRefusal(e AuditEvent, err error) error {
	if e.setRefusal(err); e.Refusal != "" {
		s.refusals.add(e)
	}
	return err
}

// notify passes a stored event to the function set by OnAuditEvent.
func (s *Service) notify(e AuditEvent) {
	if fn := s.listener.Load(); fn != nil {
		(*fn)(e)
	}
}

// OnAuditEvent sets the function that is called with every event of this process once it is stored.
func (s *Service) OnAuditEvent(fn func(AuditEvent)) { s.listener.Store(&fn) }
