// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// The auth methods. Contract: sections 1, 9 and 11.
var (
	UniversalAuth = AuthMethod[api.UniversalAuthRequest, api.UniversalAuth]{api.MethodUniversalAuth, "Universal Auth", "identityUniversalAuth", []string{"clientId"}}
	OIDCAuth      = AuthMethod[api.OIDCAuthRequest, api.OIDCAuth]{api.MethodOIDCAuth, "OIDC auth", "identityOidcAuth", []string{"oidcDiscoveryUrl"}}
	TokenAuth     = AuthMethod[api.TokenAuthRequest, api.TokenAuth]{api.MethodTokenAuth, "Token auth", "identityTokenAuth", nil}
)

// AuthMethod sends the requests of an auth method. R attaches or changes a configuration, and M is a
// configuration in a response.
type AuthMethod[R any, M MethodConfig] struct {
	name     string   // in paths
	title    string   // in errors
	key      string   // of the configuration in a response
	required []string // fields of every response, beside id and identityId
}

// MethodConfig is the configuration of an auth method on one identity.
type MethodConfig interface {
	Common() api.AuthMethod
}

// Attach adds the method to an identity.
func (m AuthMethod[R, M]) Attach(ctx context.Context, c *Client, identityID string, body R) (M, error) {
	candidate := func(config M) Candidate {
		return Candidate{ID: config.Common().ID, Created: config.Common().CreatedAt}
	}
	return createOrAdopt(ctx, c, creation[M, M]{
		key: m.title + " of " + identityID, unique: true,
		send: func(ctx context.Context) (M, error) {
			return m.send(ctx, c, m.route("attach "+m.title, http.MethodPost, identityID).with(body))
		},
		id:        func(config M) string { return config.Common().ID },
		find:      findOne(func(ctx context.Context) (M, error) { return m.Get(ctx, c, identityID) }),
		candidate: candidate,
		adopt:     unchanged[M],
	})
}

// Get returns the configuration of an identity. IsNotFound holds for the error if the identity exists
// without the method, too.
func (m AuthMethod[R, M]) Get(ctx context.Context, c *Client, identityID string) (M, error) {
	config, err := m.send(ctx, c, m.route("read the "+m.title, http.MethodGet, identityID))
	return config, c.methodError(ctx, identityID, m.name, err)
}

// Refresh is Get for a configuration in the state. With ExistenceOnly it returns nil if the identity has
// one: no listing returns the settings of auth methods, so no single read does either.
func (m AuthMethod[R, M]) Refresh(ctx context.Context, c *Client, identityID string) (*M, error) {
	if c.config.ExistenceOnly {
		row, ok := c.identityListing().get(ctx, c, identityID)
		if ok && slices.Contains(AuthMethods(row.Identity), m.name) {
			return nil, nil
		}
	}
	found, err := m.Get(ctx, c, identityID)
	if err != nil || c.config.ExistenceOnly {
		return nil, err
	}
	return &found, nil
}

// Update changes the settings that are in the body. It must have either both TTLs or none: some servers
// compare one that is sent with one that is stored.
func (m AuthMethod[R, M]) Update(ctx context.Context, c *Client, identityID string, body R) (M, error) {
	return m.send(ctx, c, m.route("change the "+m.title, http.MethodPatch, identityID).with(body))
}

// Remove removes the method. The server revokes the tokens and deletes the client secrets.
func (m AuthMethod[R, M]) Remove(ctx context.Context, c *Client, identityID string) error {
	_, err := m.send(ctx, c, m.route("remove the "+m.title, http.MethodDelete, identityID))
	return err
}

// ClearLockouts unlocks the method of an identity, and returns the number of lockouts cleared.
func (m AuthMethod[R, M]) ClearLockouts(ctx context.Context, c *Client, identityID string) (int, error) {
	r := route("clear the lockouts", http.MethodPost, m.path()+"/clear-lockouts", identityID)
	r.idempotent = true
	response, err := do[api.ClearLockoutsResponse](ctx, c, r, "deleted")
	return response.Deleted, availableSince(c.methodError(ctx, identityID, m.name, err), "lockouts", "the end of 2025")
}

func (m AuthMethod[R, M]) path() string { return "/v1/auth/" + m.name + "/identities/%s" }

func (m AuthMethod[R, M]) route(op, method, identityID string) request {
	return route(op, method, m.path(), identityID)
}

func (m AuthMethod[R, M]) send(ctx context.Context, c *Client, r request) (M, error) {
	required := []string{m.key + ".id", m.key + ".identityId"}
	for _, field := range m.required {
		required = append(required, m.key+"."+field)
	}
	var config M
	response, err := do[map[string]json.RawMessage](ctx, c, r, required...)
	if err != nil {
		return config, err
	}
	if err := json.Unmarshal(response[m.key], &config); err != nil {
		return config, r.unusable(http.StatusOK, "the response has an unexpected form: %s", scrub(err.Error(), c.secrets(r)...))
	}
	return config, nil
}

// methodError marks an error with status 400 as Gone if the identity does not have the method. Servers
// return 400 for other reasons too, so it reads the identity.
func (c *Client) methodError(ctx context.Context, identityID, method string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		return err
	}
	membership, readErr := c.Identity(ctx, identityID)
	gone := *e // concurrent callers share the error of a failed login
	gone.Gone = IsNotFound(readErr) ||
		readErr == nil && !slices.Contains(AuthMethods(membership.Identity), method)
	return &gone
}
