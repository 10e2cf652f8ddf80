package client

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// Contract: section 1, without the client secrets.

const universalAuthRoute = "/v1/auth/universal-auth/identities/%s"

// AttachUniversalAuth lets an identity log in with Universal Auth.
func (c *Client) AttachUniversalAuth(ctx context.Context, identityID string, body api.UniversalAuthRequest) (api.UniversalAuth, error) {
	return createOnce(ctx, c, creation[api.UniversalAuth, api.UniversalAuth]{
		name: "Universal Auth of " + identityID, only: true,
		send: func(ctx context.Context) (api.UniversalAuth, error) {
			return c.universalAuth(ctx, route("attach Universal Auth", http.MethodPost, universalAuthRoute, identityID).with(body))
		},
		id:    func(u api.UniversalAuth) string { return u.ID },
		find:  one(func(ctx context.Context) (api.UniversalAuth, error) { return c.UniversalAuth(ctx, identityID) }),
		trace: func(u api.UniversalAuth) Candidate { return Candidate{ID: u.ID} },
		same:  func(_ context.Context, u api.UniversalAuth) (bool, error) { return isAttached(body, u), nil },
		take:  asFound[api.UniversalAuth],
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
	return answer.Deleted, since(c.goneWithMethod(ctx, identityID, api.MethodUniversalAuth, err), "lockouts", "the end of 2025")
}

func (c *Client) universalAuth(ctx context.Context, r request) (api.UniversalAuth, error) {
	answer, err := do[api.UniversalAuthResponse](ctx, c, r, "identityUniversalAuth.id", "identityUniversalAuth.clientId", "identityUniversalAuth.identityId")
	return answer.IdentityUniversalAuth, err
}

// goneWithMethod settles what a 400 means: servers answer so where the identity lacks the method,
// but for other reasons too, so the identity is asked.
func (c *Client) goneWithMethod(ctx context.Context, identityID, method string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		return err
	}
	membership, readErr := c.Identity(ctx, identityID)
	gone := *e // a failed login is an error that several callers share
	gone.Gone = IsNotFound(readErr) ||
		readErr == nil && !slices.Contains(AuthMethods(membership.Identity), method)
	return &gone
}
