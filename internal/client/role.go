// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 4.

const (
	organizationRolesRoute = "/v1/organization/roles"
	projectRolesRoute      = "/v1/projects/%s/roles"
	olderProjectRolesRoute = "/v2/workspace/%s/roles" // role_compat.go has the oldest
)

// CreateOrganizationRole creates a role of the caller's organization.
func (c *Client) CreateOrganizationRole(ctx context.Context, body api.CreateRoleRequest) (api.Role, error) {
	return createRole(ctx, c, "organization role "+body.Slug, body, func(ctx context.Context) (api.Role, error) {
		return c.organizationRole(ctx, route("create the organization role", http.MethodPost, organizationRolesRoute).with(body))
	}, func(ctx context.Context) (api.Role, error) { return c.OrganizationRoleBySlug(ctx, body.Slug) })
}

func createRole(ctx context.Context, c *Client, key string, body api.CreateRoleRequest, send, read func(context.Context) (api.Role, error)) (api.Role, error) {
	return createOrAdopt(ctx, c, creation[api.Role, api.Role]{
		key: key, unique: true, send: send, find: findOne(read),
		id:        func(r api.Role) string { return r.ID },
		candidate: func(r api.Role) Candidate { return Candidate{ID: r.ID, Name: r.Slug, Created: r.CreatedAt} },
		matches:   func(r api.Role) bool { return r.Name == body.Name },
		adopt:     unchanged[api.Role],
	})
}

// OrganizationRole reads a role with its rules.
func (c *Client) OrganizationRole(ctx context.Context, id string) (api.Role, error) {
	return c.organizationRole(ctx, route("read the organization role", http.MethodGet, organizationRolesRoute+"/%s", id))
}

// OrganizationRoleBySlug reads a role, built in or custom, with its rules.
func (c *Client) OrganizationRoleBySlug(ctx context.Context, slug string) (api.Role, error) {
	return c.organizationRole(ctx, route("read the organization role", http.MethodGet, organizationRolesRoute+"/slug/%s", slug))
}

// UpdateOrganizationRole changes the fields that the body has.
func (c *Client) UpdateOrganizationRole(ctx context.Context, id string, body api.UpdateRoleRequest) (api.Role, error) {
	return c.organizationRole(ctx, route("update the organization role", http.MethodPatch, organizationRolesRoute+"/%s", id).with(body))
}

// DeleteOrganizationRole deletes a role that no identity is assigned.
func (c *Client) DeleteOrganizationRole(ctx context.Context, id string) error {
	_, err := c.organizationRole(ctx, route("delete the organization role", http.MethodDelete, organizationRolesRoute+"/%s", id))
	return inUse(err)
}

// OrganizationRoles lists the roles of the organization, built-in roles first, without their rules.
func (c *Client) OrganizationRoles(ctx context.Context) ([]api.Role, error) {
	r := route("list the organization roles", http.MethodGet, organizationRolesRoute)
	result, err := do[api.ListRolesResponse](ctx, c, r, "roles.id", "roles.slug")
	return result.Roles, forUsersOnly(err)
}

func (c *Client) organizationRole(ctx context.Context, r request) (api.Role, error) {
	result, err := do[api.RoleResponse](ctx, c, r, "role.id", "role.slug")
	return result.Role, forUsersOnly(err)
}

// forUsersOnly explains a missing route, and a 403 that names no permission.
func forUsersOnly(err error) error {
	named := []string{api.ErrorPermissionDenied, api.ErrorBoundary, api.ErrorToken}
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusForbidden && !slices.Contains(named, e.Name) {
		e.Message += "; on servers older than the end of 2025, only users may manage organization roles"
	}
	return availableSince(err, "organization roles that identities can manage", "the end of 2025")
}

// CreateProjectRole creates a role of a project.
func (c *Client) CreateProjectRole(ctx context.Context, projectID string, body api.CreateRoleRequest) (api.Role, error) {
	return createRole(ctx, c, "role "+body.Slug+" of "+projectID, body, func(ctx context.Context) (api.Role, error) {
		return c.projectRole(ctx, "create the project role", http.MethodPost, "", body, projectID)
	}, func(ctx context.Context) (api.Role, error) { return c.ProjectRoleBySlug(ctx, projectID, body.Slug) })
}

// ProjectRoleBySlug reads a role, built in or custom, with its rules.
func (c *Client) ProjectRoleBySlug(ctx context.Context, projectID, slug string) (api.Role, error) {
	role, err := c.projectRole(ctx, "read the project role", http.MethodGet, "/slug/%s", nil, projectID, slug)
	return role, c.goneWithProject(ctx, projectID, err)
}

// ProjectRole reads a role by its ID. No server has a route for that, so it reads the role by its last
// known slug and, if the slug has changed or is not known, searches the list of roles.
func (c *Client) ProjectRole(ctx context.Context, projectID, id, slug string) (api.Role, error) {
	if slug != "" {
		role, err := c.ProjectRoleBySlug(ctx, projectID, slug)
		if err == nil && role.ID == id || err != nil && !IsNotFound(err) {
			return role, err
		}
	}
	list, listErr := c.ProjectRoles(ctx, projectID)
	if listErr != nil {
		return api.Role{}, listErr
	}
	n := slices.IndexFunc(list, func(r api.Role) bool { return r.ID == id })
	if n < 0 {
		return api.Role{}, &Error{Op: "read the project role", Message: "the role does not exist", Gone: true}
	}
	return c.ProjectRoleBySlug(ctx, projectID, list[n].Slug)
}

// ProjectRoles lists the roles of a project, built-in roles first, without their rules.
func (c *Client) ProjectRoles(ctx context.Context, projectID string) ([]api.Role, error) {
	const op = "list the project roles"
	result, err := withFallback(c, op, func() (api.ListRolesResponse, error) {
		return do[api.ListRolesResponse](ctx, c, route(op, http.MethodGet, projectRolesRoute, projectID), "roles.id", "roles.slug")
	}, func() (api.ListRolesResponse, error) {
		return withFallback(c, op+" by its older route", func() (api.ListRolesResponse, error) {
			return do[api.ListRolesResponse](ctx, c, route(op, http.MethodGet, olderProjectRolesRoute, projectID), "roles.id", "roles.slug")
		}, func() (api.ListRolesResponse, error) { return c.oldestProjectRoles(ctx, op, projectID) })
	})
	return result.Roles, sinceProjectRoles(c.goneWithProject(ctx, projectID, err))
}

// UpdateProjectRole changes the fields that the body has.
func (c *Client) UpdateProjectRole(ctx context.Context, projectID, id string, body api.UpdateRoleRequest) (api.Role, error) {
	return c.projectRole(ctx, "update the project role", http.MethodPatch, "/%s", body, projectID, id)
}

// DeleteProjectRole deletes a role that no member of the project is assigned.
func (c *Client) DeleteProjectRole(ctx context.Context, projectID, id string) error {
	_, err := c.projectRole(ctx, "delete the project role", http.MethodDelete, "/%s", nil, projectID, id)
	return inUse(err)
}

// inUse adds the remedy to the refusal to delete a role that is assigned. Terraform deletes a role before it
// changes what was assigned to it, unless the role has create_before_destroy.
func inUse(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusBadRequest && strings.Contains(e.Message, "assigned") {
		e.Remedy = "Change what has the role first. To do both in one apply, set lifecycle { create_before_destroy = true } on the role, so that Terraform deletes it last."
	}
	return err
}

func (c *Client) projectRole(ctx context.Context, op, method, tail string, body any, segments ...string) (api.Role, error) {
	result, err := withFallback(c, op, func() (api.RoleResponse, error) {
		return do[api.RoleResponse](ctx, c, route(op, method, projectRolesRoute+tail, segments...).with(body), "role.id", "role.slug")
	}, func() (api.RoleResponse, error) {
		return withFallback(c, op+" by its older route", func() (api.RoleResponse, error) {
			return do[api.RoleResponse](ctx, c, route(op, method, olderProjectRolesRoute+tail, segments...).with(body), "role.id", "role.slug")
		}, func() (api.RoleResponse, error) {
			return c.oldestProjectRole(ctx, op, method, tail, body, segments...)
		})
	})
	return result.Role, sinceProjectRoles(err)
}

// sinceProjectRoles explains that a server has none of the routes.
func sinceProjectRoles(err error) error {
	return availableSince(err, "project roles with rules of any subject", "the end of 2024")
}
