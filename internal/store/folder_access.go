// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"fmt"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// FolderAccesses implements iam.Tx.
func (t *tx) FolderAccesses(ctx context.Context, q iam.FolderAccessQuery) ([]iam.FolderAccess, error) {
	condition, args := "e.deleted_at = 0", []any{}
	for _, c := range []struct{ column, value string }{
		{"m.project_id", q.ProjectID}, {"m.identity_id", q.IdentityID}, {"f.environment_id", q.EnvironmentID}, {"f.path", q.Path},
	} {
		if c.value != "" {
			args = append(args, c.value)
			condition += fmt.Sprintf(" AND %s = $%d", c.column, len(args))
		}
	}
	if q.ProjectID == "" && q.IdentityID == "" && q.EnvironmentID == "" {
		return []iam.FolderAccess{}, nil
	}
	return queryAll(ctx, t, "folder access", scanFolderAccess, `
	SELECT f.id, f.membership_id, m.project_id, m.identity_id, f.environment_id, e.slug, f.path, f.level,
		f.window_range, f.window_start, f.window_end, f.created_at, f.updated_at
	FROM folder_access f
	JOIN project_memberships m ON m.id = f.membership_id
	JOIN environments e ON e.id = f.environment_id
	WHERE `+condition+` ORDER BY e.slug, f.path, f.id`, args...)
}

func scanFolderAccess(row scanner) (f iam.FolderAccess, err error) {
	var w window
	err = row.Scan(&f.ID, &f.MembershipID, &f.ProjectID, &f.IdentityID, &f.EnvironmentID, &f.Environment, &f.Path, &f.Level,
		&w.length, &w.start, &w.end, (*micros)(&f.CreatedAt), (*micros)(&f.UpdatedAt))
	f.Window = w.window()
	return f, err
}

// InsertFolderAccess implements iam.Tx.
func (t *tx) InsertFolderAccess(ctx context.Context, f iam.FolderAccess) error {
	w := windowOf(f.Window)
	return t.insert(ctx, "folder access", `
		INSERT INTO folder_access (id, membership_id, environment_id, path, level, window_range, window_start, window_end, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		f.ID, f.MembershipID, f.EnvironmentID, f.Path, f.Level, w.length, w.start, w.end, micros(f.CreatedAt), micros(f.UpdatedAt))
}

// UpdateFolderAccess implements iam.Tx.
func (t *tx) UpdateFolderAccess(ctx context.Context, f iam.FolderAccess) error {
	w := windowOf(f.Window)
	return t.update(ctx, "folder access",
		`UPDATE folder_access SET level = $2, window_range = $3, window_start = $4, window_end = $5, updated_at = $6 WHERE id = $1`,
		f.ID, f.Level, w.length, w.start, w.end, micros(f.UpdatedAt))
}

// DeleteFolderAccess implements iam.Tx.
func (t *tx) DeleteFolderAccess(ctx context.Context, id string) error {
	return t.delete(ctx, "folder access", `DELETE FROM folder_access WHERE id = $1`, id)
}
