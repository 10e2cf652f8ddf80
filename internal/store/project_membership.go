// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// membershipColumns are the columns of a project membership m, its project p and its identity i for
// scanMembership.
const membershipColumns = `m.id, m.project_id, m.identity_id, m.created_at, m.updated_at, p.name, p.slug, p.type, ` + identityColumns

// withProjectAndIdentity joins, with withRole, the tables that membershipColumns needs.
const withProjectAndIdentity = `
	JOIN projects p ON p.id = m.project_id
	JOIN identities i ON i.id = m.identity_id`

// ProjectMembership implements iam.Tx.
func (t *tx) ProjectMembership(ctx context.Context, projectID, identityID string) (iam.ProjectMembership, error) {
	return t.projectMembership(ctx, `m.project_id = $1 AND m.identity_id = $2`, projectID, identityID)
}

// ProjectMembershipByID implements iam.Tx.
func (t *tx) ProjectMembershipByID(ctx context.Context, id string) (iam.ProjectMembership, error) {
	return t.projectMembership(ctx, `m.id = $1`, id)
}

func (t *tx) projectMembership(ctx context.Context, condition string, args ...any) (iam.ProjectMembership, error) {
	m, err := queryOne(ctx, t, "project membership", scanMembership, `SELECT `+membershipColumns+
		` FROM project_memberships m`+withProjectAndIdentity+withRole+` WHERE `+condition, args...)
	if err != nil {
		return iam.ProjectMembership{}, err
	}
	if m.Identity.Metadata, err = t.metadata(ctx, m.IdentityID); err != nil {
		return iam.ProjectMembership{}, err
	}
	grants, err := t.grants(ctx, `SELECT `+grantColumns+` FROM membership_roles g`+withGranted+` WHERE g.membership_id = $1`, m.ID)
	m.Roles = append(m.Roles, grants[m.ID]...)
	return m, err
}

func scanMembership(row scanner) (m iam.ProjectMembership, err error) {
	m.Identity, err = scanIdentity(rowTail{row, []any{
		&m.ID, &m.ProjectID, &m.IdentityID, (*micros)(&m.CreatedAt), (*micros)(&m.UpdatedAt), &m.Project.Name, &m.Project.Slug, &m.Project.Type,
	}})
	m.Roles = []iam.RoleGrant{}
	return m, err
}

// grantColumns are the columns of a role grant g and its custom role r, which may be NULL, for
// scanGrant.
const grantColumns = `g.membership_id, g.id, g.window_range, g.window_start, g.window_end, g.created_at, g.updated_at, ` + roleOf

// withGranted joins the table that grantColumns needs.
const withGranted = ` LEFT JOIN roles r ON r.id = g.role_id`

// grant is a role grant with the ID of its membership.
type grant struct {
	membershipID string
	iam.RoleGrant
}

// grants returns role grants in their order, by membership ID.
func (t *tx) grants(ctx context.Context, text string, args ...any) (map[string][]iam.RoleGrant, error) {
	grants, err := queryAll(ctx, t, "roles of project memberships", scanGrant, text+` ORDER BY g.membership_id, g.position`, args...)
	of := map[string][]iam.RoleGrant{}
	for _, g := range grants {
		of[g.membershipID] = append(of[g.membershipID], g.RoleGrant)
	}
	return of, err
}

func scanGrant(row scanner) (g grant, err error) {
	var w window
	g.Role, err = scanRole(rowTail{row, []any{
		&g.membershipID, &g.ID, &w.length, &w.start, &w.end, (*micros)(&g.CreatedAt), (*micros)(&g.UpdatedAt),
	}})
	g.Role, g.Window = completed(g.Role, iam.BuiltInProjectRole), w.window()
	return g, err
}

// InsertProjectMembership implements iam.Tx.
func (t *tx) InsertProjectMembership(ctx context.Context, m iam.ProjectMembership) error {
	err := t.insert(ctx, "project membership", `
		INSERT INTO project_memberships (id, project_id, identity_id, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5)`,
		m.ID, m.ProjectID, m.IdentityID, micros(m.CreatedAt), micros(m.UpdatedAt))
	if err != nil {
		return err
	}
	return t.insertGrants(ctx, m)
}

// ReplaceMembershipRoles implements iam.Tx.
func (t *tx) ReplaceMembershipRoles(ctx context.Context, m iam.ProjectMembership) error {
	err := t.update(ctx, "project membership",
		`UPDATE project_memberships SET updated_at = $2 WHERE id = $1`, m.ID, micros(m.UpdatedAt))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, deleting, "roles of the project membership", `DELETE FROM membership_roles WHERE membership_id = $1`, m.ID)
	if err != nil {
		return err
	}
	return t.insertGrants(ctx, m)
}

func (t *tx) insertGrants(ctx context.Context, m iam.ProjectMembership) error {
	for position, g := range m.Roles {
		slug, roleID := referenceTo(g.Role)
		w := windowOf(g.Window)
		err := t.insert(ctx, "role of the project membership", `
			INSERT INTO membership_roles (id, membership_id, project_id, position, role_slug, role_id,
				window_range, window_start, window_end, created_at, updated_at)
			SELECT $1, m.id, m.project_id, $3, $4, $5, $6, $7, $8, $9, $10 FROM project_memberships m WHERE m.id = $2`,
			g.ID, m.ID, position, slug, roleID, w.length, w.start, w.end, micros(g.CreatedAt), micros(g.UpdatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteProjectMembership implements iam.Tx.
func (t *tx) DeleteProjectMembership(ctx context.Context, id string) error {
	return t.delete(ctx, "project membership", `DELETE FROM project_memberships WHERE id = $1`, id)
}
