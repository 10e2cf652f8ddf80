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

func rotateWhenSpentAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether a plan replaces a secret that has expired or whose uses are spent. `false` is for one that is meant to be used once, whose tokens live on: replacing it would, on newer servers, end them. Default: `true`. Changed in place.",
	}
}

func rotationTriggersAttribute() schema.MapAttribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Any texts; a change of them makes a new secret. They stand in the state in plain text. Default: none.",
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
	}
}

// What a refresh has seen of a client secret. It is in the state, so that the plan that follows and
// its apply, however much later, decide alike.
const (
	secretActive   = "active"
	secretExpiring = "expiring"
	secretExpired  = "expired"
	secretUsedUp   = "used_up"
)

func clientSecretStatus(answer api.ClientSecret, rotateBefore attribute.Duration, now time.Time) string {
	end := answer.CreatedAt.Add(time.Duration(answer.ClientSecretTTL) * time.Second)
	expires := answer.ClientSecretTTL > 0
	switch limit := answer.ClientSecretNumUsesLimit; {
	case expires && !now.Before(end):
		return secretExpired
	case limit > 0 && answer.ClientSecretNumUses >= limit:
		return secretUsedUp
	case expires && isDue(end, rotateBefore, now):
		return secretExpiring
	}
	return secretActive
}

func isDue(end time.Time, rotateBefore attribute.Duration, now time.Time) bool {
	seconds := rotateBefore.Seconds() // 0 where it is not set
	return seconds > 0 && !now.Before(end.Add(-time.Duration(seconds)*time.Second))
}

func isSpent(status types.String) bool {
	return status.ValueString() == secretExpired || status.ValueString() == secretUsedUp
}

// rotatedClientSecret plans a new secret in time, and tells why.
type rotatedClientSecret struct {
	*crud.ResourceAdapter[clientSecretModel]
}

// ValidateConfig refuses a rotation that could never happen, or would at every plan.
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
	case before.IsNull() || !known || !alsoKnown || seconds < lives: // zero is out of its bounds, which says so
	case lives == 0:
		resp.Diagnostics.AddAttributeError(at, "The client secret does not expire",
			"Without an expiry there is no time before it. Set a ttl, or leave rotate_before_expiry out.")
	default:
		resp.Diagnostics.AddAttributeError(at, "The client secret would be rotated at every plan",
			fmt.Sprintf("It lives for %s, and rotate_before_expiry is %s. Set a shorter rotate_before_expiry or a longer ttl.", ttl.ValueString(), before.ValueString()))
	}
}

// Read says why a secret is dropped from the state.
func (r rotatedClientSecret) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	r.ResourceAdapter.Read(ctx, req, resp)
	if resp.State.Raw.IsNull() && !req.State.Raw.IsNull() {
		var id types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
		resp.Diagnostics.AddWarning("The client secret is revoked",
			"Client secret "+id.ValueString()+" was revoked or removed outside Terraform, or by the server when it had expired or was used up. It is planned anew where the configuration still has it.")
	}
}

// ModifyPlan plans what is known of a new secret, and a new one in place of one that has come to its end.
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

// rotate goes by what the refresh saw, and by no clock: the apply of this plan, however much later, plans
// once more and must come to the same. So a change that makes a secret due only warns of it, and what is
// unknown yet keeps no secret that has come to its end.
func (r rotatedClientSecret) rotate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var id, status, expiresAt types.String
	var before, previously attribute.Duration
	var whenSpent types.Bool
	for name, value := range map[string]any{"id": &id, "status": &status, "expires_at": &expiresAt, "rotate_before_expiry": &previously} {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("rotate_before_expiry"), &before)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("rotate_when_spent"), &whenSpent)...)
	var reason string
	switch end, err := time.Parse(time.RFC3339, expiresAt.ValueString()); {
	case isSpent(status) && !whenSpent.IsUnknown() && !whenSpent.ValueBool():
	case status.ValueString() == secretExpired:
		reason = "It expired at " + expiresAt.ValueString()
	case status.ValueString() == secretUsedUp:
		reason = "Its uses are spent"
	case status.ValueString() == secretExpiring && (before.IsUnknown() || before.Seconds() >= previously.Seconds()):
		reason = "It expires at " + expiresAt.ValueString() + ", and rotate_before_expiry is " + previously.ValueString()
	case before.Seconds() != previously.Seconds() && err == nil && isDue(end, before, r.now()):
		resp.Diagnostics.AddAttributeWarning(path.Root("rotate_before_expiry"), "The client secret is due",
			"Client secret "+id.ValueString()+" expires at "+expiresAt.ValueString()+", and rotate_before_expiry is to be "+before.ValueString()+". The apply sets that alone; the next plan replaces the secret.")
	}
	if !isSpent(status) || reason != "" {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("status"), secretActive)...)
	}
	if reason != "" {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("status"))
		resp.Diagnostics.AddWarning("A new client secret is planned", "Client secret "+id.ValueString()+" is to be replaced. "+reason+".")
	}
}

// now is the server's time, as far as one was asked.
func (r rotatedClientSecret) now() time.Time {
	if c := r.Client(); c != nil {
		return c.Now()
	}
	return time.Now()
}
