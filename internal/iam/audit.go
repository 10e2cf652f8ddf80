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

// AuditEvent is a change or a login, done or refused. It holds no secret.
type AuditEvent struct {
	ID        string // in order of time
	At        time.Time
	Type      string // what was done, such as create-identity
	ProjectID string // of the project that it happened in; empty: the organisation
	Actor     AuditActor
	Targets   map[string]string // ids of what it was done to, by what they are: identityId, clientSecretId, …
	Origin    Origin
	Refusal   Kind   // why it was refused; empty: it was done
	Reason    string // the sentence of the refusal
	Attempts  int64  // that were refused alike, this one the first; 1 for what was done
}

// AuditActor is who did it, as far as it is known.
type AuditActor struct {
	IdentityID, IdentityName string
	TokenID                  string
	ClientSecretID           string // that the token was given out for
}

// Origin is what is known of the request behind a call. The audit tells it; no rule looks at it.
type Origin struct {
	RequestID string
	From      netip.Addr
	UserAgent string
}

type originKey struct{}

// WithOrigin says where the calls with that context come from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	o.UserAgent = shortened(o.UserAgent)
	return context.WithValue(ctx, originKey{}, o)
}

// maxUserAgent bounds what is kept of a user agent, in bytes.
const maxUserAgent = 255

func shortened(agent string) string {
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

// orderedID is a UUID of version 7, with the microseconds where it may hold them.
func orderedID(now time.Time) string {
	id := uuid.New()
	fraction := now.Nanosecond() / 1000 % 1000
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|7<<12|uint64(fraction)) //nolint:gosec // the clock stands after 1970
	return id.String()
}

func (a Actor) audited() AuditActor {
	return AuditActor{IdentityID: a.IdentityID, IdentityName: a.IdentityName, TokenID: a.tokenID, ClientSecretID: a.clientSecretID}
}

// target notes the id of what it is done to.
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
	if refusal, ok := errors.AsType[*Error](err); ok {
		e.Refusal, e.Reason = refusal.Kind, refusal.Sentence
	} else if rule, ok := errors.AsType[*permission.InvalidError](err); ok {
		e.Refusal, e.Reason = Invalid, rule.Sentence
	}
}

// recorded runs fn alone among all writers, and keeps the event in the transaction of what fn
// changes: nothing is changed without it. An event that fn marks as refused, and one of a refusal
// that fn answers, goes to the refusals, whose number is bounded.
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

// refuse notes what was refused before anything could be changed, and hands the refusal on.
func (s *Service) recordRefusal(e AuditEvent, err error) error {
	if e.setRefusal(err); e.Refusal != "" {
		s.refusals.add(e)
	}
	return err
}

// tell hands an event that is kept to whoever wants to be told.
func (s *Service) notify(e AuditEvent) {
	if notified := s.notified.Load(); notified != nil {
		(*notified)(e)
	}
}

// TellAudit has fn told every event of this process as soon as it is kept.
func (s *Service) OnAuditEvent(fn func(AuditEvent)) { s.notified.Store(&fn) }
