//go:build unix

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
)

// BenchmarkTerraform measures the real CLI with the built provider: requests, with the login and what
// belongs to it, and wall time of an apply, of a plan without a change and of a destroy. Beside them
// stands the floor, the same with as many terraform_data in the same shape. BENCH_LARGE=1 adds the
// longest runs.
func BenchmarkTerraform(b *testing.B) {
	large := os.Getenv("BENCH_LARGE") != ""
	groups, identities := []int{10, 50}, []int{100, 500}
	if large {
		groups, identities = append(groups, 200), append(identities, 1000)
	}
	for range b.N {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(table, "\nshape\tN\tlatency\tdrift\tapply\tplan\tdestroy\tapply\tplan\tdestroy\t")
		fmt.Fprintln(table, "\t\t\t\trequests\t\t\tseconds\t\t\t")
		for _, n := range groups {
			measureShape(b, table, "groups", n, groupsOf, dataGroupsOf(n))
		}
		for _, n := range identities {
			measureShape(b, table, "identities", n, identitiesOf, dataOf(n))
		}
		if err := table.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}

func measureShape(b *testing.B, table *tabwriter.Writer, shape string, n int, config func(h *house, b *testing.B, n int) string, floor string) {
	b.Helper()
	h := newHouse(b)
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
func (h *house) measure(b *testing.B, table *tabwriter.Writer, shape string, n int, drift string, latency time.Duration) {
	b.Helper()
	var requests, seconds []string
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
		started := time.Now()
		if said, err := h.run(b, command...); err != nil {
			b.Fatal(command, err, said)
		}
		requests = append(requests, fmt.Sprint(sent.Load()))
		seconds = append(seconds, fmt.Sprintf("%.1f", time.Since(started).Seconds()))
	}
	fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t\n", shape, n, latency, drift, strings.Join(requests, "\t"), strings.Join(seconds, "\t"))
}

func (h *house) benchProvider(drift string) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
provider "machineid" {
  host            = %q
  universal_auth  = { client_id = %q, client_secret = %q }
  drift_detection = %q
}
`, h.url, h.Admin.ClientID, h.Admin.ClientSecret, drift)
}

func groupsOf(h *house, b *testing.B, n int) string {
	b.Helper()
	return fmt.Sprintf(`
resource "machineid_identity" "x" {
  count    = %[1]d
  name     = "bench ${count.index}"
  metadata = { n = count.index }
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
  roles       = [{ role = "viewer" }]
}
`, n, h.NewProject(b).ID)
}

func identitiesOf(_ *house, _ *testing.B, n int) string {
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
