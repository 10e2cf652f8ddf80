// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// longestWindow is in seconds: 100 years.
const longestWindow = 36500 * 86400

// TemporaryModel is the window in which a role, a privilege or an access is in effect; nil is permanent. Its
// duration is a plain string, since a set of blocks cannot hold a type with semantic equality: the framework
// pairs elements of a set with those of the state by index.
type TemporaryModel struct {
	Start    types.String `tfsdk:"start"`
	Duration types.String `tfsdk:"duration"`
}

// Temporary returns the optional block of a TemporaryModel. Both attributes are optional in the schema, since
// Terraform demands required ones of a single block even where the block is absent; a validator demands them.
func Temporary(description string) schema.SingleNestedBlock {
	return schema.SingleNestedBlock{
		MarkdownDescription: description,
		Validators:          []validator.Object{completeWindow{}},
		PlanModifiers:       []planmodifier.Object{keepWindowSpelling{}},
		Attributes: map[string]schema.Attribute{
			"start": schema.StringAttribute{
				Optional: true, Validators: []validator.String{Instant()},
				MarkdownDescription: "Required. Time at which the window begins (RFC 3339), such as `2026-12-01T08:00:00Z`, to the millisecond. For a window that begins now, use the resource `time_static` of the provider `hashicorp/time`. " +
					"Do not use `timestamp()`, which returns another time in every plan and so moves the window with every apply.",
			},
			"duration": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Required. Length of the window: a duration such as `8h` or `1h30m`, or a number of seconds; at most `36500d`. The window must end before the year 10000.",
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
	return new(FormatDuration(m.seconds())), &instant
}

// seconds returns the length of the window; 0 if it is null, unknown or invalid.
func (m *TemporaryModel) seconds() int64 {
	seconds, _ := ParseDuration(m.Duration.ValueString())
	return seconds
}

// end returns the time at which the window ends; not ok while a part is unknown or invalid.
func (m *TemporaryModel) end() (end time.Time, ok bool) {
	start, err := ParseInstant(m.Start.ValueString())
	return start.Add(time.Duration(m.seconds()) * time.Second), err == nil && m.seconds() > 0
}

// Equal reports whether two windows have the same length and the same start, to the millisecond.
func (m *TemporaryModel) Equal(other *TemporaryModel) bool {
	if m == nil || other == nil {
		return m == other
	}
	sameLength := m.seconds() > 0 && m.seconds() == other.seconds() || m.Duration.Equal(other.Duration)
	return sameLength && sameInstant(m.Start.ValueString(), other.Start.ValueString())
}

// ReadTemporary returns the window of a response. A window equal to the prior one keeps its spelling.
func ReadTemporary(length *string, start *time.Time, prior *TemporaryModel) *TemporaryModel {
	if length == nil || start == nil {
		return nil
	}
	read := &TemporaryModel{Duration: types.StringValue(*length), Start: types.StringValue(start.UTC().Format(time.RFC3339Nano))}
	if seconds, ok := rangeSeconds(*length); ok {
		read.Duration = types.StringValue(FormatDuration(seconds))
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

// completeWindow demands both attributes of a block that is present, and checks them.
type completeWindow struct{}

func (completeWindow) Description(context.Context) string {
	return "start and duration are required; the window must end before the year 10000"
}

func (v completeWindow) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (completeWindow) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	var window *TemporaryModel
	if req.ConfigValue.IsUnknown() || req.ConfigValue.As(ctx, &window, basetypes.ObjectAsOptions{}).HasError() || window == nil {
		return
	}
	missing := func(name, other string, value, otherValue types.String) {
		at := req.Path
		if !otherValue.IsNull() {
			at = at.AtName(other) // Terraform finds the line of an attribute, but not that of a block
		}
		if value.IsNull() {
			resp.Diagnostics.AddAttributeError(at, "Missing "+name,
				"The block temporary has no "+name+". Set start and duration, or remove the block if there is to be no end.")
		}
	}
	missing("start", "duration", window.Start, window.Duration)
	missing("duration", "start", window.Duration, window.Start)
	window.checkDuration(req.Path.AtName("duration"), &resp.Diagnostics)
	if end, ok := window.end(); ok && end.Year() > 9999 {
		resp.Diagnostics.AddAttributeError(req.Path.AtName("duration"), "Window ends after the year 9999",
			fmt.Sprintf("The window that begins at %s ends after the year 9999 with the duration %q. Write a shorter one.", window.Start.ValueString(), window.Duration.ValueString()))
	}
}

func (m *TemporaryModel) checkDuration(at path.Path, diags *diag.Diagnostics) {
	if m.Duration.IsNull() || m.Duration.IsUnknown() {
		return
	}
	seconds, err := ParseDuration(m.Duration.ValueString())
	switch {
	case err != nil:
		diags.AddAttributeError(at, "Invalid duration", "Attribute "+PathName(at)+": "+err.Error()+".")
	case seconds < 1 || seconds > longestWindow:
		diags.AddAttributeError(at, "Duration out of bounds",
			fmt.Sprintf("Attribute %s is %q. Write a duration from 1s to %s.", PathName(at), m.Duration.ValueString(), FormatDuration(longestWindow)))
	}
}

// WarnEnded adds a warning if the window ended before now. The text names it, such as "The window of the role
// admin".
func (m *TemporaryModel) WarnEnded(window string, at path.Path, now time.Time, diags *diag.Diagnostics) {
	if m == nil {
		return
	}
	if end, ok := m.end(); ok && end.Before(now) {
		diags.AddAttributeWarning(at, "Temporary window has ended",
			fmt.Sprintf("%s began at %s, lasted %s and ended %s ago. Remove it, or set a later start.",
				window, m.Start.ValueString(), m.Duration.ValueString(), age(now.Sub(end))))
	}
}

// age returns a duration in its largest unit, rounded down, such as "3 days".
func age(d time.Duration) string {
	seconds := max(1, int64(d/time.Second))
	for i, name := range []string{"day", "hour", "minute", "second"} {
		switch count := seconds / durationUnits[i].seconds; {
		case count == 1:
			return "1 " + name
		case count > 1:
			return strconv.FormatInt(count, 10) + " " + name + "s"
		}
	}
	return "" // not reached: there is at least one second
}

// keepWindowSpelling plans the spelling of the state if the window is the same, and warns of a window that
// has ended.
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
		return // the block is unknown
	}
	after.WarnEnded("The window", req.Path, time.Now(), &resp.Diagnostics)
	if before != nil && after.Equal(before) {
		resp.PlanValue = req.StateValue
	}
}
