// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 3.

// CreateIdentity creates an identity in the caller's organization.
func (c *Client) CreateIdentity(ctx context.Context, body api.CreateIdentityRequest) (api.Identity, error) {
	organization, err := c.OrganizationID(ctx)
	if err != nil {
		return api.Identity{}, err
	}
	body.OrganizationID = organization
	return createOrAdopt(ctx, c, creation[api.Identity, api.IdentityMembership]{
		key: "identity " + body.Name,
		send: func(ctx context.Context) (api.Identity, error) {
			r := route("create the identity", http.MethodPost, "/v1/identities").with(body)
			result, err := do[api.IdentityResponse](ctx, c, r, "identity.id")
			return result.Identity, err
		},
		id:   func(i api.Identity) string { return i.ID },
		find: func(ctx context.Context) ([]api.IdentityMembership, error) { return c.IdentitiesByName(ctx, body.Name) },
		candidate: func(m api.IdentityMembership) Candidate {
			return Candidate{ID: m.IdentityID, Name: m.Identity.Name, Created: m.CreatedAt}
		},
		matches: func(m api.IdentityMembership) bool {
			return m.RoleSlug() == valueOr(body.Role, api.NoAccess) && m.LastLoginTime == nil && len(AuthMethods(m.Identity)) == 0
		},
		adopt: func(m api.IdentityMembership) api.Identity {
			return api.Identity{ID: m.IdentityID, Name: m.Identity.Name, CreatedAt: m.CreatedAt, HasDeleteProtection: m.Identity.HasDeleteProtection, OrgID: m.OrgID}
		},
	})
}

// IdentityFromListing reads an identity in a refresh. With metadata, it sends a request for that
// identity, as no listing returns metadata; otherwise the identity may come from a listing, and its
// Metadata is nil. ExistenceOnly turns metadata off.
func (c *Client) IdentityFromListing(ctx context.Context, id string, metadata bool) (api.IdentityMembership, error) {
	if metadata && !c.config.ExistenceOnly {
		return c.Identity(ctx, id)
	}
	found, err := c.identityListing().getOrFetch(ctx, c, id, func() (api.IdentityMembership, error) { return c.Identity(ctx, id) })
	found.Metadata = nil
	return found, err
}

// identityListing returns the listing of the organization's identities. It has one page; if that
// exceeds maxResponse, identities are read one by one.
func (c *Client) identityListing() *listing[api.IdentityMembership] {
	return listingOf(c, "identities", func() *listing[api.IdentityMembership] {
		return &listing[api.IdentityMembership]{
			fetch: func(ctx context.Context, _ int) (page[api.IdentityMembership], error) {
				list, err := c.listIdentities(ctx)
				return page[api.IdentityMembership]{rows: list}, err
			},
			key:      func(m api.IdentityMembership) string { return m.IdentityID },
			complete: func(m api.IdentityMembership) bool { return m.Role != "" && m.OrgID != "" && m.Identity.Name != "" },
		}
	})
}

// Identity reads an identity with its role and its metadata.
func (c *Client) Identity(ctx context.Context, id string) (api.IdentityMembership, error) {
	r := route("read the identity", http.MethodGet, "/v1/identities/%s", id)
	result, err := do[api.IdentityMembershipResponse](ctx, c, r, "identity.identityId", "identity.role", "identity.orgId", "identity.identity.id")
	return result.Identity, err
}

// UpdateIdentity changes the fields that the body has. Some servers ignore a body without the name.
func (c *Client) UpdateIdentity(ctx context.Context, id string, body api.UpdateIdentityRequest) (api.Identity, error) {
	r := route("update the identity", http.MethodPatch, "/v1/identities/%s", id).with(body)
	result, err := do[api.IdentityResponse](ctx, c, r, "identity.id")
	return result.Identity, err
}

// DeleteIdentity deletes an identity and revokes its tokens.
func (c *Client) DeleteIdentity(ctx context.Context, id string) error {
	r := route("delete the identity", http.MethodDelete, "/v1/identities/%s", id)
	_, err := do[api.IdentityResponse](ctx, c, r)
	return err
}

// AuthMethods returns the auth methods of an identity. Servers of October 2024 allow one.
func AuthMethods(identity api.Identity) []string {
	if identity.AuthMethods == nil && identity.AuthMethod != nil && *identity.AuthMethod != nil {
		return []string{**identity.AuthMethod}
	}
	return identity.AuthMethods
}
