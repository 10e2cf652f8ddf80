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

// longestRange is in seconds: 100 years.
const longestRange = 36500 * 86400

// TemporaryModel is the window in which a role or a privilege is in effect; nil is permanent.
type TemporaryModel struct {
	Range Duration     `tfsdk:"range"`
	Start types.String `tfsdk:"start"`
}

// Temporary returns the optional attribute of a TemporaryModel.
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
				Validators:          []validator.String{Instant()},
			},
		},
	}
}

// Request returns the window as the fields of a request; nil for a permanent one.
func (m *TemporaryModel) Request() (length *string, start *time.Time) {
	if m == nil {
		return nil, nil
	}
	instant, _ := ParseInstant(m.Start.ValueString())
	return new(FormatDuration(m.Range.Seconds())), &instant
}

// Equal reports whether two windows have the same length and the same start, to the millisecond.
func (m *TemporaryModel) Equal(other *TemporaryModel) bool {
	if m == nil || other == nil {
		return m == other
	}
	return m.Range.Seconds() == other.Range.Seconds() && sameInstant(m.Start.ValueString(), other.Start.ValueString())
}

// ReadTemporary returns the window of a response. A window equal to the prior one keeps its spelling.
func ReadTemporary(length *string, start *time.Time, prior *TemporaryModel) *TemporaryModel {
	if length == nil || start == nil {
		return nil
	}
	read := &TemporaryModel{Range: NewDurationText(*length), Start: types.StringValue(start.UTC().Format(time.RFC3339Nano))}
	if seconds, ok := rangeSeconds(*length); ok {
		read.Range = NewDuration(seconds)
	}
	if read.Equal(prior) {
		return prior
	}
	return read
}

// rangeForm matches the ranges of servers. Some of their units are not units of Duration.
var (
	rangeForm  = regexp.MustCompile(`^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w|y)$`)
	rangeUnits = map[string]float64{"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365.25 * 86400}
)

// rangeSeconds returns the seconds of a range; not ok if they are not whole.
func rangeSeconds(text string) (seconds int64, ok bool) {
	match := rangeForm.FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	number, err := strconv.ParseFloat(match[1], 64)
	exact := number * rangeUnits[match[2]]
	return int64(exact), err == nil && exact == math.Trunc(exact) && exact <= float64(maxDuration)
}

// ParseInstant parses an RFC 3339 time to the millisecond, the precision of servers. The RFC3339 type of
// framework-timetypes does not fit: it compares seconds, and only within one zone.
func ParseInstant(text string) (time.Time, error) {
	instant, err := time.Parse(time.RFC3339, text)
	return instant.UTC().Truncate(time.Millisecond), err
}

func sameInstant(a, b string) bool {
	x, errX := ParseInstant(a)
	y, errY := ParseInstant(b)
	return errX == nil && errY == nil && x.Equal(y)
}

// Instant accepts RFC 3339 times.
func Instant() validator.String { return instantValidator{} }

type instantValidator struct{}

func (instantValidator) Description(context.Context) string { return "an RFC 3339 time" }

func (v instantValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (instantValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := ParseInstant(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid time", strconv.Quote(req.ConfigValue.ValueString())+
			" is not an RFC 3339 time. Include the zone, such as \"2026-12-01T08:00:00Z\" or \"2026-12-01T09:00:00+01:00\".")
	}
}

// keepWindowSpelling plans the spelling of the state if the window is the same.
type keepWindowSpelling struct{}

func (keepWindowSpelling) Description(context.Context) string {
	return "A different spelling of the same window is not a change."
}

func (m keepWindowSpelling) MarkdownDescription(ctx context.Context) string {
	return m.Description(ctx)
}

func (keepWindowSpelling) PlanModifyObject(ctx context.Context, req planmodifier.ObjectRequest, resp *planmodifier.ObjectResponse) {
	var before, after *TemporaryModel
	if req.StateValue.As(ctx, &before, basetypes.ObjectAsOptions{}).HasError() ||
		req.PlanValue.As(ctx, &after, basetypes.ObjectAsOptions{}).HasError() {
		return // a value is unknown
	}
	if before != nil && after.Equal(before) {
		resp.PlanValue = req.StateValue
	}
}
