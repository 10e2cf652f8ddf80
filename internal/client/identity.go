// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 3.

// CreateIdentity creates an identity in the caller's organisation, whose ID it fills in.
func (c *Client) CreateIdentity(ctx context.Context, body api.CreateIdentityRequest) (api.Identity, error) {
	organization, err := c.OrganizationID(ctx)
	if err != nil {
		return api.Identity{}, err
	}
	body.OrganizationID = organization
	return createOnce(ctx, c, creation[api.Identity, api.IdentityMembership]{
		name: "identity " + body.Name,
		send: func(ctx context.Context) (api.Identity, error) {
			r := route("create the identity", http.MethodPost, "/v1/identities").with(body)
			answer, err := do[api.IdentityResponse](ctx, c, r, "identity.id")
			return answer.Identity, err
		},
		id:    func(i api.Identity) string { return i.ID },
		find:  func(ctx context.Context) ([]api.IdentityMembership, error) { return c.IdentitiesByName(ctx, body.Name) },
		trace: func(m api.IdentityMembership) Candidate { return Candidate{m.IdentityID, m.Identity.Name, m.CreatedAt} },
		same: func(ctx context.Context, m api.IdentityMembership) (bool, error) {
			m, err := c.Identity(ctx, m.IdentityID) // with its metadata
			return isAsked(body, m) && m.LastLoginTime == nil && len(AuthMethods(m.Identity)) == 0, err
		},
		take: func(_ context.Context, m api.IdentityMembership) (api.Identity, bool, error) {
			return api.Identity{ID: m.IdentityID, Name: m.Identity.Name, CreatedAt: m.CreatedAt, HasDeleteProtection: m.Identity.HasDeleteProtection, OrgID: m.OrgID}, true, nil
		},
	})
}

// Identity reads one identity, with its role and its metadata.
func (c *Client) Identity(ctx context.Context, id string) (api.IdentityMembership, error) {
	r := route("read the identity", http.MethodGet, "/v1/identities/%s", id)
	answer, err := do[api.IdentityMembershipResponse](ctx, c, r, "identity.identityId", "identity.role", "identity.orgId", "identity.identity.id")
	return answer.Identity, err
}

// UpdateIdentity changes what the body holds. Some servers ignore the rest where the name is absent.
func (c *Client) UpdateIdentity(ctx context.Context, id string, body api.UpdateIdentityRequest) (api.Identity, error) {
	r := route("change the identity", http.MethodPatch, "/v1/identities/%s", id).with(body)
	answer, err := do[api.IdentityResponse](ctx, c, r, "identity.id")
	return answer.Identity, err
}

// DeleteIdentity deletes an identity and ends the life of its tokens.
func (c *Client) DeleteIdentity(ctx context.Context, id string) error {
	r := route("delete the identity", http.MethodDelete, "/v1/identities/%s", id)
	_, err := do[api.IdentityResponse](ctx, c, r)
	return err
}

// AuthMethods are the methods an identity can log in with, where servers allow one or many.
func AuthMethods(identity api.MemberIdentity) []string {
	if identity.AuthMethods == nil && identity.AuthMethod != nil {
		return []string{*identity.AuthMethod}
	}
	return identity.AuthMethods
}
