// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// projectIdentityScope resolves to a project and one of its own identities.
func projectIdentityScope(projectID, identityID string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		sc, err := memberScope(projectID, identityID)(ctx, s, tx, a)
		if err == nil && (sc.identity.ID == "" || sc.identity.ProjectID != sc.project.ID) {
			sc.identity, sc.missing = Identity{}, identityNotFound(identityID)
		}
		return sc, err
	}
}

// CreateProjectIdentity creates an identity of a project, with these roles in it. The default is no access.
func (s *Service) CreateProjectIdentity(ctx context.Context, a Actor, projectID string, in IdentityInput, roles []RoleGrantInput) (Identity, error) {
	return update(ctx, s, a, "create-project-identity", projectScope(projectID), require(onIdentity(permission.Create)), func(sc scope) (Identity, error) {
		i, err := s.newIdentity(ctx, sc, in)
		if err != nil {
			return Identity{}, err
		}
		if err := sc.tx.InsertIdentity(ctx, i); err != nil {
			return Identity{}, err
		}
		if len(roles) == 0 {
			roles = []RoleGrantInput{{Role: permission.NoAccess}}
		}
		now := s.time()
		m := ProjectMembership{ID: newID(), ProjectID: sc.project.ID, IdentityID: i.ID, CreatedAt: now, UpdatedAt: now}
		sc.identity = i
		if err := s.assign(ctx, sc, &m, roles, "Failed to create identity"); err != nil {
			return Identity{}, err
		}
		return i, sc.tx.InsertProjectMembership(ctx, m)
	})
}

// ProjectIdentity returns an identity of the project.
func (s *Service) ProjectIdentity(ctx context.Context, a Actor, projectID, id string) (Identity, error) {
	return view(ctx, s, a, projectIdentityScope(projectID, id), require(onIdentity(permission.Read)), func(sc scope) (Identity, error) { return sc.identity, nil })
}

// UpdateProjectIdentity changes the fields that are set, except the role.
func (s *Service) UpdateProjectIdentity(ctx context.Context, a Actor, projectID, id string, in IdentityInput) (Identity, error) {
	return update(ctx, s, a, "update-project-identity", projectIdentityScope(projectID, id), require(onIdentity(permission.Edit)), func(sc scope) (Identity, error) {
		in.Role = nil // the organization role; project roles belong to the membership
		return s.updateIdentity(ctx, sc, in)
	})
}

// DeleteProjectIdentity deletes an identity of the project.
func (s *Service) DeleteProjectIdentity(ctx context.Context, a Actor, projectID, id string) (Identity, error) {
	return update(ctx, s, a, "delete-project-identity", projectIdentityScope(projectID, id), require(onIdentity(permission.Delete)), func(sc scope) (Identity, error) {
		return s.deleteIdentity(ctx, sc, "Cannot delete identity while delete protection is enabled")
	})
}
