// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package role holds what carries permissions: roles of the organization and of projects, additional
// privileges, effective permissions, and the provider's functions.
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

// roleModel is what the roles of the organisation and of projects have in common.
type roleModel struct {
	ID          types.String      `tfsdk:"id"`
	Slug        types.String      `tfsdk:"slug"`
	Name        types.String      `tfsdk:"name"`
	Description types.String      `tfsdk:"description"`
	Permissions []permissionModel `tfsdk:"permission"`
}

func roleAttributes(scope permission.Scope, more map[string]schema.Attribute) map[string]schema.Attribute {
	reserved := []string{api.CustomRole}
	for _, role := range permission.BuiltIns(scope) {
		reserved = append(reserved, role.Slug)
	}
	attributes := map[string]schema.Attribute{
		"id": attribute.ComputedOnce("ID of the role."),
		"slug": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "What the role is called where it is given to an identity: lower-case letters, digits and single hyphens, 1 to 64 characters, and no built-in role's. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug(), stringvalidator.NoneOf(reserved...)},
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name that is shown, 1 to 255 characters without white space at either end. Changed in place.",
			Validators:          []validator.String{stringvalidator.UTF8LengthBetween(1, 255), attribute.Trimmed()},
		},
		"description": attribute.Description("role", 1024, "Changed in place."),
	}
	maps.Copy(attributes, more)
	return attributes
}

// permissionBlocks returns the blocks of a role.
func permissionBlocks(scope permission.Scope) map[string]schema.Block {
	return map[string]schema.Block{"permission": permissionBlock(scope, "Rules of the role. They are changed in place and apply to the next request of every identity that has the role.")}
}

// roleLookupAttributes are those of a role that is looked up by its slug.
func roleLookupAttributes(more map[string]datasource.Attribute) map[string]datasource.Attribute {
	attributes := map[string]datasource.Attribute{
		"id": attribute.ComputedText("ID of the role. On some servers, that of a built-in role is another one every time."),
		"slug": datasource.StringAttribute{
			Required:            true,
			MarkdownDescription: "Slug of the role, built in or custom.",
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(64), attribute.Slug()},
		},
		"name":        attribute.ComputedText("Name that is shown."),
		"description": attribute.ComputedText("What the role is for."),
		"permission": datasource.ListAttribute{
			Computed: true, ElementType: permissionsElementType(),
			MarkdownDescription: "Rules of the role, with the attributes of the block `permission` of a role. They fit the functions `allows` and `explain` and the `for_each` of a `dynamic \"permission\"`.",
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

// change names the rules only where they differ: writing rules takes the right to all they allow.
func (m *roleModel) change(prior *roleModel) api.UpdateRoleRequest {
	body := api.UpdateRoleRequest{Slug: m.Slug.ValueStringPointer(), Name: m.Name.ValueStringPointer(), Description: m.Description.ValueStringPointer()}
	if !samePermissions(m.Permissions, prior.Permissions) {
		body.Permissions = new(rulesFrom(m.Permissions))
	}
	return body
}

// read takes over what the API answers.
func (m *roleModel) read(scope permission.Scope, answer api.Role) error {
	rules, err := readPermissions(scope, answer.Permissions, m.Permissions)
	if err != nil {
		return err
	}
	m.ID = types.StringValue(answer.ID)
	m.Slug = types.StringValue(answer.Slug)
	m.Name = types.StringValue(answer.Name)
	m.Description = types.StringPointerValue(answer.Description)
	if answer.Description == nil {
		m.Description = types.StringValue("")
	}
	m.Permissions = rules
	return nil
}

// echoed takes over the ID, and refuses a server that keeps other rules than those it was sent.
func (m *roleModel) echoed(scope permission.Scope, answer api.Role) error {
	m.ID = types.StringValue(answer.ID)
	rules, err := readPermissions(scope, answer.Permissions, m.Permissions)
	if err == nil && !samePermissions(rules, m.Permissions) {
		err = errOtherPermissions
	}
	return err
}

var errOtherPermissions = errors.New("the server keeps other permissions than those it was sent; it may be too old for a condition or an action among them, so look at what the role allows there")

// permissionFields maps the field of requests to the block.
var permissionFields = map[string]path.Path{"permissions": path.Root("permission")}

func isBuiltIn(scope permission.Scope, slug string) bool {
	return slices.ContainsFunc(permission.BuiltIns(scope), func(role permission.BuiltInRole) bool { return role.Slug == slug })
}

// custom are the roles that can be managed.
func custom(list []api.Role, scope permission.Scope) []api.Role {
	return slices.DeleteFunc(list, func(role api.Role) bool { return isBuiltIn(scope, role.Slug) })
}
