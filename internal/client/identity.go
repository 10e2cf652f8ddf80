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
	r := route("create the identity", http.MethodPost, "/v1/identities").with(body)
	answer, err := do[api.IdentityResponse](ctx, c, r, "identity.id")
	return answer.Identity, err
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
