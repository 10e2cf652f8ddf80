// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// RoleGrantInput is one role that a membership is to have.
type RoleGrantInput struct {
	Role string // slug
	WindowInput
}

// AddMember makes an identity of the organisation a member of a project.
func (s *Service) AddMember(ctx context.Context, a Actor, projectID, identityID string, roles []RoleGrantInput) (ProjectMembership, error) {
	p := memberOf(projectID, identityID)
	return change(ctx, s, a, p, must(on(permission.Create)), func(h here) (ProjectMembership, error) {
		if h.identity.ID == "" {
			return ProjectMembership{}, Refuse(BadRequest, "Identity %s is missing organization membership", shown(identityID))
		}
		if h.identity.ProjectID != "" {
			return ProjectMembership{}, Refuse(BadRequest, "Identity %s is managed by a project, and cannot join another", identityID)
		}
		now := s.time()
		m := ProjectMembership{ID: newID(), ProjectID: h.project.ID, IdentityID: identityID, CreatedAt: now, UpdatedAt: now}
		if err := s.assign(ctx, h, &m, roles, "Failed to add identity to project"); err != nil {
			return ProjectMembership{}, err
		}
		err := h.tx.InsertProjectMembership(ctx, m)
		if Is(err, Conflict) {
			return ProjectMembership{}, Refuse(Conflict, "Identity is already a member")
		}
		return m, err
	})
}

// memberOf is a project, about an identity that may be a member of it, or not be at all.
func memberOf(projectID, identityID string) place { return memberAt(inProject(projectID), identityID) }

func memberAt(p place, identityID string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		h, err := p(ctx, s, tx, a)
		if err != nil {
			return here{}, err
		}
		i, err := tx.Identity(ctx, identityID, s.time())
		if err == nil && i.OrganizationID == a.OrganizationID {
			h.identity = i
		} else if err != nil && !Is(err, NotFound) {
			return here{}, err
		}
		return h, nil
	}
}

// assign gives a membership these roles instead of those it has. Each takes the privilege to
// assign it, and under a strict boundary the actor's own rights cover it as long as it lasts.
func (s *Service) assign(ctx context.Context, h here, m *ProjectMembership, roles []RoleGrantInput, base string) error {
	now := s.time()
	m.Roles, m.UpdatedAt = nil, now
	for n, in := range roles {
		field := fmt.Sprintf("roles.%d.", n)
		role, err := s.role(ctx, h.tx, h.rolePlace(), field+"role", in.Role)
		if err != nil {
			return err
		}
		window, err := in.window(field)
		if err != nil {
			return err
		}
		if role.Slug != permission.NoAccess {
			about := permission.Attributes{"assignableRole": permission.Text(role.Slug)}
			if err := h.MustManage(base, about, on(permission.AssignRole), on(permission.GrantPrivileges)); err != nil {
				return err
			}
		}
		m.Roles = append(m.Roles, RoleGrant{ID: newID(), Role: role, Window: window, CreatedAt: now, UpdatedAt: now})
	}
	if !slices.ContainsFunc(m.Roles, func(r RoleGrant) bool { return !r.Window.Temporary() }) {
		return Refuse(BadRequest, "Identity must have at least one permanent role")
	}
	m.Identity = h.identity
	return s.handOut(ctx, h, base, grantsOf(*m, nil)...)
}

// SetMemberRoles replaces all roles of a membership.
func (s *Service) SetMemberRoles(ctx context.Context, a Actor, projectID, identityID string, roles []RoleGrantInput) (ProjectMembership, error) {
	return change(ctx, s, a, memberOf(projectID, identityID), must(on(permission.Edit)), func(h here) (ProjectMembership, error) {
		const base = "Failed to update identity in project"
		m, err := s.ofMember(ctx, h, identityID, base)
		if err != nil {
			return ProjectMembership{}, err
		}
		before := grantsOf(m, nil)
		if err := s.assign(ctx, h, &m, roles, base); err != nil {
			return ProjectMembership{}, err
		}
		if err := s.mayLift(ctx, h, base, before, grantsOf(m, nil)); err != nil {
			return ProjectMembership{}, err
		}
		return m, h.tx.ReplaceMembershipRoles(ctx, m)
	})
}

// ofMember finds the membership that is to be changed: of somebody else, under a strict boundary
// only where the actor's rights cover what they have in the project.
func (s *Service) ofMember(ctx context.Context, h here, identityID, base string) (ProjectMembership, error) {
	m, err := h.tx.ProjectMembership(ctx, h.project.ID, identityID)
	if Is(err, NotFound) {
		return ProjectMembership{}, Refuse(BadRequest, "Identity doesn't have membership")
	}
	if err != nil || identityID == h.IdentityID {
		return m, err
	}
	privileges, err := h.tx.Privileges(ctx, h.project.ID, identityID)
	if err != nil {
		return ProjectMembership{}, err
	}
	return m, s.handOut(ctx, h, base, grantsOf(m, privileges)...)
}

// RemoveMember ends a membership, with the privileges of the identity in the project. Nobody
// removes themselves, and a project's own identity is deleted instead.
func (s *Service) RemoveMember(ctx context.Context, a Actor, projectID, identityID string) (ProjectMembership, error) {
	return change(ctx, s, a, memberOf(projectID, identityID), must(on(permission.Delete)), func(h here) (ProjectMembership, error) {
		if h.identity.ProjectID != "" {
			return ProjectMembership{}, Refuse(BadRequest, "Identity %s lives in the project: delete the identity", identityID)
		}
		m, err := s.ofMember(ctx, h, identityID, "Failed to remove identity from project")
		if err != nil {
			return ProjectMembership{}, err
		}
		if identityID == h.IdentityID {
			return ProjectMembership{}, Refuse(BadRequest, "You can't delete your own membership")
		}
		return m, h.tx.DeleteProjectMembership(ctx, m.ID)
	})
}

// Member reads the membership of an identity in a project.
func (s *Service) Member(ctx context.Context, a Actor, projectID, identityID string) (ProjectMembership, error) {
	return look(ctx, s, a, memberOf(projectID, identityID), must(on(permission.Read)), func(h here) (ProjectMembership, error) {
		m, err := h.tx.ProjectMembership(ctx, h.project.ID, identityID)
		if Is(err, NotFound) {
			return ProjectMembership{}, Refuse(NotFound, "Identity membership not found")
		}
		return m, err
	})
}

// MemberByID reads a membership by its own id.
func (s *Service) MemberByID(ctx context.Context, a Actor, id string) (ProjectMembership, error) {
	return look(ctx, s, a, ofMembership(id), must(on(permission.Read)), func(h here) (ProjectMembership, error) {
		return h.tx.ProjectMembershipByID(ctx, id)
	})
}

// ofMembership is the project of the membership.
func ofMembership(id string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		m, err := tx.ProjectMembershipByID(ctx, id)
		if Is(err, NotFound) {
			return here{}, Refuse(NotFound, "Identity membership with id %s not found", shown(id))
		}
		if err != nil {
			return here{}, err
		}
		return memberOf(m.ProjectID, m.IdentityID)(ctx, s, tx, a)
	}
}

// MembershipPage is a page of memberships and the number on all pages.
type MembershipPage struct {
	Memberships []ProjectMembership
	Total       int
}

// Members lists a page of a project's memberships.
func (s *Service) Members(ctx context.Context, a Actor, q MembershipQuery) (MembershipPage, error) {
	return look(ctx, s, a, inProject(q.ProjectID), must(on(permission.Read)), func(h here) (MembershipPage, error) {
		found, total, err := h.tx.ProjectMemberships(ctx, q)
		return MembershipPage{Memberships: found, Total: total}, err
	})
}

// MembershipsOf lists the project memberships of an identity.
func (s *Service) MembershipsOf(ctx context.Context, a Actor, identityID string) ([]ProjectMembership, error) {
	return look(ctx, s, a, atIdentity(identityID), must(on(permission.Read)), func(h here) ([]ProjectMembership, error) {
		found, _, err := h.tx.ProjectMemberships(ctx, MembershipQuery{IdentityID: identityID})
		return found, err
	})
}
