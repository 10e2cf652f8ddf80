// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// BenchmarkAPI measures requests over HTTP on loopback, with durable writes: the median and the 99th
// percentile of one request, how many there are a second, and what of the processors one takes, the
// client's part included and that of a database server not.
func BenchmarkAPI(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchAPI(b, filepath.Join(b.TempDir(), "bench.db")) })
	b.Run("postgres", func(b *testing.B) { benchAPI(b, storetest.Postgres(b)) })
}

func benchAPI(b *testing.B, database string) {
	s := servertest.StartWith(b, servertest.Options{Database: database})
	i := s.NewIdentity(b, "no-access", nil)
	creation := object{"name": "bench", "organizationId": s.Admin.OrganizationID}
	credentials := object{"clientId": i.ClientID, "clientSecret": i.ClientSecret}
	var many []any
	for range 64 {
		i := s.NewIdentity(b, "no-access", nil)
		many = append(many, object{"clientId": i.ClientID, "clientSecret": i.ClientSecret})
	}
	for _, clients := range []int{1, 16, 64} {
		bench(b, s, "login", clients, http.MethodPost, "/v1/auth/universal-auth/login", credentials)
		bench(b, s, "login-of-many", clients, http.MethodPost, "/v1/auth/universal-auth/login", many...)
		bench(b, s, "read", clients, http.MethodGet, "/v1/identities/"+i.ID, nil)
		bench(b, s, "create", clients, http.MethodPost, "/v1/identities", creation)
	}
	for range 100 {
		s.AsAdmin(b, http.MethodPost, attached+i.ID+"/client-secrets", object{})
	}
	bench(b, s, "login-of-101-secrets", 1, http.MethodPost, "/v1/auth/universal-auth/login", credentials)
}

func bench(b *testing.B, s *servertest.Server, name string, clients int, method, path string, bodies ...any) {
	b.Helper()
	contents := make([][]byte, len(bodies))
	for n, body := range bodies {
		var err error
		if contents[n], err = json.Marshal(body); err != nil {
			b.Fatal(err)
		}
	}
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	b.Run(fmt.Sprintf("%s/%d-clients", name, clients), func(b *testing.B) {
		var (
			mu   sync.Mutex
			took []time.Duration
			wg   sync.WaitGroup
		)
		next := make(chan []byte, b.N)
		for n := range b.N {
			next <- contents[n%len(contents)]
		}
		close(next)
		before := cpuTime(b)
		b.ResetTimer()
		for range clients {
			wg.Go(func() {
				var mine []time.Duration
				for content := range next {
					started := time.Now()
					if err := send(b, transport, method, s.Host+"/api"+path, s.Admin.AccessToken, content); err != nil {
						b.Error(err)
						return
					}
					mine = append(mine, time.Since(started))
				}
				mu.Lock()
				took = append(took, mine...)
				mu.Unlock()
			})
		}
		wg.Wait()
		b.StopTimer()
		if len(took) == 0 {
			return
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/median")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/request")
	})
}

func send(b *testing.B, transport http.RoundTripper, method, url, token string, content []byte) error {
	r, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewReader(content))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s answered %d", method, url, resp.StatusCode)
	}
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	return err
}

// cpuTime is what this process has taken of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
