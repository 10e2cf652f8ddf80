// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// FolderRef refers to a folder of a project. Folders are not stored: any well-formed path is one.
type FolderRef struct {
	Environment string // slug
	Path        string // such as /app; a missing first slash and a last one are corrected
}

// FolderAccessInput contains the fields of a request to create or change the access to a folder. Nil: permanent in
// a new one, else unchanged.
type FolderAccessInput struct {
	Level  *string
	Window *WindowInput
}

// parse returns the folder in its stored form.
func (r FolderRef) parse() (FolderRef, error) {
	r.Environment = strings.ToLower(strings.TrimSpace(r.Environment))
	r.Path = "/" + strings.Trim(strings.TrimSpace(r.Path), "/")
	if !permission.IsFolderPath(r.Path) {
		return FolderRef{}, Errorf(BadRequest, "secretPath must be the path of a folder: names of letters, digits, hyphens and underscores, each after a slash")
	}
	return r, nil
}

// in resolves to the folder in the project that the resolver returns.
func (r FolderRef) in(project scopeResolver) scopeResolver {
	return func(ctx context.Context, s *Service, tx Tx, a Actor) (scope, error) {
		sc, err := project(ctx, s, tx, a)
		if err == nil {
			sc.folder, err = r.parse()
		}
		return sc, err
	}
}

// manageFolderAccess is the requirement of managing access to the folder of the scope.
func manageFolderAccess(sc scope) error {
	need := permission.Permission{Action: permission.ManageAccess, Subject: permission.SecretFolders}
	return sc.checkAbout(need, permission.Attributes{"environment": permission.Text(sc.folder.Environment), "secretPath": permission.Text(sc.folder.Path)})
}

// grant returns the rules of the access, with the time in which they apply.
func (f FolderAccess) grant() grant {
	return grant{rules: f.folder().Rules, window: f.Window}
}

func (f FolderAccess) folder() permission.FolderGrant {
	return permission.FolderLevel(f.Level).In(f.Environment, f.Path)
}

// foldersAt returns the folder grants of the member that apply at that time: none for a project admin, who
// keeps the rights of the role everywhere.
func (m membership) foldersAt(now time.Time) permission.FolderGrants {
	if m.hasAdmin(func(w Window) bool { return w.active(now) }) {
		return nil
	}
	var active permission.FolderGrants
	for _, f := range m.folders {
		if f.Window.active(now) {
			active = append(active, f.folder())
		}
	}
	return active
}

// folderDenials returns what the member's folder access takes away, as denials: nothing for a permanent
// project admin. What a member may do in these folders it can grant only as access to the folder.
func (m membership) folderDenials() grants {
	if m.hasAdmin(func(w Window) bool { return !w.Temporary() }) {
		return nil
	}
	denials := make(grants, len(m.folders))
	for n, f := range m.folders {
		denials[n] = grant{rules: f.folder().Denials(), window: f.Window}
	}
	return denials
}

// hasAdmin reports whether the member has the built-in role admin in a window that holds.
func (m ProjectMembership) hasAdmin(holds func(Window) bool) bool {
	return slices.ContainsFunc(m.Roles, func(r RoleGrant) bool { return r.Role.Slug == permission.Admin && holds(r.Window) })
}

// folderTarget checks the project, the environment and the member of a change, and returns the membership and the
// environment.
func (s *Service) folderTarget(ctx context.Context, sc scope, base string) (ProjectMembership, Environment, error) {
	if sc.project.Type != defaultProjectType {
		return ProjectMembership{}, Environment{}, Errorf(BadRequest, "%s. Folder access is available in projects of the type %s only", base, defaultProjectType)
	}
	n := slices.IndexFunc(sc.project.Environments, func(e Environment) bool { return e.Slug == sc.folder.Environment })
	if n < 0 {
		return ProjectMembership{}, Environment{}, Errorf(NotFound, "Environment with slug %s not found", abbreviate(sc.folder.Environment))
	}
	m, err := sc.tx.ProjectMembership(ctx, sc.project.ID, sc.identity.ID)
	if err != nil {
		return ProjectMembership{}, Environment{}, replaceKind(err, NotFound, Errorf(BadRequest, "%s. The identity is not a member of the project", base))
	}
	return m, sc.project.Environments[n], nil
}

// CreateFolderAccess gives a member of a project access to one folder, in place of what its roles allow there.
func (s *Service) CreateFolderAccess(ctx context.Context, a Actor, projectID, identityID string, r FolderRef, in FolderAccessInput) (FolderAccess, error) {
	return update(ctx, s, a, "create-folder-access", r.in(memberScope(projectID, identityID)), manageFolderAccess, func(sc scope) (FolderAccess, error) {
		if err := s.checkFolderPlan(); err != nil {
			return FolderAccess{}, err
		}
		const base = "Failed to create folder access"
		m, environment, err := s.folderTarget(ctx, sc, base)
		if err != nil {
			return FolderAccess{}, err
		}
		now := s.time()
		f := FolderAccess{
			ID: newID(), MembershipID: m.ID, ProjectID: sc.project.ID, IdentityID: identityID,
			EnvironmentID: environment.ID, Environment: environment.Slug, Path: sc.folder.Path, CreatedAt: now,
		}
		if err := s.setFolderAccess(ctx, sc, m, &f, in, base); err != nil {
			return FolderAccess{}, err
		}
		return f, replaceKind(sc.tx.InsertFolderAccess(ctx, f), Conflict,
			Errorf(Conflict, "Identity already has folder access to %s in environment %s", f.Path, f.Environment))
	})
}

// setFolderAccess applies the input. The actor must hold what it grants, and control the member, whose
// rights in the folder it may also narrow.
func (s *Service) setFolderAccess(ctx context.Context, sc scope, m ProjectMembership, f *FolderAccess, in FolderAccessInput, base string) (err error) {
	if m.hasAdmin(func(w Window) bool { return !w.over(s.time()) }) {
		return Errorf(BadRequest, "%s. An identity with the project admin role has access to every folder", base)
	}
	f.UpdatedAt = s.time()
	set(&f.Level, in.Level)
	if in.Window != nil {
		if f.Window, err = in.Window.window("type."); err != nil {
			return err
		}
	}
	if f.Level == string(permission.FolderFullAccess) && f.Window.Temporary() {
		return Errorf(BadRequest, "%s. The permission %s cannot be temporary", base, f.Level)
	}
	if err := s.checkFolderControl(ctx, sc, *f, base); err != nil {
		return err
	}
	return s.checkFolderGrant(ctx, sc, *f, base)
}

// checkFolderControl rejects, under the strict boundary, a change of the actor's own access, which would give
// it back what the access takes away, and of a member that holds more than the actor: in the folder, or elsewhere
// in the project.
func (s *Service) checkFolderControl(ctx context.Context, sc scope, f FolderAccess, base string) error {
	if s.boundary != Strict {
		return nil
	}
	if sc.identity.ID == sc.IdentityID {
		return Errorf(Boundary, "%s. An identity cannot change its own access to folders", base)
	}
	m, _, err := memberOf(ctx, sc.tx, sc.project.ID, sc.identity.ID)
	if err != nil {
		return err
	}
	if n := slices.IndexFunc(m.folders, func(other FolderAccess) bool { return other.EnvironmentID == f.EnvironmentID && other.Path == f.Path }); n >= 0 {
		if err := s.checkFolderGrant(ctx, sc, m.folders[n], base); err != nil {
			return err
		}
		m.folders = slices.Delete(m.folders, n, n+1)
	}
	return s.checkGrant(ctx, sc, base, m.grants(m.Identity)...)
}

// checkFolderGrant rejects access that the actor does not hold in the folder itself. Its own access to that folder
// replaces the permissions of its roles there.
func (s *Service) checkFolderGrant(ctx context.Context, sc scope, f FolderAccess, base string) error {
	if s.boundary != Strict {
		return nil
	}
	held, err := sc.tx.FolderAccesses(ctx, FolderAccessQuery{ProjectID: sc.project.ID, IdentityID: sc.IdentityID, EnvironmentID: f.EnvironmentID, Path: f.Path})
	if err != nil {
		return err
	}
	actor, err := sc.tx.ProjectMembership(ctx, sc.project.ID, sc.IdentityID)
	if err != nil {
		return err
	}
	if len(held) > 0 && !held[0].Window.over(s.time()) && !actor.hasAdmin(func(w Window) bool { return !w.Temporary() }) {
		return s.checkCovered(grants{held[0].grant()}, base, []grant{f.grant()})
	}
	return s.checkGrant(ctx, sc, base, f.grant())
}

// UpdateFolderAccess changes the fields that are set.
func (s *Service) UpdateFolderAccess(ctx context.Context, a Actor, projectID, identityID string, r FolderRef, in FolderAccessInput) (FolderAccess, error) {
	return update(ctx, s, a, "update-folder-access", r.in(memberScope(projectID, identityID)), manageFolderAccess, func(sc scope) (FolderAccess, error) {
		if err := s.checkFolderPlan(); err != nil {
			return FolderAccess{}, err
		}
		const base = "Failed to update folder access"
		m, f, err := s.folderAccess(ctx, sc, base)
		if err != nil {
			return FolderAccess{}, err
		}
		if err := s.setFolderAccess(ctx, sc, m, &f, in, base); err != nil {
			return FolderAccess{}, err
		}
		return f, sc.tx.UpdateFolderAccess(ctx, f)
	})
}

// folderAccess loads the access of the identity of the scope to a folder.
func (s *Service) folderAccess(ctx context.Context, sc scope, base string) (ProjectMembership, FolderAccess, error) {
	m, environment, err := s.folderTarget(ctx, sc, base)
	if err != nil {
		return ProjectMembership{}, FolderAccess{}, err
	}
	found, err := sc.tx.FolderAccesses(ctx, FolderAccessQuery{ProjectID: sc.project.ID, IdentityID: sc.identity.ID, EnvironmentID: environment.ID, Path: sc.folder.Path})
	if err == nil && len(found) == 0 {
		err = Errorf(NotFound, "Identity has no folder access to %s in environment %s", sc.folder.Path, sc.folder.Environment)
	}
	if err != nil {
		return ProjectMembership{}, FolderAccess{}, err
	}
	return m, found[0], nil
}

// DeleteFolderAccess ends the access, so that the roles of the identity decide in the folder again.
func (s *Service) DeleteFolderAccess(ctx context.Context, a Actor, projectID, identityID string, r FolderRef) (FolderAccess, error) {
	return update(ctx, s, a, "delete-folder-access", r.in(memberScope(projectID, identityID)), manageFolderAccess, func(sc scope) (FolderAccess, error) {
		if err := s.checkFolderPlan(); err != nil {
			return FolderAccess{}, err
		}
		const base = "Failed to delete folder access"
		_, f, err := s.folderAccess(ctx, sc, base)
		if err != nil {
			return FolderAccess{}, err
		}
		if err := s.checkFolderControl(ctx, sc, f, base); err != nil {
			return FolderAccess{}, err
		}
		return f, sc.tx.DeleteFolderAccess(ctx, f.ID)
	})
}

// FolderAccesses lists the access of an identity to folders of a project, by path.
func (s *Service) FolderAccesses(ctx context.Context, a Actor, projectID, identityID string) ([]FolderAccess, error) {
	return view(ctx, s, a, memberScope(projectID, identityID), require(onIdentity(permission.Read)), func(sc scope) ([]FolderAccess, error) {
		if err := s.checkFolderPlan(); err != nil {
			return nil, err
		}
		return sc.tx.FolderAccesses(ctx, FolderAccessQuery{ProjectID: sc.project.ID, IdentityID: identityID})
	})
}

// FolderRoster is a page of the members of a project, with the access of some of them to one folder.
type FolderRoster struct {
	MembershipPage
	Access map[string]FolderAccess // by identity
}

// FolderRoster returns the members of a project with their access to a folder.
func (s *Service) FolderRoster(ctx context.Context, a Actor, q MembershipQuery, r FolderRef) (FolderRoster, error) {
	return view(ctx, s, a, r.in(projectScope(q.ProjectID)), manageFolderAccess, func(sc scope) (FolderRoster, error) {
		if err := s.checkFolderPlan(); err != nil {
			return FolderRoster{}, err
		}
		n := slices.IndexFunc(sc.project.Environments, func(e Environment) bool { return e.Slug == sc.folder.Environment })
		if n < 0 {
			return FolderRoster{}, Errorf(NotFound, "Environment with slug %s not found", abbreviate(sc.folder.Environment))
		}
		roster := FolderRoster{Access: map[string]FolderAccess{}}
		access, err := sc.tx.FolderAccesses(ctx, FolderAccessQuery{ProjectID: sc.project.ID, EnvironmentID: sc.project.Environments[n].ID, Path: sc.folder.Path})
		for _, f := range access {
			roster.Access[f.IdentityID] = f
		}
		if err == nil {
			roster.Memberships, roster.Total, err = sc.tx.ProjectMemberships(ctx, q)
		}
		return roster, err
	})
}

func (f FolderAccess) addTargets(e *AuditEvent) {
	e.addTarget("folderAccessId", f.ID)
	e.addTarget("identityId", f.IdentityID)
}
