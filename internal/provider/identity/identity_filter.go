// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package identity

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// identityFilter selects identities; null attributes match all.
type identityFilter struct {
	Name         types.String            `tfsdk:"name"`
	NameContains types.String            `tfsdk:"name_contains"`
	Role         types.String            `tfsdk:"role"`
	AuthMethod   types.String            `tfsdk:"auth_method"`
	Metadata     map[string]types.String `tfsdk:"metadata"`
}

// each iterates over the matching identities. They have metadata only if the filter does.
func (f identityFilter) each(ctx context.Context, c *client.Client) iter.Seq2[api.IdentityMembership, error] {
	rows := c.Identities(ctx, client.IdentityFilter{
		Name: f.Name.ValueString(), NameContains: f.NameContains.ValueString(), Role: f.Role.ValueString(), AuthMethod: f.AuthMethod.ValueString(),
	})
	if f.Metadata == nil {
		return rows
	}
	return func(yield func(api.IdentityMembership, error) bool) {
		for row, err := range rows {
			if err == nil {
				row, err = c.Identity(ctx, row.IdentityID)
			}
			if client.IsNotFound(err) { // deleted after it was listed
				continue
			}
			if (err != nil || f.matches(row.Metadata)) && !yield(row, err) {
				return
			}
		}
	}
}

func (f identityFilter) matches(pairs []api.Metadata) bool {
	found := 0
	counted := map[string]bool{}
	for _, pair := range pairs {
		if wanted, named := f.Metadata[pair.Key]; named && wanted.ValueString() == pair.Value && !counted[pair.Key] {
			counted[pair.Key] = true
			found++
		}
	}
	return found == len(f.Metadata)
}

const metadataFilterDescription = "Only identities that have all of these pairs of metadata. It takes one request for each identity."

func identityFilters() map[string]attribute.TextFilter {
	name := stringvalidator.UTF8LengthBetween(1, 255)
	return map[string]attribute.TextFilter{
		"name":          {Description: "Only identities with exactly this name.", Validators: []validator.String{name, attribute.Trimmed(), stringvalidator.ConflictsWith(path.MatchRoot("name_contains"))}},
		"name_contains": {Description: "Only identities whose name contains this, regardless of case.", Validators: []validator.String{name}},
		"role":          {Description: "Only identities with this role in the organization, by its slug.", Validators: []validator.String{attribute.RoleSlug(permission.Organization)}},
		"auth_method":   {Description: "Only identities with this auth method, such as `universal-auth` or `oidc-auth`.", Validators: []validator.String{attribute.Slug()}},
	}
}
