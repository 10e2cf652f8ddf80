// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"maps"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Actor is an authenticated identity with the permissions of its organization role.
type Actor struct {
	IdentityID     string
	IdentityName   string
	OrganizationID string
	tokenID        string
	claims         map[string]string // of the OIDC login, stored with the token
	clientSecretID string            // that the token was issued for; empty for other auth methods
	rules          permission.Rules
}

// CheckOrganization rejects an organization other than the actor's.
func (a Actor) CheckOrganization(organizationID string) error {
	if organizationID != a.OrganizationID {
		return Errorf(Forbidden, "You are not a member of the organization %q", abbreviate(organizationID))
	}
	return nil
}

// scope is where an operation takes place: the organization or a project, with the actor and the
// rules that apply to it there.
type scope struct {
	Actor
	tx       Tx
	rules    permission.Rules
	folders  permission.FolderGrants // of the actor; they override the rules in their folders
	project  Project                 // zero: the organization
	folder   FolderRef               // of folder access
	identity Identity                // that the operation is about; zero: none
	missing  error                   // the error to return if the identity does not exist, once the requirement is met
}

// check rejects an actor that lacks one of the permissions in the scope.
func (sc scope) check(needs ...permission.Permission) error {
	for _, need := range needs {
		if err := sc.checkAbout(need, nil); err != nil {
			return err
		}
	}
	return nil
}

// checkAbout rejects an actor that lacks the permission for the object with these attributes.
func (sc scope) checkAbout(need permission.Permission, about permission.Attributes) error {
	if sc.may(need, about) {
		return nil
	}
	return &Error{
		Kind:     Denied,
		Sentence: "You are not allowed to " + need.String(),
		Missing:  []permission.Uncovered{{Permission: need}},
		Rules:    sc.rules.On(need.Subject),
	}
}

// checkManagement rejects an actor that has none of the permissions, one of which is required to grant
// or control permissions. about describes the grant for conditions, base is the first sentence of the error.
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

// may reports whether the actor has the permission. Rules may have conditions on the identity of the scope.
func (sc scope) may(p permission.Permission, about permission.Attributes) bool {
	known := permission.Attributes{}
	maps.Copy(known, about)
	if sc.identity.ID != "" {
		known["identityId"] = permission.Text(sc.identity.ID)
	}
	return sc.folders.Allow(sc.rules, p, known)
}

// requirement returns an error if the actor of a scope may not perform an operation.
type requirement func(scope) error

// require returns a requirement of all these permissions.
func require(needs ...permission.Permission) requirement {
	return func(sc scope) error { return sc.check(needs...) }
}

// requireManagement returns a requirement of the permissions needs, and of need for managing permissions.
func requireManagement(base string, need permission.Permission, needs ...permission.Permission) requirement {
	return func(sc scope) error {
		if err := sc.check(needs...); err != nil {
			return err
		}
		return sc.checkManagement(base, nil, need)
	}
}

// requireNothing is met by every actor that the scope resolver accepts.
func requireNothing(scope) error { return nil }

func onIdentity(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: permission.Identity}
}

// scopeResolver loads the scope of an operation. It rejects actors that are not in the project.
type scopeResolver func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error)

func organizationScope(_ context.Context, _ *Service, tx Tx, a Actor) (scope, error) {
	return scope{Actor: a, tx: tx, rules: a.rules}, nil
}

// projectScope resolves to the project with that ID.
func projectScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		p, err := tx.Project(ctx, id)
		return s.memberProjectScope(ctx, tx, a, p, err)
	}
}

// projectScopeBySlug resolves to the project with that slug.
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
	m, ok, err := memberOf(ctx, tx, p.ID, a.IdentityID)
	if err != nil {
		return scope{}, err
	}
	if !ok {
		return scope{}, Errorf(Forbidden, "Identity is not a member of the specified project")
	}
	rules := grantsOf(m.ProjectMembership, m.privileges, a.auth()).activeAt(s.time())
	return scope{Actor: a, tx: tx, rules: rules, folders: m.foldersAt(s.time()), project: p}, nil
}

// identityScope resolves to the organization or, for an identity of a project, to that project.
func identityScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		sc := scope{Actor: a, tx: tx, rules: a.rules}
		i, err := tx.Identity(ctx, id, s.time())
		switch {
		case Is(err, NotFound) || err == nil && i.OrganizationID != a.OrganizationID:
			sc.missing = identityNotFound(id)
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

func identityNotFound(id string) error {
	return Errorf(NotFound, "Failed to find identity with id %s", abbreviate(id))
}

// refreshActor returns the actor with its current permissions, or an error if its token was revoked.
func (s *Service) refreshActor(ctx context.Context, tx Tx, a Actor) (Actor, error) {
	b, err := s.bearer(ctx, tx, a.tokenID)
	if err != nil {
		return Actor{}, unauthorized("Failed to authorize", err)
	}
	return b.actor(), nil
}
