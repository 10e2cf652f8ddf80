// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Identities implements iam.Tx.
func (t *tx) Identities(ctx context.Context, q iam.IdentityQuery) ([]iam.Identity, int, error) {
	var s search
	where := s.where(q)
	from := ` FROM identities i LEFT JOIN roles r ON r.id = i.role_id WHERE ` + where
	total, err := queryOne(ctx, t, "number of identities", scanInt, `SELECT count(*)`+from, s.args...)
	if err != nil {
		return nil, 0, err
	}
	order := ordered(q)
	// The page is selected by few columns first, so that rows before the offset cost little.
	text := `WITH page AS (SELECT i.id` + from + order + s.page(q.Limit, q.Offset) + `)
		SELECT ` + identityColumns + ` FROM page JOIN identities i ON i.id = page.id` + withRole + order
	found, err := queryAll(ctx, t, "identities", scanIdentity, text, s.args...)
	return found, total, err
}

func scanInt(row scanner) (n int, err error) {
	err = row.Scan(&n)
	return n, err
}

// roleSlug is the slug of an identity's role, built-in or custom.
const roleSlug = `COALESCE(r.slug, i.role_slug)`

func ordered(q iam.IdentityQuery) string {
	by, direction := `i.name`, ``
	if q.OrderBy == iam.ByRole {
		by = roleSlug
	}
	if q.Descending {
		direction = ` DESC`
	}
	return ` ORDER BY ` + by + direction + `, i.id` + direction
}

// search collects the arguments of a statement whose conditions vary.
type search struct{ args []any }

// arg adds an argument and returns its parameter.
func (s *search) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// page returns the clause that selects a page. A limit of 0 is no limit.
func (s *search) page(limit, offset int) string {
	most := int64(limit)
	if limit == 0 {
		most = math.MaxInt64
	}
	return ` LIMIT ` + s.arg(most) + ` OFFSET ` + s.arg(int64(offset))
}

// where returns the condition on an identity i and its custom role r, which may be NULL.
func (s *search) where(q iam.IdentityQuery) string {
	scope := `i.organization_id = ` + s.arg(q.OrganizationID) + ` AND COALESCE(i.project_id, '') = ` + s.arg(q.ProjectID)
	return scope + s.anyOf(q.AnyOf, s.hasOwnRole)
}

// anyOf returns the condition that one of the matches holds for an identity i, or nothing if there are
// no matches.
func (s *search) anyOf(matches []iam.IdentityMatch, hasRole func(slugs []string) string) string {
	if len(matches) == 0 {
		return ``
	}
	conditions := make([]string, len(matches))
	for n, m := range matches {
		conditions[n] = s.match(m, hasRole)
	}
	return ` AND (` + strings.Join(conditions, ` OR `) + `)`
}

// match returns the condition on an identity i; hasRole returns that on its roles.
func (s *search) match(m iam.IdentityMatch, hasRole func(slugs []string) string) string {
	conditions := []string{`1 = 1`}
	for _, part := range m.NameContains {
		conditions = append(conditions, s.nameContains(part))
	}
	if m.NameIn != nil {
		conditions = append(conditions, s.in(`i.name`, m.NameIn))
	}
	if m.RoleIn != nil {
		conditions = append(conditions, hasRole(m.RoleIn))
	}
	return `(` + strings.Join(conditions, ` AND `) + `)`
}

// hasOwnRole returns the condition on the role of an identity i.
func (s *search) hasOwnRole(slugs []string) string { return s.in(roleSlug, slugs) }

// nameContains returns the condition on the name of an identity i.
func (s *search) nameContains(part string) string {
	return `i.name_folded LIKE ` + s.arg(contains(part)) + ` ESCAPE '\'`
}

func (s *search) in(column string, values []string) string {
	if len(values) == 0 {
		return `1 = 0`
	}
	parameters := make([]string, len(values))
	for n, v := range values {
		parameters[n] = s.arg(v)
	}
	return column + ` IN (` + strings.Join(parameters, `, `) + `)`
}
