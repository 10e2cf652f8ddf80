// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// TestLoginContention has 160 clients log in as one identity, whose counters every login changes, through
// two servers on one PostgreSQL. Every login succeeds.
func TestLoginContention(t *testing.T) {
	t.Parallel()
	const clients, logins = 160, 3
	database := storetest.Postgres(t)
	first := servertest.StartWith(t, servertest.Options{Database: database})
	second := servertest.StartWith(t, servertest.Options{Database: database, Clock: first.Clock})
	body, err := json.Marshal(map[string]string{"clientId": first.Admin.ClientID, "clientSecret": first.Admin.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	t.Cleanup(client.CloseIdleConnections)
	var (
		mu       sync.Mutex
		statuses = map[int]int{}
		took     []time.Duration
		group    sync.WaitGroup
	)
	for n := range clients {
		host := []string{first.Host, second.Host}[n%2]
		group.Go(func() {
			for range logins {
				start := time.Now()
				resp, err := client.Post(host+"/api/v1/auth/universal-auth/login", "application/json", bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				mu.Lock()
				statuses[resp.StatusCode]++
				took = append(took, time.Since(start))
				mu.Unlock()
			}
		})
	}
	start := time.Now()
	group.Wait()
	slices.Sort(took)
	t.Logf("%d logins in %v, p50 %v, p99 %v", len(took), time.Since(start), took[len(took)/2], took[len(took)*99/100])
	if statuses[http.StatusOK] != clients*logins {
		t.Errorf("statuses %v, want only 200", statuses)
	}
}
