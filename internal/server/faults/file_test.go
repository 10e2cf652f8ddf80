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

// TestParseErrors checks that errors name the line and the field.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "no faults",
		"seed: 1":                     "no faults",
		"faults: []":                  "no faults",
		"faults:\n  - fault: flood":   "line 2:",
		"faults:\n  - fault: flood\n": `got "flood"`,
		"faults:\n  - method: GET":    "fault must be one of",
		"faults:\n  - fault: reset\n    method: G":             "line 3:",
		"faults:\n  - fault: reset\n    colour: 1":             "line 3: field colour is not known",
		"faults:\n  - fault: reset\n    path: v1":              `path must be a template`,
		"faults:\n  - fault: status\n    status: 200":          "400 to 599",
		"faults:\n  - fault: status":                           "400 to 599",
		"faults:\n  - fault: reset\n    status: 500":           "with fault: status only",
		"faults:\n  - fault: reset\n    retry_after: 5":        "with fault: status only",
		"faults:\n  - fault: latency":                          "needs latency",
		"faults:\n  - fault: latency\n    latency: -1s":        "negative",
		"faults:\n  - fault: latency\n    latency: soon":       "line 3: cannot unmarshal !!str `soon` into a duration, such as 250ms or 2s",
		"faults:\n  - fault: reset\n    rate: 0":               "above 0",
		"faults:\n  - fault: reset\n    rate: 1.5":             "at most 1",
		"faults:\n  - fault: reset\n    rate: .nan":            "above 0",
		"faults:\n  - fault: reset\n    skip: -1":              "skip",
		"faults:\n  - fault: reset\n    count: -1":             "count",
		"faults:\n  - fault: reset\n    count: many":           "line 3:",
		"faults:\n  - fault: reset\n    fault: html":           "already defined",
		"faults:\n - fault: reset\n  - fault: html":            "line ",
		"faults:\n- fault: reset\n- &a\n  fault: status\n- *a": "line 3: status must be",
		"faults:\n- {fault: reset}\n- {path: v1}":              "line 3: fault must be one of",
		"nothing":                "into a file with seed and faults",
		"faults: {fault: reset}": "line 1:",
	} {
		if _, err := faults.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, which has no %q", text, err, want)
		}
	}
}
