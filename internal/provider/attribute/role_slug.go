// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/suggest"
)

// RoleSlug accepts slugs of roles of the scope, but for some that the attribute cannot have.
func RoleSlug(scope permission.Scope, except ...string) validator.String {
	builtIn := []string{}
	for _, role := range permission.BuiltIns(scope) {
		builtIn = append(builtIn, role.Slug)
	}
	return roleSlug{builtIn, except}
}

type roleSlug struct{ builtIn, except []string }

const longestRoleSlug = 64

func (roleSlug) Description(context.Context) string {
	return "must be the slug of a role: lower-case letters, digits, and single hyphens between them"
}

func (v roleSlug) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v roleSlug) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	slug := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || slices.Contains(v.builtIn, slug) && !slices.Contains(v.except, slug) {
		return
	}
	quoted := strconv.Quote(slug)
	switch {
	case slug == api.CustomRole:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid role", quoted+" is what servers return for any custom role. Set the slug of the custom role.")
	case slices.Contains(v.except, slug):
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid role", "The role "+quoted+" cannot be set here. Set another role.")
	case !slugForm.MatchString(slug) || utf8.RuneCountInString(slug) > longestRoleSlug:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid role", quoted+" "+v.Description(ctx)+", at most 64 characters."+suggest.DidYouMean(slug, v.builtIn))
	default:
		if nearest := suggest.Nearest(slug, v.builtIn); nearest != "" && !strings.HasPrefix(slug, nearest) {
			resp.Diagnostics.AddAttributeWarning(req.Path, "Role may be misspelled",
				"The role "+quoted+" is close to the built-in role "+strconv.Quote(nearest)+". Did you mean "+strconv.Quote(nearest)+"? Ignore this if a custom role has the slug "+quoted+".")
		}
	}
}
