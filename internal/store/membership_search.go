// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// foundColumns selects a membership of a page, in a project or in the organisation, as
// scanMembership reads it.
const foundColumns = `page.id, COALESCE(m.project_id, ''), i.id, COALESCE(m.created_at, i.membership_created_at),
	COALESCE(m.updated_at, i.membership_updated_at), COALESCE(p.name, ''), COALESCE(p.slug, ''), COALESCE(p.type, ''), ` + identityColumns

// SearchMemberships implements iam.Tx.
func (t *tx) SearchMemberships(ctx context.Context, q iam.MembershipSearch, at time.Time) ([]iam.ProjectMembership, int, error) {
	var s search
	places := s.places(q)
	if places == "" {
		return nil, 0, nil
	}
	total, err := queryOne(ctx, t, "number of memberships", scanInt, `SELECT count(*) FROM (`+places+`) page`, s.args...)
	if err != nil {
		return nil, 0, err
	}
	direction := ``
	if q.Descending {
		direction = ` DESC`
	}
	order := ` ORDER BY sorted` + direction + `, identity_id` + direction + `, id` + direction // by the index of names, mostly
	page := `WITH page AS (` + places + order + s.page(q.Limit, q.Offset) + `) `
	found, err := queryAll(ctx, t, "memberships", scanMembership, page+`SELECT `+foundColumns+` FROM page
		JOIN identities i ON i.id = page.identity_id
		LEFT JOIN project_memberships m ON m.id = page.id
		LEFT JOIN projects p ON p.id = m.project_id`+withRole+
		` ORDER BY page.sorted`+direction+`, page.identity_id`+direction+`, page.id`+direction, s.args...)
	if err != nil {
		return nil, 0, err
	}
	if q.Limit > 0 && len(found) > 0 { // it is settled by now, and need not be sought again
		page, s = pageOf(found)
	}
	grants, err := t.grants(ctx, page+`SELECT `+grantColumns+
		` FROM page JOIN membership_roles g ON g.membership_id = page.id`+withGranted, s.args...)
	if err != nil {
		return nil, 0, err
	}
	locked, err := t.lockedOnPage(ctx, page, s, at)
	for n := range found {
		m := &found[n]
		m.Roles = append(m.Roles, grants[m.ID]...)
		if m.ProjectID == "" {
			own := m.Identity.Membership
			m.Roles = append(m.Roles, iam.RoleGrant{ID: own.ID, Role: own.Role, CreatedAt: own.CreatedAt, UpdatedAt: own.UpdatedAt})
		}
		m.Identity.LockedMethods = locked[m.IdentityID]
	}
	return found, total, err
}

// pageOf is the page of these memberships, in no order.
func pageOf(found []iam.ProjectMembership) (string, search) {
	var s search
	rows := make([]string, len(found))
	for n, m := range found {
		rows[n] = `(` + s.arg(m.ID) + `, ` + s.arg(m.IdentityID) + `)`
	}
	return `WITH page (id, identity_id) AS (VALUES ` + strings.Join(rows, `, `) + `) `, s
}

// places are the memberships that the search matches, and what each is sorted by.
func (s *search) places(q iam.MembershipSearch) string {
	const selected = `SELECT %id AS id, i.id AS identity_id, %by AS sorted FROM `
	inOrganization, inProject := `i.name`, `i.name`
	if q.OrderBy == iam.ByRole {
		inOrganization, inProject = roleSlug, `(SELECT min(`+roleInProject+`)`+rolesInProject+`)`
	}
	var places []string
	if q.InOrganization {
		places = append(places, strings.NewReplacer(`%id`, `i.membership_id`, `%by`, inOrganization).Replace(selected)+
			`identities i LEFT JOIN roles r ON r.id = i.role_id WHERE `+s.where(iam.IdentityQuery{OrganizationID: q.OrganizationID, AnyOf: q.AnyOf}))
	}
	if len(q.ProjectIDs) > 0 {
		places = append(places, strings.NewReplacer(`%id`, `m.id`, `%by`, inProject).Replace(selected)+
			`project_memberships m JOIN identities i ON i.id = m.identity_id
			WHERE i.organization_id = `+s.arg(q.OrganizationID)+` AND `+s.in(`m.project_id`, q.ProjectIDs)+s.anyOf(q.AnyOf, s.hasRoleInProject))
	}
	return strings.Join(places, ` UNION ALL `)
}

// lockedOnPage are the methods that are locked out, by the ids of their identities.
func (t *tx) lockedOnPage(ctx context.Context, page string, s search, at time.Time) (map[string][]string, error) {
	found, err := queryAll(ctx, t, "lockouts", scanIdentityAndText, page+lockouts(`l.identity_id, l.method`, s.arg(micros(at)))+
		` AND l.identity_id IN (SELECT identity_id FROM page) ORDER BY l.method`, s.args...)
	of := map[string][]string{}
	for _, l := range found {
		of[l[0]] = append(of[l[0]], l[1])
	}
	return of, err
}

func scanIdentityAndText(row scanner) (pair [2]string, err error) {
	err = row.Scan(&pair[0], &pair[1])
	return pair, err
}
