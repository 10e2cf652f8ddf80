// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// environments returns the environments that are not deleted and match the condition, by position.
func (t *tx) environments(ctx context.Context, condition string, args ...any) ([]iam.Environment, error) {
	return queryAll(ctx, t, "environments", scanEnvironment, environmentsWhere(`e.deleted_at = 0 AND (`+condition+`) ORDER BY e.position, e.id`), args...)
}

func environmentsWhere(condition string) string {
	return `
		SELECT e.id, e.project_id, e.name, e.slug, e.position, e.created_at, e.updated_at, e.deleted_at, e.deleted_by
		FROM environments e WHERE ` + condition
}

// Environment implements iam.Tx.
func (t *tx) Environment(ctx context.Context, id string) (iam.Environment, error) {
	return queryOne(ctx, t, "environment", scanEnvironment, environmentsWhere(`e.id = $1 AND e.deleted_at = 0`), id)
}

// DeletedEnvironment implements iam.Tx.
func (t *tx) DeletedEnvironment(ctx context.Context, id string) (iam.Environment, error) {
	return queryOne(ctx, t, "environment", scanEnvironment, environmentsWhere(`e.id = $1 AND e.deleted_at > 0`), id)
}

func scanEnvironment(row scanner) (e iam.Environment, err error) {
	err = row.Scan(&e.ID, &e.ProjectID, &e.Name, &e.Slug, &e.Position, (*micros)(&e.CreatedAt), (*micros)(&e.UpdatedAt), (*micros)(&e.DeletedAt), &e.DeletedBy)
	return e, err
}

// InsertEnvironment implements iam.Tx.
func (t *tx) InsertEnvironment(ctx context.Context, e iam.Environment) error {
	return t.insert(ctx, "environment", `
		INSERT INTO environments (id, project_id, name, slug, position, created_at, updated_at, deleted_at, deleted_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, e.ProjectID, e.Name, e.Slug, e.Position, micros(e.CreatedAt), micros(e.UpdatedAt), micros(e.DeletedAt), e.DeletedBy)
}

// UpdateEnvironment implements iam.Tx.
func (t *tx) UpdateEnvironment(ctx context.Context, e iam.Environment) error {
	return t.update(ctx, "environment",
		`UPDATE environments SET name = $2, slug = $3, position = $4, updated_at = $5, deleted_at = $6, deleted_by = $7 WHERE id = $1`,
		e.ID, e.Name, e.Slug, e.Position, micros(e.UpdatedAt), micros(e.DeletedAt), e.DeletedBy)
}

// DeleteEnvironment implements iam.Tx.
func (t *tx) DeleteEnvironment(ctx context.Context, id string) error {
	return t.delete(ctx, "environment", `DELETE FROM environments WHERE id = $1`, id)
}
