// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// isFolderPath accepts the paths of folders as servers store them.
type isFolderPath struct{}

func (isFolderPath) Description(context.Context) string { return "the path of a folder" }

func (v isFolderPath) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (isFolderPath) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || permission.IsFolderPath(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid folder path", strconv.Quote(req.ConfigValue.ValueString())+
		" is not the path of a folder. Use \"/\", or names of letters, digits, hyphens and underscores, each after a slash, such as \"/app/db\".")
}

// notWithFullAccess rejects a window of full access, as servers do.
type notWithFullAccess struct{}

func (notWithFullAccess) Description(context.Context) string {
	return "not with the permission " + fullAccess
}

func (v notWithFullAccess) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notWithFullAccess) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	var level types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("permission"), &level)...)
	if !req.ConfigValue.IsNull() && level.ValueString() == fullAccess {
		resp.Diagnostics.AddAttributeError(path.Root("permission"), "Full access cannot be temporary",
			"Servers reject a window for the permission \"full-access\". Remove temporary, or use \"manage\" or less.")
	}
}
