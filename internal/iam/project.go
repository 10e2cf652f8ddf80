// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Bounds of the fields of a project, in characters.
const (
	maxProjectName        = 64
	minProjectSlug        = 5
	maxProjectSlug        = 64
	maxProjectDescription = 1024
	randomSlugLength      = 4
)

// defaultProjectType is the type of a project if the request has none.
const defaultProjectType = "secret-manager"

// defaultTemplate is the only template: three environments.
const defaultTemplate = "default"

// ProjectInput contains the fields of a request to create or update a project. Nil: the default in a new one, else unchanged.
type ProjectInput struct {
	Name, Slug, Description *string
	DeleteProtection        *bool
	AutoCapitalization      *bool
	PITVersionLimit         *int64
	SecretSharing           *bool
	ShowSnapshotsLegacy     *bool
	IgnoreValues            *[]string
	EnforceEncryption       *bool
	AuditLogsRetentionDays  *int64 // not enforced: the audit log has one retention
}

// NewProject contains the fields of a request to create a project.
type NewProject struct {
	ProjectInput
	Type, Template      string // empty: the default
	WithoutEnvironments bool
}

// CreateProject creates a project with the actor as its admin.
func (s *Service) CreateProject(ctx context.Context, a Actor, in NewProject) (Project, error) {
	need := permission.Permission{Action: permission.Create, Subject: permission.Workspace}
	return update(ctx, s, a, "create-project", organizationScope, require(need), func(sc scope) (Project, error) {
		now := s.time()
		p := Project{
			ID: newID(), OrganizationID: sc.OrganizationID, Type: in.Type,
			Settings:  ProjectSettings{AutoCapitalization: true, PITVersionLimit: 10, SecretSharing: true},
			CreatedAt: now, UpdatedAt: now,
		}
		if p.Type == "" {
			p.Type = defaultProjectType
		}
		if in.Template != "" && in.Template != defaultTemplate {
			return Project{}, Errorf(NotFound, "Project template with name %s not found", abbreviate(in.Template))
		}
		in.Name = orEmpty(in.Name)
		if *orEmpty(in.Slug) == "" {
			made := defaultSlug(*in.Name)
			in.Slug = &made
		}
		if err := p.apply(in.ProjectInput); err != nil {
			return Project{}, err
		}
		if !in.WithoutEnvironments {
			p.Environments = defaultEnvironments(p)
		}
		if err := projectConflict(p, sc.tx.InsertProject(ctx, p)); err != nil {
			return Project{}, err
		}
		admin, _ := BuiltInProjectRole(permission.Admin)
		return p, sc.tx.InsertProjectMembership(ctx, ProjectMembership{
			ID: newID(), ProjectID: p.ID, IdentityID: sc.IdentityID, CreatedAt: now, UpdatedAt: now,
			Roles: []RoleGrant{{ID: newID(), Role: admin, CreatedAt: now, UpdatedAt: now}},
		})
	})
}

// defaultSlug returns the name as a slug, with four random characters.
func defaultSlug(name string) string {
	random := strings.ToLower(rand.Text()[:randomSlugLength])
	base := slugify(name)
	base = strings.Trim(base[:min(len(base), maxProjectSlug-randomSlugLength-1)], "-")
	if base == "" {
		base = "project"
	}
	return base + "-" + random
}

func defaultEnvironments(p Project) []Environment {
	var made []Environment
	for n, e := range []struct{ name, slug string }{{"Development", "dev"}, {"Staging", "staging"}, {"Production", "prod"}} {
		made = append(made, Environment{
			ID: newID(), ProjectID: p.ID, Name: e.name, Slug: e.slug, Position: int64(n + 1),
			CreatedAt: p.CreatedAt, UpdatedAt: p.CreatedAt,
		})
	}
	return made
}

func projectConflict(p Project, err error) error {
	return replaceKind(err, Conflict, Errorf(Conflict, "A project with the slug %q already exists in your organization. Please choose a different name or slug.", p.Slug))
}

func (p *Project) apply(in ProjectInput) error {
	set(&p.DeleteProtection, in.DeleteProtection)
	set(&p.Settings.AutoCapitalization, in.AutoCapitalization)
	set(&p.Settings.PITVersionLimit, in.PITVersionLimit)
	set(&p.Settings.SecretSharing, in.SecretSharing)
	set(&p.Settings.ShowSnapshotsLegacy, in.ShowSnapshotsLegacy)
	set(&p.Settings.SecretDetectionIgnoreValues, in.IgnoreValues)
	set(&p.Settings.EnforceEncryptedMetadata, in.EnforceEncryption)
	if in.AuditLogsRetentionDays != nil {
		p.Settings.AuditLogsRetentionDays = in.AuditLogsRetentionDays
	}
	return cmp.Or(
		setText("name", &p.Name, in.Name, 1, maxProjectName),
		setSlug(&p.Slug, in.Slug, minProjectSlug, maxProjectSlug),
		setText("description", &p.Description, in.Description, 0, maxProjectDescription),
	)
}

// Project returns a project that the actor is a member of.
func (s *Service) Project(ctx context.Context, a Actor, w ScopeRef) (Project, error) {
	return view(ctx, s, a, w.resolver(), requireNothing, func(sc scope) (Project, error) { return sc.project, nil })
}

// Projects lists the projects that the actor is a member of, of one type or, with an empty kind, of all.
func (s *Service) Projects(ctx context.Context, a Actor, kind string) ([]Project, error) {
	return view(ctx, s, a, organizationScope, requireNothing, func(sc scope) ([]Project, error) {
		all, err := sc.tx.Projects(ctx, sc.OrganizationID, sc.IdentityID)
		return slices.DeleteFunc(all, func(p Project) bool { return kind != "" && p.Type != kind }), err
	})
}

// UpdateProject changes the fields that are set.
func (s *Service) UpdateProject(ctx context.Context, a Actor, w ScopeRef, in ProjectInput) (Project, error) {
	need := permission.Permission{Action: permission.Edit, Subject: permission.Settings}
	return update(ctx, s, a, "update-project", w.resolver(), require(need), func(sc scope) (Project, error) {
		if in == (ProjectInput{}) {
			return Project{}, Errorf(BadRequest, "The request does not change any field of the project")
		}
		if in.IgnoreValues != nil {
			if err := s.checkProjectAdmin(ctx, sc, "change secretDetectionIgnoreValues"); err != nil {
				return Project{}, err
			}
		}
		p := sc.project
		if err := p.apply(in); err != nil {
			return Project{}, err
		}
		p.UpdatedAt = s.time()
		return p, projectConflict(p, sc.tx.UpdateProject(ctx, p))
	})
}

// checkProjectAdmin rejects an actor without the role admin in the project, regardless of its permissions.
func (s *Service) checkProjectAdmin(ctx context.Context, sc scope, what string) error {
	m, err := sc.tx.ProjectMembership(ctx, sc.project.ID, sc.IdentityID)
	if err == nil && !slices.ContainsFunc(m.Roles, func(r RoleGrant) bool { return r.Role.Slug == permission.Admin && r.Window.active(s.time()) }) {
		return Errorf(Forbidden, "Only an admin of the project may %s", what)
	}
	return err
}

// DeleteProject deletes a project with everything in it: memberships, roles, privileges, environments,
// and its own identities. Under the strict boundary, the actor must control those identities, and none may
// have delete protection.
func (s *Service) DeleteProject(ctx context.Context, a Actor, w ScopeRef) (Project, error) {
	need := permission.Permission{Action: permission.Delete, Subject: permission.Workspace}
	return update(ctx, s, a, "delete-project", w.resolver(), require(need), func(sc scope) (Project, error) {
		if sc.project.DeleteProtection {
			return Project{}, Errorf(Forbidden, "Project delete protection is enabled")
		}
		if err := s.checkProjectIdentities(ctx, sc, "Failed to delete project"); err != nil {
			return Project{}, err
		}
		return sc.project, sc.tx.DeleteProject(ctx, sc.project.ID)
	})
}

// checkProjectIdentities rejects the deletion of a project with identities that the actor may not delete.
func (s *Service) checkProjectIdentities(ctx context.Context, sc scope, base string) error {
	if s.boundary != Strict {
		return nil
	}
	identities, _, err := sc.tx.Identities(ctx, IdentityQuery{OrganizationID: sc.OrganizationID, ProjectID: sc.project.ID, OrderBy: ByName})
	if err != nil {
		return err
	}
	for _, listed := range identities {
		if sc.identity, err = sc.tx.Identity(ctx, listed.ID, s.time()); err != nil { // with metadata, for templates
			return err
		}
		if err := s.checkRevocation(ctx, sc, base); err != nil {
			return err
		}
		if listed.DeleteProtection {
			return Errorf(Conflict, "%s. Its identity %q has delete protection", base, listed.Name)
		}
	}
	return nil
}

func (p Project) addTargets(e *AuditEvent) {
	e.ProjectID = p.ID
	e.addTarget("projectId", p.ID)
}
