// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ basetypes.Int64Typable      = wholeNumberType{}
	_ xattr.ValidateableAttribute = wholeNumber{}
)

// wholeNumberType is the type of an attribute that counts something. The framework's own takes a
// fraction for a mistake of the provider, and says so.
type wholeNumberType struct {
	basetypes.Int64Type
}

func (wholeNumberType) Equal(other attr.Type) bool {
	_, same := other.(wholeNumberType)
	return same
}

func (wholeNumberType) String() string { return "provider.wholeNumberType" }

func (wholeNumberType) ValueType(context.Context) attr.Value { return wholeNumber{} }

func (wholeNumberType) ValueFromInt64(_ context.Context, number basetypes.Int64Value) (basetypes.Int64Valuable, diag.Diagnostics) {
	return wholeNumber{Int64Value: number}, nil
}

// ValueFromTerraform cuts a fraction off, and a number that is too large down: ValidateAttribute and
// the attribute's bounds judge them.
func (wholeNumberType) ValueFromTerraform(_ context.Context, in tftypes.Value) (attr.Value, error) {
	if !in.IsKnown() {
		return wholeNumber{Int64Value: basetypes.NewInt64Unknown()}, nil
	}
	if in.IsNull() {
		return wholeNumber{Int64Value: basetypes.NewInt64Null()}, nil
	}
	var number big.Float
	if err := in.As(&number); err != nil {
		return nil, err
	}
	whole, _ := number.Int64()
	read := newWholeNumber(whole)
	if !number.IsInt() {
		read.fraction = number.Text('g', 10)
	}
	return read, nil
}

// wholeNumber is a number of things.
type wholeNumber struct {
	basetypes.Int64Value
	fraction string // the number as it is given, where it is not whole
}

func newWholeNumber(number int64) wholeNumber {
	return wholeNumber{Int64Value: basetypes.NewInt64Value(number)}
}

func (wholeNumber) Type(context.Context) attr.Type { return wholeNumberType{} }

func (n wholeNumber) Equal(other attr.Value) bool {
	o, same := other.(wholeNumber)
	return same && n.fraction == o.fraction && n.Int64Value.Equal(o.Int64Value)
}

// ValidateAttribute refuses a fraction.
func (n wholeNumber) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if n.fraction != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a whole number",
			fmt.Sprintf("Attribute %s is %s, and it counts something. Write a whole number, such as %d.", attributeName(req.Path), n.fraction, n.ValueInt64()+1))
	}
}
