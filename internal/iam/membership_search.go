// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// SearchMemberships finds memberships in the organisation, where q asks for them, and in projects,
// where inProjects does: those of them that the actor may read, who is refused nothing else.
func (s *Service) SearchMemberships(ctx context.Context, a Actor, q MembershipSearch, inProjects bool) (MembershipPage, error) {
	return view(ctx, s, a, organizationScope, requireNothing, func(sc scope) (MembershipPage, error) {
		return s.searchMemberships(ctx, sc, q, inProjects)
	})
}

func (s *Service) searchMemberships(ctx context.Context, sc scope, q MembershipSearch, inProjects bool) (MembershipPage, error) {
	q.OrganizationID, q.InOrganization = sc.OrganizationID, q.InOrganization && sc.may(onIdentity(permission.Read), nil)
	var inPart map[string]permission.Rules
	if inProjects {
		var err error
		if q.ProjectIDs, inPart, err = s.readable(ctx, sc); err != nil {
			return MembershipPage{}, err
		}
	}
	of := q
	if len(inPart) > 0 { // no page of the store's is a page of what may be read
		of.Limit, of.Offset = 0, 0
	}
	found, total, err := sc.tx.SearchMemberships(ctx, of, s.time())
	if err != nil || len(inPart) == 0 {
		return MembershipPage{Memberships: found, Total: total}, err
	}
	found = slices.DeleteFunc(found, func(m ProjectMembership) bool {
		rules, only := inPart[m.ProjectID]
		return only && !rules.Allow(onIdentity(permission.Read), permission.Attributes{"identityId": permission.Text(m.IdentityID)})
	})
	from, to := min(q.Offset, len(found)), len(found)
	if q.Limit > 0 {
		to = min(to, from+q.Limit)
	}
	return MembershipPage{Memberships: found[from:to], Total: len(found)}, nil
}

// readable are the projects in which the actor may read identities and, where not all of them, the
// rules that say which.
func (s *Service) readable(ctx context.Context, sc scope) (projects []string, inPart map[string]permission.Rules, err error) {
	if sc.may(permission.Permission{Action: "access-all-projects", Subject: "organization-admin-console"}, nil) && sc.may(onIdentity(permission.Read), nil) {
		projects, err = sc.tx.ProjectIDs(ctx, sc.OrganizationID, "")
		return projects, nil, err
	}
	candidates, err := sc.tx.ProjectIDs(ctx, sc.OrganizationID, sc.IdentityID)
	if err != nil {
		return nil, nil, err
	}
	inPart = map[string]permission.Rules{}
	for _, id := range candidates {
		grants, _, err := s.grants(ctx, sc.tx, id, sc.Actor)
		if err != nil {
			return nil, nil, err
		}
		rules := grants.at(s.time())
		if !rules.AllowSomewhere(onIdentity(permission.Read)) {
			continue
		}
		projects = append(projects, id)
		if !rules.Allow(onIdentity(permission.Read), nil) {
			inPart[id] = rules
		}
	}
	return projects, inPart, nil
}
