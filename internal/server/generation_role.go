// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// projectRoles begins the only routes of project roles that an old server has: the project goes by
// its slug, and the rules are of the first version.
const projectRoles = "/v1/workspace/{project}/roles"

// roleRefusal names a refusal by what was tried, and a rule by the field that is wrong.
func roleRefusal(ctx context.Context, method string, err error) error {
	if rule, ok := errors.AsType[*permission.InvalidError](err); ok {
		f := ruleFailure(ctx, rule)
		if at := slices.IndexFunc(rule.Path, func(step any) bool { return step == "subject" || step == "action" }); at >= 0 {
			issue := &f.answer.Message.Issues[0]
			issue.Code, issue.Path = "invalid_union", issue.Path[:at+2] // after "permissions"
			if rule.Path[at] == "subject" {
				issue.Code += "_discriminator"
			}
		}
		return f
	}
	e, ok := errors.AsType[*iam.Error](err)
	names := map[iam.Kind]map[string]string{
		iam.Conflict: {post: "Create Role", patch: "Update Role", remove: "Delete role"},
		iam.NotFound: {patch: "Update role", remove: "Delete role"},
	}
	if !ok || names[e.Kind][method] == "" {
		return err
	}
	return newFailure(ctx, statuses[e.Kind].status, names[e.Kind][method], e.Sentence)
}

// builtInDescriptions are what an old server tells of the roles that every project has.
var builtInDescriptions = map[string]string{
	permission.Admin: "May do everything in the project", permission.Member: "Reads and writes in the project",
	permission.Viewer: "Reads in the project", permission.NoAccess: "May do nothing in the project",
}

// ofOlderRoles answers roles of projects as an old server keeps them. Rules that it could not have
// been given, as another generation was on the same database, are answered as they are.
func ofOlderRoles(v any) any {
	switch v := v.(type) {
	case api.RoleResponse:
		v.Role = olderRole(v.Role)
		return v
	case api.ListRolesResponse:
		v.Roles = slices.Clone(v.Roles)
		for n, r := range v.Roles {
			v.Roles[n] = olderRole(r)
		}
		return v
	}
	return v
}

func olderRole(r api.Role) api.Role {
	if text := builtInDescriptions[r.Slug]; text != "" {
		r.Description = &text
	}
	if said, err := r.Permissions.ToV1(); err == nil && r.Permissions != nil {
		r.Permissions = presentRules(said)
	}
	return r
}
