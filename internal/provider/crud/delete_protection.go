// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

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
)

// DeleteProtectionAttribute returns the attribute delete_protection of what.
func DeleteProtectionAttribute(what string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		MarkdownDescription: "Whether the server rejects the deletion of the " + what + ". To delete it, set this to `false` and apply first. A plan that deletes it before is an error, except with `-replace` or after a taint, which Terraform does not report to providers. Default: `false`. Changed in place.",
	}
}

// Protected rejects at plan the deletion of an object with delete_protection, which the server would
// reject halfway through the apply.
type Protected[M any] struct {
	*ResourceAdapter[M]
	what string
}

// NewProtected wraps the adapter of a resource that has the attribute delete_protection.
func NewProtected[M any](adapter *ResourceAdapter[M], what string) Protected[M] {
	return Protected[M]{adapter, what}
}

// ModifyPlan adds an error to a plan that deletes a protected object.
func (r Protected[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.ResourceAdapter.ModifyPlan(ctx, req, resp)
	var guarded types.Bool
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("delete_protection"), &guarded)...)
	}
	if guarded.ValueBool() {
		resp.Diagnostics.AddError("The "+r.what+" is protected", client.Explain(ErrProtected(r.what)))
	}
}

// OrProtected returns the error of a deletion: ErrProtected where the server rejected it because of the
// protection, else err.
func OrProtected(err error, what string, protection func() *bool) error {
	if status := client.Status(err); status == http.StatusBadRequest || status == http.StatusForbidden {
		if is := protection(); is != nil && *is {
			return ErrProtected(what)
		}
	}
	return err
}

// ErrProtected returns the error of a deletion that the protection prevents.
func ErrProtected(what string) error {
	return errors.New("the " + what + " is protected against deletion; set delete_protection = false, apply, and delete it then")
}
