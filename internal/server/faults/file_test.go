// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
)

func TestParse(t *testing.T) {
	got, err := faults.Parse([]byte(`
seed: 7
faults:
  - fault: latency
    latency: 1500ms
  - method: POST
    path: /v1/identities/{id}
    fault: status
    status: 503
    retry_after: 2
    rate: 0.5
    skip: 1
    count: 3
    done: true
`))
	half := 0.5
	want := faults.Plan{Seed: 7, Rules: []faults.Rule{
		{Fault: faults.Latency, Latency: 1500 * time.Millisecond},
		{Method: "POST", Path: "/v1/identities/{id}", Fault: faults.Status, Status: 503, RetryAfter: 2, Rate: &half, Skip: 1, Count: 3, Done: true},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Error(err, got)
	}
}

// TestParseRefuses names the line and the field.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "no faults",
		"seed: 1":                     "no faults",
		"faults: []":                  "no faults",
		"faults:\n  - fault: flood":   `[2:`,
		"faults:\n  - fault: flood\n": `it is "flood"`,
		"faults:\n  - method: GET":    "fault must be one of",
		"faults:\n  - fault: reset\n    method: G":       `[3:`,
		"faults:\n  - fault: reset\n    colour: 1":       `unknown field "colour"`,
		"faults:\n  - fault: reset\n    path: v1":        `path must be a template`,
		"faults:\n  - fault: status\n    status: 200":    "400 to 599",
		"faults:\n  - fault: status":                     "400 to 599",
		"faults:\n  - fault: reset\n    status: 500":     "goes with fault: status",
		"faults:\n  - fault: reset\n    retry_after: 5":  "goes with fault: status",
		"faults:\n  - fault: latency":                    "needs latency",
		"faults:\n  - fault: latency\n    latency: -1s":  "negative",
		"faults:\n  - fault: latency\n    latency: soon": "latency must be a duration such as 250ms or 2s; it is soon",
		"faults:\n  - fault: reset\n    rate: 0":         "above 0",
		"faults:\n  - fault: reset\n    rate: 1.5":       "at most 1",
		"faults:\n  - fault: reset\n    skip: -1":        "skip",
		"faults:\n  - fault: reset\n    count: -1":       "count",
		"faults:\n  - fault: reset\n    count: many":     "[3:",
		"faults:\n  - fault: reset\n    fault: html":     "already defined",
		"faults:\n - fault: reset\n  - fault: html":      "[3:",
		"faults: {fault: reset}":                         "[1:",
	} {
		if _, err := faults.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, which has no %q", text, err, want)
		}
	}
}
