// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Servers of October 2024 identify the project by its slug and store rules in their first version.
// Requests are converted to that version or rejected; responses are converted back. Contract: section
// 4.3.

const oldestProjectRolesRoute = "/v1/workspace/%s/roles"

func (c *Client) oldestProjectRoles(ctx context.Context, op, projectID string) (api.ListRolesResponse, error) {
	slug, err := c.projectSlug(ctx, op, projectID)
	if err != nil {
		return api.ListRolesResponse{}, err
	}
	return do[api.ListRolesResponse](ctx, c, route(op, http.MethodGet, oldestProjectRolesRoute, slug), "roles.id", "roles.slug")
}

func (c *Client) oldestProjectRole(ctx context.Context, op, method, tail string, body any, segments ...string) (api.RoleResponse, error) {
	projectID := segments[0]
	slug, err := c.projectSlug(ctx, op, projectID)
	if err != nil {
		return api.RoleResponse{}, err
	}
	body, rules, err := inV1(op, body)
	if err != nil {
		return api.RoleResponse{}, err
	}
	r := route(op, method, oldestProjectRolesRoute+tail, append([]string{slug}, segments[1:]...)...).with(body)
	result, err := do[api.RoleResponse](ctx, c, r, "role.id", "role.slug", "role.projectId")
	switch {
	case err != nil && method == http.MethodPost:
		return result, unknownRule(err, rules)
	case err != nil:
		return result, unknownRule(c.goneWithProject(ctx, projectID, markGone(err)), rules)
	case result.Role.ProjectID != projectID: // another project has the slug now
		return api.RoleResponse{}, &Error{Op: op, Message: "the project of the role does not exist", Gone: true}
	}
	if result.Role.Permissions != nil {
		result.Role.Permissions = result.Role.Permissions.ExpandV1()
	}
	return result, nil
}

// projectSlug returns the slug of a project and caches it: on these servers it never changes.
func (c *Client) projectSlug(ctx context.Context, op, projectID string) (string, error) {
	if known, ok := c.projectSlugs.Load(projectID); ok {
		return fmt.Sprint(known), nil
	}
	project, err := c.ProjectByID(ctx, projectID)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok && IsNoRoute(err) {
			e.Op = op
		}
		return "", err
	}
	c.projectSlugs.Store(projectID, project.Slug)
	return project.Slug, nil
}

// inV1 converts the rules of a body to the first version, and returns them, too.
func inV1(op string, body any) (any, permission.Rules, error) {
	var rules permission.Rules
	var err error
	switch b := body.(type) {
	case api.CreateRoleRequest:
		rules, err = rulesInV1(op, b.Permissions)
		b.Permissions = rules
		return b, rules, err
	case api.UpdateRoleRequest:
		if b.Permissions != nil {
			rules, err = rulesInV1(op, *b.Permissions)
			b.Permissions = &rules
		}
		return b, rules, err
	}
	return body, nil, nil
}

func rulesInV1(op string, rules permission.Rules) (permission.Rules, error) {
	if err := rules.Check(permission.Project); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	converted, err := rules.ToV1()
	if invalid, ok := errors.AsType[*permission.InvalidError](err); ok {
		e := &Error{Op: op, Message: tooOldForRule, Err: err}
		if n, ok := invalid.Path[0].(int); ok {
			e.Issues = []api.Issue{{Path: []any{"permissions", n}, Message: fmt.Sprintf("rule %d, on %s: %s: %s", n+1, rules[n].Subject, tooOldForRule, invalid.Sentence)}}
		}
		return nil, e
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	return converted, nil
}

const tooOldForRule = "this server is older than such rules of project roles, available since the end of 2024"

// unknownRule explains that a server rejected a subject, an action or a condition that is newer.
func unknownRule(err error, rules permission.Rules) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Issues) == 0 {
		return err
	}
	for i, issue := range e.Issues {
		for n, rule := range rules {
			if len(issue.Path) > 1 && issue.Path[0] == "permissions" && fmt.Sprint(issue.Path[1]) == strconv.Itoa(n) {
				e.Issues[i].Path, e.Issues[i].Message = []any{"permissions"}, fmt.Sprintf("a rule on %s: %s: %s", rule.Subject, tooOldForRule, issue.Message)
			}
		}
	}
	return err
}

// markGone marks any 404 of a missing object as Gone: these servers name the error after the operation.
func markGone(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusNotFound && e.Name != "" && !IsNoRoute(err) {
		e.Gone = true
	}
	return err
}
