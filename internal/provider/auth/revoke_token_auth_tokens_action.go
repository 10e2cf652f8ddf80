// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// RevokeTokenAuthTokensAction is the action machineid_revoke_token_auth_tokens.
var RevokeTokenAuthTokensAction = crud.Action[revocationModel]{
	Name:   "revoke_token_auth_tokens",
	Schema: revokeTokenAuthTokensSchema,
	Plan: func(ctx context.Context, c *client.Client, m *revocationModel) (string, error) {
		return m.plan(ctx, c, tokenAuthTokensOf)
	},
	Invoke: func(ctx context.Context, c *client.Client, m *revocationModel, progress func(string)) error {
		return m.revoke(ctx, c, tokenAuthTokensOf, progress)
	},
}

func revokeTokenAuthTokensSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Revokes the access tokens that were made for an identity with Token auth: all, or all but some. The plan lists them in a warning. " +
			"Servers list only the newest 200 tokens of an identity, including revoked ones. If there are more, the listed ones are revoked and the action fails: delete `machineid_token_auth` to revoke the others.",
		Attributes: revocationAttributes("tokens, not the tokens,"),
	}
}

var tokenAuthTokensOf = revocable{
	what: "access tokens",
	list: func(ctx context.Context, c *client.Client, identityID string) ([]lookup.Candidate, bool, error) {
		list, complete, err := c.TokenAuthTokens(ctx, identityID)
		found := make([]lookup.Candidate, len(list))
		for n, t := range list {
			found[n] = lookup.Candidate{ID: t.ID, Shown: " (of " + t.CreatedAt.UTC().Format(time.RFC3339) + ")"}
			if t.Name != nil && *t.Name != "" {
				found[n].Shown = " (" + *t.Name + ", of " + t.CreatedAt.UTC().Format(time.RFC3339) + ")"
			}
		}
		return found, complete, err
	},
	revoke: func(ctx context.Context, c *client.Client, _, id string) error {
		return c.RevokeTokenAuthToken(ctx, id)
	},
}

var errMoreTokens = errors.New("all listed tokens are revoked, but the server lists only the newest 200, so older tokens may remain; remove the Token auth of the identity to revoke them")
