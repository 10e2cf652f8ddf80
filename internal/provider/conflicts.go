// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
)

// conflict rejects more than one of some attributes of the provider, and says which to keep. The error has no
// path, unlike that of providervalidator.Conflicting: Terraform would quote a line that may hold a secret.
type conflict struct {
	attributes []string
	keep       string
}

func (c conflict) Description(context.Context) string {
	return "at most one of " + strings.Join(c.attributes, ", ")
}

func (c conflict) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

func (c conflict) ValidateProvider(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var given []string
	for _, name := range c.attributes {
		var value attr.Value
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), &value)...)
		if value != nil && !value.IsNull() && !value.IsUnknown() {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		resp.Diagnostics.AddError("Attributes that exclude each other",
			"These attributes cannot be configured together: "+strings.Join(given, ", ")+". "+c.keep)
	}
}

// conflictValidators returns the validators of attributes that exclude each other.
func conflictValidators() []provider.ConfigValidator {
	all := []provider.ConfigValidator{
		conflict{[]string{"universal_auth", "oidc", "access_token"}, "Keep one login method and remove the others: " +
			"oidc in a CI, where no secret has to be stored; universal_auth elsewhere; access_token where something else has logged in."},
		conflict{[]string{"organization_slug", "access_token"}, "The login decides the organization of an access token. " +
			"Keep access_token and remove organization_slug, or log in to the sub-organization with universal_auth or oidc."},
	}
	for _, name := range []string{"ca_cert", "client_cert", "client_key"} {
		all = append(all, conflict{[]string{name, name + "_file"}, "Keep " + name + "_file if a file holds the value, else " + name + "."})
	}
	for _, name := range []string{"host", "universal_auth", "oidc", "access_token", "organization_slug"} {
		all = append(all, conflict{[]string{"sandbox", name}, "A sandbox has no server and no login. Keep sandbox for tests and demonstrations, or remove it to use a server."})
	}
	return all
}
