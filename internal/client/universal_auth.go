// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 1, without the client secrets.

const universalAuthRoute = "/v1/auth/universal-auth/identities/%s"

// AttachUniversalAuth lets an identity log in with Universal Auth.
func (c *Client) AttachUniversalAuth(ctx context.Context, identityID string, body api.UniversalAuthRequest) (api.UniversalAuth, error) {
	return attachOnce(ctx, c, attachment[api.UniversalAuth]{
		name: "Universal Auth of " + identityID,
		send: func(ctx context.Context) (api.UniversalAuth, error) {
			return c.universalAuth(ctx, route("attach Universal Auth", http.MethodPost, universalAuthRoute, identityID).with(body))
		},
		read:  func(ctx context.Context) (api.UniversalAuth, error) { return c.UniversalAuth(ctx, identityID) },
		found: func(u api.UniversalAuth) Candidate { return Candidate{ID: u.ID, Created: u.CreatedAt} },
	})
}

// UniversalAuth reads an identity's configuration of the method. IsNotFound holds for the error
// where the identity has none, too.
func (c *Client) UniversalAuth(ctx context.Context, identityID string) (api.UniversalAuth, error) {
	r := route("read the Universal Auth", http.MethodGet, universalAuthRoute, identityID)
	answer, err := c.universalAuth(ctx, r)
	return answer, c.goneWithMethod(ctx, identityID, api.MethodUniversalAuth, err)
}

// UpdateUniversalAuth changes what the body holds. TTL and maximum TTL go together: some servers
// compare one that is sent with one that is stored.
func (c *Client) UpdateUniversalAuth(ctx context.Context, identityID string, body api.UniversalAuthRequest) (api.UniversalAuth, error) {
	r := route("change the Universal Auth", http.MethodPatch, universalAuthRoute, identityID).with(body)
	return c.universalAuth(ctx, r)
}

// RemoveUniversalAuth takes the method away, and with it all client secrets.
func (c *Client) RemoveUniversalAuth(ctx context.Context, identityID string) error {
	_, err := c.universalAuth(ctx, route("remove the Universal Auth", http.MethodDelete, universalAuthRoute, identityID))
	return err
}

// ClearLockouts lets an identity log in again that wrong client secrets have locked, and answers how
// many locks there were.
func (c *Client) ClearLockouts(ctx context.Context, identityID string) (int, error) {
	r := route("clear the lockouts", http.MethodPost, universalAuthRoute+"/clear-lockouts", identityID)
	r.idempotent = true
	answer, err := do[api.ClearLockoutsResponse](ctx, c, r, "deleted")
	return answer.Deleted, availableSince(c.goneWithMethod(ctx, identityID, api.MethodUniversalAuth, err), "lockouts", "the end of 2025")
}

func (c *Client) universalAuth(ctx context.Context, r request) (api.UniversalAuth, error) {
	answer, err := do[api.UniversalAuthResponse](ctx, c, r, "identityUniversalAuth.id", "identityUniversalAuth.clientId", "identityUniversalAuth.identityId")
	return answer.IdentityUniversalAuth, err
}
