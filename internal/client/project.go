// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 6.

// CreateProject creates a project. The caller becomes its admin.
func (c *Client) CreateProject(ctx context.Context, body api.CreateProjectRequest) (api.Project, error) {
	k := creation[api.Project, api.Project]{
		key:       "project " + body.ProjectName,
		send:      func(ctx context.Context) (api.Project, error) { return c.createProject(ctx, body) },
		id:        func(p api.Project) string { return p.ID },
		find:      func(ctx context.Context) ([]api.Project, error) { return c.projectsByName(ctx, body.ProjectName) },
		candidate: func(p api.Project) Candidate { return Candidate{ID: p.ID, Name: p.Name, Created: p.CreatedAt} },
		matches: func(p api.Project) bool {
			return p.Name == body.ProjectName && (p.Description == nil || *p.Description == valueOr(body.ProjectDescription, ""))
		},
		adopt: unchanged[api.Project],
	}
	if body.Slug != nil {
		k.key, k.unique = "project with the slug "+*body.Slug, true
		k.find = findOne(func(ctx context.Context) (api.Project, error) { return c.ProjectBySlug(ctx, *body.Slug) })
	}
	return createOrAdopt(ctx, c, k)
}

func (c *Client) createProject(ctx context.Context, body api.CreateProjectRequest) (api.Project, error) {
	const op = "create the project"
	result, err := withFallback(c, op, func() (api.ProjectResponse, error) {
		return do[api.ProjectResponse](ctx, c, route(op, http.MethodPost, "/v1/projects").with(body), "project.id", "project.slug")
	}, func() (api.ProjectResponse, error) {
		return do[api.ProjectResponse](ctx, c, route(op, http.MethodPost, "/v2/workspace").with(body), "project.id", "project.slug")
	})
	return result.Project, err
}

// projectsByName reads the projects with this name that the caller is a member of.
func (c *Client) projectsByName(ctx context.Context, name string) ([]api.Project, error) {
	list, err := c.Projects(ctx)
	if err != nil {
		return nil, err
	}
	var found []api.Project
	for _, row := range list {
		if row.Name != name {
			continue
		}
		project, err := c.ProjectByID(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		found = append(found, project)
	}
	return found, nil
}

// Project reads a project by its ID or, if the text is not a UUID, by its slug.
func (c *Client) Project(ctx context.Context, idOrSlug string) (api.Project, error) {
	if IsID(idOrSlug) {
		return c.ProjectByID(ctx, idOrSlug)
	}
	return c.ProjectBySlug(ctx, idOrSlug)
}

// IsID reports whether a text is an ID, which is a UUID, and not a name or a slug.
func IsID(text string) bool {
	const length = 36 // uuid.Parse also accepts other forms
	_, err := uuid.Parse(text)
	return err == nil && len(text) == length
}

// ProjectByID reads a project by its ID.
func (c *Client) ProjectByID(ctx context.Context, id string) (api.Project, error) {
	return c.projectListing().getOrFetch(ctx, c, id, func() (api.Project, error) {
		project, err := c.projectByID(ctx, "read the project", http.MethodGet, id, nil)
		return project, c.goneWithProject(ctx, id, err)
	})
}

// projectListing returns the listing of projects. A row without a field of current servers is not
// complete: a server may return that field in single reads only.
func (c *Client) projectListing() *listing[api.Project] {
	return listingOf(c, "projects", func() *listing[api.Project] {
		return &listing[api.Project]{
			fetch: func(ctx context.Context, _ int) (page[api.Project], error) { return c.listProjects(ctx) },
			key:   func(p api.Project) string { return p.ID },
			complete: func(p api.Project) bool {
				return p.Description != nil && p.Type != "" && p.HasDeleteProtection != nil && p.Environments != nil
			},
		}
	})
}

// ProjectBySlug reads a project by its slug.
func (c *Client) ProjectBySlug(ctx context.Context, slug string) (api.Project, error) {
	const op = "read the project by its slug"
	return withFallback(c, op, func() (api.Project, error) {
		return do[api.Project](ctx, c, route(op, http.MethodGet, "/v1/projects/slug/%s", slug), "id", "slug")
	}, func() (api.Project, error) {
		return do[api.Project](ctx, c, route(op, http.MethodGet, "/v2/workspace/%s", slug), "id", "slug")
	})
}

// UpdateProject changes the fields that the body has. The result has no environments.
func (c *Client) UpdateProject(ctx context.Context, id string, body api.UpdateProjectRequest) (api.Project, error) {
	project, err := c.projectByID(ctx, "update the project", http.MethodPatch, id, body)
	return project, c.goneWithProject(ctx, id, err)
}

// DeleteProject deletes a project and everything in it.
func (c *Client) DeleteProject(ctx context.Context, id string) error {
	_, err := c.projectByID(ctx, "delete the project", http.MethodDelete, id, nil)
	return c.goneWithProject(ctx, id, err)
}

func (c *Client) projectByID(ctx context.Context, op, method, id string, body any) (api.Project, error) {
	return withFallback(c, op, func() (api.Project, error) {
		result, err := do[api.ProjectResponse](ctx, c, route(op, method, "/v1/projects/%s", id).with(body), "project.id", "project.slug")
		return result.Project, err
	}, func() (api.Project, error) {
		result, err := do[api.WorkspaceResponse](ctx, c, route(op, method, "/v1/workspace/%s", id).with(body), "workspace.id", "workspace.slug")
		return result.Workspace, err
	})
}

// Projects lists the projects that the caller is a member of.
func (c *Client) Projects(ctx context.Context) ([]api.Workspace, error) {
	organization, err := c.OrganizationID(ctx)
	if err != nil {
		return nil, err
	}
	r := route("list the projects", http.MethodGet, "/v2/organizations/%s/workspaces", organization)
	result, err := do[api.ListWorkspacesResponse](ctx, c, r, "workspaces.id", "workspaces.name", "workspaces.slug")
	return result.Workspaces, err
}

// FullProjects lists the projects that the caller is a member of, with all fields that the server has.
func (c *Client) FullProjects(ctx context.Context) ([]api.Project, error) {
	return withFallback(c, "list the projects", func() ([]api.Project, error) {
		listed, err := c.listProjects(ctx)
		return listed.rows, err
	}, func() ([]api.Project, error) {
		list, err := c.Projects(ctx)
		projects := make([]api.Project, len(list))
		for n, w := range list {
			projects[n] = api.Project{ID: w.ID, Name: w.Name, Slug: w.Slug, OrgID: w.Organization, Environments: w.Environments}
		}
		return projects, err
	})
}

func (c *Client) listProjects(ctx context.Context) (page[api.Project], error) {
	r := route("list the projects", http.MethodGet, "/v1/projects")
	result, err := do[api.ListProjectsResponse](ctx, c, r, "projects.id", "projects.name", "projects.slug")
	return page[api.Project]{rows: result.Projects}, err
}

// notProjectMember is the error of a server of October 2024 for an identity that is not a member of a project,
// also if the project does not exist.
const notProjectMember = "Identity is not a member of the specified project"

// goneWithProject marks an error as Gone if the project does not exist. Servers of October 2024 return 500
// then, so the list of projects decides; routes of memberships return 403 as for a project that the caller is
// not a member of, so that a read of the project decides first.
func (c *Client) goneWithProject(ctx context.Context, id string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusInternalServerError && e.Name != notProjectMember {
		return err
	}
	if e.Name == notProjectMember {
		if _, readErr := c.projectByID(ctx, "read the project", http.MethodGet, id, nil); Status(readErr) != http.StatusInternalServerError && !IsNotFound(readErr) {
			return err
		}
	}
	list, listErr := c.Projects(ctx)
	e.Gone = listErr == nil && !slices.ContainsFunc(list, func(p api.Workspace) bool { return p.ID == id })
	return e
}
