// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Servers of October 2024 name the project by its slug, and keep rules of the first version: what is
// sent is said in it, or refused, and what is read is what it stands for. Contract: section 4.3.

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
	body, said, err := inV1(op, body)
	if err != nil {
		return api.RoleResponse{}, err
	}
	r := route(op, method, oldestProjectRolesRoute+tail, append([]string{slug}, segments[1:]...)...).with(body)
	answer, err := do[api.RoleResponse](ctx, c, r, "role.id", "role.slug", "role.projectId")
	switch {
	case err != nil && method == http.MethodPost:
		return answer, unknownRule(err, said)
	case err != nil:
		return answer, unknownRule(c.goneWithProject(ctx, projectID, gone(err)), said)
	case answer.Role.ProjectID != projectID: // another project has the slug by now
		return api.RoleResponse{}, &Error{Op: op, Message: "its project is gone", Gone: true}
	}
	answer.Role.Permissions = widened(answer.Role.Permissions)
	return answer, nil
}

// projectSlug looks the slug of a project up, once: where it is asked for, it never changes.
func (c *Client) projectSlug(ctx context.Context, op, projectID string) (string, error) {
	if known, ok := c.slugs.Load(projectID); ok {
		return fmt.Sprint(known), nil
	}
	project, err := c.ProjectByID(ctx, projectID)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok && IsNoRoute(err) {
			e.Op = op
		}
		return "", err
	}
	c.slugs.Store(projectID, project.Slug)
	return project.Slug, nil
}

// inV1 is a body with its rules in the first version, and these rules.
func inV1(op string, body any) (any, permission.Rules, error) {
	var said permission.Rules
	var err error
	switch b := body.(type) {
	case api.CreateRoleRequest:
		b.Permissions, said, err = rulesInV1(op, b.Permissions)
		return b, said, err
	case api.UpdateRoleRequest:
		if b.Permissions != nil {
			b.Permissions, said, err = rulesInV1(op, b.Permissions)
		}
		return b, said, err
	}
	return body, nil, nil
}

func rulesInV1(op string, given json.RawMessage) (json.RawMessage, permission.Rules, error) {
	rules, err := permission.Parse(permission.Project, given)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", op, err)
	}
	said, err := rules.ToV1()
	if refused, ok := errors.AsType[*permission.InvalidError](err); ok {
		e := &Error{Op: op, Message: tooOldForRule, Err: err}
		if n, ok := refused.Path[0].(int); ok {
			e.Issues = []api.Issue{{Path: []any{"permissions", n}, Message: fmt.Sprintf("rule %d, on %s: %s: %s", n+1, rules[n].Subject, tooOldForRule, refused.Sentence)}}
		}
		return nil, nil, e
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", op, err)
	}
	encoded, err := json.Marshal(said)
	return encoded, said, err
}

const tooOldForRule = "this server is older than such rules of project roles, which servers have since the end of 2024"

// unknownRule words the refusal of a subject, an action or a condition that came later.
func unknownRule(err error, said permission.Rules) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Issues) == 0 {
		return err
	}
	for i, issue := range e.Issues {
		for n, rule := range said {
			if len(issue.Path) > 1 && issue.Path[0] == "permissions" && fmt.Sprint(issue.Path[1]) == strconv.Itoa(n) {
				e.Issues[i].Path, e.Issues[i].Message = []any{"permissions"}, fmt.Sprintf("a rule on %s: %s: %s", rule.Subject, tooOldForRule, issue.Message)
			}
		}
	}
	return err
}

// gone: what is not there is told under the name of what was tried.
func gone(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusNotFound && e.Name != "" && !IsNoRoute(err) {
		e.Gone = true
	}
	return err
}

// widened are rules as they are to be read. What cannot be read as rules is shown as it is.
func widened(kept json.RawMessage) json.RawMessage {
	var rules permission.Rules
	if len(kept) == 0 || json.Unmarshal(kept, &rules) != nil {
		return kept
	}
	encoded, err := json.Marshal(rules.WidenV1())
	if err != nil {
		return kept
	}
	return encoded
}
