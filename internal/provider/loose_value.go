// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// loose is a value of any type as package encoding/json would have it.
func loose(value attr.Value) any {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	switch value := value.(type) {
	case types.Dynamic:
		return loose(value.UnderlyingValue())
	case types.String:
		return value.ValueString()
	case types.Bool:
		return value.ValueBool()
	case types.Tuple:
		return looseList(value.Elements())
	case types.List:
		return looseList(value.Elements())
	case types.Set:
		return looseList(value.Elements())
	case types.Map:
		return looseMap(value.Elements())
	case types.Object:
		return looseMap(value.Attributes())
	}
	return value.String() // a number
}

func looseList(elements []attr.Value) []any {
	list := make([]any, len(elements))
	for n, element := range elements {
		list[n] = loose(element)
	}
	return list
}

func looseMap(elements map[string]attr.Value) map[string]any {
	object := map[string]any{}
	for key, element := range elements {
		object[key] = loose(element)
	}
	return object
}
