// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 3, identities of a project.

const projectIdentitiesRoute = "/v1/projects/%s/identities"

// CreateProjectIdentity creates an identity that belongs to the project.
func (c *Client) CreateProjectIdentity(ctx context.Context, projectID string, body api.CreateProjectIdentityRequest) (api.Identity, error) {
	return createOrAdopt(ctx, c, creation[api.Identity, api.Identity]{
		key: "identity " + body.Name + " of " + projectID,
		send: func(ctx context.Context) (api.Identity, error) {
			return c.projectIdentity(ctx, route("create the identity of the project", http.MethodPost, projectIdentitiesRoute, projectID).with(body))
		},
		id: func(i api.Identity) string { return i.ID },
		find: func(ctx context.Context) ([]api.Identity, error) {
			return c.projectIdentitiesByName(ctx, projectID, body.Name)
		},
		candidate: func(i api.Identity) Candidate { return Candidate{ID: i.ID, Name: i.Name, Created: i.CreatedAt} },
		matches:   func(i api.Identity) bool { return len(i.AuthMethods) == 0 },
		adopt:     unchanged[api.Identity],
	})
}

// projectIdentitiesByName returns all identities of the project with exactly this name, without their
// metadata.
func (c *Client) projectIdentitiesByName(ctx context.Context, projectID, name string) ([]api.Identity, error) {
	list, err := collect(pages(ctx, func(i api.Identity) string { return i.ID }, func(ctx context.Context, offset int) (page[api.Identity], error) {
		return c.projectIdentityPage(ctx, projectID, offset)
	}))
	return slices.DeleteFunc(list, func(i api.Identity) bool { return i.Name != name }), err
}

func (c *Client) projectIdentityPage(ctx context.Context, projectID string, offset int) (page[api.Identity], error) {
	r := route("list the identities of the project", http.MethodGet, projectIdentitiesRoute, projectID)
	r.query = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
	result, err := do[api.ListProjectIdentitiesResponse](ctx, c, r, "identities.id", "identities.name", "identities.hasDeleteProtection", "totalCount")
	return pageAt(result.Identities, offset, result.TotalCount), err
}

// ProjectIdentityFromListing is IdentityFromListing for an identity of a project.
func (c *Client) ProjectIdentityFromListing(ctx context.Context, projectID, id string, metadata bool) (api.Identity, error) {
	if metadata && !c.config.ExistenceOnly {
		return c.ProjectIdentity(ctx, projectID, id)
	}
	found, err := c.projectIdentityListing(projectID).getOrFetch(ctx, c, id, func() (api.Identity, error) { return c.ProjectIdentity(ctx, projectID, id) })
	found.Metadata = nil
	return found, err
}

func (c *Client) projectIdentityListing(projectID string) *listing[api.Identity] {
	return listingOf(c, "identities of "+projectID, func() *listing[api.Identity] {
		return &listing[api.Identity]{
			fetch: func(ctx context.Context, offset int) (page[api.Identity], error) {
				return c.projectIdentityPage(ctx, projectID, offset)
			},
			key: func(i api.Identity) string { return i.ID },
		}
	})
}

// ProjectIdentity reads an identity of a project with its metadata.
func (c *Client) ProjectIdentity(ctx context.Context, projectID, id string) (api.Identity, error) {
	return c.projectIdentity(ctx, route("read the identity of the project", http.MethodGet, projectIdentitiesRoute+"/%s", projectID, id))
}

// UpdateProjectIdentity changes the fields that the body has.
func (c *Client) UpdateProjectIdentity(ctx context.Context, projectID, id string, body api.UpdateProjectIdentityRequest) (api.Identity, error) {
	return c.projectIdentity(ctx, route("update the identity of the project", http.MethodPatch, projectIdentitiesRoute+"/%s", projectID, id).with(body))
}

// DeleteProjectIdentity deletes an identity of a project and revokes its tokens.
func (c *Client) DeleteProjectIdentity(ctx context.Context, projectID, id string) error {
	_, err := c.projectIdentity(ctx, route("delete the identity of the project", http.MethodDelete, projectIdentitiesRoute+"/%s", projectID, id))
	return err
}

func (c *Client) projectIdentity(ctx context.Context, r request) (api.Identity, error) {
	result, err := do[api.IdentityResponse](ctx, c, r, "identity.id", "identity.name")
	return result.Identity, availableSince(err, "identities of a project", "the end of 2025")
}
