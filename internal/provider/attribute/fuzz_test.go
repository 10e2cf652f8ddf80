// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// FuzzDuration: what is taken for a duration is written so that it is the same.
func FuzzDurationValidator(f *testing.F) {
	for _, seed := range []string{"30d", "1h30m", "90", "1h1h", "-1s", "1.5h", "99999999999999999999d", "1m1h", "d", " 1h", "١h", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var resp validator.StringResponse
		attribute.DurationBetween(0, 1<<62).ValidateString(context.Background(), validator.StringRequest{Path: path.Root("x"), ConfigValue: types.StringValue(text)}, &resp)
		if resp.Diagnostics.HasError() {
			return
		}
		given := attribute.NewDurationText(text)
		again := attribute.NewDuration(given.Seconds())
		if given.Seconds() < 0 || again.Seconds() != given.Seconds() {
			t.Fatalf("%q is %d s, and %s is %d s", text, given.Seconds(), again.ValueString(), again.Seconds())
		}
	})
}
