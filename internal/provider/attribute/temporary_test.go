// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"testing"
	"time"

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

// TestTemporaryKeepsItsSpelling as long as it means what it meant.
func TestTemporaryKeepsItsSpelling(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 0, 0, 500_000_000, time.UTC)
	window := func(length, start string) *TemporaryModel {
		return &TemporaryModel{NewDurationText(length), types.StringValue(start)}
	}
	for name, tc := range map[string]struct {
		length      string
		prior, want *TemporaryModel
	}{
		"imported":        {"2w", nil, window("14d", "2026-12-01T08:00:00.5Z")},
		"the same":        {"60m", window("1h", "2026-12-01T09:00:00.5000001+01:00"), window("1h", "2026-12-01T09:00:00.5000001+01:00")},
		"another range":   {"2h", window("1h", "2026-12-01T08:00:00.5Z"), window("2h", "2026-12-01T08:00:00.5Z")},
		"another start":   {"1h", window("1h", "2026-12-01T08:00:00Z"), window("1h", "2026-12-01T08:00:00.5Z")},
		"no whole second": {"500ms", nil, window("500ms", "2026-12-01T08:00:00.5Z")},
	} {
		if got := ReadTemporary(&tc.length, &at, tc.prior); *got != *tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := ReadTemporary(nil, nil, window("1h", "2026-12-01T08:00:00Z")); got != nil {
		t.Errorf("what is for ever reads %v", got)
	}
}
