// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// rolesFunction is provider::machineid::roles.
type rolesFunction struct{}

// NewRolesFunction returns the function roles.
func NewRolesFunction() function.Function { return rolesFunction{} }

func (rolesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "roles"
}

func (rolesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Check and complete a list of roles",
		MarkdownDescription: "Returns a list of roles for the `for_each` of a `dynamic \"role\"` of `machineid_project_membership`, with `slug` and `temporary` in each; `temporary` is null for a permanent role, so that `role.value.temporary[*]` is the `for_each` of its block.\n\n" +
			"Names that the block does not have are errors. Terraform drops them in silence where a variable has an object type with `optional()`: there, `temporay` for `temporary` makes a role permanent. So declare such a variable with `type = any` and pass it through this function.",
		Parameters: []function.Parameter{function.DynamicParameter{
			Name:                "roles",
			AllowUnknownValues:  true,
			MarkdownDescription: "List of objects with `slug` and, optionally, `temporary`: an object with `start` and `duration`.",
		}},
		Return: function.ListReturn{ElementType: roleElementType},
	}
}

var (
	windowType      = types.ObjectType{AttrTypes: map[string]attr.Type{"start": types.StringType, "duration": types.StringType}}
	roleElementType = types.ObjectType{AttrTypes: map[string]attr.Type{"slug": types.StringType, "temporary": windowType}}
)

type roleArgument struct {
	Slug      types.String    `tfsdk:"slug"`
	Temporary *windowArgument `tfsdk:"temporary"`
}

type windowArgument struct {
	Start    types.String `tfsdk:"start"`
	Duration types.String `tfsdk:"duration"`
}

// Run returns the list, or an error that names the place of what is wrong.
func (rolesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &argument); resp.Error != nil {
		return
	}
	list, err := listOf(argument, "role", roleOf)
	resp.Error = setNormalized(ctx, resp, roleElementType, list, err)
}

func roleOf(value attr.Value) (roleArgument, error) {
	a, err := argumentOf(value, "slug", "temporary")
	if err != nil {
		return roleArgument{}, err
	}
	m := roleArgument{Slug: a.requiredText("slug")}
	window := underlying(a.values["temporary"])
	if window == nil || window.IsNull() {
		return m, a.err
	}
	if window.IsUnknown() {
		return m, errUnknown
	}
	w, err := argumentOf(window, "start", "duration")
	if err == nil {
		m.Temporary = &windowArgument{Start: w.requiredText("start"), Duration: w.requiredText("duration")}
		err = w.err
	}
	if err != nil {
		return m, wrap(err, "temporary")
	}
	return m, a.err
}
