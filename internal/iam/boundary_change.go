// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// mayLift refuses actors to take from themselves what denies them something, or to have it end
// earlier. Of others, who take charge cover all that is allowed to them whatever is denied.
func (s *Service) mayLift(ctx context.Context, sc scope, base string, before, after grants) error {
	if sc.identity.ID != sc.IdentityID {
		return nil
	}
	return s.checkGrant(ctx, sc, base, before.lifted(after, s.time()))
}

// lifted is all that the grants deny and others would not, or not as long.
func (gs grants) lifted(after grants, now time.Time) grant {
	var lifted permission.Rules
	for _, g := range gs {
		for _, r := range g.rules {
			if r.Inverted && !after.keeps(r, g.window, now) {
				r.Inverted = false
				lifted = append(lifted, r)
			}
		}
	}
	return grant{rules: lifted}
}

// mayRewrite refuses other rules for a role, unless the actor's own cover those that it has and those
// that it gets, and what it no longer denies: its holders may have that from elsewhere. Where it comes
// to deny more, what they have from elsewhere ends too, so that takes charge of each of them.
func (s *Service) mayRewrite(ctx context.Context, sc scope, r Role, rules permission.Rules, base string) error {
	before, after := grants{{rules: r.Permissions}}, grants{{rules: rules}}
	now := s.time()
	if err := s.checkGrant(ctx, sc, base, before[0], after[0], before.lifted(after, now)); err != nil {
		return err
	}
	if s.boundary != Strict || r.ProjectID == "" || len(after.lifted(before, now).rules) == 0 {
		return nil // nobody has two roles in an organisation
	}
	holders, _, err := sc.tx.ProjectMemberships(ctx, MembershipQuery{ProjectID: r.ProjectID, RoleIn: []string{r.Slug}})
	if err != nil {
		return err
	}
	for _, m := range holders {
		if _, err := s.ofMember(ctx, sc, m.IdentityID, base); err != nil {
			return err
		}
	}
	return nil
}

// keeps reports whether one of the grants has that very rule as long as w lasts.
func (gs grants) keeps(r permission.Rule, w Window, now time.Time) bool {
	return slices.ContainsFunc(gs, func(g grant) bool {
		return g.window.covers(w, now) && slices.ContainsFunc(g.rules, func(other permission.Rule) bool { return reflect.DeepEqual(r, other) })
	})
}

// coversTemplates refuses a new name and new metadata that would give the identity, by the templates
// of its rules, what the actor's own rights do not cover.
func (s *Service) coversTemplates(ctx context.Context, sc scope, changed Identity, base string) error {
	if s.boundary != Strict {
		return nil
	}
	memberships, _, err := sc.tx.ProjectMemberships(ctx, MembershipQuery{IdentityID: changed.ID})
	if err != nil {
		return err
	}
	privileges, err := sc.tx.Privileges(ctx, "", changed.ID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		m.Identity = sc.identity
		before := grantsOf(m, of(privileges, m))
		m.Identity = changed
		if err := s.coversChanged(ctx, sc, m.ProjectID, base, before, grantsOf(m, of(privileges, m))); err != nil {
			return err
		}
	}
	return s.coversChanged(ctx, sc, "", base, grants{sc.identity.grant()}, grants{changed.grant()})
}

// coversChanged refuses where a grant in a project, or with none in the organisation, has come to
// allow what the actor's own rights there do not cover.
func (s *Service) coversChanged(ctx context.Context, sc scope, projectID, base string, before, after grants) error {
	sc.project.ID = projectID
	for n, g := range after {
		if reflect.DeepEqual(before[n].rules, g.rules) {
			continue
		}
		if err := s.checkGrant(ctx, sc, base, g); err != nil {
			return err
		}
		if err := s.mayLift(ctx, sc, base, before[n:n+1], after[n:n+1]); err != nil {
			return err
		}
	}
	return nil
}
