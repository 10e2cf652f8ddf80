// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

func (s *server) privilegeRoutes() []route {
	const path = "/v2/identity-project-additional-privilege"
	type one struct {
		ID id `path:"id"`
	}
	return []route{
		authenticated(s, post, path, s.createPrivilege),
		authenticated(s, get, path, s.listPrivileges),
		authenticated(s, get, path+"/{id}", func(ctx context.Context, a iam.Actor, in *one) (api.PrivilegeResponse, error) {
			return privilegeResponse(s.iam.Privilege(ctx, a, privilegeID(in.ID)))
		}),
		authenticated(s, patch, path+"/{id}", s.updatePrivilege),
		authenticated(s, remove, path+"/{id}", func(ctx context.Context, a iam.Actor, in *one) (api.PrivilegeResponse, error) {
			return privilegeResponse(s.iam.DeletePrivilege(ctx, a, privilegeID(in.ID)))
		}),
	}
}

func (s *server) createPrivilege(ctx context.Context, a iam.Actor, in *struct{ Body api.CreatePrivilegeRequest }) (api.PrivilegeResponse, error) {
	b := in.Body
	if err := b.Permissions.Check(permission.Project); err != nil {
		return api.PrivilegeResponse{}, err
	}
	w := windowInput(b.Type.IsTemporary, b.Type.TemporaryMode, b.Type.TemporaryRange, b.Type.TemporaryAccessStartTime)
	return privilegeResponse(s.iam.CreatePrivilege(ctx, a, byID(id(b.ProjectID)), b.IdentityID, iam.PrivilegeInput{Slug: b.Slug, Permissions: &b.Permissions, Window: &w}))
}

func (s *server) updatePrivilege(ctx context.Context, a iam.Actor, in *struct {
	ID   id `path:"id"`
	Body api.UpdatePrivilegeRequest
}) (api.PrivilegeResponse, error) {
	change := iam.PrivilegeInput{Slug: in.Body.Slug}
	if in.Body.Permissions != nil {
		if err := in.Body.Permissions.Check(permission.Project); err != nil {
			return api.PrivilegeResponse{}, err
		}
		change.Permissions = in.Body.Permissions
	}
	if t := in.Body.Type; t != nil {
		w := windowInput(t.IsTemporary, t.TemporaryMode, t.TemporaryRange, t.TemporaryAccessStartTime)
		change.Window = &w
	}
	return privilegeResponse(s.iam.UpdatePrivilege(ctx, a, privilegeID(in.ID), change))
}

// privilegeSlugPath names a privilege by its slug.
type privilegeSlugPath struct {
	Slug        id `path:"slug"`
	IdentityID  id `query:"identityId" required:"true"`
	ProjectSlug id `query:"projectSlug" required:"true"`
}

func (s *server) listPrivileges(ctx context.Context, a iam.Actor, in *struct {
	IdentityID id `query:"identityId" required:"true"`
	ProjectID  id `query:"projectId" required:"true"`
}) (api.ListPrivilegesResponse, error) {
	found, err := s.iam.Privileges(ctx, a, byID(in.ProjectID), string(in.IdentityID))
	out := make([]api.Privilege, len(found))
	for n, p := range found {
		out[n] = privilege(p)
		out[n].Permissions = nil
	}
	return api.ListPrivilegesResponse{Privileges: out}, err
}

func privilegeID(sent id) iam.PrivilegeRef { return iam.PrivilegeRef{ID: string(sent)} }

func privilegeSlug(project, identity, slug id) iam.PrivilegeRef {
	return iam.PrivilegeRef{Project: bySlug(project), IdentityID: string(identity), Slug: string(slug)}
}

func privilegeResponse(p iam.Privilege, err error) (api.PrivilegeResponse, error) {
	return api.PrivilegeResponse{Privilege: privilege(p)}, err
}

func privilege(p iam.Privilege) api.Privilege {
	out := api.Privilege{
		ID: p.ID, Slug: p.Slug, ProjectMembershipID: p.MembershipID, IdentityID: p.IdentityID, ProjectID: p.ProjectID,
		IsTemporary: p.Window.Temporary(), Permissions: presentRules(p.Permissions), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	out.TemporaryMode, out.TemporaryRange, out.TemporaryAccessStartTime, out.TemporaryAccessEndTime = window(p.Window)
	return out
}
