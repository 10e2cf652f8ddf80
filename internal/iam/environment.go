// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// maxEnvironmentText is the maximum length of a name or slug, in characters.
const maxEnvironmentText = 64

// environmentGrace is the time for which a deleted environment can be restored.
const environmentGrace = 30 * 24 * time.Hour

// DeleteAfter returns when a deleted environment can no longer be restored.
func (e Environment) DeleteAfter() time.Time { return e.DeletedAt.Add(environmentGrace) }

// EnvironmentInput contains the fields of a request to create or update an environment. Nil: the default in
// a new one, else unchanged.
type EnvironmentInput struct {
	Name, Slug *string
	Position   *int64 // from 1; default: after the others
}

func onEnvironment(action string) permission.Permission {
	return permission.Permission{Action: action, Subject: "environments"}
}

// CreateEnvironment adds an environment to a project.
func (s *Service) CreateEnvironment(ctx context.Context, a Actor, w ScopeRef, in EnvironmentInput) (Environment, error) {
	return update(ctx, s, a, "create-environment", w.resolver(), require(onEnvironment(permission.Create)), func(sc scope) (Environment, error) {
		now := s.time()
		e := Environment{ID: newID(), ProjectID: sc.project.ID, CreatedAt: now, UpdatedAt: now, Position: 1}
		for _, other := range sc.project.Environments {
			e.Position = max(e.Position, other.Position+1)
		}
		in.Name, in.Slug = orEmpty(in.Name), orEmpty(in.Slug)
		if err := e.apply(in); err != nil {
			return Environment{}, err
		}
		if err := sc.makeRoom(ctx, e, math.MaxInt64); err != nil {
			return Environment{}, err
		}
		return e, environmentConflict(e, sc.tx.InsertEnvironment(ctx, e))
	})
}

// makeRoom moves the environments between the position of e and its previous position by one, if another
// environment has the position of e.
func (sc scope) makeRoom(ctx context.Context, e Environment, previous int64) error {
	if !slices.ContainsFunc(sc.project.Environments, func(o Environment) bool { return o.ID != e.ID && o.Position == e.Position }) {
		return nil
	}
	for _, other := range sc.project.Environments {
		switch {
		case other.ID == e.ID:
			continue
		case e.Position <= other.Position && other.Position < previous:
			other.Position++
		case previous < other.Position && other.Position <= e.Position:
			other.Position--
		default:
			continue
		}
		if err := sc.tx.UpdateEnvironment(ctx, other); err != nil {
			return err
		}
	}
	return nil
}

func environmentConflict(e Environment, err error) error {
	return replaceKind(err, Conflict, Errorf(Conflict, "Environment with slug %s already exists", e.Slug))
}

func (e *Environment) apply(in EnvironmentInput) error {
	set(&e.Position, in.Position)
	return cmp.Or(
		setText("name", &e.Name, in.Name, 1, maxEnvironmentText),
		setSlug(&e.Slug, in.Slug, 1, maxEnvironmentText),
	)
}

// Environment returns an environment of a project.
func (s *Service) Environment(ctx context.Context, a Actor, w ScopeRef, id string) (Environment, error) {
	return view(ctx, s, a, w.resolver(), require(onEnvironment(permission.Read)), func(sc scope) (Environment, error) {
		return sc.environment(id)
	})
}

// EnvironmentByID returns an environment of any project that the actor is a member of.
func (s *Service) EnvironmentByID(ctx context.Context, a Actor, id string) (Environment, error) {
	return view(ctx, s, a, environmentScope(id), require(onEnvironment(permission.Read)), func(sc scope) (Environment, error) {
		return sc.environment(id)
	})
}

// EnvironmentBySlug returns an environment of a project.
func (s *Service) EnvironmentBySlug(ctx context.Context, a Actor, w ScopeRef, slug string) (Environment, error) {
	return view(ctx, s, a, w.resolver(), require(onEnvironment(permission.Read)), func(sc scope) (Environment, error) {
		n := slices.IndexFunc(sc.project.Environments, func(e Environment) bool { return e.Slug == slug })
		if n < 0 {
			return Environment{}, Errorf(NotFound, "Environment with slug %s not found", abbreviate(slug))
		}
		return sc.project.Environments[n], nil
	})
}

// environmentScope resolves to the project of the environment.
func environmentScope(id string) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		e, err := tx.Environment(ctx, id)
		if err != nil {
			return scope{}, replaceKind(err, NotFound, environmentNotFound(id))
		}
		return projectScope(e.ProjectID)(ctx, s, tx, a)
	}
}

func environmentNotFound(id string) *Error {
	return Errorf(NotFound, "Environment with id %s not found", abbreviate(id))
}

// UpdateEnvironment changes the fields that are set.
func (s *Service) UpdateEnvironment(ctx context.Context, a Actor, w ScopeRef, id string, in EnvironmentInput) (Environment, error) {
	return update(ctx, s, a, "update-environment", w.resolver(), require(onEnvironment(permission.Edit)), func(sc scope) (Environment, error) {
		e, err := sc.environment(id)
		if err != nil {
			return Environment{}, err
		}
		previous := e.Position
		if err := e.apply(in); err != nil {
			return Environment{}, err
		}
		if err := sc.makeRoom(ctx, e, previous); err != nil {
			return Environment{}, err
		}
		e.UpdatedAt = s.time()
		return e, environmentConflict(e, sc.tx.UpdateEnvironment(ctx, e))
	})
}

// DeleteEnvironment deletes an environment. Unless permanently, it can be restored for environmentGrace.
func (s *Service) DeleteEnvironment(ctx context.Context, a Actor, w ScopeRef, id string, permanently bool) (Environment, error) {
	return update(ctx, s, a, "delete-environment", w.resolver(), require(onEnvironment(permission.Delete)), func(sc scope) (Environment, error) {
		e, err := sc.environment(id)
		if err != nil {
			return Environment{}, err
		}
		if permanently {
			return e, sc.tx.DeleteEnvironment(ctx, id)
		}
		e.DeletedAt, e.DeletedBy = s.time(), a.IdentityID
		return e, sc.tx.UpdateEnvironment(ctx, e)
	})
}

// RestoreEnvironment restores a deleted environment with the folder access to it.
func (s *Service) RestoreEnvironment(ctx context.Context, a Actor, w ScopeRef, id string) (Environment, error) {
	return update(ctx, s, a, "restore-environment", w.resolver(), require(onEnvironment(permission.Create)), func(sc scope) (Environment, error) {
		e, err := sc.tx.DeletedEnvironment(ctx, id)
		if err == nil && (e.ProjectID != sc.project.ID || s.time().After(e.DeleteAfter())) {
			err = Errorf(NotFound, "")
		}
		if err != nil {
			return Environment{}, replaceKind(err, NotFound, Errorf(NotFound, "Deleted environment with id %s not found", abbreviate(id)))
		}
		e.DeletedAt, e.DeletedBy, e.UpdatedAt = time.Time{}, "", s.time()
		return e, environmentConflict(e, sc.tx.UpdateEnvironment(ctx, e))
	})
}

func (sc scope) environment(id string) (Environment, error) {
	n := slices.IndexFunc(sc.project.Environments, func(e Environment) bool { return e.ID == id })
	if n < 0 {
		return Environment{}, environmentNotFound(id)
	}
	return sc.project.Environments[n], nil
}

func (e Environment) addTargets(event *AuditEvent) { event.addTarget("environmentId", e.ID) }
