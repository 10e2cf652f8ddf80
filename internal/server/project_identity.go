// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (s *server) projectIdentityRoutes() []route {
	const path = "/v1/projects/{project}/identities"
	return []route{
		authenticated(s, post, path, s.createProjectIdentity),
		authenticated(s, get, path, s.listProjectIdentities),
		authenticated(s, get, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *memberPath) (api.IdentityResponse, error) {
			return projectIdentityResponse(s.iam.ProjectIdentity(ctx, a, string(in.Project), string(in.IdentityID)))
		}),
		authenticated(s, patch, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *onMember[api.UpdateProjectIdentityRequest]) (api.IdentityResponse, error) {
			b := in.Body
			return projectIdentityResponse(s.iam.UpdateProjectIdentity(ctx, a, string(in.Project), string(in.IdentityID), iam.IdentityInput{
				Name: b.Name, DeleteProtection: b.HasDeleteProtection, Metadata: metadataInput(b.Metadata),
			}))
		}),
		authenticated(s, remove, path+"/{identityId}", func(ctx context.Context, a iam.Actor, in *memberPath) (api.IdentityResponse, error) {
			return projectIdentityResponse(s.iam.DeleteProjectIdentity(ctx, a, string(in.Project), string(in.IdentityID)))
		}),
	}
}

func (s *server) createProjectIdentity(ctx context.Context, a iam.Actor, in *onProject[api.CreateProjectIdentityRequest]) (api.IdentityResponse, error) {
	b := in.Body
	var roles []iam.RoleGrantInput
	if b.Roles != nil {
		roles = assignments(*b.Roles)
	}
	return projectIdentityResponse(s.iam.CreateProjectIdentity(ctx, a, string(in.Project), iam.IdentityInput{
		Name: &b.Name, DeleteProtection: b.HasDeleteProtection, Metadata: metadataInput(b.Metadata),
	}, roles))
}

const defaultProjectIdentityLimit = 20

func (s *server) listProjectIdentities(ctx context.Context, a iam.Actor, in *struct {
	Project id     `path:"project"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" doc:"Default 20."`
	Offset  int    `query:"offset" minimum:"0"`
	Search  string `query:"search" maxLength:"255" doc:"Part of a name, ignoring case."`
}) (api.ListProjectIdentitiesResponse, error) {
	q := iam.IdentityQuery{
		OrganizationID: a.OrganizationID, ProjectID: string(in.Project), OrderBy: iam.ByName, Limit: in.Limit, Offset: in.Offset,
	}
	if q.Limit == 0 {
		q.Limit = defaultProjectIdentityLimit
	}
	if in.Search != "" {
		q.AnyOf = []iam.IdentityMatch{{NameContains: []string{in.Search}}}
	}
	page, err := s.iam.Identities(ctx, a, q)
	out := make([]api.Identity, len(page.Identities))
	for n, i := range page.Identities {
		out[n] = projectIdentity(i)
		out[n].Metadata, out[n].ActiveLockoutAuthMethods = nil, nil
	}
	return api.ListProjectIdentitiesResponse{Identities: out, TotalCount: page.Total}, err
}

func projectIdentityResponse(i iam.Identity, err error) (api.IdentityResponse, error) {
	return api.IdentityResponse{Identity: projectIdentity(i)}, err
}

// projectIdentity returns an identity as the routes of its project send it.
func projectIdentity(i iam.Identity) api.Identity {
	out := identity(i)
	out.ActiveLockoutAuthMethods = list(i.LockedMethods)
	return out
}
