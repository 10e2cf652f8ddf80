// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// What the auth methods of an identity share: each identity has one of a kind at most, and its ID is
// what they are imported by.

// methodIDAttributes are the ID of the method and of its identity.
func methodIDAttributes(method string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "ID of this " + method + ".",
		},
		"identity_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "ID of the identity. A change replaces the " + method + ".",
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
	}
}

// afterImport reads in full what has nothing to keep, of an identity that may be named, and else as the
// provider is configured; nil is as it was.
func afterImport[T any](ctx context.Context, c *client.Client, imported bool, identity string, full func(context.Context, string) (T, error), known func(context.Context, string) (*T, error)) (*T, error) {
	if !imported {
		return known(ctx, identity)
	}
	id, err := identityCalled(ctx, c, identity)
	if err != nil {
		return nil, err
	}
	found, err := full(ctx, id)
	return &found, err
}
