// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// longTTL is the TTL from which a plan warns, in seconds: a week. Workloads need a token for minutes or
// hours; a longer TTL is usually the API's default.
const longTTL = 7 * 86400

// checkedTTL validates the TTLs together, with their defaults.
type checkedTTL[M any] struct {
	*crud.ResourceAdapter[M]
}

func (checkedTTL[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var ttl, longest attribute.Duration
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("access_token_ttl"), &ttl)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("access_token_max_ttl"), &longest)...)
	if resp.Diagnostics.HasError() {
		return
	}
	seconds, known := configuredSeconds(ttl, api.DefaultAccessTokenTTL)
	most, alsoKnown := configuredSeconds(longest, api.DefaultAccessTokenTTL)
	if !known || !alsoKnown || seconds <= most {
		warnLongTTL(ctx, req.Config, &resp.Diagnostics)
		return
	}
	at, text := path.Root("access_token_ttl"), fmt.Sprintf("access_token_ttl is %s, and access_token_max_ttl is %s. Set a shorter access_token_ttl or a longer access_token_max_ttl; the default of each is 30d.", attribute.FormatDuration(seconds), attribute.FormatDuration(most))
	if most == 0 {
		at, text = path.Root("access_token_max_ttl"), "access_token_max_ttl is 0s, so access_token_ttl must be 0s too, and it is "+attribute.FormatDuration(seconds)+". Set access_token_ttl (default: 30d) to 0s, or set a longer access_token_max_ttl."
	}
	resp.Diagnostics.AddAttributeError(at, "TTL exceeds its maximum", text)
}

// warnLongTTL adds at most one warning about long TTLs to a resource.
func warnLongTTL(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	lives := map[string]attribute.Duration{"access_token_ttl": {}, "access_token_max_ttl": {}, "access_token_period": {}}
	for name := range lives {
		var value attribute.Duration
		if _, lacking := config.Schema.AttributeAtPath(ctx, path.Root(name)); lacking.HasError() {
			continue // not every auth method has periodic tokens
		}
		diags.Append(config.GetAttribute(ctx, path.Root(name), &value)...)
		lives[name] = value
	}
	names := []string{"access_token_ttl", "access_token_max_ttl"}
	period, known := configuredSeconds(lives["access_token_period"], 0)
	switch {
	case !known:
		return
	case period > 0: // periodic tokens ignore the TTLs
		names = []string{"access_token_period"}
	}
	for _, name := range names {
		seconds, known := configuredSeconds(lives[name], api.DefaultAccessTokenTTL)
		if !known || seconds > 0 && seconds < longTTL {
			continue
		}
		problem := name + " is " + attribute.FormatDuration(seconds)
		if lives[name].IsNull() {
			problem = name + " is not set, which is 30d"
		}
		if seconds == 0 {
			problem += ", as long as the server allows"
		}
		diags.AddAttributeWarning(path.Root(name), "Access tokens expire after weeks",
			"A leaked token can be used until it expires, and "+problem+". Set access_token_ttl and access_token_max_ttl to what a run takes, such as 15m; values of 7d or more cause this warning.")
		return
	}
}

// configuredSeconds returns the seconds of a duration, or its default. They are not known if it is unknown or invalid.
func configuredSeconds(d attribute.Duration, standard int64) (seconds int64, known bool) {
	if d.IsNull() {
		return standard, true
	}
	seconds, err := attribute.ParseDuration(d.ValueString())
	return seconds, err == nil && !d.IsUnknown() && seconds <= api.MaxTTL
}
