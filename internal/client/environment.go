// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 6.

const (
	environmentsRoute      = "/v1/projects/%s/environments"
	olderEnvironmentsRoute = "/v1/workspace/%s/environments"
)

// CreateEnvironment adds an environment to a project.
func (c *Client) CreateEnvironment(ctx context.Context, projectID string, body api.CreateEnvironmentRequest) (api.Environment, error) {
	return createOrAdopt(ctx, c, creation[api.Environment, api.Environment]{
		key: "environment " + body.Slug + " of " + projectID, unique: true,
		send: func(ctx context.Context) (api.Environment, error) {
			return c.environment(ctx, "create the environment", http.MethodPost, body, projectID)
		},
		id: func(e api.Environment) string { return e.ID },
		find: findOne(func(ctx context.Context) (api.Environment, error) {
			return c.EnvironmentBySlug(ctx, projectID, body.Slug)
		}),
		candidate: func(e api.Environment) Candidate { return Candidate{ID: e.ID, Name: e.Slug, Created: e.CreatedAt} },
		matches: func(e api.Environment) bool {
			return e.Name == body.Name && e.Position == valueOr(body.Position, e.Position)
		},
		adopt: unchanged[api.Environment],
	})
}

// Environment reads an environment of a project.
func (c *Client) Environment(ctx context.Context, projectID, id string) (api.Environment, error) {
	return c.environment(ctx, "read the environment", http.MethodGet, nil, projectID, id)
}

// EnvironmentBySlug reads an environment of a project. Older servers have no route by slug.
func (c *Client) EnvironmentBySlug(ctx context.Context, projectID, slug string) (api.Environment, error) {
	const op = "read the environment by its slug"
	return withFallback(c, op, func() (api.Environment, error) {
		r := route(op, http.MethodGet, environmentsRoute+"/slug/%s", projectID, slug)
		result, err := do[api.EnvironmentResponse](ctx, c, r, "environment.id", "environment.slug")
		return result.Environment, err
	}, func() (api.Environment, error) {
		project, err := c.projectByID(ctx, op, http.MethodGet, projectID, nil)
		if err != nil {
			return api.Environment{}, c.goneWithProject(ctx, projectID, err)
		}
		n := slices.IndexFunc(project.Environments, func(e api.ProjectEnvironment) bool { return e.Slug == slug })
		if n < 0 {
			return api.Environment{}, &Error{Op: op, Message: "the project has no environment with the slug " + slug, Gone: true}
		}
		return c.Environment(ctx, projectID, project.Environments[n].ID)
	})
}

// UpdateEnvironment changes the fields that the body has. A position that another environment has moves the
// environments between it and the previous position.
func (c *Client) UpdateEnvironment(ctx context.Context, projectID, id string, body api.UpdateEnvironmentRequest) (api.Environment, error) {
	return c.environment(ctx, "update the environment", http.MethodPatch, body, projectID, id)
}

// DeleteEnvironment deletes an environment. Servers since summer 2026 can restore it for 30 days.
func (c *Client) DeleteEnvironment(ctx context.Context, projectID, id string) error {
	_, err := c.environment(ctx, "delete the environment", http.MethodDelete, nil, projectID, id)
	return err
}

// RestoreEnvironment restores a deleted environment.
func (c *Client) RestoreEnvironment(ctx context.Context, projectID, id string) (api.Environment, error) {
	r := route("restore the environment", http.MethodPost, environmentsRoute+"/%s/restore", projectID, id)
	result, err := do[api.EnvironmentResponse](ctx, c, r, "environment.id", "environment.slug")
	return result.Environment, availableSince(err, "restored environments", "summer 2026")
}

// environment calls the route of the environments of a project or, with its ID, of one of them.
func (c *Client) environment(ctx context.Context, op, method string, body any, projectAndID ...string) (api.Environment, error) {
	send := func(path string) func() (api.Environment, error) {
		path += strings.Repeat("/%s", len(projectAndID)-1)
		return func() (api.Environment, error) {
			result, err := do[api.EnvironmentResponse](ctx, c, route(op, method, path, projectAndID...).with(body), "environment.id", "environment.slug")
			return result.Environment, err
		}
	}
	e, err := withFallback(c, op, send(environmentsRoute), send(olderEnvironmentsRoute))
	return e, c.goneWithProject(ctx, projectAndID[0], err)
}
