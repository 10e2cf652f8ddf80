// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
)

// lockoutModel is the lockout after wrong client secrets. Its attributes are top-level, since they have the
// defaults of the API and a block cannot be computed.
type lockoutModel struct {
	LockoutEnabled      types.Bool         `tfsdk:"lockout_enabled"`
	LockoutThreshold    types.Number       `tfsdk:"lockout_threshold"`
	LockoutDuration     attribute.Duration `tfsdk:"lockout_duration"`
	LockoutCounterReset attribute.Duration `tfsdk:"lockout_counter_reset"`
}

func lockoutAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"lockout_enabled": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether wrong client secrets lock all logins of the identity with Universal Auth for a while. Default: `true`.",
		},
		"lockout_threshold": schema.NumberAttribute{
			Optional: true, Computed: true, Default: numberdefault.StaticBigFloat(big.NewFloat(api.DefaultLockoutThreshold)),
			MarkdownDescription: "Number of wrong client secrets that lock the logins, from 1 to 30. Default: `" + strconv.Itoa(api.DefaultLockoutThreshold) + "`.",
			Validators:          []validator.Number{attribute.WholeNumber(1, 30)},
		},
		"lockout_duration":      attribute.OptionalDuration("5m", 30, 86400, "Duration of a lockout."),
		"lockout_counter_reset": attribute.OptionalDuration("30s", 5, 3600, "Time after which a wrong client secret no longer counts."),
	}
}

// read sets the lockout from a response; older servers omit it.
func (m *lockoutModel) read(settings api.UniversalAuth) {
	m.LockoutEnabled = attribute.Returned(types.BoolPointerValue(settings.LockoutEnabled), m.LockoutEnabled, types.BoolValue(true))
	m.LockoutThreshold = attribute.Returned(attribute.NewNumberPointer(settings.LockoutThreshold), m.LockoutThreshold, attribute.NewNumber(api.DefaultLockoutThreshold))
	m.LockoutDuration = attribute.Returned(attribute.NewDurationPointer(settings.LockoutDurationSeconds), m.LockoutDuration, attribute.NewDuration(api.DefaultLockoutDuration))
	m.LockoutCounterReset = attribute.Returned(attribute.NewDurationPointer(settings.LockoutCounterResetSeconds), m.LockoutCounterReset, attribute.NewDuration(api.DefaultLockoutCounterReset))
}

// request adds the fields that differ from the prior to the body.
func (m *lockoutModel) request(prior lockoutModel, body *api.UniversalAuthRequest) {
	if !m.LockoutEnabled.Equal(prior.LockoutEnabled) {
		body.LockoutEnabled = m.LockoutEnabled.ValueBoolPointer()
	}
	if !m.LockoutThreshold.Equal(prior.LockoutThreshold) {
		body.LockoutThreshold = new(attribute.Int64(m.LockoutThreshold))
	}
	if m.LockoutDuration.Seconds() != prior.LockoutDuration.Seconds() {
		body.LockoutDurationSeconds = new(m.LockoutDuration.Seconds())
	}
	if m.LockoutCounterReset.Seconds() != prior.LockoutCounterReset.Seconds() {
		body.LockoutCounterResetSeconds = new(m.LockoutCounterReset.Seconds())
	}
}

// isDefault reports whether all fields have their defaults, so that a server without lockouts need not know them.
func (m *lockoutModel) isDefault() bool {
	return m.LockoutEnabled.ValueBool() && attribute.Int64(m.LockoutThreshold) == api.DefaultLockoutThreshold &&
		m.LockoutDuration.Seconds() == api.DefaultLockoutDuration && m.LockoutCounterReset.Seconds() == api.DefaultLockoutCounterReset
}
