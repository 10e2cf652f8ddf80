// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
)

// FuzzParse checks that accepted fault files have rules within their bounds.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"seed: 7\nfaults:\n  - {fault: status, status: 503, retry_after: 1}\n", "faults:\n  - {fault: latency, latency: 2s, rate: 0.1, skip: 1, count: 2}\n",
		"faults: [&a {fault: reset}, *a]\n", "a: &a [*a]\n", "faults: [{fault: html, rate: .nan}]\n", "", "\xff", "- 1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		plan, err := faults.Parse(data)
		if err != nil {
			return
		}
		for _, r := range plan.Rules {
			if r.Fault == faults.Status && (r.Status < 400 || r.Status > 599) || r.Latency < 0 || r.Rate != nil && !(*r.Rate > 0 && *r.Rate <= 1) || r.Skip < 0 || r.Count < 0 {
				t.Fatalf("accepted %+v", r)
			}
		}
	})
}
