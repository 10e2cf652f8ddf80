// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestIsTrustedIP(t *testing.T) {
	for value, want := range map[types.String]string{
		types.StringValue("10.1.2.3/8"): "",
		types.StringValue("10.0.0.256"): `is not an IPv4 or IPv6 address`,
		types.StringNull():              "",
		types.StringUnknown():           "",
	} {
		var resp validator.StringResponse
		isTrustedIP{}.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("access_token_trusted_ips"), ConfigValue: value}, &resp)
		if got := fmt.Sprint(resp.Diagnostics); (want == "") == resp.Diagnostics.HasError() || !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q", value, got, want)
		}
	}
}
