// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"cmp"
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// customRole is the role of a membership with a custom role, in responses. It is not the slug of any role.
const customRole = "custom"

// Maximum lengths of the fields of a role, in characters.
const (
	maxRoleSlug        = 64
	maxRoleName        = 255
	maxRoleDescription = 1024
)

// BuiltInRole returns the built-in organization role with that slug, and whether there is one.
func BuiltInRole(slug string) (Role, bool) {
	return builtIn(permission.Organization, slug)
}

// BuiltInProjectRole returns the built-in project role with that slug, and whether there is one.
func BuiltInProjectRole(slug string) (Role, bool) {
	return builtIn(permission.Project, slug)
}

func builtIn(scope permission.Scope, slug string) (Role, bool) {
	r, ok := permission.BuiltIn(scope, slug)
	return Role{Slug: slug, Name: r.Name, Permissions: r.Rules}, ok
}

// permissionScope returns the subjects and actions that apply to the role.
func (p RoleScope) permissionScope() permission.Scope {
	if p.ProjectID == "" {
		return permission.Organization
	}
	return permission.Project
}

// roleScope returns the scope of the roles that are defined in the organization or project.
func (sc scope) roleScope() RoleScope {
	return RoleScope{OrganizationID: sc.OrganizationID, ProjectID: sc.project.ID}
}

// role returns a built-in or custom role by its slug. field is the field name in errors.
func (s *Service) role(ctx context.Context, tx Tx, p RoleScope, field, slug string) (Role, error) {
	if slug == customRole {
		return Role{}, invalid(field, "role must be the slug of a role, and %q is none", customRole)
	}
	if role, ok := builtIn(p.permissionScope(), slug); ok {
		role.RoleScope = p
		return role, nil
	}
	role, err := tx.Role(ctx, p, slug)
	return role, replaceKind(err, NotFound, Errorf(NotFound, "Role with slug %s not found", abbreviate(slug)))
}

// RoleInput contains the fields of a request to create or update a role. Nil: empty in a new role, else unchanged.
type RoleInput struct {
	Slug, Name, Description *string
	Permissions             *permission.Rules
}

// ScopeRef refers to a project by its ID or slug. The zero value refers to the organization.
type ScopeRef struct {
	ProjectID, ProjectSlug string
}

func (w ScopeRef) resolver() scopeResolver {
	if w == (ScopeRef{}) {
		return organizationScope
	}
	return w.projectScope()
}

// projectScope resolves to a project, never to the organization.
func (w ScopeRef) projectScope() scopeResolver {
	if w.ProjectSlug != "" {
		return projectScopeBySlug(w.ProjectSlug)
	}
	return projectScope(w.ProjectID)
}

func onRole(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: permission.Role}
}

// CreateRole creates a custom role. Under the strict boundary, the actor must hold all of its permissions.
func (s *Service) CreateRole(ctx context.Context, a Actor, w ScopeRef, in RoleInput) (Role, error) {
	return update(ctx, s, a, "create-role", w.resolver(), require(onRole(permission.Create)), func(sc scope) (Role, error) {
		now := s.time()
		r := Role{ID: newID(), RoleScope: sc.roleScope(), Permissions: permission.Rules{}, CreatedAt: now, UpdatedAt: now}
		in.Slug, in.Name = orEmpty(in.Slug), orEmpty(in.Name)
		if err := cmp.Or(s.checkRolePlan("create", r), r.apply(in)); err != nil {
			return Role{}, err
		}
		if err := s.checkGrant(ctx, sc, "Failed to create role", grant{rules: r.Permissions}); err != nil {
			return Role{}, err
		}
		return r, roleConflict(r, sc.tx.InsertRole(ctx, r))
	})
}

func roleConflict(r Role, err error) error {
	return replaceKind(err, Conflict, Errorf(Conflict, "Role with %s already exists", r.Slug))
}

func (r *Role) apply(in RoleInput) error {
	if err := setSlug(&r.Slug, in.Slug, 1, maxRoleSlug); err != nil {
		return err
	}
	if _, ok := builtIn(r.permissionScope(), r.Slug); ok || r.Slug == customRole {
		return invalid("slug", "slug must not be the slug of a built-in role, and %q is", r.Slug)
	}
	set(&r.Permissions, in.Permissions)
	return cmp.Or(
		setText("name", &r.Name, in.Name, 1, maxRoleName),
		setText("description", &r.Description, in.Description, 0, maxRoleDescription),
	)
}

// UpdateRole changes the fields that are set. It affects existing access tokens from their next request on.
func (s *Service) UpdateRole(ctx context.Context, a Actor, w ScopeRef, id string, in RoleInput) (Role, error) {
	return update(ctx, s, a, "update-role", w.resolver(), require(onRole(permission.Edit)), func(sc scope) (Role, error) {
		r, err := s.customRole(ctx, sc, id)
		if err != nil {
			return Role{}, err
		}
		if in == (RoleInput{}) {
			return Role{}, Errorf(BadRequest, "The request does not change any field of the role")
		}
		before := r
		if err := cmp.Or(s.checkRolePlan("update", r), r.apply(in)); err != nil {
			return Role{}, err
		}
		if err := s.checkRoleChange(ctx, sc, before, r.Permissions, "Failed to update role"); err != nil {
			return Role{}, err
		}
		r.UpdatedAt = s.time()
		return r, roleConflict(r, sc.tx.UpdateRole(ctx, r))
	})
}

// DeleteRole deletes a custom role that is not assigned.
func (s *Service) DeleteRole(ctx context.Context, a Actor, w ScopeRef, id string) (Role, error) {
	return update(ctx, s, a, "delete-role", w.resolver(), require(onRole(permission.Delete)), func(sc scope) (Role, error) {
		r, err := s.customRole(ctx, sc, id)
		if err != nil {
			return Role{}, err
		}
		if err := s.checkGrant(ctx, sc, "Failed to delete role", grant{rules: r.Permissions}); err != nil {
			return Role{}, err
		}
		holders, err := sc.tx.RoleHolders(ctx, id)
		if err != nil {
			return Role{}, err
		}
		if holders > 0 {
			return Role{}, Errorf(Conflict, "Role is assigned to %d identity membership(s). Re-assign membership role(s) to delete this role.", holders)
		}
		return r, sc.tx.DeleteRole(ctx, id)
	})
}

// RoleBySlug returns a built-in or custom role.
func (s *Service) RoleBySlug(ctx context.Context, a Actor, w ScopeRef, slug string) (Role, error) {
	return view(ctx, s, a, w.resolver(), require(onRole(permission.Read)), func(sc scope) (Role, error) {
		return s.role(ctx, sc.tx, sc.roleScope(), "slug", slug)
	})
}

// Role returns a custom role.
func (s *Service) Role(ctx context.Context, a Actor, w ScopeRef, id string) (Role, error) {
	return view(ctx, s, a, w.resolver(), require(onRole(permission.Read)), func(sc scope) (Role, error) {
		return s.customRole(ctx, sc, id)
	})
}

// ProjectRole returns a custom role of any project that the actor is a member of.
func (s *Service) ProjectRole(ctx context.Context, a Actor, id string) (Role, error) {
	return view(ctx, s, a, roleScope(id), require(onRole(permission.Read)), func(sc scope) (Role, error) {
		return s.customRole(ctx, sc, id)
	})
}

// roleScope resolves to the project of the role.
func roleScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		r, err := tx.RoleByID(ctx, id)
		if Is(err, NotFound) || err == nil && r.ProjectID == "" {
			return scope{}, roleNotFound(id)
		}
		if err != nil {
			return scope{}, err
		}
		return projectScope(r.ProjectID)(ctx, s, tx, a)
	}
}

// Roles returns the built-in roles, then the custom ones.
func (s *Service) Roles(ctx context.Context, a Actor, w ScopeRef) ([]Role, error) {
	return view(ctx, s, a, w.resolver(), require(onRole(permission.Read)), func(sc scope) ([]Role, error) {
		p := sc.roleScope()
		var all []Role
		for _, built := range permission.BuiltIns(p.permissionScope()) {
			if built.ProjectType != "" && built.ProjectType != sc.project.Type {
				continue
			}
			r, _ := builtIn(p.permissionScope(), built.Slug)
			r.RoleScope = p
			all = append(all, r)
		}
		custom, err := sc.tx.Roles(ctx, p)
		return append(all, custom...), err
	})
}

// customRole returns a custom role of the organization or project, and of no other.
func (s *Service) customRole(ctx context.Context, sc scope, id string) (Role, error) {
	r, err := sc.tx.RoleByID(ctx, id)
	if Is(err, NotFound) || err == nil && r.RoleScope != sc.roleScope() {
		return Role{}, roleNotFound(id)
	}
	return r, err
}

func roleNotFound(id string) error { return Errorf(NotFound, "Role with %s not found", abbreviate(id)) }

func (r Role) addTargets(e *AuditEvent) { e.addTarget("roleId", r.ID) }
