// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// ofProject is a project, about an identity that lives in it alone.
func ofProject(projectID, identityID string) place {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (here, error) {
		h, err := memberOf(projectID, identityID)(ctx, s, tx, a)
		if err == nil && (h.identity.ID == "" || h.identity.ProjectID != h.project.ID) {
			h.identity, h.missing = Identity{}, noIdentity(identityID)
		}
		return h, err
	}
}

// CreateProjectIdentity makes an identity that lives in one project, with these roles there; none
// is no access.
func (s *Service) CreateProjectIdentity(ctx context.Context, a Actor, projectID string, in IdentityInput, roles []RoleGrantInput) (Identity, error) {
	return change(ctx, s, a, inProject(projectID), must(on(permission.Create)), func(h here) (Identity, error) {
		i, err := s.newIdentity(ctx, h, in)
		if err != nil {
			return Identity{}, err
		}
		if err := h.tx.InsertIdentity(ctx, i); err != nil {
			return Identity{}, err
		}
		if len(roles) == 0 {
			roles = []RoleGrantInput{{Role: permission.NoAccess}}
		}
		now := s.time()
		m := ProjectMembership{ID: newID(), ProjectID: h.project.ID, IdentityID: i.ID, CreatedAt: now, UpdatedAt: now}
		h.identity = i
		if err := s.assign(ctx, h, &m, roles, "Failed to create identity"); err != nil {
			return Identity{}, err
		}
		return i, h.tx.InsertProjectMembership(ctx, m)
	})
}

// ProjectIdentity reads an identity that lives in the project.
func (s *Service) ProjectIdentity(ctx context.Context, a Actor, projectID, id string) (Identity, error) {
	return look(ctx, s, a, ofProject(projectID, id), must(on(permission.Read)), func(h here) (Identity, error) { return h.identity, nil })
}

// UpdateProjectIdentity changes what in speaks of.
func (s *Service) UpdateProjectIdentity(ctx context.Context, a Actor, projectID, id string, in IdentityInput) (Identity, error) {
	return change(ctx, s, a, ofProject(projectID, id), must(on(permission.Edit)), func(h here) (Identity, error) {
		in.Role = nil // of the organisation; those of the project are the membership's
		return s.updateIdentity(ctx, h, in)
	})
}

// DeleteProjectIdentity deletes an identity that lives in the project.
func (s *Service) DeleteProjectIdentity(ctx context.Context, a Actor, projectID, id string) (Identity, error) {
	return change(ctx, s, a, ofProject(projectID, id), must(on(permission.Delete)), func(h here) (Identity, error) {
		return s.deleteIdentity(ctx, h, "Cannot delete identity while delete protection is enabled")
	})
}
