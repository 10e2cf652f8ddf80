// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"errors"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// ProjectMemberships implements iam.Tx.
func (t *tx) ProjectMemberships(ctx context.Context, q iam.MembershipQuery) ([]iam.ProjectMembership, int, error) {
	if q.ProjectID == "" && q.IdentityID == "" {
		return nil, 0, errors.New("list project memberships: neither a project nor an identity is given")
	}
	var s search
	from := ` FROM project_memberships m` + withProjectAndIdentity + ` WHERE ` + s.membershipsWhere(q)
	total, err := queryOne(ctx, t, "number of project memberships", scanInt, `SELECT count(*)`+from, s.args...)
	if err != nil {
		return nil, 0, err
	}
	order := orderedMemberships(q)
	page := `WITH page AS (SELECT m.id` + from + order + s.page(q.Limit, q.Offset) + `) `
	found, err := queryAll(ctx, t, "project memberships", scanMembership, page+`SELECT `+membershipColumns+
		` FROM page JOIN project_memberships m ON m.id = page.id`+withProjectAndIdentity+withRole+order, s.args...)
	if err != nil {
		return nil, 0, err
	}
	grants, err := t.grants(ctx, page+`SELECT `+grantColumns+
		` FROM page JOIN membership_roles g ON g.membership_id = page.id`+withGranted, s.args...)
	for n := range found {
		found[n].Roles = append(found[n].Roles, grants[found[n].ID]...)
	}
	return found, total, err
}

func orderedMemberships(q iam.MembershipQuery) string {
	by, direction := `i.name`, ``
	if q.ProjectID == "" {
		by = `p.name`
	}
	if q.Descending {
		direction = ` DESC`
	}
	return ` ORDER BY ` + by + direction + `, m.id` + direction
}

// membershipsWhere returns the condition on a project membership m and its identity i.
func (s *search) membershipsWhere(q iam.MembershipQuery) string {
	var conditions []string
	if q.ProjectID != "" {
		conditions = append(conditions, `m.project_id = `+s.arg(q.ProjectID))
	}
	if q.IdentityID != "" {
		conditions = append(conditions, `m.identity_id = `+s.arg(q.IdentityID))
	}
	if q.NameContains != "" {
		conditions = append(conditions, s.nameContains(q.NameContains))
	}
	if q.RoleIn != nil {
		conditions = append(conditions, s.hasRoleInProject(q.RoleIn))
	}
	return strings.Join(conditions, ` AND `)
}

// rolesInProject selects from the role grants g of a membership m and their custom roles r.
const rolesInProject = ` FROM membership_roles g LEFT JOIN roles r ON r.id = g.role_id WHERE g.membership_id = m.id`

const roleInProject = `COALESCE(r.slug, g.role_slug)`

// hasRoleInProject returns the condition on the roles of a project membership m.
func (s *search) hasRoleInProject(slugs []string) string {
	return `EXISTS (SELECT 1` + rolesInProject + ` AND ` + s.in(roleInProject, slugs) + `)`
}
