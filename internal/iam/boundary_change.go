// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// checkDenialsKept rejects an actor that removes a denial of its own, or makes it end earlier, unless it
// holds the denied permission. For other identities checkControl applies, which disregards denials.
func (s *Service) checkDenialsKept(ctx context.Context, sc scope, base string, before, after grants) error {
	if sc.identity.ID != sc.IdentityID {
		return nil
	}
	return s.checkGrant(ctx, sc, base, before.removedDenials(after, s.time()))
}

// removedDenials returns, as allowed, what the grants deny and after does not deny for as long.
func (gs grants) removedDenials(after grants, now time.Time) grant {
	var denied permission.Rules
	for _, g := range gs {
		for _, r := range g.rules {
			if r.Inverted && !after.keeps(r, g.window, now) {
				denied = append(denied, r.Denied())
			}
		}
	}
	return grant{rules: denied}
}

// checkRoleChange rejects new rules for a role, unless the actor holds the old rules, the new ones and
// the permissions that are no longer denied, which other roles may allow. If the new rules deny more,
// which affects permissions from other roles, the actor must control every identity with the role.
func (s *Service) checkRoleChange(ctx context.Context, sc scope, r Role, rules permission.Rules, base string) error {
	before, after := grants{{rules: r.Permissions}}, grants{{rules: rules}}
	now := s.time()
	if err := s.checkGrant(ctx, sc, base, before[0], after[0], before.removedDenials(after, now)); err != nil {
		return err
	}
	if s.boundary != Strict || r.ProjectID == "" || len(after.removedDenials(before, now).rules) == 0 {
		return nil // an identity has only one organization role
	}
	holders, _, err := sc.tx.ProjectMemberships(ctx, MembershipQuery{ProjectID: r.ProjectID, RoleIn: []string{r.Slug}})
	if err != nil {
		return err
	}
	for _, m := range holders {
		if _, err := s.controlledMembership(ctx, sc, m.IdentityID, base); err != nil {
			return err
		}
	}
	return nil
}

// keeps reports whether one of the grants has an equal rule for as long as w lasts.
func (gs grants) keeps(r permission.Rule, w Window, now time.Time) bool {
	return slices.ContainsFunc(gs, func(g grant) bool {
		return g.window.covers(w, now) && slices.ContainsFunc(g.rules, r.Equal)
	})
}

// checkTemplateValues rejects a new name or new metadata if templates then allow the identity more than
// the actor holds.
func (s *Service) checkTemplateValues(ctx context.Context, sc scope, changed Identity, base string) error {
	if s.boundary != Strict {
		return nil
	}
	memberships, err := membershipsOf(ctx, sc.tx, changed.ID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if err := s.checkChangedGrants(ctx, sc, m.ProjectID, base, m.grants(sc.identity), m.grants(changed)); err != nil {
			return err
		}
	}
	return nil // templates are not resolved in the organization
}

// checkChangedGrants rejects changed grants in a project that the actor does not hold.
func (s *Service) checkChangedGrants(ctx context.Context, sc scope, projectID, base string, before, after grants) error {
	sc.project.ID = projectID
	for n, g := range after {
		if before[n].rules.Equal(g.rules) {
			continue
		}
		if err := s.checkGrant(ctx, sc, base, g); err != nil {
			return err
		}
		if err := s.checkDenialsKept(ctx, sc, base, before[n:n+1], after[n:n+1]); err != nil {
			return err
		}
	}
	return nil
}
