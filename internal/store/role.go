package store

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Role implements iam.Tx.
func (t *tx) Role(ctx context.Context, organizationID, slug string) (iam.Role, error) {
	return one(ctx, t, "role", scanRole, `
		SELECT id, organization_id, slug, name, description, permissions, created_at, updated_at
		FROM org_roles WHERE organization_id = $1 AND slug = $2`,
		organizationID, slug)
}

// InsertRole implements iam.Tx.
func (t *tx) InsertRole(ctx context.Context, r iam.Role) error {
	return t.insert(ctx, "role", `
		INSERT INTO org_roles (id, organization_id, slug, name, description, permissions, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.ID, r.OrganizationID, r.Slug, r.Name, r.Description, ruleList(r.Permissions),
		micros(r.CreatedAt), micros(r.UpdatedAt))
}

func scanRole(row scanner) (r iam.Role, err error) {
	err = row.Scan(roleColumns(&r)...)
	return r, err
}

// roleOf selects the role r of an identity i as roleColumns reads it. A built-in role has no
// row: only its slug is known.
const roleOf = `COALESCE(r.id, ''), COALESCE(r.organization_id, ''), COALESCE(r.slug, i.role_slug),
	COALESCE(r.name, ''), COALESCE(r.description, ''), COALESCE(r.permissions, '[]'),
	COALESCE(r.created_at, 0), COALESCE(r.updated_at, 0)`

func roleColumns(r *iam.Role) []any {
	return []any{
		&r.ID, &r.OrganizationID, &r.Slug, &r.Name, &r.Description, (*ruleList)(&r.Permissions),
		(*micros)(&r.CreatedAt), (*micros)(&r.UpdatedAt),
	}
}

// completed gives a built-in role its rules. A slug that names none any more allows nothing.
func completed(r iam.Role) iam.Role {
	if r.ID != "" {
		return r
	}
	built, _ := iam.BuiltInRole(r.Slug)
	return built
}

// placeOf answers how a role stands in a row: by the slug of a built-in one or by the id of a
// custom one.
func placeOf(r iam.Role) (slug string, id any) {
	if r.ID == "" {
		return r.Slug, nil
	}
	return "", r.ID
}
