// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// SearchMemberships returns a page of the memberships that the actor may read: in the organization if q
// includes it, and in projects if inProjects is true.
func (s *Service) SearchMemberships(ctx context.Context, a Actor, q MembershipSearch, inProjects bool) (MembershipPage, error) {
	return view(ctx, s, a, organizationScope, requireNothing, func(sc scope) (MembershipPage, error) {
		return s.searchMemberships(ctx, sc, q, inProjects)
	})
}

func (s *Service) searchMemberships(ctx context.Context, sc scope, q MembershipSearch, inProjects bool) (MembershipPage, error) {
	q.OrganizationID, q.InOrganization = sc.OrganizationID, q.InOrganization && sc.may(onIdentity(permission.Read), nil)
	var partial map[string]permission.Rules
	if inProjects {
		var err error
		if q.ProjectIDs, partial, err = s.readableProjects(ctx, sc); err != nil {
			return MembershipPage{}, err
		}
	}
	of := q
	if len(partial) > 0 { // the page can be cut only after the filter below
		of.Limit, of.Offset = 0, 0
	}
	found, total, err := sc.tx.SearchMemberships(ctx, of, s.time())
	if err != nil || len(partial) == 0 {
		return MembershipPage{Memberships: found, Total: total}, err
	}
	found = slices.DeleteFunc(found, func(m ProjectMembership) bool {
		rules, only := partial[m.ProjectID]
		return only && !rules.Allow(onIdentity(permission.Read), permission.Attributes{"identityId": permission.Text(m.IdentityID)})
	})
	from, to := min(q.Offset, len(found)), len(found)
	if q.Limit > 0 {
		to = min(to, from+q.Limit)
	}
	return MembershipPage{Memberships: found[from:to], Total: len(found)}, nil
}

// readableProjects returns the projects in which the actor may read identities. For projects in which it
// may read only some, partial has its rules.
func (s *Service) readableProjects(ctx context.Context, sc scope) (projects []string, partial map[string]permission.Rules, err error) {
	if sc.may(permission.Permission{Action: "access-all-projects", Subject: "organization-admin-console"}, nil) && sc.may(onIdentity(permission.Read), nil) {
		projects, err = sc.tx.ProjectIDs(ctx, sc.OrganizationID, "")
		return projects, nil, err
	}
	candidates, err := sc.tx.ProjectIDs(ctx, sc.OrganizationID, sc.IdentityID)
	if err != nil {
		return nil, nil, err
	}
	partial = map[string]permission.Rules{}
	for _, id := range candidates {
		grants, _, err := s.grants(ctx, sc.tx, id, sc.Actor)
		if err != nil {
			return nil, nil, err
		}
		rules := grants.activeAt(s.time())
		if !rules.AllowSomewhere(onIdentity(permission.Read)) {
			continue
		}
		projects = append(projects, id)
		if !rules.Allow(onIdentity(permission.Read), nil) {
			partial[id] = rules
		}
	}
	return projects, partial, nil
}
