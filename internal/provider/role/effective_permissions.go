// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// templateValues returns the values that templates refer to. Of a duplicate key the last one counts.
func templateValues(identity api.IdentityMembership) permission.Values {
	values := permission.Values{ID: identity.IdentityID, Username: identity.Identity.Name, Metadata: map[string]string{}}
	for _, pair := range identity.Metadata {
		values.Metadata[pair.Key] = pair.Value
	}
	return values
}

func organizationPermissions(ctx context.Context, c *client.Client, identity api.IdentityMembership) ([]effectivePermission, error) {
	if identity.RoleSlug() == api.NoAccess {
		return []effectivePermission{}, nil
	}
	role, err := c.OrganizationRoleBySlug(ctx, identity.RoleSlug())
	if err != nil {
		return nil, err
	}
	return rulesWithSource(permission.Organization, role.Permissions, permissionSource{
		Kind: types.StringValue("organization_role"), Slug: types.StringValue(role.Slug), ID: types.StringPointerValue(identity.RoleID),
	}, nil)
}

// projectPermissions returns the rules of the roles, then those of the privileges.
func projectPermissions(ctx context.Context, c *client.Client, projectID, identityID string, values permission.Values) ([]effectivePermission, error) {
	all, now := []effectivePermission{}, time.Now()
	member, err := c.ProjectMember(ctx, projectID, identityID)
	if client.IsNotFound(err) {
		return all, checkProjectExists(ctx, c, projectID)
	}
	if err != nil {
		return nil, err
	}
	for _, assigned := range member.Roles {
		if assigned.RoleSlug() == api.NoAccess || !isActive(assigned.IsTemporary, assigned.TemporaryAccessStartTime, assigned.TemporaryAccessEndTime, now) {
			continue
		}
		role, err := c.ProjectRoleBySlug(ctx, projectID, assigned.RoleSlug())
		if err != nil {
			return nil, err
		}
		rules, err := rulesWithSource(permission.Project, role.Permissions.For(values), permissionSource{
			Kind: types.StringValue("project_role"), Slug: types.StringValue(role.Slug), ID: types.StringPointerValue(assigned.CustomRoleID),
		}, assigned.TemporaryAccessEndTime)
		if err != nil {
			return nil, err
		}
		all = append(all, rules...)
	}
	privileges, err := privilegePermissions(ctx, c, projectID, identityID, values, now)
	if err != nil || isProjectAdmin(member, now) {
		return append(all, privileges...), err
	}
	folders, err := folderPermissions(ctx, c, projectID, identityID, now)
	return slices.Concat(all, privileges, folders), err
}

// checkProjectExists returns an error if the project does not exist, which membership routes report like a missing member.
func checkProjectExists(ctx context.Context, c *client.Client, projectID string) error {
	_, err := c.Project(ctx, projectID)
	return err
}

func privilegePermissions(ctx context.Context, c *client.Client, projectID, identityID string, values permission.Values, now time.Time) ([]effectivePermission, error) {
	listed, err := c.Privileges(ctx, projectID, identityID)
	if client.IsNoRoute(err) {
		return nil, nil // such a server has none
	}
	var all []effectivePermission
	for _, privilege := range listed {
		if !isActive(privilege.IsTemporary, privilege.TemporaryAccessStartTime, privilege.TemporaryAccessEndTime, now) {
			continue
		}
		found, err := c.Privilege(ctx, privilege.ID) // lists leave the rules out
		if err != nil {
			return nil, err
		}
		rules, err := rulesWithSource(permission.Project, found.Permissions.For(values), permissionSource{
			Kind: types.StringValue("project_privilege"), Slug: types.StringValue(found.Slug), ID: types.StringValue(found.ID),
		}, found.TemporaryAccessEndTime)
		if err != nil {
			return nil, err
		}
		all = append(all, rules...)
	}
	return all, err
}

func isActive(temporary bool, start, end *time.Time, now time.Time) bool {
	return !temporary || start != nil && end != nil && !now.Before(*start) && now.Before(*end)
}

// rulesWithSource returns rules with the role or privilege that they come from.
func rulesWithSource(scope permission.Scope, rules permission.Rules, source permissionSource, end *time.Time) ([]effectivePermission, error) {
	models, err := readPermissions(scope, rules, nil)
	if err != nil {
		return nil, err
	}
	list := make([]effectivePermission, len(models))
	for n, model := range models {
		list[n] = effectivePermission{permissionModel: model, Source: &source}
		if end != nil {
			list[n].ExpiresAt = types.StringValue(end.UTC().Format(time.RFC3339))
		}
	}
	return list, nil
}

// isProjectAdmin reports whether the member has the role admin now. Servers disregard its folder access.
func isProjectAdmin(member api.Member, now time.Time) bool {
	return slices.ContainsFunc(member.Roles, func(r api.MemberRole) bool {
		return r.RoleSlug() == permission.Admin && isActive(r.IsTemporary, r.TemporaryAccessStartTime, r.TemporaryAccessEndTime, now)
	})
}

// folderPermissions returns the rules of the access to folders. Servers without folder access, by version or by plan,
// have none.
func folderPermissions(ctx context.Context, c *client.Client, projectID, identityID string, now time.Time) ([]effectivePermission, error) {
	listed, err := c.FolderAccesses(ctx, projectID, identityID)
	if client.IsNoRoute(err) || client.Status(err) == http.StatusBadRequest {
		return nil, nil
	}
	var all []effectivePermission
	for _, f := range listed {
		if !isActive(f.IsTemporary, f.TemporaryAccessStartTime, f.TemporaryAccessEndTime, now) {
			continue
		}
		rules, err := rulesWithSource(permission.Project, permission.FolderLevel(f.Permission).In(f.Environment, f.SecretPath).Rules, permissionSource{
			Kind: types.StringValue(folderAccessKind), Slug: types.StringValue(f.Permission), ID: types.StringValue(f.ID),
		}, f.TemporaryAccessEndTime)
		if err != nil {
			return nil, err
		}
		all = append(all, rules...)
	}
	return all, err
}
