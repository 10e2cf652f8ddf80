// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// rolesWhere returns the query of the custom roles that match the condition.
func rolesWhere(condition string) string {
	return `
	SELECT id, organization_id, COALESCE(project_id, ''), slug, name, description, permissions, created_at, updated_at
	FROM roles WHERE ` + condition
}

// inScope is the condition of an iam.RoleScope. An index has the same expression.
const inScope = `organization_id = $1 AND COALESCE(project_id, '') = $2`

// Role implements iam.Tx.
func (t *tx) Role(ctx context.Context, p iam.RoleScope, slug string) (iam.Role, error) {
	return queryOne(ctx, t, "role", scanRole, rolesWhere(inScope+` AND slug = $3`), p.OrganizationID, p.ProjectID, slug)
}

// RoleByID implements iam.Tx.
func (t *tx) RoleByID(ctx context.Context, id string) (iam.Role, error) {
	return queryOne(ctx, t, "role", scanRole, rolesWhere(`id = $1`), id)
}

// Roles implements iam.Tx.
func (t *tx) Roles(ctx context.Context, p iam.RoleScope) ([]iam.Role, error) {
	return queryAll(ctx, t, "roles", scanRole, rolesWhere(inScope+` ORDER BY created_at, id`), p.OrganizationID, p.ProjectID)
}

// RoleHolders implements iam.Tx.
func (t *tx) RoleHolders(ctx context.Context, id string) (int, error) {
	return queryOne(ctx, t, "number of role holders", scanInt, `
		SELECT (SELECT count(*) FROM identities WHERE role_id = $1) +
			(SELECT count(DISTINCT membership_id) FROM membership_roles WHERE role_id = $1)`, id)
}

// InsertRole implements iam.Tx.
func (t *tx) InsertRole(ctx context.Context, r iam.Role) error {
	return t.insert(ctx, "role", `
		INSERT INTO roles (id, organization_id, project_id, slug, name, description, permissions, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.OrganizationID, orNull(r.ProjectID), r.Slug, r.Name, r.Description, ruleList(r.Permissions),
		micros(r.CreatedAt), micros(r.UpdatedAt))
}

// UpdateRole implements iam.Tx.
func (t *tx) UpdateRole(ctx context.Context, r iam.Role) error {
	return t.update(ctx, "role",
		`UPDATE roles SET slug = $2, name = $3, description = $4, permissions = $5, updated_at = $6 WHERE id = $1`,
		r.ID, r.Slug, r.Name, r.Description, ruleList(r.Permissions), micros(r.UpdatedAt))
}

// DeleteRole implements iam.Tx.
func (t *tx) DeleteRole(ctx context.Context, id string) error {
	return t.delete(ctx, "role", `DELETE FROM roles WHERE id = $1`, id)
}

func scanRole(row scanner) (r iam.Role, err error) {
	err = row.Scan(&r.ID, &r.OrganizationID, &r.ProjectID, &r.Slug, &r.Name, &r.Description, (*ruleList)(&r.Permissions),
		(*micros)(&r.CreatedAt), (*micros)(&r.UpdatedAt))
	return r, err
}

// roleOf are the columns for scanRole of the role that the only table with a role_slug refers to. A
// built-in role has no row, and only its slug is known.
const roleOf = `COALESCE(r.id, ''), COALESCE(r.organization_id, ''), COALESCE(r.project_id, ''), COALESCE(r.slug, role_slug),
	COALESCE(r.name, ''), COALESCE(r.description, ''), COALESCE(r.permissions, '[]'),
	COALESCE(r.created_at, 0), COALESCE(r.updated_at, 0)`

// completed returns a built-in role with its rules, and custom roles unchanged. A built-in role that
// no longer exists has no rules.
func completed(r iam.Role, builtIn func(slug string) (iam.Role, bool)) iam.Role {
	if r.ID != "" {
		return r
	}
	r, _ = builtIn(r.Slug)
	return r
}

// referenceTo returns the columns of a reference to a role: the slug of a built-in one or the ID of a
// custom one.
func referenceTo(r iam.Role) (slug string, id any) {
	if r.ID == "" {
		return r.Slug, nil
	}
	return "", r.ID
}
