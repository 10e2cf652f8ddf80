// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

const (
	maxPrivilegeSlug      = 60
	randomPrivilegeLength = 8
)

// PrivilegeInput contains the fields of a request to create or update an additional privilege. Nil: the
// default in a new one, else unchanged.
type PrivilegeInput struct {
	Slug        *string
	Permissions *permission.Rules
	Window      *WindowInput
}

// PrivilegeRef refers to a privilege by its ID, or by project, identity and slug.
type PrivilegeRef struct {
	ID               string
	Project          ScopeRef
	IdentityID, Slug string
}

func (r PrivilegeRef) resolver() scopeResolver {
	if r.ID != "" {
		return privilegeScope(r.ID)
	}
	return memberScopeIn(r.Project.projectScope(), r.IdentityID)
}

// find loads the privilege in the scope that resolver returns.
func (r PrivilegeRef) find(ctx context.Context, sc scope) (Privilege, error) {
	if r.ID != "" {
		return sc.tx.Privilege(ctx, r.ID)
	}
	p, err := sc.tx.PrivilegeBySlug(ctx, sc.project.ID, r.IdentityID, r.Slug)
	return p, replaceKind(err, NotFound, Errorf(NotFound, "Additional privilege with slug %s doesn't exist", abbreviate(r.Slug)))
}

// CreatePrivilege gives a member of a project rules in addition to its roles. A rule that denies
// something requires control of the member.
func (s *Service) CreatePrivilege(ctx context.Context, a Actor, w ScopeRef, identityID string, in PrivilegeInput) (Privilege, error) {
	return update(ctx, s, a, "create-privilege", memberScopeIn(w.projectScope(), identityID), require(onIdentity(permission.Edit)), func(sc scope) (Privilege, error) {
		m, err := sc.tx.ProjectMembership(ctx, sc.project.ID, identityID)
		if err != nil {
			return Privilege{}, replaceKind(err, NotFound, Errorf(BadRequest, "Identity %s doesn't have membership", abbreviate(identityID)))
		}
		now := s.time()
		p := Privilege{
			ID: newID(), MembershipID: m.ID, ProjectID: sc.project.ID, IdentityID: identityID,
			Permissions: permission.Rules{}, CreatedAt: now,
		}
		if in.Slug == nil || *in.Slug == "" {
			random := strings.ToLower(rand.Text()[:randomPrivilegeLength])
			in.Slug = &random
		}
		const base = "Failed to create additional privilege"
		if err := s.grantPrivilege(ctx, sc, &p, in, base); err != nil {
			return Privilege{}, err
		}
		if slices.ContainsFunc(p.Permissions, func(r permission.Rule) bool { return r.Inverted }) {
			if _, err := s.controlledMembership(ctx, sc, identityID, base); err != nil {
				return Privilege{}, err
			}
		}
		return p, privilegeConflict(p, sc.tx.InsertPrivilege(ctx, p))
	})
}

func privilegeConflict(p Privilege, err error) error {
	return replaceKind(err, Conflict, Errorf(Conflict, "Additional privilege with name %s exists", p.Slug))
}

// grantPrivilege applies the input to the privilege. Each of its actions requires the permission to grant it.
func (s *Service) grantPrivilege(ctx context.Context, sc scope, p *Privilege, in PrivilegeInput, base string) (err error) {
	p.UpdatedAt = s.time()
	if err := setSlug(&p.Slug, in.Slug, 1, maxPrivilegeSlug); err != nil {
		return err
	}
	set(&p.Permissions, in.Permissions)
	if in.Window != nil {
		if p.Window, err = in.Window.window("type."); err != nil {
			return err
		}
	}
	for _, r := range p.Permissions {
		for _, action := range r.Actions {
			about := permission.Attributes{"assignableSubject": permission.Text(r.Subject), "assignableAction": permission.Text(r.Subject + ":" + action)}
			if err := sc.checkManagement(base, about, onIdentity(permission.AssignAdditionalPrivileges), onIdentity(permission.GrantPrivileges)); err != nil {
				return err
			}
		}
	}
	return s.checkGrant(ctx, sc, base, p.grant(sc.identity.values()))
}

func (p Privilege) grant(of permission.Values) grant {
	return grant{rules: p.Permissions.For(of), window: p.Window}
}

// UpdatePrivilege changes the fields that are set.
func (s *Service) UpdatePrivilege(ctx context.Context, a Actor, r PrivilegeRef, in PrivilegeInput) (Privilege, error) {
	return update(ctx, s, a, "update-privilege", r.resolver(), require(onIdentity(permission.Edit)), func(sc scope) (Privilege, error) {
		const base = "Failed to update additional privilege"
		p, err := s.controlledPrivilege(ctx, sc, r, base)
		if err != nil {
			return Privilege{}, err
		}
		before := p.grant(sc.identity.values())
		if err := s.grantPrivilege(ctx, sc, &p, in, base); err != nil {
			return Privilege{}, err
		}
		if err := s.checkDenialsKept(ctx, sc, base, grants{before}, grants{p.grant(sc.identity.values())}); err != nil {
			return Privilege{}, err
		}
		return p, privilegeConflict(p, sc.tx.UpdatePrivilege(ctx, p))
	})
}

// controlledPrivilege loads a privilege to change or delete. Under the strict boundary, the actor must
// hold everything that the identity holds in the project.
func (s *Service) controlledPrivilege(ctx context.Context, sc scope, r PrivilegeRef, base string) (Privilege, error) {
	if _, err := s.controlledMembership(ctx, sc, sc.identity.ID, base); err != nil {
		return Privilege{}, err
	}
	return r.find(ctx, sc)
}

// DeletePrivilege deletes a privilege.
func (s *Service) DeletePrivilege(ctx context.Context, a Actor, r PrivilegeRef) (Privilege, error) {
	return update(ctx, s, a, "delete-privilege", r.resolver(), require(onIdentity(permission.Edit)), func(sc scope) (Privilege, error) {
		const base = "Failed to delete additional privilege"
		p, err := s.controlledPrivilege(ctx, sc, r, base)
		if err != nil {
			return Privilege{}, err
		}
		if err := s.checkDenialsKept(ctx, sc, base, grants{p.grant(sc.identity.values())}, nil); err != nil {
			return Privilege{}, err
		}
		return p, sc.tx.DeletePrivilege(ctx, p.ID)
	})
}

// Privilege returns a privilege.
func (s *Service) Privilege(ctx context.Context, a Actor, r PrivilegeRef) (Privilege, error) {
	return view(ctx, s, a, r.resolver(), require(onIdentity(permission.Read)), func(sc scope) (Privilege, error) { return r.find(ctx, sc) })
}

// Privileges lists the privileges of an identity in a project, the oldest first.
func (s *Service) Privileges(ctx context.Context, a Actor, w ScopeRef, identityID string) ([]Privilege, error) {
	return view(ctx, s, a, memberScopeIn(w.projectScope(), identityID), require(onIdentity(permission.Read)), func(sc scope) ([]Privilege, error) {
		return sc.tx.Privileges(ctx, sc.project.ID, identityID)
	})
}

// privilegeScope resolves to the project and the identity of a privilege.
func privilegeScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		p, err := tx.Privilege(ctx, id)
		if err != nil {
			return scope{}, replaceKind(err, NotFound, Errorf(NotFound, "Additional privilege with id %s doesn't exist", abbreviate(id)))
		}
		return memberScope(p.ProjectID, p.IdentityID)(ctx, s, tx, a)
	}
}

func (p Privilege) addTargets(e *AuditEvent) {
	e.addTarget("privilegeId", p.ID)
	e.addTarget("identityId", p.IdentityID)
}
