// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// What the auth methods of an identity share: each identity has one of a kind at most, and its ID is
// what they are imported by.

// methodIDAttributes are the ID of the method and of its identity.
func methodIDAttributes(method string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          settledAttribute("ID of this " + method + "."),
		"identity_id": identityIDAttribute("A change replaces the " + method + "."),
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
	id, err := identityCalled(ctx, c, identity)
	if err != nil {
		return err
	}
	found, err := full(ctx, id)
	if err == nil {
		read(found)
	}
	return err
}
