// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// OrganizationID is the organisation that calls act on: the configured one, else the caller's own,
// asked of the server once.
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

// Organization is the organisation that calls act on. An older server tells only its ID.
func (c *Client) Organization(ctx context.Context) (api.Organization, error) {
	id, err := c.OrganizationID(ctx)
	if err != nil {
		return api.Organization{}, err
	}
	r := route("read the organisation", http.MethodGet, "/v1/identities/details")
	answer, err := do[api.IdentityDetailsResponse](ctx, c, r, "identityDetails.organization.id")
	found := answer.IdentityDetails.Organization
	if status := Status(err); status == http.StatusNotFound || status == http.StatusInternalServerError || err == nil && found.ID != id {
		return api.Organization{ID: id}, nil
	}
	return found, err
}

func (c *Client) discoverOrganization(ctx context.Context) (string, error) {
	r := route("find the organisation of the caller", http.MethodGet, "/v1/identities/details")
	answer, err := do[api.IdentityDetailsResponse](ctx, c, r, "identityDetails.organization.id")
	if err == nil {
		return c.ownOrganization(answer.IdentityDetails.Organization)
	}
	if status := Status(err); status != http.StatusNotFound && status != http.StatusInternalServerError {
		return "", err
	}
	// A server without this route takes "details" for the ID of an identity, and answers accordingly.
	return c.organizationByToken(ctx, err)
}

// CallerID is the ID of the identity that calls are made as, which its token tells; empty where it
// does not.
func (c *Client) CallerID(ctx context.Context) (string, error) {
	token, err := c.auth.bearer(ctx, "")
	if err != nil {
		return "", err
	}
	said, _ := token.claims()
	return said.IdentityID, nil
}

// ownOrganization refuses to guess where the login went into a sub-organisation, but the server
// names another.
func (c *Client) ownOrganization(found api.Organization) (string, error) {
	if slug := c.config.organizationSlug(); slug != "" && slug != found.Slug {
		return "", &Error{Op: "find the organisation of the caller", Message: "the login was into the organisation " +
			slug + ", but the server names " + found.Slug + " (" + found.ID + "); set organization_id"}
	}
	return found.ID, nil
}

// organizationByToken reads the caller's own identity, whose ID its token tells.
func (c *Client) organizationByToken(ctx context.Context, cause error) (string, error) {
	token, err := c.auth.bearer(ctx, "")
	if err != nil {
		return "", err
	}
	failed := &Error{Op: "find the organisation of the caller", Message: "this server does not tell it; set organization_id", Err: cause}
	said, ok := token.claims()
	if !ok || said.IdentityID == "" || c.config.organizationSlug() != "" {
		return "", failed
	}
	membership, err := c.Identity(ctx, said.IdentityID)
	if e, ok := errors.AsType[*Error](err); ok && e.Status != 0 {
		failed.Message += " (or let the caller read identities: " + e.Message + ")"
		return "", failed
	}
	return membership.OrgID, err
}
