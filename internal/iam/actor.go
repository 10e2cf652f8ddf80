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
func (a Actor) MustBelong(organizationID string) error {
	if organizationID != a.OrganizationID {
		return Refuse(Forbidden, "You are not a member of the organization %q", shown(organizationID))
	}
	return nil
}

// here is an actor in a place: the organisation, or a project of it. What the place is about is
// loaded, and the rules are those that hold there.
type here struct {
	Actor
	tx       Tx
	rules    permission.Rules
	project  Project  // where the place is a project
	identity Identity // where it is about one
	missing  error    // there is no such identity, which only who fulfils the demand learns
}

// Must refuses an actor whose roles here lack one of the permissions.
func (h here) Must(needs ...permission.Permission) error {
	for _, need := range needs {
		if !h.may(need, nil) {
			return &Error{
				Kind:     Denied,
				Sentence: "You are not allowed to " + need.String(),
				Missing:  []permission.Uncovered{{Permission: need}},
				Rules:    h.rules.On(need.Subject),
			}
		}
	}
	return nil
}

// MustManage refuses an actor that has none of the actions which handing out or taking charge of
// rights demands; each of them suffices. about is what is handed out, base the sentence of what failed.
func (h here) MustManage(base string, about permission.Attributes, anyOf ...permission.Permission) error {
	for _, need := range anyOf {
		if h.may(need, about) {
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
func (h here) may(p permission.Permission, about permission.Attributes) bool {
	known := permission.Attributes{}
	maps.Copy(known, about)
	if h.identity.ID != "" {
		known["identityId"] = permission.Text(h.identity.ID)
	}
	return h.rules.Allow(p, known)
}

// demand is what an actor must fulfil in a place.
type demand func(here) error

func must(needs ...permission.Permission) demand {
	return func(h here) error { return h.Must(needs...) }
}

func mustManage(base string, need permission.Permission, needs ...permission.Permission) demand {
	return func(h here) error {
		if err := h.Must(needs...); err != nil {
			return err
		}
		return h.MustManage(base, nil, need)
	}
}

// everybody demands nothing: to be there is enough.
func everybody(here) error { return nil }

func on(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: permission.Identity}
}

// place finds out where an actor is.
type place func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error)

func inOrganization(_ context.Context, _ *Service, tx Tx, a Actor) (here, error) {
	return here{Actor: a, tx: tx, rules: a.rules}, nil
}

// inProject is the project of that id.
func inProject(id string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		p, err := tx.Project(ctx, id)
		return s.insideOf(ctx, tx, a, p, err)
	}
}

// inProjectOfSlug is the project of that slug.
func inProjectOfSlug(slug string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		p, err := tx.ProjectBySlug(ctx, a.OrganizationID, strings.ToLower(slug))
		return s.insideOf(ctx, tx, a, p, err)
	}
}

func (s *Service) insideOf(ctx context.Context, tx Tx, a Actor, p Project, err error) (here, error) {
	if Is(err, NotFound) || err == nil && p.OrganizationID != a.OrganizationID {
		return here{}, Refuse(NotFound, "Project not found")
	}
	if err != nil {
		return here{}, err
	}
	grants, member, err := s.grants(ctx, tx, p.ID, a)
	if err != nil {
		return here{}, err
	}
	if !member {
		return here{}, Refuse(Forbidden, "Identity is not a member of the specified project")
	}
	return here{Actor: a, tx: tx, rules: grants.at(s.time()), project: p}, nil
}

// atIdentity is where an identity belongs: the organisation or, for a project's own, that project.
func atIdentity(id string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		h := here{Actor: a, tx: tx, rules: a.rules}
		i, err := tx.Identity(ctx, id, s.time())
		switch {
		case Is(err, NotFound) || err == nil && i.OrganizationID != a.OrganizationID:
			h.missing = noIdentity(id)
			return h, nil
		case err != nil:
			return here{}, err
		case i.ProjectID != "":
			if h, err = inProject(i.ProjectID)(ctx, s, tx, a); err != nil {
				return here{}, err
			}
		}
		h.identity = i
		return h, nil
	}
}

func noIdentity(id string) error {
	return Refuse(NotFound, "Failed to find identity with id %s", shown(id))
}

// again answers the actor with the rights of now.
func (s *Service) again(ctx context.Context, tx Tx, a Actor) (Actor, error) {
	b, err := s.bearer(ctx, tx, a.tokenID)
	if err != nil {
		return Actor{}, unauthorized("Failed to authorize", err)
	}
	return b.actor(), nil
}
