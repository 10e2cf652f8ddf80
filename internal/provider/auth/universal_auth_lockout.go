// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

type lockoutModel struct {
	Enabled      types.Bool         `tfsdk:"enabled"`
	Threshold    types.Number       `tfsdk:"threshold"`
	Duration     attribute.Duration `tfsdk:"duration"`
	CounterReset attribute.Duration `tfsdk:"counter_reset"`
}

func lockoutAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true, Computed: true,
		Default: objectdefault.StaticValue(types.ObjectValueMust(
			map[string]attr.Type{"enabled": types.BoolType, "threshold": types.NumberType, "duration": attribute.DurationType{}, "counter_reset": attribute.DurationType{}},
			map[string]attr.Value{
				"enabled": types.BoolValue(true), "threshold": attribute.NewNumber(api.DefaultLockoutThreshold),
				"duration": attribute.NewDuration(api.DefaultLockoutDuration), "counter_reset": attribute.NewDuration(api.DefaultLockoutCounterReset),
			})),
		MarkdownDescription: "Refuses all logins for a while after wrong client secrets. Changed in place; what is left out goes back to its default. Default: locked for `5m` after `3` wrong secrets.",
		Attributes: map[string]schema.Attribute{
			"enabled": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether logins are locked at all. Default: `true`.",
			},
			"threshold": schema.NumberAttribute{
				Optional: true, Computed: true, Default: numberdefault.StaticBigFloat(big.NewFloat(api.DefaultLockoutThreshold)),
				MarkdownDescription: "How many wrong secrets lock, 1 to 30. Default: `" + strconv.Itoa(api.DefaultLockoutThreshold) + "`.",
				Validators:          []validator.Number{attribute.WholeNumber(1, 30)},
			},
			"duration":      attribute.OptionalDuration("5m", 30, 86400, "How long a lock lasts."),
			"counter_reset": attribute.OptionalDuration("30s", 5, 3600, "How long a wrong secret is remembered."),
		},
	}
}

// read sets the lockout from a response; older servers omit it.
func (m *lockoutModel) read(settings api.UniversalAuth) {
	m.Enabled = attribute.Returned(types.BoolPointerValue(settings.LockoutEnabled), m.Enabled, types.BoolValue(true))
	m.Threshold = attribute.Returned(attribute.NewNumberPointer(settings.LockoutThreshold), m.Threshold, attribute.NewNumber(api.DefaultLockoutThreshold))
	m.Duration = attribute.Returned(attribute.NewDurationPointer(settings.LockoutDurationSeconds), m.Duration, attribute.NewDuration(api.DefaultLockoutDuration))
	m.CounterReset = attribute.Returned(attribute.NewDurationPointer(settings.LockoutCounterResetSeconds), m.CounterReset, attribute.NewDuration(api.DefaultLockoutCounterReset))
}

// request adds the fields that differ from the prior to the body.
func (m *lockoutModel) request(prior *lockoutModel, body *api.UniversalAuthRequest) {
	if prior == nil { // at creation
		prior = &lockoutModel{}
	}
	if !m.Enabled.Equal(prior.Enabled) {
		body.LockoutEnabled = m.Enabled.ValueBoolPointer()
	}
	if !m.Threshold.Equal(prior.Threshold) {
		body.LockoutThreshold = new(attribute.Int64(m.Threshold))
	}
	if m.Duration.Seconds() != prior.Duration.Seconds() {
		body.LockoutDurationSeconds = new(m.Duration.Seconds())
	}
	if m.CounterReset.Seconds() != prior.CounterReset.Seconds() {
		body.LockoutCounterResetSeconds = new(m.CounterReset.Seconds())
	}
}

// isDefault reports whether all fields have their defaults, so that a server without lockouts need not know them.
func (m *lockoutModel) isDefault() bool {
	return m.Enabled.ValueBool() && attribute.Int64(m.Threshold) == api.DefaultLockoutThreshold &&
		m.Duration.Seconds() == api.DefaultLockoutDuration && m.CounterReset.Seconds() == api.DefaultLockoutCounterReset
}
