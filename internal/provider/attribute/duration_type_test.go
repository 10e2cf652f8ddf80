// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestDurationMeansSeconds(t *testing.T) {
	for text, want := range map[string]int64{
		"0":                    0,
		"0s":                   0,
		"90":                   90,
		"90s":                  90,
		"5m":                   300,
		"12h":                  43200,
		"30d":                  2592000,
		"1h30m":                5400,
		"1d2h3m4s":             93784,
		"1d1s":                 86401,
		"007s":                 7,
		"90m":                  5400,
		"9223372036s":          9223372036,
		"9223372036":           9223372036,
		"106751d23h47m16s":     9223372036,
		"00000000000000000001": 1,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
		if got := NewDurationText(text).Seconds(); got != want {
			t.Errorf("%q: Seconds is %d, want %d", text, got, want)
		}
	}
}

func TestDurationRefusal(t *testing.T) {
	for text, want := range map[string]string{
		"":                      `must not be empty`,
		" ":                     `has a space`,
		"1h 30m":                `has a space; write "1h30m"`,
		"5m\n":                  `has a space; write "5m"`,
		"-5m":                   `has a sign`,
		"+5m":                   `has a sign`,
		"1.5h":                  `has a fraction`,
		"1,5h":                  `has a fraction`,
		"5":                     "",
		"2w":                    `has "w", which is not a unit; write whole numbers with the units d, h, m and s`,
		"100ms":                 `has "ms", which is not a unit`,
		"5M":                    `has "M", which is not a unit`,
		"5min":                  `has "min", which is not a unit; write "5m"`,
		"m":                     `has no number before "m"; write for example "1d"`,
		"1hm":                   `has "hm", which is not a unit`,
		"1h30":                  `ends in a number without a unit; add d, h, m or s to the 30`,
		"30m1h":                 `has h after m; write the larger unit first`,
		"1s1d":                  `has d after s; write the larger unit first`,
		"1h1h":                  `has the unit h twice; add the two up`,
		"٣d":                    `has no number before`,
		"ten days":              `has a space; write whole numbers`,
		"8 hours":               `has a space; write "8h"`,
		"8hours":                `has "hours", which is not a unit; write "8h"`,
		"1 Day, 2 hrs and 5 s":  `has a space; write "1d2h5s"`,
		"9223372037":            `is longer than 106751d`,
		"106752d":               `is longer than 106751d`,
		"106751d23h47m17s":      `is longer than 106751d`,
		"99999999999999999999d": `is longer than 106751d`,
		"9223372036s1":          `ends in a number without a unit`,
	} {
		var resp xattr.ValidateAttributeResponse
		NewDurationText(text).ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("ttl")}, &resp)
		wantError(t, text, resp.Diagnostics, want)
	}
	for _, unset := range []Duration{NewDurationNull(), NewDurationUnknown()} {
		var resp xattr.ValidateAttributeResponse
		unset.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{}, &resp)
		if resp.Diagnostics.HasError() || unset.Seconds() != 0 {
			t.Errorf("%s: %v, %d seconds", unset, resp.Diagnostics, unset.Seconds())
		}
	}
}

// wantError wants one error with the text at the attribute ttl, or none where want is empty.
func wantError(t *testing.T, about string, diags diag.Diagnostics, want string) {
	t.Helper()
	switch {
	case want == "" && diags.HasError():
		t.Errorf("%q: refused with %v", about, diags)
	case want == "":
	case diags.ErrorsCount() != 1:
		t.Errorf("%q: %d errors, want one with %q", about, diags.ErrorsCount(), want)
	case !strings.Contains(diags[0].Detail(), want):
		t.Errorf("%q: refused with %q, want %q", about, diags[0].Detail(), want)
	case !diags[0].(diag.DiagnosticWithPath).Path().Equal(path.Root("ttl")):
		t.Errorf("%q: refused at %s", about, diags[0].(diag.DiagnosticWithPath).Path())
	}
}

func TestDurationIsWrittenInItsLargestUnit(t *testing.T) {
	for seconds, want := range map[int64]string{
		0: "0s", 1: "1s", 45: "45s", 60: "1m", 5400: "90m", 3600: "1h", 86400: "1d", 90000: "25h", 2592000: "30d", 315360000: "3650d",
	} {
		if got := NewDuration(seconds).ValueString(); got != want {
			t.Errorf("%d seconds: got %s, want %s", seconds, got, want)
		}
	}
}

func TestDurationRoundTrip(t *testing.T) {
	for range 10000 {
		seconds := rand.Int64N(maxDuration + 1)
		for _, unit := range durationUnits { // make the larger units as likely as the small ones
			if rand.IntN(2) == 0 {
				seconds -= seconds % unit.seconds
			}
		}
		for _, text := range []string{FormatDuration(seconds), strconv.FormatInt(seconds, 10), spelledOut(seconds)} {
			if got, err := ParseDuration(text); err != nil || got != seconds {
				t.Fatalf("%d is written %q and read as %d, %v", seconds, text, got, err)
			}
		}
	}
}

// spelledOut writes every unit that is not zero.
func spelledOut(seconds int64) string {
	if seconds == 0 {
		return "0s"
	}
	var text strings.Builder
	for _, unit := range durationUnits {
		if count := seconds / unit.seconds; count > 0 {
			text.WriteString(strconv.FormatInt(count, 10) + unit.letter)
		}
		seconds %= unit.seconds
	}
	return text.String()
}

func FuzzDuration(f *testing.F) {
	for _, text := range []string{"", "30d", "1h30m", "90", "-1s", "1.5h", "1h1h", "m", "9223372036854775807d", "٣d", "\xffs"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seconds, err := ParseDuration(text)
		if err != nil {
			return
		}
		if seconds < 0 || seconds > maxDuration {
			t.Fatalf("%q means %d seconds, out of bounds", text, seconds)
		}
		if again := NewDuration(seconds); !sameDuration(text, again.ValueString()) {
			t.Fatalf("%q means %d seconds, which is written %s", text, seconds, again)
		}
	})
}

func TestDurationSemanticEquality(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"720h", "30d", true},
		{"5400", "1h30m", true},
		{"30d", "30d", true},
		{"0", "0s", true},
		{"30d", "31d", false},
		{"soon", "soon", false},
		{"soon", "0s", false},
	} {
		got, diags := NewDurationText(c.a).StringSemanticEquals(t.Context(), NewDurationText(c.b))
		if got != c.want || diags.HasError() {
			t.Errorf("%s and %s: %t, %v", c.a, c.b, got, diags)
		}
	}
	if NewDurationText("720h").Equal(NewDurationText("30d")) {
		t.Error("different spellings are equal as values; the framework then drops the new one everywhere")
	}
}

func TestDurationTypeKeepsValues(t *testing.T) {
	ctx := t.Context()
	for _, want := range []Duration{NewDurationText("1h30m"), NewDurationText("nonsense"), NewDurationNull(), NewDurationUnknown()} {
		wire, err := want.ToTerraformValue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DurationType{}.ValueFromTerraform(ctx, wire)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s came back as %s, %v", want, got, err)
		}
		text, _ := want.ToStringValue(ctx)
		valuable, _ := DurationType{}.ValueFromString(ctx, text)
		if !valuable.Equal(want) {
			t.Errorf("%s came back as %s", want, valuable)
		}
		if !want.Type(ctx).Equal(DurationType{}) || want.Type(ctx).Equal(basetypes.StringType{}) {
			t.Errorf("%s has the type %s", want, want.Type(ctx))
		}
	}
	if _, err := (DurationType{}).ValueFromTerraform(ctx, tftypes.NewValue(tftypes.Bool, true)); err == nil {
		t.Error("a bool was read as a duration")
	}
}

func TestKeepDurationSpelling(t *testing.T) {
	for name, c := range map[string]struct{ plan, state, want types.String }{
		"another spelling keeps the state's": {types.StringValue("30d"), types.StringValue("720h"), types.StringValue("720h")},
		"another duration is planned":        {types.StringValue("31d"), types.StringValue("720h"), types.StringValue("31d")},
		"a first value is planned":           {types.StringValue("30d"), types.StringNull(), types.StringValue("30d")},
		"null is planned":                    {types.StringNull(), types.StringValue("0s"), types.StringNull()},
		"unknown stays unknown":              {types.StringUnknown(), types.StringValue("0s"), types.StringUnknown()},
	} {
		resp := planmodifier.StringResponse{PlanValue: c.plan}
		KeepDurationSpelling().PlanModifyString(t.Context(), planmodifier.StringRequest{PlanValue: c.plan, StateValue: c.state}, &resp)
		if !resp.PlanValue.Equal(c.want) {
			t.Errorf("%s: planned %s, want %s", name, resp.PlanValue, c.want)
		}
	}
}

func TestDurationBetween(t *testing.T) {
	for text, want := range map[string]string{
		"30s":   "",
		"1m":    "",
		"1d":    "",
		"86400": "",
		"29s":   `"29s" is shorter than attribute ttl allows. Write a duration from 30s to 1d.`,
		"25h":   `"25h" is longer than attribute ttl allows. Write a duration from 30s to 1d.`,
		"soon":  "", // the type refuses it
	} {
		var resp validator.StringResponse
		DurationBetween(30, 86400).ValidateString(t.Context(), validator.StringRequest{Path: path.Root("ttl"), ConfigValue: types.StringValue(text)}, &resp)
		wantError(t, text, resp.Diagnostics, want)
	}
	var resp validator.StringResponse
	DurationBetween(math.MaxInt64, math.MaxInt64).ValidateString(t.Context(), validator.StringRequest{ConfigValue: types.StringUnknown()}, &resp)
	wantError(t, "unknown", resp.Diagnostics, "")
}

func TestDurationDefault(t *testing.T) {
	var resp defaults.StringResponse
	DurationDefault("30d").DefaultString(t.Context(), defaults.StringRequest{}, &resp)
	if resp.PlanValue.ValueString() != "30d" {
		t.Errorf("planned %s", resp.PlanValue)
	}
	defer func() {
		if recover() == nil {
			t.Error("a default that is no duration passed")
		}
	}()
	DurationDefault("a month")
}
