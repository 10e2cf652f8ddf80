package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// checkedUniversalAuth compares attributes with each other, defaults considered.
type checkedTTL[M any] struct {
	*crud.Managed[M]
}

func newUniversalAuthResource() resource.Resource {
	return checkedTTL[universalAuthModel]{universalAuthResource.Managed()}
}

func (checkedTTL[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var ttl, longest Duration
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("access_token_ttl"), &ttl)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("access_token_max_ttl"), &longest)...)
	seconds, known := configuredSeconds(ttl, api.DefaultAccessTokenTTL)
	most, alsoKnown := configuredSeconds(longest, api.DefaultAccessTokenTTL)
	if !known || !alsoKnown || seconds <= most {
		return
	}
	at, text := path.Root("access_token_ttl"), fmt.Sprintf("A token cannot live for %s where access_token_max_ttl is %s. Set a shorter access_token_ttl or a longer access_token_max_ttl; where not set, each is 30d.", formatDuration(seconds), formatDuration(most))
	if most == 0 {
		at, text = path.Root("access_token_max_ttl"), "Without a maximum the access_token_ttl must be 0s too, and it is "+formatDuration(seconds)+"; where not set, it is 30d."
	}
	resp.Diagnostics.AddAttributeError(at, "The TTL is longer than its maximum", text)
}

func configuredSeconds(d Duration, standard int64) (seconds int64, known bool) {
	if d.IsNull() {
		return standard, true
	}
	seconds, err := parseDuration(d.ValueString())
	return seconds, err == nil && !d.IsUnknown()
}
