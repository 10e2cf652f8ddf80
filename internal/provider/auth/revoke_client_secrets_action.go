// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// RevokeClientSecretsAction is the action machineid_revoke_client_secrets.
var RevokeClientSecretsAction = crud.Action[revocationModel]{
	Name:   "revoke_client_secrets",
	Schema: revokeClientSecretsSchema,
	Plan: func(ctx context.Context, c *client.Client, m *revocationModel) (string, error) {
		return m.plan(ctx, c, clientSecretsOf)
	},
	Invoke: func(ctx context.Context, c *client.Client, m *revocationModel, progress func(string)) error {
		return m.revoke(ctx, c, clientSecretsOf, progress)
	},
}

func revokeClientSecretsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Revokes the client secrets of an identity: all, or all but some. Newer servers also revoke the access tokens that were issued for them. " +
			"The plan lists them in a warning. A client secret that a resource manages is created again by the next apply, unless it is in `except`.",
		Attributes: revocationAttributes("client secrets"),
	}
}

func revocationAttributes(what string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"identity_id": schema.StringAttribute{
			Required: true, MarkdownDescription: "ID of the identity.", Validators: []validator.String{attribute.IdentityIDs()},
		},
		"except": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "IDs of the " + what + " that stay. One that the identity does not have is an error, and nothing is revoked then. Default: none stays.",
			Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
		},
	}
}

// revocationModel selects what to revoke of an identity.
type revocationModel struct {
	IdentityID types.String   `tfsdk:"identity_id"`
	Except     []types.String `tfsdk:"except"`
}

// revocable is a kind of credential of an identity, with calls to list and to revoke it.
type revocable struct {
	what   string // in the plural
	list   func(ctx context.Context, c *client.Client, identityID string) (list []lookup.Candidate, complete bool, err error)
	revoke func(ctx context.Context, c *client.Client, identityID, id string) error
}

var clientSecretsOf = revocable{
	what: "client secrets",
	list: func(ctx context.Context, c *client.Client, identityID string) ([]lookup.Candidate, bool, error) {
		list, err := c.ClientSecrets(ctx, identityID)
		found := make([]lookup.Candidate, len(list))
		for n, s := range list {
			found[n] = lookup.Candidate{ID: s.ID, Shown: " (" + shownSecret(s) + ")"}
		}
		return found, true, err
	},
	revoke: func(ctx context.Context, c *client.Client, identityID, id string) error {
		return c.RevokeClientSecret(ctx, identityID, id)
	},
}

// chosen returns the credentials to revoke, and how many are listed.
func (m *revocationModel) chosen(ctx context.Context, c *client.Client, kind revocable) (chosen []lookup.Candidate, of int, complete bool, err error) {
	list, complete, err := kind.list(ctx, c, m.IdentityID.ValueString())
	if err != nil {
		return nil, 0, false, err
	}
	for _, id := range m.Except {
		if !slices.ContainsFunc(list, func(one lookup.Candidate) bool { return one.ID == id.ValueString() }) {
			return nil, 0, false, fmt.Errorf("%s in except is none of the identity's %s; nothing was revoked", id.ValueString(), kind.what)
		}
	}
	for _, one := range list {
		if !slices.Contains(m.Except, types.StringValue(one.ID)) {
			chosen = append(chosen, one)
		}
	}
	return chosen, len(list), complete, nil
}

func (m *revocationModel) plan(ctx context.Context, c *client.Client, kind revocable) (string, error) {
	chosen, of, _, err := m.chosen(ctx, c, kind)
	return fmt.Sprintf("As things are, %d of the %d %s of the identity %s: %s.", len(chosen), of, kind.what, m.IdentityID.ValueString(), lookup.List(chosen)), err
}

// revoke revokes the chosen credentials. It stops at the first error, which lists what was revoked.
func (m *revocationModel) revoke(ctx context.Context, c *client.Client, kind revocable, progress func(string)) error {
	chosen, of, complete, err := m.chosen(ctx, c, kind)
	if err != nil {
		return err
	}
	progress(fmt.Sprintf("Revoking %d of %d %s", len(chosen), of, kind.what))
	for n, one := range chosen {
		if err := kind.revoke(ctx, c, m.IdentityID.ValueString(), one.ID); err != nil && !client.IsNotFound(err) {
			return fmt.Errorf("%w; revoked before: %s; not revoked: %s", err, lookup.List(chosen[:n]), lookup.List(chosen[n:]))
		}
		progress(fmt.Sprintf("Revoked %d of %d: %s%s", n+1, len(chosen), one.ID, one.Shown))
	}
	if !complete {
		return errMoreTokens
	}
	return nil
}
