// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// BoundaryMode is how far an actor may hand out rights, or take charge of who has them.
type BoundaryMode string

const (
	// Strict demands the management action, and that the actor's own rules cover, condition by
	// condition and as long as they last, all that is handed out or taken charge of.
	Strict BoundaryMode = "strict"
	// Actions demands the management action alone, as the contract has it (section 5).
	Actions BoundaryMode = "actions"
)

// grant is a set of rules that somebody has, by a role or by a privilege, and when.
type grant struct {
	rules  permission.Rules
	window Window
}

// grants are all that somebody has in one place, the earlier first: a later rule wins.
type grants []grant

// at answers the rules that count at that time.
func (gs grants) at(now time.Time) permission.Rules {
	var rules permission.Rules
	for _, g := range gs {
		if g.window.holds(now) {
			rules = append(rules, g.rules...)
		}
	}
	return rules
}

// throughout answers what can be relied on as long as w lasts: what is allowed now and all that time,
// and everything that is or will be denied from now on. So nothing permanent comes out of a temporary
// role, and nothing at all of one that has not begun and may yet be taken away.
func (gs grants) throughout(w Window, now time.Time) permission.Rules {
	var rules permission.Rules
	for _, g := range gs {
		covers, over := g.window.holds(now) && g.window.covers(w, now), g.window.over(now)
		for _, r := range g.rules {
			if covers || r.Inverted && !over {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// grants answers what an actor has in a project by its roles and privileges, ended ones among
// them, and whether it is a member. Its metadata and the claims of its token stand in for the
// templates of the rules.
func (s *Service) grants(ctx context.Context, tx Tx, projectID string, a Actor) (grants, bool, error) {
	m, err := tx.ProjectMembership(ctx, projectID, a.IdentityID)
	if Is(err, NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	privileges, err := tx.Privileges(ctx, projectID, a.IdentityID)
	if err != nil {
		return nil, false, err
	}
	return grantsOf(m, privileges).with(a.claims), true, nil
}

func grantsOf(m ProjectMembership, privileges []Privilege) grants {
	var gs grants
	values := m.Identity.values()
	for _, r := range m.Roles {
		gs = append(gs, grant{rules: r.Role.Permissions.For(values), window: r.Window})
	}
	for _, p := range privileges {
		gs = append(gs, p.grant(m.Identity))
	}
	return gs
}

// with resolves the templates that speak of claims.
func (gs grants) with(claims map[string]string) grants {
	values := permission.Values{}
	for name, value := range claims {
		values["auth.oidc.claims."+name] = value
	}
	for n := range gs {
		gs[n].rules = gs[n].rules.For(values)
	}
	return gs
}

// handOut refuses to hand out the grants in the project that the actor is in, or in the
// organisation, unless the actor's own cover each of them.
func (s *Service) checkGrant(ctx context.Context, sc scope, base string, wanted ...grant) error {
	if s.boundary != Strict {
		return nil
	}
	own, err := s.holdings(ctx, sc, sc.project.ID)
	if err != nil {
		return err
	}
	return s.covered(own, base, wanted)
}

// takeCharge refuses to act on the identity that the place is about, unless the actor's own rights
// cover all of the identity's, everywhere. Everybody is in charge of themselves.
func (s *Service) checkControl(ctx context.Context, sc scope, base string) error {
	if s.boundary != Strict || sc.identity.ID == sc.IdentityID {
		return nil
	}
	return s.coversAll(ctx, sc, sc.identity, base)
}

// coversAll refuses unless the actor's rights cover those that the identity has or would have.
func (s *Service) coversAll(ctx context.Context, sc scope, i Identity, base string) error {
	if s.boundary != Strict {
		return nil
	}
	if err := s.covered(grants{{rules: sc.Actor.rules}}, base, []grant{i.grant()}); err != nil {
		return err
	}
	return s.coversInProjects(ctx, sc, i, base, func(grant) bool { return true })
}

// decideClaims refuses to act on what claims tokens keep of the identity that the place is about,
// unless the actor is in charge of it. Of themselves only those are whose rules leave nothing for
// claims to decide, or who have it already.
func (s *Service) checkClaimControl(ctx context.Context, sc scope, base string) error {
	if s.boundary != Strict || sc.identity.ID != sc.IdentityID {
		return s.checkControl(ctx, sc, base)
	}
	return s.coversInProjects(ctx, sc, sc.identity, base, func(g grant) bool { return g.rules.Templated() })
}

// coversInProjects is coversAll for those of the identity's grants in projects that are chosen.
func (s *Service) coversInProjects(ctx context.Context, sc scope, i Identity, base string, chosen func(grant) bool) error {
	memberships, _, err := sc.tx.ProjectMemberships(ctx, MembershipQuery{IdentityID: i.ID})
	if err != nil {
		return err
	}
	privileges, err := sc.tx.Privileges(ctx, "", i.ID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		m.Identity = i
		own, err := s.holdings(ctx, sc, m.ProjectID)
		if err != nil {
			return err
		}
		theirs := slices.DeleteFunc(grantsOf(m, of(privileges, m)), func(g grant) bool { return !chosen(g) })
		if err := s.covered(own, base, theirs); err != nil {
			return err
		}
	}
	return nil
}

func of(privileges []Privilege, m ProjectMembership) []Privilege {
	var found []Privilege
	for _, p := range privileges {
		if p.MembershipID == m.ID {
			found = append(found, p)
		}
	}
	return found
}

// holdings are the actor's own grants in a project, or with no project in the organisation. Who
// may access all projects from the organisation's console holds what a project's admin holds.
func (s *Service) holdings(ctx context.Context, sc scope, projectID string) (grants, error) {
	if projectID == "" {
		return grants{{rules: sc.Actor.rules}}, nil
	}
	var own grants
	if sc.Actor.rules.Allow(permission.Permission{Action: "access-all-projects", Subject: "organization-admin-console"}, nil) {
		admin, _ := BuiltInProjectRole(permission.Admin)
		own = append(own, grant{rules: admin.Permissions})
	}
	gs, _, err := s.grants(ctx, sc.tx, projectID, sc.Actor)
	return append(own, gs...), err
}

// covered refuses where one of the grants allows, at some time from now on, what the actor's own
// do not allow all that time. Each is taken by itself: what one of them denies may be taken away.
func (s *Service) covered(own grants, base string, wanted []grant) error {
	now := s.time()
	for _, w := range wanted {
		if w.window.over(now) {
			continue
		}
		if missing := own.throughout(w.window, now).Missing(w.rules); len(missing) > 0 {
			return &Error{
				Kind:     Boundary,
				Sentence: base + ". Missing permission " + missing[0].Permission.String(),
				Missing:  missing,
			}
		}
	}
	return nil
}

// grant is what an identity has by its role in the organisation.
func (i Identity) grant() grant {
	return grant{rules: i.Membership.Role.Permissions.For(i.values())}
}

// values are what the templates of an identity's rules may refer to.
func (i Identity) values() permission.Values {
	v := permission.Values{"id": i.ID, "name": i.Name}
	for _, m := range i.Metadata {
		v["metadata."+m.Key] = m.Value
	}
	return v
}
