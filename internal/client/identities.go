// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// IdentityFilter says which identities of the organisation are meant; what is empty allows all.
type IdentityFilter struct {
	Name         string // letter for letter
	NameContains string // whatever its case
	Role         string // slug, built in or custom
	AuthMethod   string // such as universal-auth
}

// searchPage is the most that the search route answers at once.
const searchPage = 100

// searchable is what the search routes accept as a name or a role.
var searchable = regexp.MustCompile(`^[A-Za-z0-9 _/-]{1,255}$`)

// Identities goes through the identities of the organisation, without their metadata, by name.
func (c *Client) Identities(ctx context.Context, filter IdentityFilter) iter.Seq2[api.IdentityMembership, error] {
	found := pages(ctx, func(m api.IdentityMembership) string { return m.IdentityID }, func(ctx context.Context, offset int) (page[api.IdentityMembership], error) {
		const op = "search the identities"
		list := func() (page[api.IdentityMembership], error) {
			list, err := c.identities(ctx)
			return page[api.IdentityMembership]{rows: list}, err
		}
		if filter.Name != "" && !searchable.MatchString(filter.Name) {
			return list() // one request where a search that leaves the name out takes many
		}
		return either(c, op, func() (page[api.IdentityMembership], error) { return c.searchPage(ctx, op, filter, offset) }, list)
	})
	return func(yield func(api.IdentityMembership, error) bool) {
		for m, err := range found {
			if (err != nil || filter.allows(m)) && !yield(m, err) {
				return
			}
		}
	}
}

func (c *Client) searchPage(ctx context.Context, op string, filter IdentityFilter, offset int) (page[api.IdentityMembership], error) {
	body := api.SearchIdentitiesRequest{Limit: new(searchPage), Offset: &offset, OrderBy: "name", Search: filter.search()}
	r := route(op, http.MethodPost, "/v1/identities/search").with(body)
	r.idempotent = true
	answer, err := do[api.ListIdentitiesResponse](ctx, c, r, "identities.identityId", "totalCount")
	return paged(answer.Identities, offset, answer.TotalCount), err
}

// search is what of the filter the route can take; nil for nothing.
func (f IdentityFilter) search() json.RawMessage {
	search := map[string]any{}
	for _, condition := range []struct{ field, operator, value string }{
		{"name", "$contains", f.NameContains}, {"name", "$eq", f.Name}, {"role", "$eq", f.Role},
	} {
		if searchable.MatchString(condition.value) {
			search[condition.field] = map[string]string{condition.operator: condition.value}
		}
	}
	if len(search) == 0 {
		return nil
	}
	encoded, _ := json.Marshal(search) // texts always marshal
	return encoded
}

// allows is the whole filter, as no server takes all of it.
func (f IdentityFilter) allows(m api.IdentityMembership) bool {
	return (f.Name == "" || m.Identity.Name == f.Name) &&
		strings.Contains(strings.ToLower(m.Identity.Name), strings.ToLower(f.NameContains)) &&
		(f.Role == "" || m.RoleSlug() == f.Role) &&
		(f.AuthMethod == "" || slices.Contains(AuthMethods(m.Identity), f.AuthMethod))
}

// IdentitiesByName finds all identities of exactly this name, without their metadata. Names are not unique.
func (c *Client) IdentitiesByName(ctx context.Context, name string) ([]api.IdentityMembership, error) {
	return all(c.Identities(ctx, IdentityFilter{Name: name}))
}

// identities lists those of the organisation, without their metadata.
func (c *Client) identities(ctx context.Context) ([]api.IdentityMembership, error) {
	organization, err := c.OrganizationID(ctx)
	if err != nil {
		return nil, err
	}
	r := route("list the identities", http.MethodGet, "/v1/identities")
	r.query = url.Values{"orgId": {organization}}
	answer, err := do[api.ListIdentitiesResponse](ctx, c, r, "identities.identityId")
	return answer.Identities, err
}
