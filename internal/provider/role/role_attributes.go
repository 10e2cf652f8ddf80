// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package role has the resources and data sources with permissions: roles of the organization and of projects,
// additional privileges and effective permissions. It also has the provider's functions.
package role

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// roleModel has the attributes that roles of the organization and roles of projects share.
type roleModel struct {
	ID          types.String      `tfsdk:"id"`
	Slug        types.String      `tfsdk:"slug"`
	Name        types.String      `tfsdk:"name"`
	Description types.String      `tfsdk:"description"`
	Permissions []permissionModel `tfsdk:"permission"`
}

// roleAttributes returns the attributes of a role in the scope, and more.
func roleAttributes(scope permission.Scope, more map[string]schema.Attribute) map[string]schema.Attribute {
	reserved := []string{api.CustomRole}
	for _, role := range permission.BuiltIns(scope) {
		reserved = append(reserved, role.Slug)
	}
	attributes := map[string]schema.Attribute{
		"id": attribute.ComputedOnce("ID of the role."),
		"slug": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Short name, by which identities get the role: 1 to 64 lower-case letters, digits and single hyphens, other than the slug of a built-in role. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug(), stringvalidator.NoneOf(reserved...)},
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Display name: 1 to 255 characters without leading or trailing white space. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
		},
		"description": attribute.Description("role", 1024, "Changed in place."),
	}
	maps.Copy(attributes, more)
	return attributes
}

// permissionBlocks returns the blocks of a role.
func permissionBlocks(scope permission.Scope) map[string]schema.Block {
	return map[string]schema.Block{"permission": permissionBlock(scope, "A rule of the role. Changed in place, and in effect from the next request of each identity that has the role.")}
}

// roleLookupAttributes returns the attributes of the data source of a role, and more.
func roleLookupAttributes(more map[string]datasource.Attribute) map[string]datasource.Attribute {
	attributes := map[string]datasource.Attribute{
		"id": attribute.ComputedText("ID of the role. On some servers, the ID of a built-in role differs with each read; use the slug."),
		"slug": datasource.StringAttribute{
			Required:            true,
			MarkdownDescription: "Slug of a built-in or custom role.",
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug()},
		},
		"name":        attribute.ComputedText("Display name."),
		"description": attribute.ComputedText("Description of the role."),
		"permission": datasource.ListAttribute{
			Computed: true, ElementType: permissionsElementType(),
			MarkdownDescription: "Rules of the role, with the names and types of `permission` blocks. Use them with the functions [`allows`](../functions/allows) and [`explain`](../functions/explain), or in the `for_each` of a `dynamic \"permission\"` block.",
		},
	}
	maps.Copy(attributes, more)
	return attributes
}

func (m *roleModel) creation() api.CreateRoleRequest {
	return api.CreateRoleRequest{
		Slug: m.Slug.ValueString(), Name: m.Name.ValueString(), Description: m.Description.ValueStringPointer(), Permissions: rulesFrom(m.Permissions),
	}
}

// change returns the request of an update. It has the rules only if they differ, since sending rules requires all
// permissions that they allow.
func (m *roleModel) change(prior *roleModel) api.UpdateRoleRequest {
	body := api.UpdateRoleRequest{Slug: m.Slug.ValueStringPointer(), Name: m.Name.ValueStringPointer(), Description: m.Description.ValueStringPointer()}
	if !samePermissions(m.Permissions, prior.Permissions) {
		body.Permissions = new(rulesFrom(m.Permissions))
	}
	return body
}

// read sets the model from a response.
func (m *roleModel) read(scope permission.Scope, found api.Role) error {
	rules, err := readPermissions(scope, found.Permissions, m.Permissions)
	if err != nil {
		return err
	}
	m.ID = types.StringValue(found.ID)
	m.Slug = types.StringValue(found.Slug)
	m.Name = types.StringValue(found.Name)
	m.Description = types.StringPointerValue(found.Description)
	if found.Description == nil {
		m.Description = types.StringValue("")
	}
	m.Permissions = rules
	return nil
}

// echoed sets the ID from the response to a write. It returns an error if the server has stored other rules than
// it was sent.
func (m *roleModel) echoed(scope permission.Scope, found api.Role) error {
	m.ID = types.StringValue(found.ID)
	rules, err := readPermissions(scope, found.Permissions, m.Permissions)
	if err == nil && !samePermissions(rules, m.Permissions) {
		err = errOtherPermissions
	}
	return err
}

var errOtherPermissions = errors.New("the server stored other permissions than it was sent. It may be too old for one of their conditions or actions. Check the permissions of the role on the server")

// permissionFields maps the field of requests to the block.
var permissionFields = map[string]path.Path{"permissions": path.Root("permission")}

func isBuiltIn(scope permission.Scope, slug string) bool {
	return slices.ContainsFunc(permission.BuiltIns(scope), func(role permission.BuiltInRole) bool { return role.Slug == slug })
}

// custom returns the roles that can be managed.
func custom(list []api.Role, scope permission.Scope) []api.Role {
	return slices.DeleteFunc(list, func(role api.Role) bool { return isBuiltIn(scope, role.Slug) })
}
