// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 8, version 2.

const privilegesRoute = "/v2/identity-project-additional-privilege"

// CreatePrivilege gives a member of a project rules beside its roles.
func (c *Client) CreatePrivilege(ctx context.Context, body api.CreatePrivilegeRequest) (api.Privilege, error) {
	return createOnce(ctx, c, creation[api.Privilege, api.Privilege]{
		name: "privilege of " + body.IdentityID + " in " + body.ProjectID, only: body.Slug != nil,
		send: func(ctx context.Context) (api.Privilege, error) {
			return c.privilege(ctx, route("create the additional privilege", http.MethodPost, privilegesRoute).with(body))
		},
		id: func(p api.Privilege) string { return p.ID },
		find: func(ctx context.Context) ([]api.Privilege, error) {
			list, err := c.Privileges(ctx, body.ProjectID, body.IdentityID)
			return slices.DeleteFunc(list, func(p api.Privilege) bool { return body.Slug != nil && p.Slug != *body.Slug }), err
		},
		trace: func(p api.Privilege) Candidate { return Candidate{p.ID, p.Slug, p.CreatedAt} },
		same: func(ctx context.Context, p api.Privilege) (bool, error) {
			p, err := c.Privilege(ctx, p.ID) // with its rules
			return isPrivilege(body, p), err
		},
		take: asFound[api.Privilege],
	})
}

// Privilege reads one, with its rules.
func (c *Client) Privilege(ctx context.Context, id string) (api.Privilege, error) {
	return c.privilege(ctx, route("read the additional privilege", http.MethodGet, privilegesRoute+"/%s", id))
}

// UpdatePrivilege changes what the body holds. Some servers want the slug and the type always.
func (c *Client) UpdatePrivilege(ctx context.Context, id string, body api.UpdatePrivilegeRequest) (api.Privilege, error) {
	return c.privilege(ctx, route("change the additional privilege", http.MethodPatch, privilegesRoute+"/%s", id).with(body))
}

// DeletePrivilege takes one away.
func (c *Client) DeletePrivilege(ctx context.Context, id string) error {
	_, err := c.privilege(ctx, route("delete the additional privilege", http.MethodDelete, privilegesRoute+"/%s", id))
	return err
}

// Privileges lists those of an identity in a project, without their rules.
func (c *Client) Privileges(ctx context.Context, projectID, identityID string) ([]api.Privilege, error) {
	r := route("list the additional privileges", http.MethodGet, privilegesRoute)
	r.query = url.Values{"projectId": {projectID}, "identityId": {identityID}}
	answer, err := do[api.ListPrivilegesResponse](ctx, c, r, "privileges.id")
	return answer.Privileges, since(err, "additional privileges with rules of any subject", "the end of 2024")
}

func (c *Client) privilege(ctx context.Context, r request) (api.Privilege, error) {
	answer, err := do[api.PrivilegeResponse](ctx, c, r, "privilege.id", "privilege.slug", "privilege.identityId", "privilege.projectId")
	return answer.Privilege, since(err, "additional privileges with rules of any subject", "the end of 2024")
}
