// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// customRole is what a custom role reads as in a membership; no role has it for a slug.
const customRole = "custom"

// Longest texts of a role, in characters.
const (
	maxRoleSlug        = 64
	maxRoleName        = 255
	maxRoleDescription = 1024
)

// BuiltInRole answers the built-in organisation role of that slug, and whether there is one.
func BuiltInRole(slug string) (Role, bool) {
	return builtIn(permission.Organization, slug)
}

// BuiltInProjectRole answers the built-in project role of that slug, and whether there is one.
func BuiltInProjectRole(slug string) (Role, bool) {
	return builtIn(permission.Project, slug)
}

func builtIn(scope permission.Scope, slug string) (Role, bool) {
	r, ok := permission.BuiltIn(scope, slug)
	return Role{Slug: slug, Name: r.Name, Permissions: r.Rules}, ok
}

// scope is the rule language that holds in a place.
func (p RolePlace) scope() permission.Scope {
	if p.ProjectID == "" {
		return permission.Organization
	}
	return permission.Project
}

// rolePlace is where roles of this place are defined.
func (sc scope) roleOwner() RolePlace {
	return RolePlace{OrganizationID: sc.OrganizationID, ProjectID: sc.project.ID}
}

// role finds a built-in or custom role by its slug, which the field says.
func (s *Service) role(ctx context.Context, tx Tx, p RolePlace, field, slug string) (Role, error) {
	if slug == customRole {
		return Role{}, invalid(field, "role must be the slug of a role; %q only marks a custom one", customRole)
	}
	if role, ok := builtIn(p.scope(), slug); ok {
		role.RolePlace = p
		return role, nil
	}
	role, err := tx.Role(ctx, p, slug)
	if Is(err, NotFound) {
		return Role{}, Errorf(NotFound, "Role with slug %s not found", abbreviate(slug))
	}
	return role, err
}

// RoleInput is what a caller says of a role. Nil: empty, or as it is.
type RoleInput struct {
	Slug, Name, Description *string
	Permissions             *permission.Rules
}

// Where is the organisation or, by its ID or slug, a project.
type Where struct {
	ProjectID, ProjectSlug string
}

func (w Where) resolver() scopeResolver {
	if w == (Where{}) {
		return organizationScope
	}
	return w.projectScope()
}

// inProject never is the organisation.
func (w Where) projectScope() scopeResolver {
	if w.ProjectSlug != "" {
		return projectScopeBySlug(w.ProjectSlug)
	}
	return projectScope(w.ProjectID)
}

func onRole(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: permission.Role}
}

// CreateRole defines a custom role. Under a strict boundary its rules are no more than the actor's own.
func (s *Service) CreateRole(ctx context.Context, a Actor, w Where, in RoleInput) (Role, error) {
	return update(ctx, s, a, "create-role", w.resolver(), require(onRole(permission.Create)), func(sc scope) (Role, error) {
		now := s.time()
		r := Role{ID: newID(), RolePlace: sc.roleOwner(), Permissions: permission.Rules{}, CreatedAt: now, UpdatedAt: now}
		for _, required := range []**string{&in.Slug, &in.Name} {
			if *required == nil {
				*required = new(string)
			}
		}
		if err := r.apply(in); err != nil {
			return Role{}, err
		}
		if err := s.checkGrant(ctx, sc, "Failed to create role", grant{rules: r.Permissions}); err != nil {
			return Role{}, err
		}
		return r, taken(r, sc.tx.InsertRole(ctx, r))
	})
}

func taken(r Role, err error) error {
	if Is(err, Conflict) {
		return Errorf(Conflict, "Role with %s already exists", r.Slug)
	}
	return err
}

func (r *Role) apply(in RoleInput) (err error) {
	if in.Slug != nil {
		if r.Slug, err = parseSlug("slug", *in.Slug, 1, maxRoleSlug); err != nil {
			return err
		}
		if _, ok := builtIn(r.scope(), r.Slug); ok || r.Slug == customRole {
			return invalid("slug", "slug must not be the one of a built-in role, as %q is", r.Slug)
		}
	}
	if in.Name != nil {
		if r.Name, err = parseText("name", *in.Name, 1, maxRoleName); err != nil {
			return err
		}
	}
	if in.Description != nil {
		if r.Description, err = parseText("description", *in.Description, 0, maxRoleDescription); err != nil {
			return err
		}
	}
	if in.Permissions != nil {
		r.Permissions = *in.Permissions
	}
	return nil
}

// UpdateRole changes what in speaks of. Live tokens of who has the role feel it at their next request.
func (s *Service) UpdateRole(ctx context.Context, a Actor, w Where, id string, in RoleInput) (Role, error) {
	return update(ctx, s, a, "update-role", w.resolver(), require(onRole(permission.Edit)), func(sc scope) (Role, error) {
		r, err := s.customRole(ctx, sc, id)
		if err != nil {
			return Role{}, err
		}
		if in == (RoleInput{}) {
			return Role{}, Errorf(BadRequest, "There is nothing to change: the request names no field of a role")
		}
		before := r
		if err := r.apply(in); err != nil {
			return Role{}, err
		}
		if err := s.mayRewrite(ctx, sc, before, r.Permissions, "Failed to update role"); err != nil {
			return Role{}, err
		}
		r.UpdatedAt = s.time()
		return r, taken(r, sc.tx.UpdateRole(ctx, r))
	})
}

// DeleteRole deletes a custom role that nobody has.
func (s *Service) DeleteRole(ctx context.Context, a Actor, w Where, id string) (Role, error) {
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

// RoleBySlug reads a built-in or custom role.
func (s *Service) RoleBySlug(ctx context.Context, a Actor, w Where, slug string) (Role, error) {
	return view(ctx, s, a, w.resolver(), require(onRole(permission.Read)), func(sc scope) (Role, error) {
		return s.role(ctx, sc.tx, sc.roleOwner(), "slug", slug)
	})
}

// Role reads a custom role.
func (s *Service) Role(ctx context.Context, a Actor, w Where, id string) (Role, error) {
	return view(ctx, s, a, w.resolver(), require(onRole(permission.Read)), func(sc scope) (Role, error) {
		return s.customRole(ctx, sc, id)
	})
}

// ProjectRole reads a custom role of any project that the actor is a member of.
func (s *Service) ProjectRole(ctx context.Context, a Actor, id string) (Role, error) {
	return view(ctx, s, a, roleScope(id), require(onRole(permission.Read)), func(sc scope) (Role, error) {
		return s.customRole(ctx, sc, id)
	})
}

// ofRole is the project that defines the role.
func roleScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		r, err := tx.RoleByID(ctx, id)
		if Is(err, NotFound) || err == nil && r.ProjectID == "" {
			return scope{}, noRole(id)
		}
		if err != nil {
			return scope{}, err
		}
		return projectScope(r.ProjectID)(ctx, s, tx, a)
	}
}

// Roles lists the built-in roles and then the custom ones.
func (s *Service) Roles(ctx context.Context, a Actor, w Where) ([]Role, error) {
	return view(ctx, s, a, w.resolver(), require(onRole(permission.Read)), func(sc scope) ([]Role, error) {
		p := sc.roleOwner()
		var all []Role
		for _, built := range permission.BuiltIns(p.scope()) {
			r, _ := builtIn(p.scope(), built.Slug)
			r.RolePlace = p
			all = append(all, r)
		}
		custom, err := sc.tx.Roles(ctx, p)
		return append(all, custom...), err
	})
}

// customRole finds one that is defined in the place, and in no other.
func (s *Service) customRole(ctx context.Context, sc scope, id string) (Role, error) {
	r, err := sc.tx.RoleByID(ctx, id)
	if Is(err, NotFound) || err == nil && r.RolePlace != sc.roleOwner() {
		return Role{}, noRole(id)
	}
	return r, err
}

func noRole(id string) error { return Errorf(NotFound, "Role with %s not found", abbreviate(id)) }

func (r Role) addTargets(e *AuditEvent) { e.addTarget("roleId", r.ID) }
