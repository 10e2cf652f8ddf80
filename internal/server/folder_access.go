// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// folderAccessRoutes returns the routes of access to single folders. The API stores no folders, so any well-formed
// path is one.
func (s *server) folderAccessRoutes() []route {
	const (
		memberships = "/v1/projects/{project}/memberships"
		path        = memberships + "/identities/{identityId}/secret-folder-access"
	)
	return []route{
		authenticated(s, post, path, s.createFolderAccess),
		authenticated(s, patch, path, s.updateFolderAccess),
		authenticated(s, remove, path, func(ctx context.Context, a iam.Actor, in *onMember[api.Folder]) (api.FolderAccessResponse, error) {
			return folderAccessResponse(s.iam.DeleteFolderAccess(ctx, a, string(in.Project), string(in.IdentityID), folderRef(in.Body)))
		}),
		authenticated(s, get, path, func(ctx context.Context, a iam.Actor, in *memberPath) (api.ListFolderAccessResponse, error) {
			found, err := s.iam.FolderAccesses(ctx, a, string(in.Project), string(in.IdentityID))
			out := make([]api.FolderAccess, len(found))
			for n, f := range found {
				out[n] = folderAccess(f)
			}
			return api.ListFolderAccessResponse{FolderAccess: out}, err
		}),
		authenticated(s, get, memberships+"/secret-folder-access/identities", s.folderRoster),
	}
}

func (s *server) createFolderAccess(ctx context.Context, a iam.Actor, in *onMember[api.CreateFolderAccessRequest]) (api.FolderAccessResponse, error) {
	input := iam.FolderAccessInput{Level: &in.Body.Permission, Window: optionalWindow(in.Body.Type)}
	return folderAccessResponse(s.iam.CreateFolderAccess(ctx, a, string(in.Project), string(in.IdentityID), folderRef(in.Body.Folder), input))
}

func (s *server) updateFolderAccess(ctx context.Context, a iam.Actor, in *onMember[api.UpdateFolderAccessRequest]) (api.FolderAccessResponse, error) {
	input := iam.FolderAccessInput{Level: in.Body.Permission, Window: optionalWindow(in.Body.Type)}
	return folderAccessResponse(s.iam.UpdateFolderAccess(ctx, a, string(in.Project), string(in.IdentityID), folderRef(in.Body.Folder), input))
}

func optionalWindow(t *api.PrivilegeType) *iam.WindowInput {
	if t == nil {
		return nil
	}
	w := windowInput(t.IsTemporary, t.TemporaryMode, t.TemporaryRange, t.TemporaryAccessStartTime)
	return &w
}

func folderRef(f api.Folder) iam.FolderRef {
	return iam.FolderRef{Environment: f.EnvironmentSlug, Path: f.SecretPath}
}

func (s *server) folderRoster(ctx context.Context, a iam.Actor, in *struct {
	Project         id     `path:"project"`
	EnvironmentSlug string `query:"environmentSlug" required:"true" minLength:"1" maxLength:"64"`
	SecretPath      string `query:"secretPath" required:"true" minLength:"1" maxLength:"1024"`
	Limit           int    `query:"limit" minimum:"1" maximum:"100" default:"100"`
	Offset          int    `query:"offset" minimum:"0"`
	Search          string `query:"search" maxLength:"255" doc:"Part of a name, in any case."`
}) (api.FolderRosterResponse, error) {
	roster, err := s.iam.FolderRoster(ctx, a, iam.MembershipQuery{
		ProjectID: string(in.Project), NameContains: in.Search, Limit: in.Limit, Offset: in.Offset,
	}, iam.FolderRef{Environment: in.EnvironmentSlug, Path: in.SecretPath})
	out := api.FolderRosterResponse{Identities: []api.FolderMember{}, IdentitiesWithoutAccess: []api.FolderMember{}, TotalCount: roster.Total}
	for _, m := range roster.Memberships {
		member, some := folderMember(m), len(m.Roles) > 1 || len(m.Roles) == 1 && m.Roles[0].Role.Slug != permission.NoAccess
		if f, ok := roster.Access[m.IdentityID]; ok {
			access := folderAccess(f)
			member.FolderRBACAccess, some = &access, true
		}
		if some {
			out.Identities = append(out.Identities, member)
		} else {
			out.IdentitiesWithoutAccess = append(out.IdentitiesWithoutAccess, member)
		}
	}
	return out, err
}

func folderMember(m iam.ProjectMembership) api.FolderMember {
	member := api.FolderMember{IdentityID: m.IdentityID, Name: m.Identity.Name}
	member.Membership.ID, member.Membership.Roles = m.ID, make([]api.FolderRole, len(m.Roles))
	for n, r := range m.Roles {
		member.Membership.Roles[n] = api.FolderRole{Slug: r.Role.Slug, Name: r.Role.Name}
		if r.Role.ID != "" {
			member.Membership.Roles[n].ID = &r.Role.ID
		}
		member.Membership.IsProjectAdmin = member.Membership.IsProjectAdmin || r.Role.Slug == permission.Admin
	}
	return member
}

func folderAccessResponse(f iam.FolderAccess, err error) (api.FolderAccessResponse, error) {
	return api.FolderAccessResponse{FolderAccess: folderAccess(f)}, err
}

func folderAccess(f iam.FolderAccess) api.FolderAccess {
	out := api.FolderAccess{
		ID: f.ID, ProjectID: f.ProjectID, IdentityID: f.IdentityID, Permission: f.Level, Environment: f.Environment, SecretPath: f.Path,
		IsTemporary: f.Window.Temporary(), CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt,
	}
	out.TemporaryMode, out.TemporaryRange, out.TemporaryAccessStartTime, out.TemporaryAccessEndTime = window(f.Window)
	return out
}
