// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import "github.com/hashicorp/terraform-plugin-framework/attr"

// Returned returns the value that the server returned. If it is null, as an older server does not return
// every field, Returned returns the prior value, or the default if there is none.
func Returned[T attr.Value](value, prior, standard T) T {
	switch {
	case !value.IsNull():
		return value
	case prior.IsNull() || prior.IsUnknown():
		return standard
	}
	return prior
}
