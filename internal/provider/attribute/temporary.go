// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// longestRange of what is temporary, in seconds: 100 years.
const longestRange = 36500 * 86400

// TemporaryModel is the window in which something counts; nil is for ever.
type TemporaryModel struct {
	Range Duration     `tfsdk:"range"`
	Start types.String `tfsdk:"start"`
}

// Temporary is optional. Its window stays as it is whatever else changes.
func Temporary(description string) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: description,
		PlanModifiers:       []planmodifier.Object{keepWindowSpelling{}},
		Attributes: map[string]schema.Attribute{
			"range": schema.StringAttribute{
				Required: true, CustomType: DurationType{},
				MarkdownDescription: "How long it counts. A duration such as `8h` or `1h30m`, or a number of seconds; at most `36500d`.",
				Validators:          []validator.String{DurationBetween(1, longestRange)},
			},
			"start": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "When it begins to count (RFC 3339), such as `2026-12-01T08:00:00Z`; to the millisecond.",
				Validators:          []validator.String{IsInstant{}},
			},
		},
	}
}

// Sent is the window as the API takes it.
func (m *TemporaryModel) Sent() (length *string, start *time.Time) {
	if m == nil {
		return nil, nil
	}
	instant, _ := ParseInstant(m.Start.ValueString())
	return new(FormatDuration(m.Range.Seconds())), &instant
}

// Same tells whether two windows are, however they are written.
func (m *TemporaryModel) Same(other *TemporaryModel) bool {
	if m == nil || other == nil {
		return m == other
	}
	return m.Range.Seconds() == other.Range.Seconds() && sameInstant(m.Start.ValueString(), other.Start.ValueString())
}

// ReadTemporary takes over a window that the API answers; what means the prior keeps its spelling.
func ReadTemporary(length *string, start *time.Time, prior *TemporaryModel) *TemporaryModel {
	if length == nil || start == nil {
		return nil
	}
	read := &TemporaryModel{Range: NewDurationText(*length), Start: types.StringValue(start.UTC().Format(time.RFC3339Nano))}
	if seconds, ok := rangeSeconds(*length); ok {
		read.Range = NewDuration(seconds)
	}
	if read.Same(prior) {
		return prior
	}
	return read
}

// rangeForm is what servers take for a range, in units of which some are no duration's here.
var (
	rangeForm  = regexp.MustCompile(`^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w|y)$`)
	rangeUnits = map[string]float64{"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365.25 * 86400}
)

// rangeSeconds are whole ones, or it is not ok.
func rangeSeconds(text string) (seconds int64, ok bool) {
	match := rangeForm.FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	number, err := strconv.ParseFloat(match[1], 64)
	exact := number * rangeUnits[match[2]]
	return int64(exact), err == nil && exact == math.Trunc(exact) && exact <= float64(maxDuration)
}

// ParseInstant reads a time as servers keep it, to the millisecond.
func ParseInstant(text string) (time.Time, error) {
	instant, err := time.Parse(time.RFC3339, text)
	return instant.UTC().Truncate(time.Millisecond), err
}

func sameInstant(a, b string) bool {
	x, errX := ParseInstant(a)
	y, errY := ParseInstant(b)
	return errX == nil && errY == nil && x.Equal(y)
}

// IsInstant accepts times of RFC 3339.
type IsInstant struct{}

func (IsInstant) Description(context.Context) string { return "a time of RFC 3339" }

func (v IsInstant) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (IsInstant) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := ParseInstant(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid time", strconv.Quote(req.ConfigValue.ValueString())+
			" is not a time of RFC 3339. Write it with its zone, as \"2026-12-01T08:00:00Z\" or \"2026-12-01T09:00:00+01:00\".")
	}
}

// keepWindowSpelling plans the state's spelling of the same window.
type keepWindowSpelling struct{}

func (keepWindowSpelling) Description(context.Context) string {
	return "Another spelling of the same window is no change."
}

func (m keepWindowSpelling) MarkdownDescription(ctx context.Context) string {
	return m.Description(ctx)
}

func (keepWindowSpelling) PlanModifyObject(ctx context.Context, req planmodifier.ObjectRequest, resp *planmodifier.ObjectResponse) {
	var before, after *TemporaryModel
	if req.StateValue.As(ctx, &before, basetypes.ObjectAsOptions{}).HasError() ||
		req.PlanValue.As(ctx, &after, basetypes.ObjectAsOptions{}).HasError() {
		return // what is not known yet is spelt as it is
	}
	if before != nil && after.Same(before) {
		resp.PlanValue = req.StateValue
	}
}
