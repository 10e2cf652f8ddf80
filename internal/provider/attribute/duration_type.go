// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// OptionalDuration returns an optional duration with a default and bounds in seconds. The modifiers run
// after KeepDurationSpelling.
func OptionalDuration(standard string, shortest, longest int64, description string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		CustomType: DurationType{},
		Optional:   true,
		Computed:   true,
		Default:    DurationDefault(standard),
		MarkdownDescription: description + " A duration such as `15m` or `1h30m`, or a number of seconds; from `" +
			FormatDuration(shortest) + "` to `" + FormatDuration(longest) + "`. Default: `" + standard + "`.",
		Validators:    []validator.String{DurationBetween(shortest, longest)},
		PlanModifiers: append([]planmodifier.String{KeepDurationSpelling()}, modifiers...),
	}
}

// UnlimitedDuration returns an optional duration without a default: null is no limit. The modifiers run
// after KeepDurationSpelling.
func UnlimitedDuration(longest int64, description string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		CustomType: DurationType{},
		Optional:   true,
		MarkdownDescription: description + " A duration such as `15m` or `1h30m`, or a number of seconds; from `1s` to `" +
			FormatDuration(longest) + "`.",
		Validators:    []validator.String{durationBetween{shortest: 1, longest: longest, hint: " Leave it out for no limit."}},
		PlanModifiers: append([]planmodifier.String{KeepDurationSpelling()}, modifiers...),
	}
}

var (
	_ basetypes.StringTypable                    = DurationType{}
	_ basetypes.StringValuableWithSemanticEquals = Duration{}
	_ xattr.ValidateableAttribute                = Duration{}
)

// maxDuration is the longest duration in seconds, as a time.Duration can hold it.
const maxDuration = int64(math.MaxInt64 / time.Second)

// durationUnits are in the order that a duration has them.
var durationUnits = []struct {
	letter  string
	seconds int64
}{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}

// DurationType is the type of an attribute that holds a duration: "30d", "12h", "1h30m", "90s", or a number
// of seconds without a unit.
type DurationType struct {
	basetypes.StringType
}

// Equal reports whether other is a DurationType.
func (DurationType) Equal(other attr.Type) bool {
	_, same := other.(DurationType)
	return same
}

// String returns the name of the type for messages of the framework.
func (DurationType) String() string { return "attribute.DurationType" }

// ValueType returns the zero Duration.
func (DurationType) ValueType(context.Context) attr.Value { return Duration{} }

// ValueFromString wraps the text without checking it; ValidateAttribute does.
func (DurationType) ValueFromString(_ context.Context, text basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return Duration{text}, nil
}

// ValueFromTerraform decodes the value from the protocol.
func (t DurationType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, isText := value.(basetypes.StringValue)
	if !isText {
		return nil, fmt.Errorf("cannot decode a duration from %T", value)
	}
	return Duration{text}, nil
}

// Duration is a string for a number of seconds, 0 to 9223372036 (292 years). Durations are equal if their
// strings are, and semantically equal if they have the same number of seconds.
type Duration struct {
	basetypes.StringValue
}

// NewDuration returns the seconds in the largest unit that divides them: "30d", "90m", "45s", "0s".
func NewDuration(seconds int64) Duration {
	return Duration{basetypes.NewStringValue(FormatDuration(seconds))}
}

// NewLimitDuration returns NewDuration of the seconds, null for 0, which is no limit.
func NewLimitDuration(seconds int64) Duration {
	if seconds == 0 {
		return NewDurationNull()
	}
	return NewDuration(seconds)
}

// NewDurationPointer returns NewDuration of the seconds, null for nil.
func NewDurationPointer(seconds *int64) Duration {
	if seconds == nil {
		return NewDurationNull()
	}
	return NewDuration(*seconds)
}

// NewDurationText returns the duration as it is written.
func NewDurationText(text string) Duration { return Duration{basetypes.NewStringValue(text)} }

// NewDurationNull returns the null duration.
func NewDurationNull() Duration { return Duration{basetypes.NewStringNull()} }

// NewDurationUnknown returns the unknown duration.
func NewDurationUnknown() Duration { return Duration{basetypes.NewStringUnknown()} }

// Type returns DurationType.
func (Duration) Type(context.Context) attr.Type { return DurationType{} }

// Equal compares the strings.
func (d Duration) Equal(other attr.Value) bool {
	o, same := other.(Duration)
	return same && d.StringValue.Equal(o.StringValue)
}

// Seconds returns the number of seconds; 0 if the duration is null, unknown or invalid.
func (d Duration) Seconds() int64 {
	seconds, err := ParseDuration(d.ValueString())
	if err != nil {
		return 0
	}
	return seconds
}

// StringSemanticEquals compares the seconds, so that a read keeps the spelling of the configuration.
func (d Duration) StringSemanticEquals(ctx context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	text, diags := other.ToStringValue(ctx)
	return sameDuration(d.ValueString(), text.ValueString()), diags
}

// ValidateAttribute rejects an invalid duration.
func (d Duration) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if d.IsNull() || d.IsUnknown() {
		return
	}
	if _, err := ParseDuration(d.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration", "Attribute "+PathName(req.Path)+": "+err.Error()+".")
	}
}

// ParseDuration parses whole numbers with the units d, h, m and s, each at most once and from large to
// small, or a number of seconds without a unit. The error says how to fix the text.
func ParseDuration(text string) (int64, error) {
	if err := oddDuration(text); err != nil {
		return 0, err
	}
	rest, total, next := text, int64(0), 0
	for rest != "" {
		var number, letters string
		number, rest = splitRun(rest, isDigit)
		letters, rest = splitRun(rest, func(r rune) bool { return !isDigit(r) })
		switch {
		case number == "":
			return 0, fmt.Errorf("%q has no number before %q; write for example \"1%s\"", text, letters, durationUnits[next].letter)
		case letters == "" && number != text:
			return 0, fmt.Errorf("%q ends in a number without a unit; add d, h, m or s to the %s", text, number)
		case letters == "":
			letters = "s"
		}
		unit, err := unitAt(text, letters, next)
		if err != nil {
			return 0, err
		}
		next = unit + 1
		size := durationUnits[unit].seconds
		count, err := strconv.ParseInt(number, 10, 64)
		if err != nil || count > (maxDuration-total)/size {
			return 0, fmt.Errorf("%q is longer than %dd, the longest duration there is; write a shorter one", text, maxDuration/durationUnits[0].seconds)
		}
		total += count * size
	}
	return total, nil
}

// oddDuration rejects empty text, spaces, signs and fractions.
func oddDuration(text string) error {
	switch {
	case text == "":
		return errors.New(`a duration must not be empty; write for example "30d", "12h", "1h30m", "90s", or leave the attribute out`)
	case strings.ContainsAny(text, " \t\r\n"):
		return fmt.Errorf("%q has a space; write %s", text, shortUnits(text))
	case strings.ContainsAny(text, "+-"):
		return fmt.Errorf("%q has a sign; a duration is zero or more, written without one", text)
	case strings.ContainsAny(text, ".,"):
		return fmt.Errorf("%q has a fraction; write whole numbers, with a smaller unit where needed: \"1h30m\", not \"1.5h\"", text)
	}
	return nil
}

// unitAt returns the index of the unit, which must be next or later.
func unitAt(text, letters string, next int) (int, error) {
	for i, unit := range durationUnits {
		switch {
		case unit.letter != letters:
		case i == next-1:
			return 0, fmt.Errorf("%q has the unit %s twice; add the two up", text, letters)
		case i < next:
			return 0, fmt.Errorf("%q has %s after %s; write the larger unit first", text, letters, durationUnits[next-1].letter)
		default:
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q has %q, which is not a unit; write %s", text, letters, shortUnits(text))
}

var (
	longUnit     = regexp.MustCompile(`(?i)(days?|hours?|hrs?|minutes?|mins?|seconds?|secs?)(?:,?\s*(?:and)?)`)
	shortForm    = regexp.MustCompile(`^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$`)
	durationForm = `whole numbers with the units d, h, m and s, such as "1h30m"`
)

// shortUnits returns a duration with the units as letters and without spaces, in quotes: "1h30m" for "1 hour and
// 30 minutes". If that is no duration, it returns the form of one.
func shortUnits(text string) string {
	short := longUnit.ReplaceAllStringFunc(text, func(unit string) string { return strings.ToLower(unit[:1]) })
	short = strings.Join(strings.Fields(short), "")
	if short == "" || !shortForm.MatchString(short) {
		return durationForm
	}
	return strconv.Quote(short)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// splitRun splits text after its longest prefix of runes that belong.
func splitRun(text string, belongs func(rune) bool) (run, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return !belongs(r) })
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}

// FormatDuration returns the seconds in the largest unit that divides them.
func FormatDuration(seconds int64) string {
	if seconds == 0 {
		return "0s"
	}
	for _, unit := range durationUnits {
		if seconds%unit.seconds == 0 {
			return strconv.FormatInt(seconds/unit.seconds, 10) + unit.letter
		}
	}
	return "" // not reached: every number is divisible by one second
}

func sameDuration(a, b string) bool {
	x, errX := ParseDuration(a)
	y, errY := ParseDuration(b)
	return errX == nil && errY == nil && x == y
}

// DurationDefault returns the default of a duration. It panics if the text is invalid.
func DurationDefault(text string) defaults.String {
	if _, err := ParseDuration(text); err != nil {
		panic(err)
	}
	return stringdefault.StaticString(text)
}

// KeepDurationSpelling plans the spelling of the state if the number of seconds is the same: the framework
// checks semantic equality after a read and an apply, not in a plan. It must precede RequiresReplace.
func KeepDurationSpelling() planmodifier.String { return keepDurationSpelling{} }

type keepDurationSpelling struct{}

func (keepDurationSpelling) Description(context.Context) string {
	return "A different spelling of the same duration is not a change."
}

func (m keepDurationSpelling) MarkdownDescription(ctx context.Context) string {
	return m.Description(ctx)
}

func (keepDurationSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if sameDuration(req.PlanValue.ValueString(), req.StateValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// DurationBetween rejects durations outside the bounds, which are inclusive, in seconds.
func DurationBetween(shortest, longest int64) validator.String {
	return durationBetween{shortest: shortest, longest: longest}
}

type durationBetween struct {
	shortest, longest int64
	hint              string // follows the message for a duration that is too short
}

func (v durationBetween) Description(context.Context) string {
	return fmt.Sprintf("from %s to %s", FormatDuration(v.shortest), FormatDuration(v.longest))
}

func (v durationBetween) MarkdownDescription(context.Context) string {
	return fmt.Sprintf("from `%s` to `%s`", FormatDuration(v.shortest), FormatDuration(v.longest))
}

func (v durationBetween) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	seconds, err := ParseDuration(text)
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || err != nil {
		return // ValidateAttribute reports an invalid duration
	}
	var relation, hint string
	switch {
	case seconds < v.shortest:
		relation, hint = "shorter", v.hint
	case seconds > v.longest:
		relation = "longer"
	default:
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Duration out of bounds",
		fmt.Sprintf("%q is %s than attribute %s allows. Write a duration %s.", text, relation, PathName(req.Path), v.Description(ctx))+hint)
}

// PathName returns the attribute names of a path, without keys and elements.
func PathName(p path.Path) string {
	var names []string
	for _, step := range p.Steps() {
		if name, ok := step.(path.PathStepAttributeName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}
