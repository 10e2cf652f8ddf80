// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

// benchURLs returns the URL of a new database of each engine.
func benchURLs(b *testing.B) map[string]string {
	return map[string]string{"sqlite": filepath.Join(b.TempDir(), "bench.db"), "postgres": storetest.Postgres(b)}
}

// benchClients runs one in n goroutines and reports the median and the 99th percentile of its duration.
func benchClients(b *testing.B, n int, one func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var mu sync.Mutex
	var all []time.Duration
	var wg sync.WaitGroup
	b.ResetTimer()
	for range n {
		wg.Go(func() {
			var own []time.Duration
			for left.Add(-1) >= 0 {
				begun := time.Now()
				if err := one(); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(begun))
			}
			mu.Lock()
			all = append(all, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(all)
	if len(all) > 0 {
		b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
	}
}

// BenchmarkLogin reads and writes what a Universal Auth login does, all of one identity.
func BenchmarkLogin(b *testing.B) {
	for name, url := range benchURLs(b) {
		h := seed(b, opened(b, url))
		h.write(func(tx iam.Tx) error {
			_, err := asTx(tx).exec(b.Context(), "update", "client secret", `UPDATE client_secrets SET num_uses_limit = 0`)
			return err
		})
		ctx := context.Background()
		login := func() error {
			err := h.store.Read(ctx, func(tx iam.Tx) error {
				_, err := tx.AuthMethodByClientID(ctx, iam.UniversalAuth.Name, h.universal.ClientID)
				return err
			})
			if err != nil {
				return err
			}
			a := h.token
			a.ID = newID()
			return h.store.Write(ctx, func(tx iam.Tx) error {
				u, err := tx.AuthMethodByClientID(ctx, iam.UniversalAuth.Name, h.universal.ClientID)
				_, err2 := tx.Lockout(ctx, u.IdentityID, iam.UniversalAuth.Name)
				c, err3 := tx.ClientSecretByDigest(ctx, u.ID, h.secret.Digest)
				if err := first(err, err2, err3); err != nil {
					return err
				}
				_, err = tx.UseClientSecret(ctx, c.ID, noon)
				if err := first(err, tx.RecordLogin(ctx, u.IdentityID, iam.UniversalAuth.Name, noon), tx.InsertAccessToken(ctx, a)); err != nil {
					return err
				}
				_, err = tx.Bearer(ctx, a.ID)
				return first(err, tx.InsertAuditEvent(ctx, newAuditEvent(noon)))
			})
		}
		for _, n := range []int{1, 16, 64} {
			b.Run(name+"/clients="+strconv.Itoa(n), func(b *testing.B) { benchClients(b, n, login) })
		}
	}
}

// BenchmarkWrite inserts an access token.
func BenchmarkWrite(b *testing.B) {
	for name, url := range benchURLs(b) {
		h := seed(b, opened(b, url))
		ctx := context.Background()
		for _, n := range []int{1, 16, 64} {
			b.Run(name+"/clients="+strconv.Itoa(n), func(b *testing.B) {
				benchClients(b, n, func() error {
					a := h.token
					a.ID = newID()
					return h.store.Write(ctx, func(tx iam.Tx) error { return tx.InsertAccessToken(ctx, a) })
				})
			})
		}
	}
}

// BenchmarkBearer reads what every request with an access token needs.
func BenchmarkBearer(b *testing.B) {
	for name, url := range benchURLs(b) {
		h := seed(b, opened(b, url))
		for _, n := range []int{1, 16, 64} {
			b.Run(name+"/clients="+strconv.Itoa(n), func(b *testing.B) {
				benchClients(b, n, func() error {
					return h.store.Read(b.Context(), func(tx iam.Tx) error {
						_, err := tx.Bearer(b.Context(), h.token.ID)
						return err
					})
				})
			})
		}
	}
}

// BenchmarkIdentities reads a page of 100,000 identities.
func BenchmarkIdentities(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchIdentities(b, filepath.Join(b.TempDir(), "bench.db")) })
	b.Run("postgres", func(b *testing.B) { benchIdentities(b, storetest.Postgres(b)) })
}

func benchIdentities(b *testing.B, url string) {
	const all, page = 100_000, 100
	h := seed(b, opened(b, url))
	h.write(func(tx iam.Tx) error {
		for n := range all - 1 {
			if err := tx.InsertIdentity(b.Context(), h.newIdentity("identity-"+strconv.Itoa(n))); err != nil {
				return err
			}
		}
		return nil
	})
	for name, q := range map[string]iam.IdentityQuery{
		"first page": {Limit: page},
		"last page":  {Limit: page, Offset: all - page},
		"by role":    {Limit: page, OrderBy: iam.ByRole},
		"search":     {Limit: page, AnyOf: []iam.IdentityMatch{{NameContains: []string{"9999"}}}},
		"all":        {},
	} {
		b.Run(name, func(b *testing.B) {
			q.OrganizationID = h.organization.ID
			for b.Loop() {
				err := h.store.Read(b.Context(), func(tx iam.Tx) error {
					_, _, err := tx.Identities(b.Context(), q)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(b.Context(), url)
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen opens a file that needs no migration.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "bench.db")
	for b.Loop() {
		s, err := Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
