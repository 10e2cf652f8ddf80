// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// RoleGrantInput is one role of a request to create or update a membership.
type RoleGrantInput struct {
	Role string // slug
	WindowInput
}

// AddMember makes an identity of the organization a member of a project. Under the strict boundary, the
// actor must control the identity, since a role in the project may also deny it something.
func (s *Service) AddMember(ctx context.Context, a Actor, projectID, identityID string, roles []RoleGrantInput) (ProjectMembership, error) {
	p := memberScope(projectID, identityID)
	return update(ctx, s, a, "create-identity-project-membership", p, require(onIdentity(permission.Create)), func(sc scope) (ProjectMembership, error) {
		if sc.identity.ID == "" {
			return ProjectMembership{}, Errorf(BadRequest, "Identity %s is missing organization membership", abbreviate(identityID))
		}
		if sc.identity.ProjectID != "" {
			return ProjectMembership{}, Errorf(BadRequest, "Identity %s is managed by a project and cannot be a member of another", identityID)
		}
		const base = "Failed to add identity to project"
		if err := s.checkControl(ctx, sc, base); err != nil {
			return ProjectMembership{}, err
		}
		now := s.time()
		m := ProjectMembership{ID: newID(), ProjectID: sc.project.ID, IdentityID: identityID, CreatedAt: now, UpdatedAt: now}
		if err := s.assign(ctx, sc, &m, roles, base); err != nil {
			return ProjectMembership{}, err
		}
		err := sc.tx.InsertProjectMembership(ctx, m)
		return m, replaceKind(err, Conflict, Errorf(Conflict, "Identity is already a member"))
	})
}

// memberScope resolves to a project and an identity, which need not be a member or exist.
func memberScope(projectID, identityID string) scopeResolver {
	return memberScopeIn(projectScope(projectID), identityID)
}

func memberScopeIn(p scopeResolver, identityID string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		sc, err := p(ctx, s, tx, a)
		if err != nil {
			return scope{}, err
		}
		i, err := tx.Identity(ctx, identityID, s.time())
		if err == nil && i.OrganizationID == a.OrganizationID {
			sc.identity = i
		} else if err != nil && !Is(err, NotFound) {
			return scope{}, err
		}
		return sc, nil
	}
}

// assign replaces the roles of a membership. Each role requires the permission to assign it. Under the
// strict boundary, the actor must hold its permissions for as long as the role is active.
func (s *Service) assign(ctx context.Context, sc scope, m *ProjectMembership, roles []RoleGrantInput, base string) error {
	now := s.time()
	m.Roles, m.UpdatedAt = nil, now
	for n, in := range roles {
		field := fmt.Sprintf("roles.%d.", n)
		role, err := s.role(ctx, sc.tx, sc.roleScope(), field+"role", in.Role)
		if err == nil {
			err = s.checkRolePlan("assign", role)
		}
		if err != nil {
			return err
		}
		window, err := in.window(field)
		if err != nil {
			return err
		}
		if role.Slug != permission.NoAccess {
			about := permission.Attributes{"assignableRole": permission.Text(role.Slug)}
			if err := sc.checkManagement(base, about, onIdentity(permission.AssignRole), onIdentity(permission.GrantPrivileges)); err != nil {
				return err
			}
		}
		m.Roles = append(m.Roles, RoleGrant{ID: newID(), Role: role, Window: window, CreatedAt: now, UpdatedAt: now})
	}
	if !slices.ContainsFunc(m.Roles, func(r RoleGrant) bool { return !r.Window.Temporary() }) {
		return Errorf(BadRequest, "Identity must have at least one permanent role")
	}
	m.Identity = sc.identity
	return s.checkGrant(ctx, sc, base, grantsOf(*m, nil, nil)...)
}

// SetMemberRoles replaces the roles of a membership.
func (s *Service) SetMemberRoles(ctx context.Context, a Actor, projectID, identityID string, roles []RoleGrantInput) (ProjectMembership, error) {
	return update(ctx, s, a, "update-identity-project-membership", memberScope(projectID, identityID), require(onIdentity(permission.Edit)), func(sc scope) (ProjectMembership, error) {
		const base = "Failed to update identity in project"
		m, err := s.controlledMembership(ctx, sc, identityID, base)
		if err != nil {
			return ProjectMembership{}, err
		}
		before := grantsOf(m, nil, nil)
		if err := s.assign(ctx, sc, &m, roles, base); err != nil {
			return ProjectMembership{}, err
		}
		if err := s.checkDenialsKept(ctx, sc, base, before, grantsOf(m, nil, nil)); err != nil {
			return ProjectMembership{}, err
		}
		if !slices.ContainsFunc(m.Roles, func(r RoleGrant) bool { return r.Role.Slug == permission.Admin }) {
			if err := sc.checkAdminLeft(ctx, identityID); err != nil {
				return ProjectMembership{}, err
			}
		}
		return m, sc.tx.ReplaceMembershipRoles(ctx, m)
	})
}

// controlledMembership loads a membership to change or delete. Under the strict boundary, the actor must
// hold everything that the identity holds in the project, unless it is the actor itself.
func (s *Service) controlledMembership(ctx context.Context, sc scope, identityID, base string) (ProjectMembership, error) {
	m, ok, err := memberOf(ctx, sc.tx, sc.project.ID, identityID)
	if err == nil && !ok {
		err = Errorf(BadRequest, "Identity doesn't have membership")
	}
	if err != nil {
		return ProjectMembership{}, err
	}
	if identityID == sc.IdentityID {
		return m.ProjectMembership, nil
	}
	return m.ProjectMembership, s.checkGrant(ctx, sc, base, m.grants(m.Identity)...)
}

// RemoveMember deletes a membership with the privileges of the identity in the project. It rejects the
// membership of the actor itself, and of an identity of the project, which is deleted instead.
func (s *Service) RemoveMember(ctx context.Context, a Actor, projectID, identityID string) (ProjectMembership, error) {
	return update(ctx, s, a, "delete-identity-project-membership", memberScope(projectID, identityID), require(onIdentity(permission.Delete)), func(sc scope) (ProjectMembership, error) {
		if sc.identity.ProjectID != "" {
			return ProjectMembership{}, Errorf(BadRequest, "Identity %s is managed by the project: delete the identity instead", identityID)
		}
		m, err := s.controlledMembership(ctx, sc, identityID, "Failed to remove identity from project")
		if err != nil {
			return ProjectMembership{}, err
		}
		if identityID == sc.IdentityID {
			return ProjectMembership{}, Errorf(BadRequest, "You can't delete your own membership")
		}
		if err := sc.checkAdminLeft(ctx, identityID); err != nil {
			return ProjectMembership{}, err
		}
		return m, sc.tx.DeleteProjectMembership(ctx, m.ID)
	})
}

// typesWithAdmin are the types of projects that always have an admin, on servers since September 2026.
var typesWithAdmin = []string{"cert-manager", "pam", "agent-vault"}

// checkAdminLeft rejects that the only identity with the role admin loses it.
func (sc scope) checkAdminLeft(ctx context.Context, identityID string) error {
	if !slices.Contains(typesWithAdmin, sc.project.Type) {
		return nil
	}
	admins, _, err := sc.tx.ProjectMemberships(ctx, MembershipQuery{ProjectID: sc.project.ID, RoleIn: []string{permission.Admin}, Limit: 2})
	if err == nil && len(admins) == 1 && admins[0].IdentityID == identityID {
		err = Errorf(BadRequest, "The last admin of a project of the type %s cannot be removed", sc.project.Type)
	}
	return err
}

// Member returns the membership of an identity in a project.
func (s *Service) Member(ctx context.Context, a Actor, projectID, identityID string) (ProjectMembership, error) {
	return view(ctx, s, a, memberScope(projectID, identityID), require(onIdentity(permission.Read)), func(sc scope) (ProjectMembership, error) {
		m, err := sc.tx.ProjectMembership(ctx, sc.project.ID, identityID)
		return m, replaceKind(err, NotFound, Errorf(NotFound, "Identity membership not found"))
	})
}

// MemberByID returns a membership by its own ID.
func (s *Service) MemberByID(ctx context.Context, a Actor, id string) (ProjectMembership, error) {
	return view(ctx, s, a, membershipScope(id), require(onIdentity(permission.Read)), func(sc scope) (ProjectMembership, error) {
		return sc.tx.ProjectMembershipByID(ctx, id)
	})
}

// membershipScope resolves to the project and the identity of a membership.
func membershipScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		m, err := tx.ProjectMembershipByID(ctx, id)
		if err != nil {
			return scope{}, replaceKind(err, NotFound, Errorf(NotFound, "Identity membership with id %s not found", abbreviate(id)))
		}
		return memberScope(m.ProjectID, m.IdentityID)(ctx, s, tx, a)
	}
}

// MembershipPage is a page of memberships and the total number of matches.
type MembershipPage struct {
	Memberships []ProjectMembership
	Total       int
}

// Members returns a page of the memberships of a project.
func (s *Service) Members(ctx context.Context, a Actor, q MembershipQuery) (MembershipPage, error) {
	return view(ctx, s, a, projectScope(q.ProjectID), require(onIdentity(permission.Read)), func(sc scope) (MembershipPage, error) {
		found, total, err := sc.tx.ProjectMemberships(ctx, q)
		return MembershipPage{Memberships: found, Total: total}, err
	})
}

// MembershipsOf lists the project memberships of an identity.
func (s *Service) MembershipsOf(ctx context.Context, a Actor, identityID string) ([]ProjectMembership, error) {
	return view(ctx, s, a, identityScope(identityID), require(onIdentity(permission.Read)), func(sc scope) ([]ProjectMembership, error) {
		found, _, err := sc.tx.ProjectMemberships(ctx, MembershipQuery{IdentityID: identityID})
		return found, err
	})
}

func (m ProjectMembership) addTargets(e *AuditEvent) {
	e.addTarget("membershipId", m.ID)
	e.addTarget("identityId", m.IdentityID)
}
