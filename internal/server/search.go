// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	strict "github.com/go-json-experiment/json"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

const defaultSearchLimit = 50

// listIdentityMemberships returns all without a limit, as other servers do.
func (s *server) listIdentityMemberships(ctx context.Context, a iam.Actor, in *struct {
	OrgID          string `path:"orgId" doc:"ID of the organization."`
	Limit          int    `query:"limit" minimum:"1" maximum:"20000" doc:"Default: all."`
	Offset         int    `query:"offset" minimum:"0"`
	OrderBy        string `query:"orderBy" enum:"name,role" doc:"Default name."`
	OrderDirection string `query:"orderDirection" enum:"asc,desc" doc:"Default asc."`
	Search         string `query:"search" maxLength:"255" doc:"Part of a name, ignoring case."`
}) (api.ListIdentityMembershipsResponse, error) {
	q := iam.IdentityQuery{OrganizationID: in.OrgID, Limit: in.Limit, Offset: in.Offset}
	order(&q, in.OrderBy, in.OrderDirection)
	if in.Search != "" {
		q.AnyOf = []iam.IdentityMatch{{NameContains: []string{in.Search}}}
	}
	page, err := s.iam.Identities(ctx, a, q)
	out := memberships(page)
	for n := range out {
		out[n].Identity.HasDeleteProtection = nil
	}
	return api.ListIdentityMembershipsResponse{IdentityMemberships: out, TotalCount: page.Total}, err
}

// searchRequest is a search with its parsed filter, which no schema can describe.
type searchRequest struct {
	Body  api.SearchIdentitiesRequest
	anyOf []iam.IdentityMatch
}

func (r *searchRequest) Resolve(huma.Context) (errs []error) {
	r.anyOf, errs = filterOf(r.Body.Search)
	return errs
}

// filterOf parses the filter of a search. A missing filter matches all.
func filterOf(sent []byte) (anyOf []iam.IdentityMatch, errs []error) {
	if len(sent) == 0 {
		return nil, nil
	}
	var f searchFilter
	var parsed any
	err := strict.Unmarshal(sent, &parsed)
	if err == nil && !plain(parsed, maxSearchDepth) {
		err = errSearch
	}
	if err == nil {
		err = strict.Unmarshal(sent, &f, strict.RejectUnknownMembers(true))
	}
	if err == nil {
		anyOf, err = f.anyOf()
	}
	if err != nil {
		return nil, []error{&huma.ErrorDetail{Location: "body.search", Message: searchForm}}
	}
	return anyOf, nil
}

// plain reports whether JSON holds no null, which would match everything, and is not nested deeper.
func plain(v any, depth int) bool {
	if v == nil || depth == 0 {
		return false
	}
	switch v := v.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !plain(item, depth-1) })
	case map[string]any:
		for _, value := range v {
			if !plain(value, depth-1) {
				return false
			}
		}
	}
	return true
}

func (s *server) searchIdentities(ctx context.Context, a iam.Actor, in *searchRequest) (api.ListIdentitiesResponse, error) {
	q := identityQuery(in.Body)
	q.OrganizationID, q.AnyOf = a.OrganizationID, in.anyOf
	page, err := s.iam.Identities(ctx, a, q)
	return api.ListIdentitiesResponse{Identities: memberships(page), TotalCount: page.Total}, err
}

// identityQuery returns the page and the order of a search.
func identityQuery(b api.SearchIdentitiesRequest) iam.IdentityQuery {
	q := iam.IdentityQuery{Limit: defaultSearchLimit}
	if b.Limit != nil {
		q.Limit = *b.Limit
	}
	if b.Offset != nil {
		q.Offset = *b.Offset
	}
	order(&q, b.OrderBy, b.OrderDirection)
	return q
}

func order(q *iam.IdentityQuery, by, direction string) {
	q.OrderBy, q.Descending = iam.ByName, direction == "desc"
	if by == "role" {
		q.OrderBy = iam.ByRole
	}
}

const searchForm = "search takes name (a text, or $eq, $contains, $in), role (a text, or $eq, $in) and $or (a list of such objects); " +
	"texts have at most 255 characters: letters, digits, spaces, _, - and /"

// searchFilter is the search of the contract (section 3): all of its conditions hold and, if
// there is an $or, one of its objects does.
type searchFilter struct {
	Name *textFilter    `json:"name"`
	Role *textFilter    `json:"role"`
	Or   []searchFilter `json:"$or"`
}

// textFilter is a plain text, which stands for $eq, or an object of operators.
type textFilter struct {
	Eq       *string  `json:"$eq"`
	Contains *string  `json:"$contains"`
	In       []string `json:"$in"`
}

// UnmarshalJSON decodes either form.
func (f *textFilter) UnmarshalJSON(data []byte) error {
	var text string
	if strict.Unmarshal(data, &text) == nil {
		f.Eq = &text
		return nil
	}
	type operators textFilter
	return strict.Unmarshal(data, (*operators)(f), strict.RejectUnknownMembers(true))
}

// Bounds of a filter, so that no request becomes a query that the database rejects.
const (
	maxSearchText    = 255
	maxSearchValues  = 100
	maxSearchMatches = 50
	maxSearchDepth   = 20 // of the JSON; an $or takes two
)

var errSearch = errors.New(searchForm)

// anyOf returns the filter as alternatives: its conditions combined with each object of $or.
func (f searchFilter) anyOf() ([]iam.IdentityMatch, error) {
	base, err := f.match()
	if err != nil {
		return nil, err
	}
	if f.Or == nil {
		return []iam.IdentityMatch{base}, nil
	}
	var all []iam.IdentityMatch
	for _, alternative := range f.Or {
		matches, err := alternative.anyOf()
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			all = append(all, iam.IdentityMatch{
				NameContains: slices.Concat(base.NameContains, m.NameContains),
				NameIn:       both(base.NameIn, m.NameIn),
				RoleIn:       both(base.RoleIn, m.RoleIn),
			})
		}
	}
	if len(all) == 0 || len(all) > maxSearchMatches {
		return nil, errSearch
	}
	return all, nil
}

func (f searchFilter) match() (iam.IdentityMatch, error) {
	var m iam.IdentityMatch
	if f.Role != nil && f.Role.Contains != nil {
		return m, errSearch
	}
	var err error
	if m.RoleIn, err = f.Role.values(); err != nil {
		return m, err
	}
	if m.NameIn, err = f.Name.values(); err != nil {
		return m, err
	}
	if f.Name != nil && f.Name.Contains != nil {
		m.NameContains = []string{*f.Name.Contains}
		err = searchable(m.NameContains)
	}
	return m, err
}

// values returns the texts of which one must be equal, or nil without such a condition.
func (f *textFilter) values() ([]string, error) {
	if f == nil {
		return nil, nil
	}
	values := f.In
	if f.Eq != nil {
		values = both(f.In, []string{*f.Eq})
	}
	return values, searchable(slices.Concat(f.In, values))
}

func searchable(texts []string) error {
	if len(texts) > 2*maxSearchValues || slices.ContainsFunc(texts, func(text string) bool {
		return len(text) > maxSearchText || strings.ContainsFunc(text, unsearchable)
	}) {
		return errSearch
	}
	return nil
}

func unsearchable(r rune) bool {
	letterOrDigit := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letterOrDigit && !strings.ContainsRune(" _-/", r)
}

// both returns the values that two conditions allow. A nil condition allows all.
func both(a, b []string) []string {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	allowed := []string{}
	for _, value := range a {
		if slices.Contains(b, value) {
			allowed = append(allowed, value)
		}
	}
	return allowed
}
