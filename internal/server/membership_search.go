// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// membershipSearch is the body of a search with its filter read.
type membershipSearch struct {
	Body  api.SearchMembershipsRequest
	anyOf []iam.IdentityMatch
}

// Resolve reads the filter.
func (r *membershipSearch) Resolve(huma.Context) (errs []error) {
	r.anyOf, errs = filterOf(r.Body.Search)
	return errs
}

func (s *server) searchMemberships(ctx context.Context, a iam.Actor, in *membershipSearch) (api.SearchMembershipsResponse, error) {
	of := identityQuery(in.Body.SearchIdentitiesRequest)
	projects := slices.Contains(in.Body.Scope, api.ScopeProject)
	page, err := s.iam.SearchMemberships(ctx, a, iam.MembershipSearch{
		InOrganization: !projects || slices.Contains(in.Body.Scope, api.ScopeOrganization),
		AnyOf:          in.anyOf, OrderBy: of.OrderBy, Descending: of.Descending, Limit: of.Limit, Offset: of.Offset,
	}, projects)
	out := make([]api.FoundMembership, len(page.Memberships))
	for n, m := range page.Memberships {
		out[n] = foundMembership(m)
	}
	return api.SearchMembershipsResponse{Identities: out, TotalCount: page.Total}, err
}

// membershipCount is the body of a count with its filter read.
type membershipCount struct {
	Body  api.CountMembershipsRequest
	anyOf []iam.IdentityMatch
}

// Resolve reads the filter.
func (r *membershipCount) Resolve(huma.Context) (errs []error) {
	r.anyOf, errs = filterOf(r.Body.Search)
	return errs
}

func (s *server) countMemberships(ctx context.Context, a iam.Actor, in *membershipCount) (api.CountMembershipsResponse, error) {
	var out api.CountMembershipsResponse
	for scope, count := range map[string]**int{api.ScopeOrganization: &out.Counts.Organization, api.ScopeProject: &out.Counts.Project} {
		if in.Body.Scope != nil && !slices.Contains(in.Body.Scope, scope) {
			continue
		}
		q := iam.MembershipSearch{InOrganization: scope == api.ScopeOrganization, AnyOf: in.anyOf, Limit: 1}
		page, err := s.iam.SearchMemberships(ctx, a, q, scope == api.ScopeProject)
		if err != nil {
			return out, err
		}
		*count = &page.Total
	}
	return out, nil
}

func foundMembership(m iam.ProjectMembership) api.FoundMembership {
	member := newerMember(m)
	for n, r := range m.Roles {
		if r.Role.ID != "" {
			member.Roles[n].CustomRoleDescription = &r.Role.Description
		}
	}
	member.Identity.ActiveLockoutAuthMethods = list(m.Identity.LockedMethods)
	own := membership(m.Identity)
	out := api.FoundMembership{
		ID: m.ID, IdentityID: m.IdentityID, Scope: api.ScopeOrganization, OrgID: m.Identity.OrganizationID,
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, LastLoginAuthMethod: own.LastLoginAuthMethod, LastLoginTime: own.LastLoginTime,
		Roles: member.Roles, Identity: member.Identity,
	}
	if m.ProjectID != "" {
		out.Scope, out.ProjectID = api.ScopeProject, &m.ProjectID
		out.Project = &api.FoundProject{ProjectName: api.ProjectName{ID: m.ProjectID, Name: m.Project.Name}, Slug: m.Project.Slug, Type: m.Project.Type}
	}
	return out
}
