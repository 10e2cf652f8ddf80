// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// OrganizationID returns the ID of the organization that calls act on: the configured one or else the
// caller's own, which is looked up once.
func (c *Client) OrganizationID(ctx context.Context) (string, error) {
	c.discovery.Lock()
	defer c.discovery.Unlock()
	if c.organization != "" {
		return c.organization, nil
	}
	found, err := c.discoverOrganization(ctx)
	if err == nil {
		c.organization = found
	}
	return found, err
}

// Organization returns the organization that calls act on. On older servers only its ID is known.
func (c *Client) Organization(ctx context.Context) (api.Organization, error) {
	id, err := c.OrganizationID(ctx)
	if err != nil {
		return api.Organization{}, err
	}
	r := route("read the organization", http.MethodGet, "/v1/identities/details")
	result, err := do[api.IdentityDetailsResponse](ctx, c, r, "identityDetails.organization.id")
	found := result.IdentityDetails.Organization
	if status := Status(err); status == http.StatusNotFound || status == http.StatusInternalServerError || err == nil && found.ID != id {
		return api.Organization{ID: id}, nil
	}
	return found, err
}

func (c *Client) discoverOrganization(ctx context.Context) (string, error) {
	r := route("find the organization of the caller", http.MethodGet, "/v1/identities/details")
	result, err := do[api.IdentityDetailsResponse](ctx, c, r, "identityDetails.organization.id")
	if err == nil {
		return c.ownOrganization(result.IdentityDetails.Organization)
	}
	if status := Status(err); status != http.StatusNotFound && status != http.StatusInternalServerError {
		return "", err
	}
	// A server without this route takes "details" for the ID of an identity.
	return c.organizationByToken(ctx, err)
}

// CallerID returns the ID of the client's identity from its access token; empty if the token does not
// have it.
func (c *Client) CallerID(ctx context.Context) (string, error) {
	token, err := c.auth.bearer(ctx, "")
	if err != nil {
		return "", err
	}
	claims, _ := token.claims()
	return claims.IdentityID, nil
}

// ownOrganization is an error if the login named a sub-organization and the server returns another.
func (c *Client) ownOrganization(found api.Organization) (string, error) {
	if slug := c.config.organizationSlug(); slug != "" && slug != found.Slug {
		return "", &Error{Op: "find the organization of the caller", Message: "the login was into the organization " +
			slug + ", but the server returned " + found.Slug + " (" + found.ID + "); set organization_id"}
	}
	return found.ID, nil
}

// organizationByToken reads the caller's own identity, whose ID is in the access token.
func (c *Client) organizationByToken(ctx context.Context, cause error) (string, error) {
	token, err := c.auth.bearer(ctx, "")
	if err != nil {
		return "", err
	}
	failed := &Error{Op: "find the organization of the caller", Message: "this server does not return it; set organization_id", Err: cause}
	claims, ok := token.claims()
	if !ok || claims.IdentityID == "" || c.config.organizationSlug() != "" {
		return "", failed
	}
	membership, err := c.Identity(ctx, claims.IdentityID)
	if e, ok := errors.AsType[*Error](err); ok && e.Status != 0 {
		failed.Message += " (or let the caller read identities: " + e.Message + ")"
		return "", failed
	}
	return membership.OrgID, err
}
