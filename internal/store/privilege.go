// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// privilegesWhere returns the query of the privileges v, of a project membership m, that match the
// condition.
func privilegesWhere(condition string) string {
	return `
	SELECT v.id, v.membership_id, m.project_id, m.identity_id, v.slug, v.permissions,
		v.window_range, v.window_start, v.window_end, v.created_at, v.updated_at
	FROM privileges v JOIN project_memberships m ON m.id = v.membership_id WHERE ` + condition
}

// Privilege implements iam.Tx.
func (t *tx) Privilege(ctx context.Context, id string) (iam.Privilege, error) {
	return queryOne(ctx, t, "privilege", scanPrivilege, privilegesWhere(`v.id = $1`), id)
}

// PrivilegeBySlug implements iam.Tx.
func (t *tx) PrivilegeBySlug(ctx context.Context, projectID, identityID, slug string) (iam.Privilege, error) {
	return queryOne(ctx, t, "privilege", scanPrivilege,
		privilegesWhere(`m.project_id = $1 AND m.identity_id = $2 AND v.slug = $3`), projectID, identityID, slug)
}

// Privileges implements iam.Tx.
func (t *tx) Privileges(ctx context.Context, projectID, identityID string) ([]iam.Privilege, error) {
	condition, args := `m.identity_id = $1`, []any{identityID}
	if projectID != "" {
		condition, args = condition+` AND m.project_id = $2`, append(args, projectID)
	}
	return queryAll(ctx, t, "privileges", scanPrivilege, privilegesWhere(condition+` ORDER BY v.created_at, v.id`), args...)
}

func scanPrivilege(row scanner) (p iam.Privilege, err error) {
	var w window
	err = row.Scan(&p.ID, &p.MembershipID, &p.ProjectID, &p.IdentityID, &p.Slug, (*ruleList)(&p.Permissions),
		&w.length, &w.start, &w.end, (*micros)(&p.CreatedAt), (*micros)(&p.UpdatedAt))
	p.Window = w.window()
	return p, err
}

// InsertPrivilege implements iam.Tx.
func (t *tx) InsertPrivilege(ctx context.Context, p iam.Privilege) error {
	w := windowOf(p.Window)
	return t.insert(ctx, "privilege", `
		INSERT INTO privileges (id, membership_id, slug, permissions, window_range, window_start, window_end, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, p.MembershipID, p.Slug, ruleList(p.Permissions), w.length, w.start, w.end, micros(p.CreatedAt), micros(p.UpdatedAt))
}

// UpdatePrivilege implements iam.Tx.
func (t *tx) UpdatePrivilege(ctx context.Context, p iam.Privilege) error {
	w := windowOf(p.Window)
	return t.update(ctx, "privilege", `
		UPDATE privileges SET slug = $2, permissions = $3, window_range = $4, window_start = $5, window_end = $6, updated_at = $7
		WHERE id = $1`,
		p.ID, p.Slug, ruleList(p.Permissions), w.length, w.start, w.end, micros(p.UpdatedAt))
}

// DeletePrivilege implements iam.Tx.
func (t *tx) DeletePrivilege(ctx context.Context, id string) error {
	return t.delete(ctx, "privilege", `DELETE FROM privileges WHERE id = $1`, id)
}
