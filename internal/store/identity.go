// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// identityColumns are the columns of an identity i, its role r and its methods for scanIdentity.
const identityColumns = `i.id, i.organization_id, COALESCE(i.project_id, ''), i.name, i.delete_protection, i.created_at, i.updated_at,
	i.membership_id, i.membership_created_at, i.membership_updated_at, i.last_login_method, i.last_login_at,
	` + methodNames + `, ` + roleOf

// withRole joins the custom role of an identity i, which identityColumns needs.
const withRole = `
	LEFT JOIN roles r ON r.id = i.role_id`

// Identity implements iam.Tx.
func (t *tx) Identity(ctx context.Context, id string, at time.Time) (iam.Identity, error) {
	i, err := queryOne(ctx, t, "identity", scanIdentity,
		`SELECT `+identityColumns+` FROM identities i`+withRole+` WHERE i.id = $1`, id)
	if err != nil {
		return iam.Identity{}, err
	}
	if i.Metadata, err = t.metadata(ctx, id); err != nil {
		return iam.Identity{}, err
	}
	i.LockedMethods, err = t.lockedMethods(ctx, id, at)
	return i, err
}

func (t *tx) metadata(ctx context.Context, identityID string) ([]iam.Metadata, error) {
	return queryAll(ctx, t, "metadata", scanMetadata,
		`SELECT id, key, value FROM identity_metadata WHERE identity_id = $1 ORDER BY position`, identityID)
}

func scanIdentity(row scanner) (i iam.Identity, err error) {
	var methods string
	m := &i.Membership
	m.Role, err = scanRole(rowTail{row, []any{
		&i.ID, &i.OrganizationID, &i.ProjectID, &i.Name, (*flag)(&i.DeleteProtection), (*micros)(&i.CreatedAt), (*micros)(&i.UpdatedAt),
		&m.ID, (*micros)(&m.CreatedAt), (*micros)(&m.UpdatedAt), &m.LastLoginMethod, (*micros)(&m.LastLoginAt),
		&methods,
	}})
	m.Role = completed(m.Role, iam.BuiltInRole)
	i.AuthMethods = splitNames(methods)
	return i, err
}

func scanMetadata(row scanner) (m iam.Metadata, err error) {
	err = row.Scan(&m.ID, &m.Key, &m.Value)
	return m, err
}

// InsertIdentity implements iam.Tx.
func (t *tx) InsertIdentity(ctx context.Context, i iam.Identity) error {
	m := i.Membership
	slug, roleID := referenceTo(m.Role)
	err := t.insert(ctx, "identity", `
		INSERT INTO identities (id, organization_id, project_id, name, name_folded, delete_protection, created_at, updated_at,
			membership_id, role_slug, role_id, membership_created_at, membership_updated_at, last_login_method, last_login_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		i.ID, i.OrganizationID, orNull(i.ProjectID), i.Name, folded(i.Name), flag(i.DeleteProtection), micros(i.CreatedAt), micros(i.UpdatedAt),
		m.ID, slug, roleID, micros(m.CreatedAt), micros(m.UpdatedAt), m.LastLoginMethod, micros(m.LastLoginAt))
	if err != nil {
		return err
	}
	return t.insertMetadata(ctx, i)
}

func (t *tx) insertMetadata(ctx context.Context, i iam.Identity) error {
	for position, m := range i.Metadata {
		err := t.insert(ctx, "metadata",
			`INSERT INTO identity_metadata (id, identity_id, position, key, value) VALUES ($1, $2, $3, $4, $5)`,
			m.ID, i.ID, position, m.Key, m.Value)
		if err != nil {
			return err
		}
	}
	return nil
}

// UpdateIdentity implements iam.Tx.
func (t *tx) UpdateIdentity(ctx context.Context, i iam.Identity) error {
	slug, roleID := referenceTo(i.Membership.Role)
	err := t.update(ctx, "identity", `
		UPDATE identities SET name = $2, name_folded = $3, delete_protection = $4, updated_at = $5,
			role_slug = $6, role_id = $7, membership_updated_at = $8
		WHERE id = $1`,
		i.ID, i.Name, folded(i.Name), flag(i.DeleteProtection), micros(i.UpdatedAt),
		slug, roleID, micros(i.Membership.UpdatedAt))
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, deleting, "metadata", `DELETE FROM identity_metadata WHERE identity_id = $1`, i.ID); err != nil {
		return err
	}
	return t.insertMetadata(ctx, i)
}

// DeleteIdentity implements iam.Tx.
func (t *tx) DeleteIdentity(ctx context.Context, id string) error {
	return t.delete(ctx, "identity", `DELETE FROM identities WHERE id = $1`, id)
}

// RecordLogin implements iam.Tx.
func (t *tx) RecordLogin(ctx context.Context, identityID, method string, at time.Time) error {
	return t.update(ctx, "identity",
		`UPDATE identities SET last_login_method = $2, last_login_at = $3 WHERE id = $1`,
		identityID, method, micros(at))
}
