// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// projectsWhere returns the query of the projects p that match the condition.
func projectsWhere(condition string) string {
	return `
	SELECT p.id, p.organization_id, p.name, p.slug, p.description, p.type, p.delete_protection, p.settings,
		p.created_at, p.updated_at
	FROM projects p WHERE ` + condition
}

// Project implements iam.Tx.
func (t *tx) Project(ctx context.Context, id string) (iam.Project, error) {
	return t.project(ctx, `p.id = $1`, id)
}

// ProjectBySlug implements iam.Tx.
func (t *tx) ProjectBySlug(ctx context.Context, organizationID, slug string) (iam.Project, error) {
	return t.project(ctx, `p.organization_id = $1 AND p.slug = $2`, organizationID, slug)
}

func (t *tx) project(ctx context.Context, condition string, args ...any) (iam.Project, error) {
	p, err := queryOne(ctx, t, "project", scanProject, projectsWhere(condition), args...)
	if err != nil {
		return iam.Project{}, err
	}
	p.Environments, err = t.environments(ctx, `e.project_id = $1`, p.ID)
	return p, err
}

// Projects implements iam.Tx.
func (t *tx) Projects(ctx context.Context, organizationID, memberID string) ([]iam.Project, error) {
	const joined = `SELECT project_id FROM project_memberships WHERE identity_id = `
	projects, err := queryAll(ctx, t, "projects", scanProject,
		projectsWhere(`p.organization_id = $1 AND p.id IN (`+joined+`$2) ORDER BY p.name, p.id`), organizationID, memberID)
	if err != nil {
		return nil, err
	}
	environments, err := t.environments(ctx, `e.project_id IN (`+joined+`$1)`, memberID)
	of := map[string][]iam.Environment{}
	for _, e := range environments {
		of[e.ProjectID] = append(of[e.ProjectID], e)
	}
	for n := range projects {
		projects[n].Environments = append(projects[n].Environments, of[projects[n].ID]...)
	}
	return projects, err
}

func scanProject(row scanner) (p iam.Project, err error) {
	err = row.Scan(&p.ID, &p.OrganizationID, &p.Name, &p.Slug, &p.Description, &p.Type, (*flag)(&p.DeleteProtection),
		(*projectSettings)(&p.Settings), (*micros)(&p.CreatedAt), (*micros)(&p.UpdatedAt))
	p.Environments = []iam.Environment{}
	return p, err
}

// InsertProject implements iam.Tx.
func (t *tx) InsertProject(ctx context.Context, p iam.Project) error {
	err := t.insert(ctx, "project", `
		INSERT INTO projects (id, organization_id, name, slug, description, type, delete_protection, settings, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.ID, p.OrganizationID, p.Name, p.Slug, p.Description, p.Type, flag(p.DeleteProtection), projectSettings(p.Settings),
		micros(p.CreatedAt), micros(p.UpdatedAt))
	if err != nil {
		return err
	}
	for _, e := range p.Environments {
		e.ProjectID = p.ID
		if err := t.InsertEnvironment(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// UpdateProject implements iam.Tx.
func (t *tx) UpdateProject(ctx context.Context, p iam.Project) error {
	return t.update(ctx, "project", `
		UPDATE projects SET name = $2, slug = $3, description = $4, delete_protection = $5, settings = $6, updated_at = $7
		WHERE id = $1`,
		p.ID, p.Name, p.Slug, p.Description, flag(p.DeleteProtection), projectSettings(p.Settings), micros(p.UpdatedAt))
}

// DeleteProject implements iam.Tx.
func (t *tx) DeleteProject(ctx context.Context, id string) error {
	return t.delete(ctx, "project", `DELETE FROM projects WHERE id = $1`, id)
}
