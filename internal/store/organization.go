// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Organization implements iam.Tx.
func (t *tx) Organization(ctx context.Context) (iam.Organization, error) {
	return queryOne(ctx, t, "organization", scanOrganization, `SELECT id, name, slug, admin_id, created_at FROM organizations`)
}

// InsertOrganization implements iam.Tx.
func (t *tx) InsertOrganization(ctx context.Context, o iam.Organization) error {
	return t.insert(ctx, "organization",
		`INSERT INTO organizations (id, name, slug, admin_id, created_at) VALUES ($1, $2, $3, $4, $5)`,
		o.ID, o.Name, o.Slug, o.AdminID, micros(o.CreatedAt))
}

// SetOrganizationAdmin implements iam.Tx.
func (t *tx) SetOrganizationAdmin(ctx context.Context, identityID string) error {
	return t.update(ctx, "organization", `UPDATE organizations SET admin_id = $1`, identityID)
}

func scanOrganization(row scanner) (o iam.Organization, err error) {
	err = row.Scan(&o.ID, &o.Name, &o.Slug, &o.AdminID, (*micros)(&o.CreatedAt))
	return o, err
}
