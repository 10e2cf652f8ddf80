// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// BenchmarkTerraform measures the real CLI with the built provider: requests, with the login and what
// belongs to it, wall time, and the most memory of a provider's process, of an apply, of a plan without
// a change and of a destroy. Beside them stands the floor, the same with as many terraform_data in the
// same shape. BENCH_LARGE=1 adds the longest runs.
func BenchmarkTerraform(b *testing.B) {
	groups, identities := []int{10, 50}, []int{100, 500}
	if isLarge() {
		groups, identities = append(groups, 200), append(identities, 1000)
	}
	for range b.N {
		table := newTableOf("shape\tN\tlatency\tdrift\tapply\tplan\tdestroy\tapply\tplan\tdestroy\tmost\t", "\t\t\t\trequests\t\t\tseconds\t\t\tMB\t")
		for _, n := range groups {
			measureShape(b, table, "groups", n, groupsOf, dataGroupsOf(n))
		}
		for _, n := range identities {
			measureShape(b, table, "identities", n, identitiesOf, dataOf(n))
		}
		measureShape(b, table, "with metadata", 100, labelledOf, dataOf(100))
		if err := table.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTerraformBehindLimits measures a plan without a change where the server has the limits of
// newer ones, 60 reads and 200 writes a minute and route. BENCH_LARGE=1 adds a plan of 1,000 identities
// that reads them one by one for their metadata, which takes about 17 minutes.
func BenchmarkTerraformBehindLimits(b *testing.B) {
	for range b.N {
		table := newTableOf("shape\tN\tdrift\trequests\trefused\tseconds\tMB\t")
		for _, row := range []struct {
			shape  string
			n      int
			config func(h *installation, b *testing.B, n int) string
			drift  []string
		}{
			{"groups", 10, groupsOf, []string{"existence", "full"}},
			{"groups", 50, groupsOf, []string{"existence", "full"}},
			{"identities", 100, identitiesOf, []string{"existence", "full"}},
			{"identities", 1000, identitiesOf, []string{"existence", "full"}},
			{"with metadata", 100, labelledOf, []string{"existence", "full"}},
			{"with metadata", 1000, labelledOf, []string{"existence", "full"}},
		} {
			h := newInstallation(b)
			resources := row.config(h, b, row.n)
			h.write(b, "main.tf", h.benchProvider("full")+resources)
			h.timed(b, "apply", "-input=false", "-auto-approve")
			for _, drift := range row.drift {
				if row.n > 500 && row.shape == "with metadata" && drift == "full" && !isLarge() {
					continue
				}
				h.write(b, "main.tf", h.benchProvider(drift)+resources)
				behind := servertest.StartWith(b, servertest.Options{Database: h.Database, RateLimits: "default"})
				h.sendTo(b, behind.Host)
				var sent, refused atomic.Int64
				h.restart(func(*http.Request) { sent.Add(1) })
				h.countRefusals(func() { refused.Add(1) })
				took, peak := h.timed(b, "plan", "-input=false", "-detailed-exitcode")
				fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%d\t%.1f\t%.0f\t\n", row.shape, row.n, drift, sent.Load(), refused.Load(), took.Seconds(), peak)
			}
		}
		if err := table.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}

func isLarge() bool { return os.Getenv("BENCH_LARGE") != "" }

func newTableOf(headings ...string) *tabwriter.Writer {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table)
	for _, heading := range headings {
		fmt.Fprintln(table, heading)
	}
	return table
}

func measureShape(b *testing.B, table *tabwriter.Writer, shape string, n int, config func(h *installation, b *testing.B, n int) string, floor string) {
	b.Helper()
	h := newInstallation(b)
	h.write(b, "main.tf", floor)
	h.measure(b, table, shape, n, "floor", 0)
	resources := config(h, b, n)
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		for _, drift := range []string{"full", "existence"} {
			h.write(b, "main.tf", h.benchProvider(drift)+resources)
			h.measure(b, table, shape, n, drift, latency)
		}
	}
}

// measure runs the life of what is configured, and writes a line.
func (h *installation) measure(b *testing.B, table *tabwriter.Writer, shape string, n int, drift string, latency time.Duration) {
	b.Helper()
	var requests, seconds []string
	most := 0.0
	for _, command := range [][]string{
		{"apply", "-input=false", "-auto-approve"},
		{"plan", "-input=false", "-detailed-exitcode"},
		{"destroy", "-input=false", "-auto-approve"},
	} {
		var sent atomic.Int64
		h.restart(func(*http.Request) {
			sent.Add(1)
			<-time.After(latency)
		})
		took, peak := h.timed(b, command...)
		most = max(most, peak)
		requests = append(requests, fmt.Sprint(sent.Load()))
		seconds = append(seconds, fmt.Sprintf("%.1f", took.Seconds()))
	}
	fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%.0f\t\n", shape, n, latency, drift, strings.Join(requests, "\t"), strings.Join(seconds, "\t"), most)
}

// timed runs a command that must succeed, and returns how long it took and the most memory that a
// provider's process had, in MB.
func (h *installation) timed(b *testing.B, args ...string) (time.Duration, float64) {
	b.Helper()
	cmd, out := h.command(b, args...)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop, peak := make(chan struct{}), make(chan float64)
	go func() { peak <- peakMemory(cmd.Process.Pid, stop) }()
	err := cmd.Wait()
	took := time.Since(started)
	close(stop)
	most := <-peak
	if err != nil {
		b.Fatal(args, err, out)
	}
	return took, most
}

func (h *installation) benchProvider(drift string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
provider "machineid" {
  host            = %q
  universal_auth {
    client_id     = %q
    client_secret = %q
  }
  drift_detection = %q
}
`, h.url, h.Admin.ClientID, h.Admin.ClientSecret, drift)
}

func groupsOf(h *installation, b *testing.B, n int) string {
	b.Helper()
	return fmt.Sprintf(`
resource "machineid_identity" "x" {
  count    = %[1]d
  name     = "bench ${count.index}"
}
resource "machineid_universal_auth" "x" {
  count       = %[1]d
  identity_id = machineid_identity.x[count.index].id
}
resource "machineid_universal_auth_client_secret" "x" {
  count       = %[1]d
  identity_id = machineid_universal_auth.x[count.index].identity_id
}
resource "machineid_project_membership" "x" {
  count       = %[1]d
  project_id  = %[2]q
  identity_id = machineid_identity.x[count.index].id
  role {
    slug = "viewer"
  }
}
`, n, h.NewProject(b).ID)
}

func identitiesOf(_ *installation, _ *testing.B, n int) string {
	return fmt.Sprintf("resource \"machineid_identity\" \"x\" {\ncount = %d\nname = \"bench ${count.index}\"\n}\n", n)
}

func labelledOf(_ *installation, _ *testing.B, n int) string {
	return fmt.Sprintf("resource \"machineid_identity\" \"x\" {\ncount = %d\nname = \"bench ${count.index}\"\nmetadata = { n = count.index }\n}\n", n)
}

func dataOf(n int) string {
	return fmt.Sprintf("resource \"terraform_data\" \"a\" {\ncount = %d\ninput = { name = \"bench ${count.index}\", metadata = { n = count.index } }\n}\n", n)
}

func dataGroupsOf(n int) string {
	config := dataOf(n)
	for _, edge := range []string{"ab", "bc", "ad"} {
		config += fmt.Sprintf("resource \"terraform_data\" %q {\ncount = %d\ninput = { of = terraform_data.%c[count.index].id }\n}\n", edge[1:], n, edge[0])
	}
	return config
}
