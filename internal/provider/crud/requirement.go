// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// Requirement is an attribute or a block that only servers with a feature have.
type Requirement struct {
	Attribute path.Path
	Feature   client.Feature
	Unless    attr.Value // value that needs no feature; nil: none
	OnChange  bool       // creating an object with the attribute needs no feature
}

// isNeededBy reports whether the configuration sets the attribute to a known value that the prior state
// does not have.
func (q Requirement) isNeededBy(ctx context.Context, config tfsdk.Config, prior *tfsdk.State) bool {
	var value, before attr.Value
	if config.GetAttribute(ctx, q.Attribute, &value).HasError() || value == nil || value.IsNull() || value.IsUnknown() || equalValues(ctx, value, q.Unless) {
		return false
	}
	exists := prior != nil && !prior.Raw.IsNull()
	if exists && prior.GetAttribute(ctx, q.Attribute, &before).HasError() {
		return false
	}
	return exists && !equalValues(ctx, value, before) || !exists && !q.OnChange
}

func equalValues(ctx context.Context, a, b attr.Value) bool {
	if text, ok := a.(basetypes.StringValuableWithSemanticEquals); ok {
		if other, ok := b.(basetypes.StringValuable); ok && !b.IsNull() {
			same, _ := text.StringSemanticEquals(ctx, other)
			return same
		}
	}
	return b != nil && a.Equal(b)
}

// checkFeatures adds an error for each attribute of a create or an update that the server does not have.
// Servers ignore fields that they do not know, and would leave an object that is not as configured.
func (r *ResourceAdapter[M]) checkFeatures(ctx context.Context, config tfsdk.Config, prior *tfsdk.State, diags *diag.Diagnostics) (ok bool) {
	ok = true
	created := prior == nil || prior.Raw.IsNull()
	if r.def.Feature != nil && created && !r.client.Supports(ctx, *r.def.Feature) {
		diags.AddError("Not supported by this server", r.client.Unsupported(*r.def.Feature)+" Update the server, or remove the "+r.displayName()+" from the configuration.")
		return false
	}
	for _, q := range r.def.Requires {
		if q.isNeededBy(ctx, config, prior) && !r.client.Supports(ctx, q.Feature) {
			ok = false
			diags.AddAttributeError(q.Attribute, "Not supported by this server", r.client.Unsupported(q.Feature)+" Update the server, or remove "+q.Attribute.String()+" from the configuration.")
		}
	}
	return ok
}
