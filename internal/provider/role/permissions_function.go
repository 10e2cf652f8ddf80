// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// permissionsFunction is provider::machineid::permissions.
type permissionsFunction struct{}

// NewPermissionsFunction returns the function permissions.
func NewPermissionsFunction() function.Function { return permissionsFunction{} }

func (permissionsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "permissions"
}

func (permissionsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Check and complete a list of permissions",
		MarkdownDescription: "Returns a list of permissions for the `for_each` of a `dynamic \"permission\"`, with every name of the block `permission` in each; what was left out is null, and without conditions the list of them is empty.\n\n" +
			"Names that the block does not have are errors. Terraform drops them in silence where a variable has an object type with `optional()`: there, `condtion` for `condition` makes a rule without a condition. So declare such a variable with `type = any` and pass it through this function.",
		Parameters: []function.Parameter{function.DynamicParameter{
			Name:                "permissions",
			AllowUnknownValues:  true,
			MarkdownDescription: "List of objects with `subject`, `actions` and, optionally, `effect`, `allow_unknown` and `condition`: an object or a list of objects with `key` and one of `eq`, `ne`, `in`, `all`, `glob` and `elem_match`.",
		}},
		Return: function.ListReturn{ElementType: permissionsElementType()},
	}
}

// Run returns the list, or an error that names the place of what is wrong.
func (permissionsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &argument); resp.Error != nil {
		return
	}
	models, err := permissionsOf(argument)
	list := make([]permissionModel, len(models))
	for n, m := range models {
		if list[n] = m.permissionModel; !m.ExpiresAt.IsNull() && err == nil {
			err = fmt.Errorf("permission[%d]: expires_at: a permission block has no end; give the identity a temporary role or privilege instead", n)
		}
	}
	resp.Error = setNormalized(ctx, resp, permissionsElementType(), list, err)
}

// setNormalized sets a list as the result. Of a list that is not known yet, the result is not known either.
func setNormalized[M any](ctx context.Context, resp *function.RunResponse, element attr.Type, list []M, err error) *function.FuncError {
	if errors.Is(err, errUnknown) {
		return resp.Result.Set(ctx, types.ListUnknown(element))
	}
	if err != nil {
		return function.NewArgumentFuncError(0, err.Error())
	}
	value, diags := types.ListValueFrom(ctx, element, list)
	if diags.HasError() {
		return function.FuncErrorFromDiags(ctx, diags)
	}
	return resp.Result.Set(ctx, value)
}
