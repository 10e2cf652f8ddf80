// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package auth holds what logs an identity in: auth methods, client secrets, and access tokens, as
// Terraform resources, data sources, ephemeral resources, lists and actions. A file knows the schema of its
// thing and how its attributes map to the API.
package auth

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/lookup"
)

// What the auth methods of an identity share: each identity has one of a kind at most, and its ID is
// what they are imported by.

// methodIDAttributes are the ID of the method and of its identity.
func methodIDAttributes(method string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          attribute.ComputedOnce("ID of this " + method + "."),
		"identity_id": attribute.IdentityID("A change replaces the " + method + "."),
	}
}

// readMethod reads what has nothing to keep, after an import, in full and of an identity that may be
// named; else as the provider is configured, where nothing may be asked and all is as it was.
func readMethod[T any](ctx context.Context, c *client.Client, imported bool, identity string, full func(context.Context, string) (T, error), known func(context.Context, string) (*T, error), read func(T)) error {
	if !imported {
		found, err := known(ctx, identity)
		if err == nil && found != nil {
			read(*found)
		}
		return err
	}
	id, err := lookup.IdentityID(ctx, c, identity)
	if err != nil {
		return err
	}
	found, err := full(ctx, id)
	if err == nil {
		read(found)
	}
	return err
}
