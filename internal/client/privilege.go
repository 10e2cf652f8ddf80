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

// CreatePrivilege adds rules to a member of a project, in addition to its roles.
func (c *Client) CreatePrivilege(ctx context.Context, body api.CreatePrivilegeRequest) (api.Privilege, error) {
	return createOrAdopt(ctx, c, creation[api.Privilege, api.Privilege]{
		key: "privilege of " + body.IdentityID + " in " + body.ProjectID, unique: body.Slug != nil,
		send: func(ctx context.Context) (api.Privilege, error) {
			return c.privilege(ctx, route("create the additional privilege", http.MethodPost, privilegesRoute).with(body))
		},
		id: func(p api.Privilege) string { return p.ID },
		find: func(ctx context.Context) ([]api.Privilege, error) {
			list, err := c.Privileges(ctx, body.ProjectID, body.IdentityID)
			return slices.DeleteFunc(list, func(p api.Privilege) bool { return body.Slug != nil && p.Slug != *body.Slug }), err
		},
		candidate: func(p api.Privilege) Candidate { return Candidate{ID: p.ID, Name: p.Slug, Created: p.CreatedAt} },
		matches:   func(p api.Privilege) bool { return p.IsTemporary == body.Type.IsTemporary },
		adopt:     unchanged[api.Privilege],
	})
}

// Privilege reads an additional privilege with its rules.
func (c *Client) Privilege(ctx context.Context, id string) (api.Privilege, error) {
	return c.privilege(ctx, route("read the additional privilege", http.MethodGet, privilegesRoute+"/%s", id))
}

// UpdatePrivilege changes the fields that the body has. Some servers require the slug and the type.
func (c *Client) UpdatePrivilege(ctx context.Context, id string, body api.UpdatePrivilegeRequest) (api.Privilege, error) {
	return c.privilege(ctx, route("update the additional privilege", http.MethodPatch, privilegesRoute+"/%s", id).with(body))
}

// DeletePrivilege deletes an additional privilege.
func (c *Client) DeletePrivilege(ctx context.Context, id string) error {
	_, err := c.privilege(ctx, route("delete the additional privilege", http.MethodDelete, privilegesRoute+"/%s", id))
	return err
}

// Privileges lists the additional privileges of an identity in a project, without their rules.
func (c *Client) Privileges(ctx context.Context, projectID, identityID string) ([]api.Privilege, error) {
	r := route("list the additional privileges", http.MethodGet, privilegesRoute)
	r.query = url.Values{"projectId": {projectID}, "identityId": {identityID}}
	result, err := do[api.ListPrivilegesResponse](ctx, c, r, "privileges.id")
	return result.Privileges, availableSince(err, "additional privileges with rules of any subject", "the end of 2024")
}

func (c *Client) privilege(ctx context.Context, r request) (api.Privilege, error) {
	result, err := do[api.PrivilegeResponse](ctx, c, r, "privilege.id", "privilege.slug", "privilege.identityId", "privilege.projectId")
	return result.Privilege, availableSince(err, "additional privileges with rules of any subject", "the end of 2024")
}
