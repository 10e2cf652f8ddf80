// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// BoundaryMode decides which permissions an actor may grant, and which identities it may control.
type BoundaryMode string

const (
	// Strict requires the permission to grant, and that the actor holds all granted permissions itself:
	// under the same conditions or fewer, and for as long as the grant lasts. To control an identity, the
	// actor must hold everything that the identity holds.
	Strict BoundaryMode = "strict"
	// Actions requires only the permission to grant. Contract: section 5.
	Actions BoundaryMode = "actions"
)

// grant is the rules of a role or privilege, and the time in which they apply.
type grant struct {
	rules  permission.Rules
	window Window
}

// grants are all grants of an identity in one scope.
type grants []grant

// activeAt returns the rules that apply at that time.
func (gs grants) activeAt(now time.Time) permission.Rules {
	var rules permission.Rules
	for _, g := range gs {
		if g.window.active(now) {
			rules = append(rules, g.rules...)
		}
	}
	return rules
}

// throughout returns the rules that apply for as long as w lasts: those that allow now and for the whole
// window, and all that deny at any time from now on. So a temporary grant is never the source of a
// permanent one, and a grant that has not started yet, and may be revoked before, of none.
func (gs grants) throughout(w Window, now time.Time) permission.Rules {
	var rules permission.Rules
	for _, g := range gs {
		covers, over := g.window.active(now) && g.window.covers(w, now), g.window.over(now)
		for _, r := range g.rules {
			if covers || r.Inverted && !over {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// memberOf loads the membership of an identity in a project, and returns whether it is a member.
func memberOf(ctx context.Context, tx Tx, projectID, identityID string) (m membership, ok bool, err error) {
	if m.ProjectMembership, err = tx.ProjectMembership(ctx, projectID, identityID); Is(err, NotFound) {
		return membership{}, false, nil
	}
	if err != nil {
		return membership{}, false, err
	}
	if m.privileges, err = tx.Privileges(ctx, projectID, identityID); err != nil {
		return membership{}, false, err
	}
	m.folders, err = tx.FolderAccesses(ctx, FolderAccessQuery{ProjectID: projectID, IdentityID: identityID})
	return m, err == nil, err
}

// grantsOf returns the grants of a membership. auth is what the login proved; nil if it is not known.
func grantsOf(m ProjectMembership, privileges []Privilege, auth map[string]string) grants {
	var gs grants
	values := m.Identity.values()
	values.Auth = auth
	for _, r := range m.Roles {
		gs = append(gs, grant{rules: r.Role.Permissions.For(values), window: r.Window})
	}
	for _, p := range privileges {
		gs = append(gs, p.grant(values))
	}
	return gs
}

// auth returns what the login of the actor proved, by the names that templates use.
func (a Actor) auth() map[string]string {
	auth := map[string]string{}
	for name, value := range a.claims {
		auth["oidc.claims."+name] = value
	}
	return auth
}

// checkGrant rejects grants, in the project or organization of the scope, that the actor does not hold itself.
func (s *Service) checkGrant(ctx context.Context, sc scope, base string, wanted ...grant) error {
	if s.boundary != Strict {
		return nil
	}
	own, err := s.grantsHeld(ctx, sc, sc.project.ID)
	if err != nil {
		return err
	}
	return s.checkCovered(own, base, wanted)
}

// checkControl rejects a change of the identity of the scope, unless the actor holds everything that the
// identity holds, in the organization and in every project. Every identity controls itself.
func (s *Service) checkControl(ctx context.Context, sc scope, base string) error {
	if s.boundary != Strict || sc.identity.ID == sc.IdentityID {
		return nil
	}
	return s.checkCoversIdentity(ctx, sc, sc.identity, base)
}

// checkRevocation rejects the deletion of the identity of the scope or of its credentials, unless the actor
// holds everything that the identity holds where it belongs: in the organization or in its own project.
// What projects give to an identity of the organization does not take it away from its managers, who gain
// nothing by a revocation.
func (s *Service) checkRevocation(ctx context.Context, sc scope, base string) error {
	if s.boundary != Strict || sc.identity.ID == sc.IdentityID {
		return nil
	}
	if sc.identity.ProjectID != "" {
		return s.checkCoversIdentity(ctx, sc, sc.identity, base)
	}
	return s.checkCovered(grants{{rules: sc.Actor.rules}}, base, []grant{sc.identity.grant()})
}

// checkCoversIdentity rejects an identity that holds, or would hold, more than the actor.
func (s *Service) checkCoversIdentity(ctx context.Context, sc scope, i Identity, base string) error {
	if s.boundary != Strict {
		return nil
	}
	if err := s.checkCovered(grants{{rules: sc.Actor.rules}}, base, []grant{i.grant()}); err != nil {
		return err
	}
	return s.checkCoversInProjects(ctx, sc, i, base, func(gs grants) []grant { return gs })
}

// checkClaimControl rejects a change of the claims that tokens of the identity of the scope can have,
// unless the actor controls the identity. For itself, the actor must hold, independent of claims, the
// permissions that depend on them, whether they are allowed or denied.
func (s *Service) checkClaimControl(ctx context.Context, sc scope, base string) error {
	if s.boundary != Strict || sc.identity.ID != sc.IdentityID {
		return s.checkControl(ctx, sc, base)
	}
	return s.checkCoversInProjects(ctx, sc, sc.identity, base, func(gs grants) []grant {
		var decided []grant
		for _, g := range gs {
			if g.rules.Templated() {
				decided = append(decided, g, grant{rules: g.deniedByClaims(), window: g.window})
			}
		}
		return decided
	})
}

// deniedByClaims returns, as allowed, what the grant denies depending on claims.
func (g grant) deniedByClaims() permission.Rules {
	var denied permission.Rules
	for _, r := range g.rules {
		if r.Inverted && (permission.Rules{r}).Templated() {
			denied = append(denied, r.Denied())
		}
	}
	return denied
}

// checkCoversInProjects rejects an identity with selected grants, in any project, that the actor does not
// hold. In a project other than that of the scope, the error shows the permissions of another identity only
// to an actor that may read roles there.
func (s *Service) checkCoversInProjects(ctx context.Context, sc scope, i Identity, base string, selected func(grants) []grant) error {
	memberships, err := membershipsOf(ctx, sc.tx, i.ID)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		own, err := s.grantsHeld(ctx, sc, m.ProjectID)
		if err != nil {
			return err
		}
		err = s.checkCovered(own, base, selected(m.grants(i)))
		if Is(err, Boundary) && i.ID != sc.IdentityID && m.ProjectID != sc.project.ID && !own.activeAt(s.time()).Allow(onRole(permission.Read), nil) {
			return Errorf(Boundary, "%s. The identity holds permissions in a project that you do not hold", base)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// membership is a membership in a project, with the privileges and the folder access of the identity there.
type membership struct {
	ProjectMembership
	privileges []Privilege
	folders    []FolderAccess
}

// membershipsOf returns the memberships of an identity in all projects.
func membershipsOf(ctx context.Context, tx Tx, identityID string) ([]membership, error) {
	all, _, err := tx.ProjectMemberships(ctx, MembershipQuery{IdentityID: identityID})
	if err != nil {
		return nil, err
	}
	privileges, err := tx.Privileges(ctx, "", identityID)
	if err != nil {
		return nil, err
	}
	folders, err := tx.FolderAccesses(ctx, FolderAccessQuery{IdentityID: identityID})
	if err != nil {
		return nil, err
	}
	found := make([]membership, len(all))
	for n, m := range all {
		found[n].ProjectMembership = m
		for _, f := range folders {
			if f.MembershipID == m.ID {
				found[n].folders = append(found[n].folders, f)
			}
		}
		for _, p := range privileges {
			if p.MembershipID == m.ID {
				found[n].privileges = append(found[n].privileges, p)
			}
		}
	}
	return found, nil
}

// grants returns the grants of the membership, with templates resolved for the identity. What folder access
// takes away counts as held: it may be deleted.
func (m membership) grants(i Identity) grants {
	m.Identity = i
	gs := grantsOf(m.ProjectMembership, m.privileges, nil)
	for _, f := range m.folders {
		gs = append(gs, f.grant())
	}
	return gs
}

// withoutDenials returns the grants without the rules that deny something.
func (gs grants) withoutDenials() grants {
	allowing := make(grants, len(gs))
	for n, g := range gs {
		allowing[n] = grant{rules: slices.DeleteFunc(slices.Clone(g.rules), func(r permission.Rule) bool { return r.Inverted }), window: g.window}
	}
	return allowing
}

// grantsHeld returns the grants that the actor can give to others in a project, or in the organization if
// projectID is empty. Claims are those of one token only, so rules with templates of claims allow nothing
// and deny everything that they could deny. An actor that may access all projects in the organization's console
// holds the grants of a project admin, and nothing that a project denies it narrows them.
func (s *Service) grantsHeld(ctx context.Context, sc scope, projectID string) (grants, error) {
	if projectID == "" {
		return grants{{rules: sc.Actor.rules}}, nil
	}
	var own grants
	if sc.Actor.rules.Allow(permission.Permission{Action: "access-all-projects", Subject: "organization-admin-console"}, nil) {
		admin, _ := BuiltInProjectRole(permission.Admin)
		own = append(own, grant{rules: admin.Permissions})
	}
	m, _, err := memberOf(ctx, sc.tx, projectID, sc.IdentityID)
	gs := append(grantsOf(m.ProjectMembership, m.privileges, nil), m.folderDenials()...)
	if len(own) > 0 {
		gs = gs.withoutDenials()
	}
	return append(own, gs...), err
}

// checkCovered rejects a grant that allows something, at any time from now on, that own does not allow for
// that whole time. Each grant is checked by itself, since another one that denies it may be removed later.
func (s *Service) checkCovered(own grants, base string, wanted []grant) error {
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

// grant returns the grant of the organization role.
func (i Identity) grant() grant {
	return grant{rules: i.Membership.Role.Permissions} // templates are not resolved in the organization
}

// values returns the values that templates of the identity's rules may refer to, except what a login proves.
func (i Identity) values() permission.Values {
	v := permission.Values{ID: i.ID, Username: i.Name, Metadata: map[string]string{}}
	for _, m := range i.Metadata {
		v.Metadata[m.Key] = m.Value
	}
	return v
}
