// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

func rotateBeforeExpiryAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, CustomType: attribute.DurationType{},
		MarkdownDescription: "How long before its expiry a plan replaces the secret: longer than from one plan to the next, and shorter than `ttl`, which must be set. A duration such as `7d`, or a number of seconds. Default: never. Changed in place; where the change makes the secret due, the plan after it replaces it.",
		Validators:          []validator.String{attribute.DurationBetween(1, api.MaxTTL)},
		PlanModifiers:       []planmodifier.String{attribute.KeepDurationSpelling()},
	}
}

func rotateOnExpiryAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether a plan replaces a secret that has expired or whose uses are spent. Set `false` for a secret that is used once and whose tokens stay in use: newer servers revoke them with the secret. Default: `true`. Changed in place.",
	}
}

func rotationTriggersAttribute() schema.MapAttribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Any texts; a change of them makes a new secret. They stand in the state in plain text. Default: none.",
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
	}
}

// Statuses of a client secret at the last refresh. They are in the state, so that a plan and its later apply
// make the same decision.
const (
	secretActive   = "active"
	secretExpiring = "expiring"
	secretExpired  = "expired"
	secretUsedUp   = "used_up"
)

func clientSecretStatus(secret api.ClientSecret, rotateBefore attribute.Duration, now time.Time) string {
	end := secret.CreatedAt.Add(time.Duration(secret.ClientSecretTTL) * time.Second)
	expires := secret.ClientSecretTTL > 0
	switch limit := secret.ClientSecretNumUsesLimit; {
	case expires && !now.Before(end):
		return secretExpired
	case limit > 0 && secret.ClientSecretNumUses >= limit:
		return secretUsedUp
	case expires && isDue(end, rotateBefore, now):
		return secretExpiring
	}
	return secretActive
}

func isDue(end time.Time, rotateBefore attribute.Duration, now time.Time) bool {
	seconds := rotateBefore.Seconds() // 0 if it is not set
	return seconds > 0 && !now.Before(end.Add(-time.Duration(seconds)*time.Second))
}

func isSpent(status types.String) bool {
	return status.ValueString() == secretExpired || status.ValueString() == secretUsedUp
}

// rotatedClientSecret plans the rotation of a secret and reports the reason.
type rotatedClientSecret struct {
	*crud.ResourceAdapter[clientSecretModel]
}

// ValidateConfig rejects a rotation that never happens or happens at every plan.
func (rotatedClientSecret) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	at := path.Root("rotate_before_expiry")
	var before, ttl attribute.Duration
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &before)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("ttl"), &ttl)...)
	if resp.Diagnostics.HasError() {
		return
	}
	seconds, known := configuredSeconds(before, 0)
	lives, alsoKnown := configuredSeconds(ttl, 0)
	switch {
	case before.IsNull() || !known || !alsoKnown || seconds < lives: // zero is rejected by the bounds of the attribute
	case lives == 0:
		resp.Diagnostics.AddAttributeError(at, "Client secret does not expire",
			"rotate_before_expiry is "+before.ValueString()+", and there is no ttl. Set a ttl, or remove rotate_before_expiry.")
	default:
		resp.Diagnostics.AddAttributeError(at, "Client secret would rotate at every plan",
			fmt.Sprintf("ttl is %s, and rotate_before_expiry is %s. Set a shorter rotate_before_expiry or a longer ttl.", ttl.ValueString(), before.ValueString()))
	}
}

// Read warns if a secret is removed from the state.
func (r rotatedClientSecret) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.ResourceAdapter.Read(ctx, req, resp)
	if resp.State.Raw.IsNull() && !req.State.Raw.IsNull() {
		var id types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
		resp.Diagnostics.AddWarning("Client secret is revoked",
			"Client secret "+id.ValueString()+" was revoked outside Terraform, or removed by the server after it expired or was used up. The plan creates another one if the configuration still has it.")
	}
}

// ModifyPlan plans the known attributes of a new secret, and replaces a secret that is due or spent.
func (r rotatedClientSecret) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	r.ResourceAdapter.ModifyPlan(ctx, req, resp)
	switch {
	case req.Plan.Raw.IsNull():
	case req.State.Raw.IsNull():
		var recipients types.Set
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("recipients"), &recipients)...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("status"), secretActive)...)
		if recipients.IsNull() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("encrypted_client_secret"), types.StringNull())...)
		} else if !recipients.IsUnknown() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_secret"), types.StringNull())...)
		}
	default:
		r.rotate(ctx, req, resp)
	}
}

// rotate decides by the status in the state and not by the clock: Terraform plans again at apply, which may
// be much later, and must get the same result. A change that makes a secret due therefore only warns, and an
// unknown setting does not keep a spent secret.
func (r rotatedClientSecret) rotate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var id, status, expiresAt types.String
	var before, previously attribute.Duration
	var onExpiry types.Bool
	for name, value := range map[string]any{"id": &id, "status": &status, "expires_at": &expiresAt, "rotate_before_expiry": &previously} {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("rotate_before_expiry"), &before)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("rotate_on_expiry"), &onExpiry)...)
	var reason string
	switch end, err := time.Parse(time.RFC3339, expiresAt.ValueString()); {
	case isSpent(status) && !onExpiry.IsUnknown() && !onExpiry.ValueBool():
	case status.ValueString() == secretExpired:
		reason = "It expired at " + expiresAt.ValueString()
	case status.ValueString() == secretUsedUp:
		reason = "Its uses are spent"
	case status.ValueString() == secretExpiring && (before.IsUnknown() || before.Seconds() >= previously.Seconds()):
		reason = "It expires at " + expiresAt.ValueString() + ", and rotate_before_expiry is " + previously.ValueString()
	case before.Seconds() != previously.Seconds() && err == nil && isDue(end, before, r.now()):
		resp.Diagnostics.AddAttributeWarning(path.Root("rotate_before_expiry"), "Client secret is due for rotation",
			"Client secret "+id.ValueString()+" expires at "+expiresAt.ValueString()+", and rotate_before_expiry is to be "+before.ValueString()+". This apply only changes the setting; the next plan replaces the secret.")
	}
	if !isSpent(status) || reason != "" {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("status"), secretActive)...)
	}
	if reason != "" {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("status"))
		resp.Diagnostics.AddWarning("A new client secret is planned", "Client secret "+id.ValueString()+" is to be replaced. "+reason+".")
	}
}

// now returns the server's time, or the local time without a configured client.
func (r rotatedClientSecret) now() time.Time {
	if c := r.Client(); c != nil {
		return c.Now()
	}
	return time.Now()
}
