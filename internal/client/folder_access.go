// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 6 of the appendix on newer servers.

const folderAccessRoute = "/v1/projects/%s/memberships/identities/%s/secret-folder-access"

// CreateFolderAccess gives a member of a project access to a folder.
func (c *Client) CreateFolderAccess(ctx context.Context, projectID, identityID string, body api.CreateFolderAccessRequest) (api.FolderAccess, error) {
	return createOrAdopt(ctx, c, creation[api.FolderAccess, api.FolderAccess]{
		key:    "folder access of " + identityID + " in " + projectID + " to " + body.EnvironmentSlug + ":" + body.SecretPath,
		unique: true,
		send: func(ctx context.Context) (api.FolderAccess, error) {
			r := route("create the folder access", http.MethodPost, folderAccessRoute, projectID, identityID).with(body)
			return c.folderAccess(ctx, r, projectID, identityID)
		},
		id: func(f api.FolderAccess) string { return f.ID },
		find: func(ctx context.Context) ([]api.FolderAccess, error) {
			list, err := c.FolderAccesses(ctx, projectID, identityID)
			return slices.DeleteFunc(list, func(f api.FolderAccess) bool {
				return f.Environment != body.EnvironmentSlug || f.SecretPath != body.SecretPath
			}), err
		},
		candidate: func(f api.FolderAccess) Candidate {
			return Candidate{ID: f.ID, Name: f.Environment + ":" + f.SecretPath, Created: f.CreatedAt}
		},
		matches: func(f api.FolderAccess) bool {
			return f.Permission == body.Permission && f.IsTemporary == (body.Type != nil && body.Type.IsTemporary)
		},
		adopt: unchanged[api.FolderAccess],
	})
}

// FolderAccesses lists the folders of a project that an identity has access to.
func (c *Client) FolderAccesses(ctx context.Context, projectID, identityID string) ([]api.FolderAccess, error) {
	r := route("list the folder access", http.MethodGet, folderAccessRoute, projectID, identityID)
	result, err := do[api.ListFolderAccessResponse](ctx, c, r, "folderAccess.id", "folderAccess.permission", "folderAccess.environment", "folderAccess.secretPath")
	if Status(err) == http.StatusBadRequest {
		err = withoutFolderAccess(err)
	}
	return result.FolderAccess, availableSince(err, "folder access", "August 2026")
}

// FolderAccess reads the access of an identity to one folder.
func (c *Client) FolderAccess(ctx context.Context, projectID, identityID, environment, path string) (api.FolderAccess, error) {
	return c.folderListing(projectID, identityID).getOrFetch(ctx, c, environment+":"+path, func() (api.FolderAccess, error) {
		return c.fetchFolderAccess(ctx, projectID, identityID, environment, path)
	})
}

// folderListing returns the listing of the folders that an identity has access to. No route lists those of
// several identities.
func (c *Client) folderListing(projectID, identityID string) *listing[api.FolderAccess] {
	return listingOf(c, "folder access of "+identityID+" in "+projectID, func() *listing[api.FolderAccess] {
		return &listing[api.FolderAccess]{
			fetch: func(ctx context.Context, _ int) (page[api.FolderAccess], error) {
				list, err := c.FolderAccesses(ctx, projectID, identityID)
				return page[api.FolderAccess]{rows: list}, err
			},
			key: func(f api.FolderAccess) string { return f.Environment + ":" + f.SecretPath },
		}
	})
}

// fetchFolderAccess finds a folder in the list, as no route returns one.
func (c *Client) fetchFolderAccess(ctx context.Context, projectID, identityID, environment, path string) (api.FolderAccess, error) {
	list, err := c.FolderAccesses(ctx, projectID, identityID)
	if err != nil {
		return api.FolderAccess{}, err
	}
	n := slices.IndexFunc(list, func(f api.FolderAccess) bool { return f.Environment == environment && f.SecretPath == path })
	if n < 0 {
		return api.FolderAccess{}, &Error{Op: "read the folder access", Message: "the identity has no access to " + environment + ":" + path, Gone: true}
	}
	return list[n], nil
}

// UpdateFolderAccess changes the fields that the body has.
func (c *Client) UpdateFolderAccess(ctx context.Context, projectID, identityID string, body api.UpdateFolderAccessRequest) (api.FolderAccess, error) {
	r := route("change the folder access", http.MethodPatch, folderAccessRoute, projectID, identityID).with(body)
	return c.folderAccess(ctx, r, projectID, identityID)
}

// DeleteFolderAccess ends the access to a folder.
func (c *Client) DeleteFolderAccess(ctx context.Context, projectID, identityID string, folder api.Folder) error {
	_, err := c.folderAccess(ctx, route("delete the folder access", http.MethodDelete, folderAccessRoute, projectID, identityID).with(folder), projectID, identityID)
	return err
}

// folderAccess sends a change. Servers whose plan does not include folder access return 400 on every route
// of it, so that the listing, which takes no other fields, shows whether that is the reason.
func (c *Client) folderAccess(ctx context.Context, r request, projectID, identityID string) (api.FolderAccess, error) {
	result, err := do[api.FolderAccessResponse](ctx, c, r, "folderAccess.id", "folderAccess.permission")
	if Status(err) == http.StatusBadRequest {
		if _, listErr := c.FolderAccesses(ctx, projectID, identityID); Status(listErr) == http.StatusBadRequest {
			err = withoutFolderAccess(err)
		}
	}
	return result.FolderAccess, availableSince(err, "folder access", "August 2026")
}

func withoutFolderAccess(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Lacks = "folder access"
	}
	return err
}
