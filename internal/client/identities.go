// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// IdentityFilter selects identities of the organization. An empty field selects all.
type IdentityFilter struct {
	Name         string // exact
	NameContains string // case-insensitive
	Role         string // slug of a built-in or custom role
	AuthMethod   string // such as universal-auth
}

// searchPage is the maximum page size of the search route.
const searchPage = 100

// searchable matches names and roles that the search route accepts.
var searchable = regexp.MustCompile(`^[A-Za-z0-9 _/-]{1,255}$`)

// Identities iterates over the identities of the organization by name, without their metadata.
func (c *Client) Identities(ctx context.Context, filter IdentityFilter) iter.Seq2[api.IdentityMembership, error] {
	found := pages(ctx, func(m api.IdentityMembership) string { return m.IdentityID }, func(ctx context.Context, offset int) (page[api.IdentityMembership], error) {
		const op = "search the identities"
		list := func() (page[api.IdentityMembership], error) {
			list, err := c.listIdentities(ctx)
			return page[api.IdentityMembership]{rows: list}, err
		}
		if filter.Name != "" && !searchable.MatchString(filter.Name) {
			return list() // one request; a search without the name takes many
		}
		return withFallback(c, op, func() (page[api.IdentityMembership], error) { return c.searchPage(ctx, op, filter, offset) }, list)
	})
	return func(yield func(api.IdentityMembership, error) bool) {
		for m, err := range found {
			if (err != nil || filter.matches(m)) && !yield(m, err) {
				return
			}
		}
	}
}

func (c *Client) searchPage(ctx context.Context, op string, filter IdentityFilter, offset int) (page[api.IdentityMembership], error) {
	body := api.SearchIdentitiesRequest{Limit: new(searchPage), Offset: &offset, OrderBy: "name", Search: filter.searchBody()}
	r := route(op, http.MethodPost, "/v1/identities/search").with(body)
	r.idempotent = true
	result, err := do[api.ListIdentitiesResponse](ctx, c, r, "identities.identityId", "totalCount")
	return pageAt(result.Identities, offset, result.TotalCount), err
}

// searchBody returns the part of the filter that the search route supports, or nil.
func (f IdentityFilter) searchBody() json.RawMessage {
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
	encoded, _ := json.Marshal(search) // strings always marshal
	return encoded
}

// matches applies the whole filter, which no server supports in full.
func (f IdentityFilter) matches(m api.IdentityMembership) bool {
	return (f.Name == "" || m.Identity.Name == f.Name) &&
		strings.Contains(strings.ToLower(m.Identity.Name), strings.ToLower(f.NameContains)) &&
		(f.Role == "" || m.RoleSlug() == f.Role) &&
		(f.AuthMethod == "" || slices.Contains(AuthMethods(m.Identity), f.AuthMethod))
}

// IdentitiesByName returns all identities with exactly this name, without their metadata. Names are not
// unique.
func (c *Client) IdentitiesByName(ctx context.Context, name string) ([]api.IdentityMembership, error) {
	if name == "" { // the filter would select all
		return nil, errors.New("find the identity: the name is empty")
	}
	return collect(c.Identities(ctx, IdentityFilter{Name: name}))
}

// listIdentities lists the identities of the organization, without their metadata.
func (c *Client) listIdentities(ctx context.Context) ([]api.IdentityMembership, error) {
	organization, err := c.OrganizationID(ctx)
	if err != nil {
		return nil, err
	}
	r := route("list the identities", http.MethodGet, "/v1/identities")
	r.query = url.Values{"orgId": {organization}}
	result, err := do[api.ListIdentitiesResponse](ctx, c, r, "identities.identityId")
	return result.Identities, err
}
