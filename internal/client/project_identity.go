// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 3, identities that live in one project.

const projectIdentitiesRoute = "/v1/projects/%s/identities"

// CreateProjectIdentity creates an identity that lives in the project.
func (c *Client) CreateProjectIdentity(ctx context.Context, projectID string, body api.CreateProjectIdentityRequest) (api.ProjectIdentity, error) {
	return createOnce(ctx, c, creation[api.ProjectIdentity, api.ProjectIdentity]{
		name: "identity " + body.Name + " of " + projectID,
		send: func(ctx context.Context) (api.ProjectIdentity, error) {
			return c.projectIdentity(ctx, route("create the identity of the project", http.MethodPost, projectIdentitiesRoute, projectID).with(body))
		},
		id: func(i api.ProjectIdentity) string { return i.ID },
		find: func(ctx context.Context) ([]api.ProjectIdentity, error) {
			return c.projectIdentitiesByName(ctx, projectID, body.Name)
		},
		trace: func(i api.ProjectIdentity) Candidate { return Candidate{i.ID, i.Name, i.CreatedAt} },
		same: func(ctx context.Context, i api.ProjectIdentity) (bool, error) {
			i, err := c.ProjectIdentity(ctx, projectID, i.ID) // with its metadata
			return i.HasDeleteProtection == isTrue(body.HasDeleteProtection) && haveMetadata(body.Metadata, i.Metadata) && len(i.AuthMethods) == 0, err
		},
		take: asFound[api.ProjectIdentity],
	})
}

// projectIdentitiesByName finds all identities of the project with exactly this name, without their metadata.
func (c *Client) projectIdentitiesByName(ctx context.Context, projectID, name string) ([]api.ProjectIdentity, error) {
	found := map[string]api.ProjectIdentity{} // pages shift while others write
	for offset := 0; ; {
		page, err := c.projectIdentityPage(ctx, projectID, offset)
		if err != nil {
			return nil, err
		}
		for _, identity := range page.rows {
			if identity.Name == name {
				found[identity.ID] = identity
			}
		}
		if offset += len(page.rows); !page.more {
			return slices.Collect(maps.Values(found)), nil
		}
	}
}

func (c *Client) projectIdentityPage(ctx context.Context, projectID string, offset int) (page[api.ProjectIdentity], error) {
	r := route("list the identities of the project", http.MethodGet, projectIdentitiesRoute, projectID)
	r.query = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
	answer, err := do[api.ListProjectIdentitiesResponse](ctx, c, r, "identities.id", "identities.name", "identities.hasDeleteProtection", "totalCount")
	return paged(answer.Identities, offset, answer.TotalCount), err
}

// ProjectIdentity reads one, with its metadata.
func (c *Client) ProjectIdentity(ctx context.Context, projectID, id string) (api.ProjectIdentity, error) {
	return c.projectIdentity(ctx, route("read the identity of the project", http.MethodGet, projectIdentitiesRoute+"/%s", projectID, id))
}

// UpdateProjectIdentity changes what the body holds.
func (c *Client) UpdateProjectIdentity(ctx context.Context, projectID, id string, body api.UpdateProjectIdentityRequest) (api.ProjectIdentity, error) {
	return c.projectIdentity(ctx, route("change the identity of the project", http.MethodPatch, projectIdentitiesRoute+"/%s", projectID, id).with(body))
}

// DeleteProjectIdentity deletes one and ends the life of its tokens.
func (c *Client) DeleteProjectIdentity(ctx context.Context, projectID, id string) error {
	_, err := c.projectIdentity(ctx, route("delete the identity of the project", http.MethodDelete, projectIdentitiesRoute+"/%s", projectID, id))
	return err
}

func (c *Client) projectIdentity(ctx context.Context, r request) (api.ProjectIdentity, error) {
	answer, err := do[api.ProjectIdentityResponse](ctx, c, r, "identity.id", "identity.name")
	return answer.Identity, since(err, "identities of a project", "the end of 2025")
}
