// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

func deleteProtectionAttribute(what string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		MarkdownDescription: "Whether the server refuses to delete the " + what + ". To delete a protected one, set this to `false` and apply first; a plan that would delete it before is an error, except where `-replace` or a taint asks for it, of which Terraform does not tell providers. Default: `false`. Changed in place.",
	}
}

// protected refuses at plan to delete what has delete_protection, which the server would refuse
// half-way through the apply.
type protected[M any] struct {
	*crud.Managed[M]
	what string
}

func (r protected[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.Managed.ModifyPlan(ctx, req, resp)
	var guarded types.Bool
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("delete_protection"), &guarded)...)
	}
	if guarded.ValueBool() {
		resp.Diagnostics.AddError("The "+r.what+" is protected", client.Explain(errProtected(r.what)))
	}
}

// orProtected is the error of a deletion, which names the protection where that is why it was refused.
func orProtected(err error, what string, protection func() *bool) error {
	if status := client.Status(err); status == http.StatusBadRequest || status == http.StatusForbidden {
		if is := protection(); is != nil && *is {
			return errProtected(what)
		}
	}
	return err
}

func errProtected(what string) error {
	return errors.New("the " + what + " is protected against deletion; set delete_protection = false, apply, and delete it then")
}
