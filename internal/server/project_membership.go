// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// memberPath is the input of a route with an identity in a project.
type memberPath struct {
	Project    id `path:"project"`
	IdentityID id `path:"identityId"`
}

// onMember is the input of a route with an identity in a project and a body.
type onMember[T any] struct {
	Project    id `path:"project"`
	IdentityID id `path:"identityId"`
	Body       T
}

// workspaceMembershipRoutes are the deprecated routes of memberships, which clients still use.
func (s *server) workspaceMembershipRoutes() []route {
	const path = "/v2/workspace/{project}/identity-memberships"
	return []route{
		authenticated(s, post, path+"/{identityId}", s.addMember),
		authenticated(s, patch, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *onMember[api.SetMemberRolesRequest]) (api.MemberRolesResponse, error) {
			m, err := s.setMemberRoles(ctx, a, in)
			return api.MemberRolesResponse{Roles: grantedRoles(m)}, err
		}),
		authenticated(s, remove, path+"/{identityId}", s.removeMember),
		authenticated(s, get, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *memberPath) (api.MemberResponse, error) {
			m, err := s.iam.Member(ctx, a, string(in.Project), string(in.IdentityID))
			return api.MemberResponse{IdentityMembership: workspaceMember(m)}, err
		}),
		authenticated(s, get, path, func(ctx context.Context, a iam.Actor, in *struct {
			Project        id     `path:"project"`
			Limit          int    `query:"limit" minimum:"1" maximum:"20000" doc:"Default all."`
			Offset         int    `query:"offset" minimum:"0"`
			OrderBy        string `query:"orderBy" enum:"name" doc:"Default name."`
			OrderDirection string `query:"orderDirection" enum:"asc,desc" doc:"Default asc."`
			Search         string `query:"search" maxLength:"255" doc:"Part of a name, ignoring case."`
		}) (api.ListMembersResponse, error) {
			page, err := s.iam.Members(ctx, a, iam.MembershipQuery{
				ProjectID: string(in.Project), NameContains: in.Search, Descending: in.OrderDirection == "desc", Limit: in.Limit, Offset: in.Offset,
			})
			return members(page.Memberships, &page.Total, workspaceMember), err
		}),
	}
}

// membershipRoutes are the current routes of memberships.
func (s *server) membershipRoutes() []route {
	const path = "/v1/projects/{project}/memberships/identities"
	return []route{
		authenticated(s, post, path+"/{identityId}", s.addMember),
		authenticated(s, patch, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *onMember[api.SetMemberRolesRequest]) (api.MembershipResponse, error) {
			return membershipResponse(s.setMemberRoles(ctx, a, in))
		}),
		authenticated(s, remove, path+"/{identityId}", s.removeMember),
		authenticated(s, get, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *memberPath) (api.MemberResponse, error) {
			m, err := s.iam.Member(ctx, a, string(in.Project), string(in.IdentityID))
			out := member(m)
			out.Metadata = metadata(m.Identity.Metadata)
			return api.MemberResponse{IdentityMembership: out}, err
		}),
		authenticated(s, get, "/v2/workspace/identity-memberships/{membershipId}", func(ctx context.Context, a iam.Actor, in *struct {
			MembershipID id `path:"membershipId"`
		}) (api.MemberResponse, error) {
			m, err := s.iam.MemberByID(ctx, a, string(in.MembershipID))
			return api.MemberResponse{IdentityMembership: workspaceMember(m)}, err
		}),
		authenticated(s, get, "/v1/identities/{identityId}/identity-memberships", func(ctx context.Context, a iam.Actor, in *identityPath) (api.ListMembersResponse, error) {
			found, err := s.iam.MembershipsOf(ctx, a, string(in.IdentityID))
			return members(found, nil, workspaceMember), err
		}),
	}
}

func (s *server) addMember(ctx context.Context, a iam.Actor, in *onMember[api.AddMemberRequest]) (api.MembershipResponse, error) {
	roles := []iam.RoleGrantInput{{Role: permission.NoAccess}}
	switch {
	case in.Body.Roles != nil:
		roles = assignments(*in.Body.Roles)
	case in.Body.Role != nil:
		roles[0].Role = *in.Body.Role
	}
	return membershipResponse(s.iam.AddMember(ctx, a, string(in.Project), string(in.IdentityID), roles))
}

func (s *server) setMemberRoles(ctx context.Context, a iam.Actor, in *onMember[api.SetMemberRolesRequest]) (iam.ProjectMembership, error) {
	return s.iam.SetMemberRoles(ctx, a, string(in.Project), string(in.IdentityID), assignments(in.Body.Roles))
}

func (s *server) removeMember(ctx context.Context, a iam.Actor, in *memberPath) (api.MembershipResponse, error) {
	return membershipResponse(s.iam.RemoveMember(ctx, a, string(in.Project), string(in.IdentityID)))
}

func assignments(sent []api.RoleAssignment) []iam.RoleGrantInput {
	roles := make([]iam.RoleGrantInput, len(sent))
	for n, r := range sent {
		roles[n] = iam.RoleGrantInput{Role: r.Role, WindowInput: windowInput(r.IsTemporary, r.TemporaryMode, r.TemporaryRange, r.TemporaryAccessStartTime)}
	}
	return roles
}

func windowInput(temporary bool, mode, length *string, start *time.Time) iam.WindowInput {
	in := iam.WindowInput{Temporary: temporary, Start: start}
	if mode != nil {
		in.Mode = *mode
	}
	if length != nil {
		in.Range = *length
	}
	return in
}

func membershipResponse(m iam.ProjectMembership, err error) (api.MembershipResponse, error) {
	return api.MembershipResponse{IdentityMembership: api.Membership{
		ID: m.ID, ProjectID: m.ProjectID, IdentityID: m.IdentityID, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}}, err
}

func members(found []iam.ProjectMembership, total *int, member func(iam.ProjectMembership) api.Member) api.ListMembersResponse {
	out := make([]api.Member, len(found))
	for n, m := range found {
		out[n] = member(m)
	}
	return api.ListMembersResponse{IdentityMemberships: out, TotalCount: total}
}

func member(m iam.ProjectMembership) api.Member {
	roles := make([]api.MemberRole, len(m.Roles))
	for n, r := range m.Roles {
		roles[n] = memberRole(r)
	}
	return api.Member{
		ID: m.ID, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Roles: roles,
		Identity: memberIdentity(m.Identity),
	}
}

func workspaceMember(m iam.ProjectMembership) api.Member {
	out := member(m)
	out.IdentityID = m.IdentityID
	out.Project = &api.ProjectName{ID: m.ProjectID, Name: m.Project.Name}
	return out
}

// grantedRoles returns the roles as an update on the deprecated route sends them.
func grantedRoles(m iam.ProjectMembership) []api.GrantedRole {
	roles := make([]api.GrantedRole, len(m.Roles))
	for n, grant := range m.Roles {
		r := memberRole(grant)
		roles[n] = api.GrantedRole{
			ID: r.ID, Role: r.Role, ProjectMembershipID: m.ID, CustomRoleID: r.CustomRoleID, IsTemporary: r.IsTemporary,
			TemporaryMode: r.TemporaryMode, TemporaryRange: r.TemporaryRange,
			TemporaryAccessStartTime: r.TemporaryAccessStartTime, TemporaryAccessEndTime: r.TemporaryAccessEndTime,
			CreatedAt: grant.CreatedAt, UpdatedAt: grant.UpdatedAt,
		}
	}
	return roles
}

func memberRole(r iam.RoleGrant) api.MemberRole {
	out := api.MemberRole{ID: r.ID, Role: r.Role.Slug, IsTemporary: r.Window.Temporary()}
	if r.Role.ID != "" {
		out.Role, out.CustomRoleID, out.CustomRoleName, out.CustomRoleSlug = api.CustomRole, &r.Role.ID, &r.Role.Name, &r.Role.Slug
	}
	out.TemporaryMode, out.TemporaryRange, out.TemporaryAccessStartTime, out.TemporaryAccessEndTime = window(r.Window)
	return out
}

func window(w iam.Window) (mode, length *string, start, end *time.Time) {
	if !w.Temporary() {
		return nil, nil, nil, nil
	}
	relative := api.TemporaryRelative
	return &relative, &w.Range, &w.Start, &w.End
}
