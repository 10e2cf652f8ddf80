// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

type lockoutModel struct {
	Enabled      types.Bool            `tfsdk:"enabled"`
	Threshold    attribute.WholeNumber `tfsdk:"threshold"`
	Duration     attribute.Duration    `tfsdk:"duration"`
	CounterReset attribute.Duration    `tfsdk:"counter_reset"`
}

func lockoutAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true, Computed: true,
		Default: objectdefault.StaticValue(types.ObjectValueMust(
			map[string]attr.Type{"enabled": types.BoolType, "threshold": attribute.WholeNumberType{}, "duration": attribute.DurationType{}, "counter_reset": attribute.DurationType{}},
			map[string]attr.Value{
				"enabled": types.BoolValue(true), "threshold": attribute.NewWholeNumber(api.DefaultLockoutThreshold),
				"duration": attribute.NewDuration(api.DefaultLockoutDuration), "counter_reset": attribute.NewDuration(api.DefaultLockoutCounterReset),
			})),
		MarkdownDescription: "Refuses all logins for a while after wrong client secrets. Changed in place; what is left out goes back to its default. Default: locked for `5m` after `3` wrong secrets.",
		Attributes: map[string]schema.Attribute{
			"enabled": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether logins are locked at all. Default: `true`.",
			},
			"threshold": schema.Int64Attribute{
				CustomType: attribute.WholeNumberType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(api.DefaultLockoutThreshold),
				MarkdownDescription: "How many wrong secrets lock, 1 to 30. Default: `" + strconv.Itoa(api.DefaultLockoutThreshold) + "`.",
				Validators:          []validator.Int64{int64validator.Between(1, 30)},
			},
			"duration":      attribute.OptionalDuration("5m", 30, 86400, "How long a lock lasts."),
			"counter_reset": attribute.OptionalDuration("30s", 5, 3600, "How long a wrong secret is remembered."),
		},
	}
}

// read takes over what the API answers; an older server answers nothing.
func (m *lockoutModel) read(answer api.UniversalAuth) {
	m.Enabled = attribute.ReturnedBool(answer.LockoutEnabled, m.Enabled, true)
	m.Threshold = returnedNumber(answer.LockoutThreshold, m.Threshold, api.DefaultLockoutThreshold)
	m.Duration = attribute.ReturnedDuration(answer.LockoutDurationSeconds, m.Duration, api.DefaultLockoutDuration)
	m.CounterReset = attribute.ReturnedDuration(answer.LockoutCounterResetSeconds, m.CounterReset, api.DefaultLockoutCounterReset)
}

// request adds to the body what differs from the prior.
func (m *lockoutModel) request(prior *lockoutModel, body *api.UniversalAuthRequest) {
	if !m.Enabled.Equal(prior.Enabled) {
		body.LockoutEnabled = m.Enabled.ValueBoolPointer()
	}
	if !m.Threshold.Equal(prior.Threshold) {
		body.LockoutThreshold = m.Threshold.ValueInt64Pointer()
	}
	if m.Duration.Seconds() != prior.Duration.Seconds() {
		body.LockoutDurationSeconds = new(m.Duration.Seconds())
	}
	if m.CounterReset.Seconds() != prior.CounterReset.Seconds() {
		body.LockoutCounterResetSeconds = new(m.CounterReset.Seconds())
	}
}

// isDefault tells whether a server without lockouts is none the worse for it.
func (m *lockoutModel) isDefault() bool {
	return m.Enabled.ValueBool() && m.Threshold.ValueInt64() == api.DefaultLockoutThreshold &&
		m.Duration.Seconds() == api.DefaultLockoutDuration && m.CounterReset.Seconds() == api.DefaultLockoutCounterReset
}

func returnedNumber(answer *int64, prior attribute.WholeNumber, standard int64) attribute.WholeNumber {
	switch {
	case answer != nil:
		return attribute.NewWholeNumber(*answer)
	case prior.IsNull() || prior.IsUnknown():
		return attribute.NewWholeNumber(standard)
	}
	return prior
}
