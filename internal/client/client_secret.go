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

// Contract: sections 1.6 to 1.9.

var clientSecretsRoute = UniversalAuth.path() + "/client-secrets"

// NewClientSecret is a client secret with the secret itself, which is shown once.
type NewClientSecret struct {
	Secret Secret
	api.ClientSecret
}

// CreateClientSecret makes a secret for an identity that has Universal Auth.
func (c *Client) CreateClientSecret(ctx context.Context, identityID string, body api.CreateClientSecretRequest) (NewClientSecret, error) {
	return createOrAdopt(ctx, c, creation[NewClientSecret, api.ClientSecret]{
		key: "client secret " + body.Description + " of " + identityID,
		send: func(ctx context.Context) (NewClientSecret, error) {
			r := route("create the client secret", http.MethodPost, clientSecretsRoute, identityID).with(body)
			r.issued = func(body any) *credential {
				if id := textAt(body, "clientSecretData", "id"); id != "" {
					return &credential{identityID: identityID, secretID: id}
				}
				return nil
			}
			answer, err := do[api.CreateClientSecretResponse](ctx, c, r, "clientSecret", "clientSecretData.id")
			return NewClientSecret{Secret(answer.ClientSecret), answer.ClientSecretData}, err
		},
		id: func(s NewClientSecret) string { return s.ID },
		find: func(ctx context.Context) ([]api.ClientSecret, error) {
			list, err := c.clientSecrets(ctx, identityID)
			return slices.DeleteFunc(list, func(s api.ClientSecret) bool { return s.Description != body.Description }), err
		},
		candidate: func(s api.ClientSecret) Candidate {
			return Candidate{ID: s.ID, Name: s.Description, Created: s.CreatedAt}
		},
		matches: func(s api.ClientSecret) bool {
			return s.ClientSecretTTL == body.TTL && s.ClientSecretNumUsesLimit == body.NumUsesLimit && s.ClientSecretNumUses == 0
		},
		// Nobody knows the secret of a lost response, so it is revoked.
		discard: func(ctx context.Context, s api.ClientSecret) error {
			return c.RevokeClientSecret(ctx, identityID, s.ID)
		},
	})
}

// OpenClientSecret creates a client secret and registers it as open until CloseClientSecret.
func (c *Client) OpenClientSecret(ctx context.Context, identityID string, body api.CreateClientSecretRequest) (NewClientSecret, error) {
	return opening(c, func() (NewClientSecret, error) { return c.CreateClientSecret(ctx, identityID, body) },
		func(made NewClientSecret) credential { return credential{identityID: identityID, secretID: made.ID} })
}

// CloseClientSecret revokes a client secret of OpenClientSecret by its ID; it is not an error if the
// secret is gone. If the revocation fails, the secret stays registered as open.
func (c *Client) CloseClientSecret(ctx context.Context, identityID, id string) error {
	return c.closing(ctx, credential{identityID: identityID, secretID: id})
}

// ClientSecret reads all but the secret. IsNotFound holds for the error where it is revoked, too:
// servers clean up revoked ones some time later.
func (c *Client) ClientSecret(ctx context.Context, identityID, id string) (api.ClientSecret, error) {
	return c.secretListing(identityID).getOrFetch(ctx, c, id, func() (api.ClientSecret, error) {
		r := route("read the client secret", http.MethodGet, clientSecretsRoute+"/%s", identityID, id)
		answer, err := do[api.ClientSecretResponse](ctx, c, r, "clientSecretData.id")
		if answer.ClientSecretData.IsClientSecretRevoked {
			return answer.ClientSecretData, &Error{Op: r.op, Message: "it is revoked", Gone: true}
		}
		return answer.ClientSecretData, c.goneWithSecrets(ctx, identityID, id, err)
	})
}

func (c *Client) secretListing(identityID string) *listing[api.ClientSecret] {
	return listingOf(c, "client secrets of "+identityID, func() *listing[api.ClientSecret] {
		return &listing[api.ClientSecret]{
			fetch: func(ctx context.Context, _ int) (page[api.ClientSecret], error) {
				list, err := c.clientSecrets(ctx, identityID)
				return page[api.ClientSecret]{rows: list}, err
			},
			key:      func(s api.ClientSecret) string { return s.ID },
			complete: func(s api.ClientSecret) bool { return !s.IsClientSecretRevoked },
		}
	})
}

// ClientSecrets lists those of an identity that are not revoked.
func (c *Client) ClientSecrets(ctx context.Context, identityID string) ([]api.ClientSecret, error) {
	list, err := c.clientSecrets(ctx, identityID)
	return list, c.methodError(ctx, identityID, api.MethodUniversalAuth, err)
}

func (c *Client) clientSecrets(ctx context.Context, identityID string) ([]api.ClientSecret, error) {
	r := route("list the client secrets", http.MethodGet, clientSecretsRoute, identityID)
	answer, err := do[api.ListClientSecretsResponse](ctx, c, r, "clientSecretData.id")
	return answer.ClientSecretData, err
}

// RevokeClientSecret revokes a client secret; revoking it twice is not an error.
func (c *Client) RevokeClientSecret(ctx context.Context, identityID, id string) error {
	r := route("revoke the client secret", http.MethodPost, clientSecretsRoute+"/%s/revoke", identityID, id)
	_, err := do[api.ClientSecretResponse](ctx, c, r)
	return err
}

// goneWithSecrets marks err as Gone if the list of client secrets lacks this one. Servers of October 2024
// return 500 for a secret that they have deleted, and servers return 400 if the identity lacks the method.
func (c *Client) goneWithSecrets(ctx context.Context, identityID, id string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusInternalServerError {
		return err
	}
	list, listErr := c.ClientSecrets(ctx, identityID)
	gone := *e // a failed login is an error that several callers share
	gone.Gone = IsNotFound(listErr) ||
		listErr == nil && !slices.ContainsFunc(list, func(s api.ClientSecret) bool { return s.ID == id })
	return &gone
}
