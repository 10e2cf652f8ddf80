package iam

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// customRole is what a custom role reads as in a membership; no role has it for a slug.
const customRole = "custom"

// BuiltInRole answers the built-in role of that slug, and whether there is one.
func BuiltInRole(slug string) (Role, bool) {
	role, ok := permission.BuiltIn(permission.Organization, slug)
	return Role{Slug: slug, Permissions: role.Rules}, ok
}

// role finds a built-in or custom role of an organisation by its slug.
func (s *Service) role(ctx context.Context, tx Tx, organizationID, slug string) (Role, error) {
	if slug == customRole {
		return Role{}, invalid("role", "role must be the slug of a role; %q only marks a custom one", customRole)
	}
	if role, ok := BuiltInRole(slug); ok {
		return role, nil
	}
	role, err := tx.Role(ctx, organizationID, slug)
	if Is(err, NotFound) {
		return Role{}, Refuse(NotFound, "Role with slug %s not found", slug)
	}
	return role, err
}
