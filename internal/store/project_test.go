// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func (h *fixture) projectOfSlug(slug string) func(iam.Tx) (iam.Project, error) {
	return func(tx iam.Tx) (iam.Project, error) {
		return tx.ProjectBySlug(h.t.Context(), h.organization.ID, slug)
	}
}

func testProject(t *testing.T, h *fixture) {
	same(t, h, h.project, h.projectOf(h.project.ID))
	same(t, h, h.project, h.projectOfSlug("shop"))

	bare := iam.Project{ID: newID(), OrganizationID: h.organization.ID, Slug: "bare", Environments: []iam.Environment{}}
	h.write(func(tx iam.Tx) error { return tx.InsertProject(t.Context(), bare) })
	same(t, h, bare, h.projectOf(bare.ID))

	gone(t, h, map[string]func(iam.Tx) error{
		"id":   func(tx iam.Tx) error { _, err := tx.Project(t.Context(), newID()); return err },
		"slug": func(tx iam.Tx) error { _, err := tx.ProjectBySlug(t.Context(), h.organization.ID, "Shop"); return err },
		"slug of another organization": func(tx iam.Tx) error {
			_, err := tx.ProjectBySlug(t.Context(), newID(), h.project.Slug)
			return err
		},
	})
	again := h.newProject(h.project.Slug)
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertProject(t.Context(), again) })
	again = h.newProject("other")
	again.ID = h.project.ID
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertProject(t.Context(), again) })
	again = h.newProject("other")
	again.Environments[1].Slug = again.Environments[0].Slug
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.InsertProject(t.Context(), again) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { _, err := tx.Project(t.Context(), again.ID); return err })
	again.OrganizationID = newID()
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.InsertProject(t.Context(), again) })
}

func testProjectUpdate(t *testing.T, h *fixture) {
	p := h.project
	p.Name, p.Slug, p.Description, p.DeleteProtection = "Ünïcode % _ '", "renamed", "", false
	p.Settings = iam.ProjectSettings{SecretDetectionIgnoreValues: []string{}, PITVersionLimit: 1 << 60}
	p.UpdatedAt = kept(noon.Add(time.Hour))
	changed := p
	changed.OrganizationID, changed.Type, changed.Environments, changed.CreatedAt = newID(), "kms", nil, noon.Add(time.Hour) // unchanged by an update
	h.write(func(tx iam.Tx) error { return tx.UpdateProject(t.Context(), changed) })
	same(t, h, p, h.projectOf(p.ID))
	same(t, h, p, h.projectOfSlug("renamed"))
	h.membership.Project = iam.ProjectName{Name: p.Name, Slug: p.Slug, Type: p.Type}
	same(t, h, h.membership, h.membershipIn(p.ID, h.identity.ID))

	other := h.newProject("other")
	h.write(func(tx iam.Tx) error { return tx.InsertProject(t.Context(), other) })
	other.Slug = p.Slug
	rejected(t, h, iam.Conflict, func(tx iam.Tx) error { return tx.UpdateProject(t.Context(), other) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.UpdateProject(t.Context(), h.newProject("none")) })
	rejected(t, h, iam.NotFound, func(tx iam.Tx) error { return tx.DeleteProject(t.Context(), newID()) })
}

func testProjectList(t *testing.T, h *fixture) {
	list := func(organizationID, memberID string) func(iam.Tx) ([]iam.Project, error) {
		return func(tx iam.Tx) ([]iam.Project, error) { return tx.Projects(t.Context(), organizationID, memberID) }
	}
	o, member := h.organization.ID, h.newIdentity("member")
	projects := []iam.Project{h.newProject("1"), h.newProject("2"), h.newProject("3"), h.newProject("4")}
	for n, name := range []string{"Zoo", "a", "b", "b"} {
		projects[n].Name = name
	}
	projects[1].Environments = []iam.Environment{}
	slices.SortFunc(projects[2:], func(a, b iam.Project) int { return strings.Compare(a.ID, b.ID) })
	h.write(func(tx iam.Tx) error {
		err := tx.InsertIdentity(t.Context(), member)
		for _, p := range slices.Backward(projects) {
			err = first(err, tx.InsertProject(t.Context(), p), tx.InsertProjectMembership(t.Context(), newMembership(p.ID, member.ID)))
		}
		return err
	})
	same(t, h, projects, list(o, member.ID))
	same(t, h, []iam.Project{h.project}, list(o, h.identity.ID))
	for _, absent := range [][2]string{{newID(), h.identity.ID}, {o, newID()}, {o, ""}} {
		same(t, h, []iam.Project{}, list(absent[0], absent[1]))
	}
}

// projectIdentity is an identity of a project, with one object of each kind and a role of the project.
type projectIdentity struct {
	identity   iam.Identity
	universal  iam.MethodRecord
	secret     iam.ClientSecret
	token      iam.AccessToken
	membership iam.ProjectMembership
	privilege  iam.Privilege
}

func (h *fixture) newLodger(p iam.Project, r iam.Role) projectIdentity {
	l := projectIdentity{identity: h.newIdentity("projectIdentity")}
	l.identity.ProjectID, l.identity.Membership.Role = p.ID, r
	l.identity.Metadata = []iam.Metadata{{ID: newID(), Key: "k", Value: "v"}}
	l.universal = newUniversalAuth(l.identity.ID)
	l.secret = newSecret(l.universal.ID, "secret")
	l.token = newToken(l.identity.ID, l.secret.ID)
	l.membership = newMembership(p.ID, l.identity.ID, newGrant(r), newGrant(projectRole("admin")))
	l.privilege = newPrivilege(l.membership, "more")
	return l
}

func (h *fixture) insertLodger(tx iam.Tx, l projectIdentity) error {
	ctx := h.t.Context()
	return first(
		tx.InsertIdentity(ctx, l.identity), tx.InsertAuthMethod(ctx, l.universal), tx.InsertClientSecret(ctx, l.secret),
		tx.InsertAccessToken(ctx, l.token), tx.InsertProjectMembership(ctx, l.membership), tx.InsertPrivilege(ctx, l.privilege),
		tx.PutLockout(ctx, iam.Lockout{IdentityID: l.identity.ID, Method: iam.UniversalAuth.Name, Failures: 1}),
	)
}

func testProjectCascade(t *testing.T, h *fixture) {
	ctx := t.Context()
	l := h.newLodger(h.project, h.projectRole)
	other := h.newProject("other")
	elsewhere := newMembership(other.ID, h.identity.ID, newGrant(projectRole("member")))
	h.write(func(tx iam.Tx) error {
		return first(
			h.insertLodger(tx, l), tx.InsertProject(ctx, other), tx.InsertProjectMembership(ctx, elsewhere),
			tx.DeleteProject(ctx, h.project.ID),
		)
	})
	gone(t, h, map[string]func(iam.Tx) error{
		"project":            func(tx iam.Tx) error { _, err := tx.Project(ctx, h.project.ID); return err },
		"role":               func(tx iam.Tx) error { _, err := tx.RoleByID(ctx, h.projectRole.ID); return err },
		"membership":         func(tx iam.Tx) error { _, err := tx.ProjectMembershipByID(ctx, h.membership.ID); return err },
		"privilege":          func(tx iam.Tx) error { _, err := tx.Privilege(ctx, h.privilege.ID); return err },
		"own identity":       func(tx iam.Tx) error { _, err := tx.Identity(ctx, l.identity.ID, noon); return err },
		"its membership":     func(tx iam.Tx) error { _, err := tx.ProjectMembershipByID(ctx, l.membership.ID); return err },
		"its privilege":      func(tx iam.Tx) error { _, err := tx.Privilege(ctx, l.privilege.ID); return err },
		"its universal auth": func(tx iam.Tx) error { _, err := tx.AuthMethod(ctx, l.identity.ID, iam.UniversalAuth.Name); return err },
		"its client secret":  func(tx iam.Tx) error { _, err := tx.ClientSecret(ctx, l.universal.ID, l.secret.ID); return err },
		"its access token":   func(tx iam.Tx) error { _, err := tx.Bearer(ctx, l.token.ID); return err },
		"role by its slug":   func(tx iam.Tx) error { _, err := tx.Role(ctx, h.projectRole.RoleScope, "deployer"); return err },
	})
	same(t, h, iam.Lockout{}, func(tx iam.Tx) (iam.Lockout, error) {
		return tx.Lockout(ctx, l.identity.ID, iam.UniversalAuth.Name)
	})
	same(t, h, h.identity, h.identityAt(h.identity.ID, noon))
	same(t, h, other, h.projectOf(other.ID))
	same(t, h, read(elsewhere, other, h.identity), h.membershipIn(other.ID, h.identity.ID))

	// The same project can be inserted again: all of it was deleted.
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertProject(ctx, h.project), tx.InsertRole(ctx, h.projectRole),
			tx.InsertProjectMembership(ctx, h.membership), tx.InsertPrivilege(ctx, h.privilege), h.insertLodger(tx, l),
		)
	})
}

// testOrganizationCascade checks that roles in use do not prevent the deletion of an organization.
func testOrganizationCascade(t *testing.T, h *fixture) {
	ctx := t.Context()
	auditor := h.newIdentity("auditor")
	auditor.Membership.Role = h.role
	h.write(func(tx iam.Tx) error {
		return first(
			tx.InsertIdentity(ctx, auditor), h.insertLodger(tx, h.newLodger(h.project, h.projectRole)),
			asTx(tx).delete(ctx, "organization", `DELETE FROM organizations WHERE id = $1`, h.organization.ID),
		)
	})
	gone(t, h, map[string]func(iam.Tx) error{
		"organization": func(tx iam.Tx) error { _, err := tx.Organization(ctx); return err },
		"role":         func(tx iam.Tx) error { _, err := tx.RoleByID(ctx, h.role.ID); return err },
		"project role": func(tx iam.Tx) error { _, err := tx.RoleByID(ctx, h.projectRole.ID); return err },
		"identity":     func(tx iam.Tx) error { _, err := tx.Identity(ctx, auditor.ID, noon); return err },
		"project":      func(tx iam.Tx) error { _, err := tx.Project(ctx, h.project.ID); return err },
	})
}
