// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// roleFamily is a set of role routes with the same way to name a scope and the same form of rules.
type roleFamily struct {
	where func(project id) iam.ScopeRef
	check func(permission.Rules) (permission.Rules, error)
}

func byID(project id) iam.ScopeRef { return iam.ScopeRef{ProjectID: string(project)} }

func bySlug(project id) iam.ScopeRef { return iam.ScopeRef{ProjectSlug: string(project)} }

func inOrganization(id) iam.ScopeRef { return iam.ScopeRef{} }

func checkFor(scope permission.Scope) func(permission.Rules) (permission.Rules, error) {
	return func(sent permission.Rules) (permission.Rules, error) { return sent, sent.Check(scope) }
}

func (s *server) organizationRoleRoutes() []route {
	const path = "/v1/organization/roles"
	f := roleFamily{where: inOrganization, check: checkFor(permission.Organization)}
	type one struct {
		RoleID id `path:"roleId"`
	}
	return []route{
		authenticated(s, post, path, func(ctx context.Context, a iam.Actor, in *struct{ Body api.CreateRoleRequest }) (api.RoleResponse, error) {
			return s.createRole(ctx, a, f, "", in.Body)
		}),
		authenticated(s, get, path, func(ctx context.Context, a iam.Actor, _ *struct{}) (api.ListRolesResponse, error) {
			return s.listRoles(ctx, a, f, "")
		}),
		authenticated(s, get, path+"/{roleId}", func(ctx context.Context, a iam.Actor, in *one) (api.RoleResponse, error) {
			return roleResponse(s.iam.Role(ctx, a, f.where(""), string(in.RoleID)))
		}),
		authenticated(s, get, path+"/slug/{slug}", func(ctx context.Context, a iam.Actor, in *struct {
			Slug id `path:"slug"`
		}) (api.RoleResponse, error) {
			return roleResponse(s.iam.RoleBySlug(ctx, a, f.where(""), string(in.Slug)))
		}),
		authenticated(s, patch, path+"/{roleId}", func(ctx context.Context, a iam.Actor, in *struct {
			RoleID  id `path:"roleId"`
			Body    api.UpdateRoleRequest
			RawBody []byte
		}) (api.RoleResponse, error) {
			return s.updateRole(ctx, a, f, "", in.RoleID, in.Body, in.RawBody)
		}),
		authenticated(s, remove, path+"/{roleId}", func(ctx context.Context, a iam.Actor, in *one) (api.RoleResponse, error) {
			return roleResponse(s.iam.DeleteRole(ctx, a, f.where(""), string(in.RoleID)))
		}),
	}
}

// projectRoleRoutes returns the routes of roles below prefix/{project}/roles.
func (s *server) projectRoleRoutes(prefix string, f roleFamily) []route {
	path := prefix + "/{project}/roles"
	type one struct {
		Project id `path:"project"`
		RoleID  id `path:"roleId"`
	}
	return []route{
		authenticated(s, post, path, func(ctx context.Context, a iam.Actor, in *onProject[api.CreateRoleRequest]) (api.RoleResponse, error) {
			return s.createRole(ctx, a, f, in.Project, in.Body)
		}),
		authenticated(s, get, path, func(ctx context.Context, a iam.Actor, in *projectPath) (api.ListRolesResponse, error) {
			return s.listRoles(ctx, a, f, in.Project)
		}),
		authenticated(s, get, path+"/slug/{slug}", func(ctx context.Context, a iam.Actor, in *struct {
			Project id `path:"project"`
			Slug    id `path:"slug"`
		}) (api.RoleResponse, error) {
			return roleResponse(s.iam.RoleBySlug(ctx, a, f.where(in.Project), string(in.Slug)))
		}),
		authenticated(s, patch, path+"/{roleId}", func(ctx context.Context, a iam.Actor, in *struct {
			Project id `path:"project"`
			RoleID  id `path:"roleId"`
			Body    api.UpdateRoleRequest
			RawBody []byte
		}) (api.RoleResponse, error) {
			return s.updateRole(ctx, a, f, in.Project, in.RoleID, in.Body, in.RawBody)
		}),
		authenticated(s, remove, path+"/{roleId}", func(ctx context.Context, a iam.Actor, in *one) (api.RoleResponse, error) {
			return roleResponse(s.iam.DeleteRole(ctx, a, f.where(in.Project), string(in.RoleID)))
		}),
	}
}

func (s *server) createRole(ctx context.Context, a iam.Actor, f roleFamily, project id, b api.CreateRoleRequest) (api.RoleResponse, error) {
	rules, err := f.check(b.Permissions)
	if err != nil {
		return api.RoleResponse{}, err
	}
	return roleResponse(s.iam.CreateRole(ctx, a, f.where(project), iam.RoleInput{
		Slug: &b.Slug, Name: &b.Name, Description: b.Description, Permissions: &rules,
	}))
}

func (s *server) updateRole(ctx context.Context, a iam.Actor, f roleFamily, project, role id, b api.UpdateRoleRequest, sent []byte) (api.RoleResponse, error) {
	if isNull(sent, "description") { // which clears it
		b.Description = new(string)
	}
	in := iam.RoleInput{Slug: b.Slug, Name: b.Name, Description: b.Description}
	if b.Permissions != nil {
		rules, err := f.check(*b.Permissions)
		if err != nil {
			return api.RoleResponse{}, err
		}
		in.Permissions = &rules
	}
	return roleResponse(s.iam.UpdateRole(ctx, a, f.where(project), string(role), in))
}

func (s *server) listRoles(ctx context.Context, a iam.Actor, f roleFamily, project id) (api.ListRolesResponse, error) {
	found, err := s.iam.Roles(ctx, a, f.where(project))
	out := make([]api.Role, len(found))
	for n, r := range found {
		out[n] = role(r)
		out[n].Permissions = nil
	}
	return api.ListRolesResponse{Roles: out}, err
}

// getProjectRole finds a role of any project by its id.
func (s *server) getProjectRole(ctx context.Context, a iam.Actor, in *struct {
	RoleID id `path:"roleId"`
}) (api.RoleResponse, error) {
	return roleResponse(s.iam.ProjectRole(ctx, a, string(in.RoleID)))
}

func roleResponse(r iam.Role, err error) (api.RoleResponse, error) {
	return api.RoleResponse{Role: role(r)}, err
}

func role(r iam.Role) api.Role {
	out := api.Role{
		ID: r.ID, Name: r.Name, Slug: r.Slug, Description: &r.Description, Permissions: presentRules(r.Permissions),
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, ProjectID: r.ProjectID,
	}
	if r.ProjectID == "" {
		out.OrgID = r.OrganizationID
	}
	if r.ID == "" {
		out.ID = builtInID(r)
	}
	return out
}

// organizationRoleIDs are the IDs of the built-in organization roles. Contract: section 4.2.
var organizationRoleIDs = map[string]string{
	permission.Admin:    "b11b49a9-09a9-4443-916a-4246f9ff2c69",
	permission.Member:   "b11b49a9-09a9-4443-916a-4246f9ff2c70",
	permission.NoAccess: "b10d49a9-09a9-4443-916a-4246f9ff2c72",
}

// builtInID returns a fixed ID for a built-in role, which no route accepts.
func builtInID(r iam.Role) string {
	if known, ok := organizationRoleIDs[r.Slug]; ok && r.ProjectID == "" {
		return known
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("role:"+r.Slug)).String()
}

// presentRules returns rules that are present in the response even if there are none.
func presentRules(rules permission.Rules) permission.Rules {
	if rules == nil {
		return permission.Rules{}
	}
	return rules
}
