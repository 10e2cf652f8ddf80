// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// clientSecretFilter selects client secrets of an identity; a null field matches all.
type clientSecretFilter struct {
	IdentityID    types.String `tfsdk:"identity_id"`
	CreatedBefore types.String `tfsdk:"created_before"`
	ExpiresBefore types.String `tfsdk:"expires_before"`
	Unused        types.Bool   `tfsdk:"unused"`
}

const unusedDescription = "Whether to return only client secrets without a login (`true`), or only those with one (`false`). Default: both."

func clientSecretFilters() map[string]attribute.TextFilter {
	return map[string]attribute.TextFilter{
		"created_before": {Description: "Only client secrets that were created before this time (RFC 3339).", Validators: []validator.String{attribute.Instant()}},
		"expires_before": {Description: "Only client secrets that can no longer be logged in with at this time (RFC 3339), including expired ones; not those that do not expire.", Validators: []validator.String{attribute.Instant()}},
	}
}

// list returns the client secrets that match the filter. Servers do not list revoked ones.
func (f clientSecretFilter) list(ctx context.Context, c *client.Client) ([]api.ClientSecret, error) {
	list, err := c.ClientSecrets(ctx, f.IdentityID.ValueString())
	allowed := []api.ClientSecret{}
	for _, s := range list {
		if f.allows(s) {
			allowed = append(allowed, s)
		}
	}
	return allowed, err
}

func (f clientSecretFilter) allows(s api.ClientSecret) bool {
	before := func(at *time.Time, bound types.String) bool {
		if bound.IsNull() {
			return true
		}
		limit, _ := attribute.ParseInstant(bound.ValueString()) // validated by the schema
		return at != nil && at.Before(limit)
	}
	return before(&s.CreatedAt, f.CreatedBefore) && before(expiry(s), f.ExpiresBefore) &&
		(f.Unused.IsNull() || f.Unused.ValueBool() == (s.ClientSecretNumUses == 0))
}

// expiry returns when a client secret expires, or nil if it does not.
func expiry(s api.ClientSecret) *time.Time {
	if s.ClientSecretTTL == 0 {
		return nil
	}
	return new(s.CreatedAt.Add(time.Duration(s.ClientSecretTTL) * time.Second))
}
