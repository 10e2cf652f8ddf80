// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"runtime"
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

// auditTypes has the contract's name of what the service calls otherwise.
var auditTypes = map[string]string{
	"AttachUniversalAuth": "add-identity-universal-auth",
	"UpdateUniversalAuth": "update-identity-universal-auth",
	"RemoveUniversalAuth": "revoke-identity-universal-auth",
	"ClearLockouts":       "clear-identity-universal-auth-lockouts",
	"CreateClientSecret":  "create-identity-universal-auth-client-secret",
	"RevokeClientSecret":  "revoke-identity-universal-auth-client-secret",
	"LoginUniversalAuth":  "login-identity-universal-auth",
	"AttachOIDCAuth":      "add-identity-oidc-auth",
	"UpdateOIDCAuth":      "update-identity-oidc-auth",
	"RemoveOIDCAuth":      "revoke-identity-oidc-auth",
	"LoginOIDCAuth":       "login-identity-oidc-auth",
	"AttachTokenAuth":     "add-identity-token-auth",
	"UpdateTokenAuth":     "update-identity-token-auth",
	"RemoveTokenAuth":     "revoke-identity-token-auth",
	"CreateToken":         "create-token-identity-token-auth",
	"RenameToken":         "update-token-identity-token-auth",
	"RevokeToken":         "revoke-token-identity-token-auth",
	"AddMember":           "create-identity-project-membership",
	"SetMemberRoles":      "update-identity-project-membership",
	"RemoveMember":        "delete-identity-project-membership",
}

// auditType is the name of a method of the service as an event: CreateIdentity is create-identity.
func auditType(method string) string {
	if name, other := auditTypes[method]; other {
		return name
	}
	var name strings.Builder
	for n, r := range method {
		if unicode.IsUpper(r) && n > 0 {
			name.WriteByte('-')
		}
		name.WriteRune(unicode.ToLower(r))
	}
	return name.String()
}

// operation is the method of the service that called the caller of operation. Each of them hands
// its work straight on, which a test of this package sees to.
func operation() string {
	const methodOfTheService = 3 // above Callers, operation and its caller
	var at [1]uintptr
	runtime.Callers(methodOfTheService, at[:])
	frame, _ := runtime.CallersFrames(at[:]).Next()
	return frame.Function[strings.LastIndexByte(frame.Function, '.')+1:]
}

// event begins one.
func (s *Service) event(ctx context.Context, method string, a Actor) AuditEvent {
	now := s.time()
	origin, _ := ctx.Value(originKey{}).(Origin)
	return AuditEvent{ID: orderedID(now), At: now, Type: auditType(method), Actor: a.audited(), Origin: origin, Attempts: 1}
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
func (e *AuditEvent) target(kind, id string) {
	if id == "" {
		return
	}
	if e.Targets == nil {
		e.Targets = map[string]string{}
	}
	e.Targets[kind] = id
}

// in notes the place.
func (e *AuditEvent) in(h here) {
	e.ProjectID = h.project.ID
	e.target("identityId", h.identity.ID)
}

// about notes what was made, changed or taken away.
func (e *AuditEvent) about(made any) {
	switch made := made.(type) {
	case Identity:
		e.target("identityId", made.ID)
	case Role:
		e.target("roleId", made.ID)
	case Project:
		e.ProjectID = made.ID
		e.target("projectId", made.ID)
	case Environment:
		e.target("environmentId", made.ID)
	case ProjectMembership:
		e.target("membershipId", made.ID)
		e.target("identityId", made.IdentityID)
	case Privilege:
		e.target("privilegeId", made.ID)
		e.target("identityId", made.IdentityID)
	case UniversalAuth:
		e.target("identityId", made.IdentityID)
	case OIDCAuth:
		e.target("identityId", made.IdentityID)
	case TokenAuth:
		e.target("identityId", made.IdentityID)
	case AccessToken:
		e.target("tokenId", made.ID)
		e.target("identityId", made.IdentityID)
	case NewToken:
		e.target("tokenId", made.Token.ID)
		e.target("identityId", made.Token.IdentityID)
	case ClientSecret:
		e.target("clientSecretId", made.ID)
	case NewClientSecret:
		e.target("clientSecretId", made.ID)
	}
}

// refused notes a refusal; what else may have gone wrong is none.
func (e *AuditEvent) refused(err error) {
	if refusal, ok := errors.AsType[*Error](err); ok {
		e.Refusal, e.Reason = refusal.Kind, refusal.Sentence
	} else if rule, ok := errors.AsType[*permission.InvalidError](err); ok {
		e.Refusal, e.Reason = Invalid, rule.Sentence
	}
}

// recorded runs fn alone among all writers, and keeps the event in the transaction of what fn
// changes: nothing is changed without it. An event that fn marks as refused, and one of a refusal
// that fn answers, goes to the refusals, whose number is bounded.
func recorded[T any](ctx context.Context, s *Service, begun AuditEvent, fn func(Tx, *AuditEvent) (T, error)) (T, error) {
	var e AuditEvent
	made, err := write(ctx, s, func(tx Tx) (T, error) {
		e = begun
		made, err := fn(tx, &e)
		if err == nil && e.Refusal == "" {
			err = tx.InsertAuditEvent(ctx, e)
		}
		return made, err
	})
	e.refused(err)
	switch {
	case e.Refusal != "":
		s.refusals.add(e)
	case err == nil:
		s.tell(e)
	}
	return made, err
}

// refuse notes what was refused before anything could be changed, and hands the refusal on.
func (s *Service) refuse(e AuditEvent, err error) error {
	if e.refused(err); e.Refusal != "" {
		s.refusals.add(e)
	}
	return err
}

// tell hands an event that is kept to whoever wants to be told.
func (s *Service) tell(e AuditEvent) {
	if told := s.told.Load(); told != nil {
		(*told)(e)
	}
}

// TellAudit has fn told every event of this process as soon as it is kept.
func (s *Service) TellAudit(fn func(AuditEvent)) { s.told.Store(&fn) }
