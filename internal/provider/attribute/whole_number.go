// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework-validators/helpers/validatordiag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// WholeNumber accepts whole numbers between the bounds, inclusive. It belongs to a NumberAttribute: the
// framework reports a fraction in an Int64Attribute as a bug of the provider.
func WholeNumber(smallest, largest int64) validator.Number { return wholeNumber{smallest, largest} }

// NewNumber returns the value of a NumberAttribute.
func NewNumber(n int64) types.Number { return types.NumberValue(new(big.Float).SetInt64(n)) }

// NewLimit returns the value of a NumberAttribute, null for 0, which is no limit.
func NewLimit(n int64) types.Number {
	if n == 0 {
		return types.NumberNull()
	}
	return NewNumber(n)
}

// NewNumberPointer returns the value of a NumberAttribute, null for nil.
func NewNumberPointer(n *int64) types.Number {
	if n == nil {
		return types.NumberNull()
	}
	return NewNumber(*n)
}

// Int64 returns the value of a NumberAttribute with the validator WholeNumber; 0 if it is null or unknown.
func Int64(n types.Number) int64 {
	if n.IsNull() || n.IsUnknown() {
		return 0
	}
	whole, _ := n.ValueBigFloat().Int64()
	return whole
}

type wholeNumber struct{ smallest, largest int64 }

func (v wholeNumber) Description(context.Context) string {
	return fmt.Sprintf("value must be between %d and %d", v.smallest, v.largest)
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	switch n := req.ConfigValue.ValueBigFloat(); {
	case !n.IsInt():
		resp.Diagnostics.AddAttributeError(req.Path, "Not a whole number",
			fmt.Sprintf("Attribute %s is %s. Set a whole number from %d to %d.", PathName(req.Path), n.Text('g', 10), v.smallest, v.largest))
	case n.Cmp(new(big.Float).SetInt64(v.smallest)) < 0 || n.Cmp(new(big.Float).SetInt64(v.largest)) > 0:
		resp.Diagnostics.Append(validatordiag.InvalidAttributeValueDiagnostic(req.Path, v.Description(ctx), n.Text('g', 20)))
	}
}
