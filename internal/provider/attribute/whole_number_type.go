// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

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
	_ basetypes.Int64Typable      = WholeNumberType{}
	_ xattr.ValidateableAttribute = WholeNumber{}
)

// WholeNumberType is the type of an attribute that counts something. The framework's own takes a
// fraction for a mistake of the provider, and says so.
type WholeNumberType struct {
	basetypes.Int64Type
}

func (WholeNumberType) Equal(other attr.Type) bool {
	_, same := other.(WholeNumberType)
	return same
}

func (WholeNumberType) String() string { return "attribute.WholeNumberType" }

func (WholeNumberType) ValueType(context.Context) attr.Value { return WholeNumber{} }

func (WholeNumberType) ValueFromInt64(_ context.Context, number basetypes.Int64Value) (basetypes.Int64Valuable, diag.Diagnostics) {
	return WholeNumber{Int64Value: number}, nil
}

// ValueFromTerraform cuts a fraction off, and a number that is too large down: ValidateAttribute and
// the attribute's bounds judge them.
func (WholeNumberType) ValueFromTerraform(_ context.Context, in tftypes.Value) (attr.Value, error) {
	if !in.IsKnown() {
		return WholeNumber{Int64Value: basetypes.NewInt64Unknown()}, nil
	}
	if in.IsNull() {
		return WholeNumber{Int64Value: basetypes.NewInt64Null()}, nil
	}
	var number big.Float
	if err := in.As(&number); err != nil {
		return nil, err
	}
	whole, _ := number.Int64()
	read := NewWholeNumber(whole)
	if !number.IsInt() {
		read.fraction = number.Text('g', 10)
	}
	return read, nil
}

// WholeNumber is a number of things.
type WholeNumber struct {
	basetypes.Int64Value
	fraction string // the number as it is given, where it is not whole
}

func NewWholeNumber(number int64) WholeNumber {
	return WholeNumber{Int64Value: basetypes.NewInt64Value(number)}
}

func (WholeNumber) Type(context.Context) attr.Type { return WholeNumberType{} }

func (n WholeNumber) Equal(other attr.Value) bool {
	o, same := other.(WholeNumber)
	return same && n.fraction == o.fraction && n.Int64Value.Equal(o.Int64Value)
}

// ValidateAttribute refuses a fraction.
func (n WholeNumber) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if n.fraction != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a whole number",
			fmt.Sprintf("Attribute %s is %s, and it counts something. Write a whole number, such as %d.", PathName(req.Path), n.fraction, n.ValueInt64()+1))
	}
}
