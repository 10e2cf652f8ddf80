// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A field that an older server does not answer keeps its prior value, else takes its default.

func ReturnedBool(answer *bool, prior types.Bool, standard bool) types.Bool {
	switch {
	case answer != nil:
		return types.BoolValue(*answer)
	case prior.IsNull() || prior.IsUnknown():
		return types.BoolValue(standard)
	}
	return prior
}

func ReturnedString(answer *string, prior types.String, standard string) types.String {
	switch {
	case answer != nil:
		return types.StringValue(*answer)
	case prior.IsNull() || prior.IsUnknown():
		return types.StringValue(standard)
	}
	return prior
}

// ReturnedDuration also keeps the prior spelling of as many seconds.
func ReturnedDuration(answer *int64, prior Duration, standard int64) Duration {
	absent := prior.IsNull() || prior.IsUnknown()
	switch {
	case answer == nil && absent:
		return NewDuration(standard)
	case answer == nil, !absent && prior.Seconds() == *answer:
		return prior
	}
	return NewDuration(*answer)
}
