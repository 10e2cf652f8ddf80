// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"maps"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Actor is who calls: an identity with the permissions that its organisation role gives it now.
type Actor struct {
	IdentityID     string
	IdentityName   string
	OrganizationID string
	tokenID        string
	claims         map[string]string // that the token keeps
	clientSecretID string            // that the token was given out for
	rules          permission.Rules
}

// MustBelong refuses another organisation than the actor's own.
func (a Actor) CheckOrganization(organizationID string) error {
	if organizationID != a.OrganizationID {
		return Errorf(Forbidden, "You are not a member of the organization %q", abbreviate(organizationID))
	}
	return nil
}

// here is an actor in a place: the organisation, or a project of it. What the place is about is
// loaded, and the rules are those that hold there.
type scope struct {
	Actor
	tx       Tx
	rules    permission.Rules
	project  Project  // where the place is a project
	identity Identity // where it is about one
	missing  error    // there is no such identity, which only who fulfils the demand learns
}

// Must refuses an actor whose roles here lack one of the permissions.
func (sc scope) check(needs ...permission.Permission) error {
	for _, need := range needs {
		if !sc.may(need, nil) {
			return &Error{
				Kind:     Denied,
				Sentence: "You are not allowed to " + need.String(),
				Missing:  []permission.Uncovered{{Permission: need}},
				Rules:    sc.rules.On(need.Subject),
			}
		}
	}
	return nil
}

// MustManage refuses an actor that has none of the actions which handing out or taking charge of
// rights demands; each of them suffices. about is what is handed out, base the sentence of what failed.
func (sc scope) checkManagement(base string, about permission.Attributes, anyOf ...permission.Permission) error {
	for _, need := range anyOf {
		if sc.may(need, about) {
			return nil
		}
	}
	return &Error{
		Kind:     Boundary,
		Sentence: base + ". Missing permission " + anyOf[0].String(),
		Missing:  []permission.Uncovered{{Permission: anyOf[0]}},
	}
}

// may knows the identity that the place is about, which rules can be conditional on.
func (sc scope) may(p permission.Permission, about permission.Attributes) bool {
	known := permission.Attributes{}
	maps.Copy(known, about)
	if sc.identity.ID != "" {
		known["identityId"] = permission.Text(sc.identity.ID)
	}
	return sc.rules.Allow(p, known)
}

// demand is what an actor must fulfil in a place.
type requirement func(scope) error

func require(needs ...permission.Permission) requirement {
	return func(sc scope) error { return sc.check(needs...) }
}

func requireManagement(base string, need permission.Permission, needs ...permission.Permission) requirement {
	return func(sc scope) error {
		if err := sc.check(needs...); err != nil {
			return err
		}
		return sc.checkManagement(base, nil, need)
	}
}

// everybody demands nothing: to be there is enough.
func requireNothing(scope) error { return nil }

func onIdentity(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: permission.Identity}
}

// place finds out where an actor is.
type scopeResolver func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error)

func organizationScope(_ context.Context, _ *Service, tx Tx, a Actor) (scope, error) {
	return scope{Actor: a, tx: tx, rules: a.rules}, nil
}

// inProject is the project of that id.
func projectScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		p, err := tx.Project(ctx, id)
		return s.memberProjectScope(ctx, tx, a, p, err)
	}
}

// inProjectOfSlug is the project of that slug.
func projectScopeBySlug(slug string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		p, err := tx.ProjectBySlug(ctx, a.OrganizationID, strings.ToLower(slug))
		return s.memberProjectScope(ctx, tx, a, p, err)
	}
}

func (s *Service) memberProjectScope(ctx context.Context, tx Tx, a Actor, p Project, err error) (scope, error) {
	if Is(err, NotFound) || err == nil && p.OrganizationID != a.OrganizationID {
		return scope{}, Errorf(NotFound, "Project not found")
	}
	if err != nil {
		return scope{}, err
	}
	grants, member, err := s.grants(ctx, tx, p.ID, a)
	if err != nil {
		return scope{}, err
	}
	if !member {
		return scope{}, Errorf(Forbidden, "Identity is not a member of the specified project")
	}
	return scope{Actor: a, tx: tx, rules: grants.at(s.time()), project: p}, nil
}

// atIdentity is where an identity belongs: the organisation or, for a project's own, that project.
func identityScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		sc := scope{Actor: a, tx: tx, rules: a.rules}
		i, err := tx.Identity(ctx, id, s.time())
		switch {
		case Is(err, NotFound) || err == nil && i.OrganizationID != a.OrganizationID:
			sc.missing = noIdentity(id)
			return sc, nil
		case err != nil:
			return scope{}, err
		case i.ProjectID != "":
			if sc, err = projectScope(i.ProjectID)(ctx, s, tx, a); err != nil {
				return scope{}, err
			}
		}
		sc.identity = i
		return sc, nil
	}
}

func noIdentity(id string) error {
	return Errorf(NotFound, "Failed to find identity with id %s", abbreviate(id))
}

// again answers the actor with the rights of now.
func (s *Service) refreshActor(ctx context.Context, tx Tx, a Actor) (Actor, error) {
	b, err := s.bearer(ctx, tx, a.tokenID)
	if err != nil {
		return Actor{}, unauthorized("Failed to authorize", err)
	}
	return b.actor(), nil
}
