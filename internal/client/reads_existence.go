// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// No listing of identities has their metadata, and none says more of an auth method than that an
// identity has it. So they answer who needs no more: of an identity, who manages no metadata of it, and
// of everything, who has asked for no more (Config.ExistenceOnly). Then, what they lack is left out of
// what is read alone, too: which reads those are is chance, and a plan must not depend on it. Metadata
// of which the caller knows nothing is no such loss, and is told where it was seen.

// KnownIdentity reads an identity whose metadata the caller knows. What manages metadata reads it
// alone; else the answer may come from a listing, and have none (nil). With ExistenceOnly it never has.
func (c *Client) KnownIdentity(ctx context.Context, id string, hasMetadata bool) (api.IdentityMembership, error) {
	alone := func() (api.IdentityMembership, error) { return c.Identity(ctx, id) }
	if hasMetadata && !c.config.ExistenceOnly {
		return alone()
	}
	found, err := c.identityListing().orAlone(ctx, c, id, alone)
	if c.config.ExistenceOnly {
		found.Metadata = nil
	}
	return found, err
}

// KnownUniversalAuth reads a Universal Auth that the caller knows: with ExistenceOnly, nil says that
// the identity has one.
func (c *Client) KnownUniversalAuth(ctx context.Context, identityID string) (*api.UniversalAuth, error) {
	return knownMethod(ctx, c, identityID, api.MethodUniversalAuth, c.UniversalAuth)
}

// KnownOIDCAuth is KnownUniversalAuth for OIDC auth.
func (c *Client) KnownOIDCAuth(ctx context.Context, identityID string) (*api.OIDCAuth, error) {
	return knownMethod(ctx, c, identityID, api.MethodOIDCAuth, c.OIDCAuth)
}

// KnownTokenAuth is KnownUniversalAuth for Token auth.
func (c *Client) KnownTokenAuth(ctx context.Context, identityID string) (*api.TokenAuth, error) {
	return knownMethod(ctx, c, identityID, api.MethodTokenAuth, c.TokenAuth)
}

func knownMethod[T any](ctx context.Context, c *Client, identityID, method string, read func(context.Context, string) (T, error)) (*T, error) {
	if c.config.ExistenceOnly {
		row, ok := c.identityListing().find(ctx, c, identityID)
		if ok && slices.Contains(AuthMethods(row.Identity), method) {
			return nil, nil
		}
	}
	found, err := read(ctx, identityID)
	if err != nil || c.config.ExistenceOnly {
		return nil, err
	}
	return &found, nil
}

// identityListing is the one that has the delete protection. It has no pages: where it is larger than
// an answer may be, identities are read one by one.
func (c *Client) identityListing() *listing[api.IdentityMembership] {
	return listingOf(c, "identities", func() *listing[api.IdentityMembership] {
		return &listing[api.IdentityMembership]{
			page: func(ctx context.Context, _ int) (page[api.IdentityMembership], error) {
				list, err := c.identities(ctx)
				return page[api.IdentityMembership]{rows: list}, err
			},
			id:   func(m api.IdentityMembership) string { return m.IdentityID },
			full: func(m api.IdentityMembership) bool { return m.Role != "" && m.OrgID != "" && m.Identity.Name != "" },
		}
	})
}

// KnownProjectIdentity is KnownIdentity for an identity of a project.
func (c *Client) KnownProjectIdentity(ctx context.Context, projectID, id string, hasMetadata bool) (api.ProjectIdentity, error) {
	alone := func() (api.ProjectIdentity, error) { return c.ProjectIdentity(ctx, projectID, id) }
	if hasMetadata && !c.config.ExistenceOnly {
		return alone()
	}
	found, err := c.projectIdentityListing(projectID).orAlone(ctx, c, id, alone)
	if c.config.ExistenceOnly {
		found.Metadata = nil
	}
	return found, err
}

func (c *Client) projectIdentityListing(projectID string) *listing[api.ProjectIdentity] {
	return listingOf(c, "identities of "+projectID, func() *listing[api.ProjectIdentity] {
		return &listing[api.ProjectIdentity]{
			page: func(ctx context.Context, offset int) (page[api.ProjectIdentity], error) {
				return c.projectIdentityPage(ctx, projectID, offset)
			},
			id: func(i api.ProjectIdentity) string { return i.ID },
		}
	})
}
