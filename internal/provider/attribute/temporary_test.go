// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestRangeSeconds(t *testing.T) {
	for text, want := range map[string]int64{"1h": 3600, "2 d": 172800, "1w": 604800, "1y": 31557600, "1.5h": 5400, "90s": 90, "5000ms": 5} {
		if got, ok := rangeSeconds(text); !ok || got != want {
			t.Errorf("%s: %d, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "1", "h", "1h30m", "500ms", "-1h", "1 month", "99999999999999y"} {
		if got, ok := rangeSeconds(text); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

func newWindow(duration, start string) *TemporaryModel {
	return &TemporaryModel{Duration: types.StringValue(duration), Start: types.StringValue(start)}
}

// TestTemporaryKeepsItsSpelling checks that a read keeps the spelling of the prior window if it is the same.
func TestTemporaryKeepsItsSpelling(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 0, 0, 500_000_000, time.UTC)
	for name, tc := range map[string]struct {
		length      string
		prior, want *TemporaryModel
	}{
		"imported":         {"2w", nil, newWindow("14d", "2026-12-01T08:00:00.5Z")},
		"the same":         {"60m", newWindow("1h", "2026-12-01T09:00:00.5000001+01:00"), newWindow("1h", "2026-12-01T09:00:00.5000001+01:00")},
		"another duration": {"2h", newWindow("1h", "2026-12-01T08:00:00.5Z"), newWindow("2h", "2026-12-01T08:00:00.5Z")},
		"another start":    {"1h", newWindow("1h", "2026-12-01T08:00:00Z"), newWindow("1h", "2026-12-01T08:00:00.5Z")},
		"no whole second":  {"500ms", nil, newWindow("500ms", "2026-12-01T08:00:00.5Z")},
	} {
		if got := ReadTemporary(&tc.length, &at, tc.prior); *got != *tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := ReadTemporary(nil, nil, newWindow("1h", "2026-12-01T08:00:00Z")); got != nil {
		t.Errorf("a permanent role reads %v", got)
	}
}

func TestEqualWindows(t *testing.T) {
	const start = "2026-12-01T08:00:00Z"
	unknown := &TemporaryModel{Duration: types.StringUnknown(), Start: types.StringValue(start)}
	for name, tc := range map[string]struct {
		a, b *TemporaryModel
		want bool
	}{
		"other spellings":          {newWindow("60m", start), newWindow("1h", "2026-12-01T09:00:00+01:00"), true},
		"unknown and foreign unit": {unknown, newWindow("500ms", start), false},
		"foreign units":            {newWindow("400ms", start), newWindow("500ms", start), false},
		"permanent":                {nil, newWindow("1h", start), false},
		"both permanent":           {nil, nil, true},
	} {
		if got := tc.a.Equal(tc.b); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestCompleteWindow(t *testing.T) {
	text := func(s string) attr.Value { return types.StringValue(s) }
	for name, tc := range map[string]struct {
		start, duration attr.Value
		want            string
	}{
		"complete":          {text("2026-12-01T08:00:00Z"), text("8h"), ""},
		"empty":             {types.StringNull(), types.StringNull(), "Missing start, Missing duration"},
		"no start":          {types.StringNull(), text("8h"), "Missing start"},
		"no duration":       {text("2026-12-01T08:00:00Z"), types.StringNull(), "Missing duration"},
		"unknown":           {types.StringUnknown(), types.StringUnknown(), ""},
		"no duration text":  {text("2026-12-01T08:00:00Z"), text("soon"), "Invalid duration"},
		"zero":              {text("2026-12-01T08:00:00Z"), text("0s"), "Duration out of bounds"},
		"too long":          {text("2026-12-01T08:00:00Z"), text("36501d"), "Duration out of bounds"},
		"the last moment":   {text("9999-12-31T00:00:00Z"), text("23h"), ""},
		"after 9999":        {text("9999-12-31T00:00:00Z"), text("1d"), "Window ends after the year 9999"},
		"in another zone":   {text("9999-12-31T23:59:59-02:00"), text("1s"), "Window ends after the year 9999"},
		"unknown duration":  {text("9999-12-31T00:00:00Z"), types.StringUnknown(), ""},
		"100 years, no end": {text("9950-01-01T00:00:00Z"), text("36500d"), "Window ends after the year 9999"},
	} {
		object := types.ObjectValueMust(map[string]attr.Type{"start": types.StringType, "duration": types.StringType}, map[string]attr.Value{"start": tc.start, "duration": tc.duration})
		var resp validator.ObjectResponse
		completeWindow{}.ValidateObject(t.Context(), validator.ObjectRequest{Path: path.Root("temporary"), ConfigValue: object}, &resp)
		var got []string
		for _, d := range resp.Diagnostics {
			got = append(got, d.Summary())
		}
		if strings.Join(got, ", ") != tc.want {
			t.Errorf("%s: %v", name, resp.Diagnostics)
		}
	}
}

func TestWarnEnded(t *testing.T) {
	now := time.Date(2026, 12, 4, 8, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		window *TemporaryModel
		want   string
	}{
		"ended":     {newWindow("8h", "2026-12-01T00:00:00Z"), "The window of the role admin began at 2026-12-01T00:00:00Z, lasted 8h and ended 3 days ago."},
		"just now":  {newWindow("1h", "2026-12-04T06:59:59Z"), "ended 1 second ago"},
		"an hour":   {newWindow("1h", "2026-12-04T05:30:00Z"), "ended 1 hour ago"},
		"in effect": {newWindow("1h", "2026-12-04T07:30:00Z"), ""},
		"later":     {newWindow("1h", "2027-12-04T07:30:00Z"), ""},
		"permanent": {nil, ""},
		"unknown":   {&TemporaryModel{Start: types.StringUnknown(), Duration: types.StringUnknown()}, ""},
	} {
		var diags diag.Diagnostics
		tc.window.WarnEnded("The window of the role admin", path.Root("temporary"), now, &diags)
		switch {
		case (tc.want == "") != (len(diags) == 0):
			t.Errorf("%s: %v", name, diags)
		case tc.want != "" && (diags.HasError() || !strings.Contains(diags[0].Detail(), tc.want)):
			t.Errorf("%s: %v", name, diags)
		}
	}
}
