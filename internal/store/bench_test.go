// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store/storetest"
)

func benchStore(b *testing.B) *fixture {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return seed(b, s)
}

func BenchmarkBearer(b *testing.B) {
	h := benchStore(b)
	for _, readers := range []int{1, 16} {
		b.Run("readers="+strconv.Itoa(readers), func(b *testing.B) {
			b.SetParallelism(readers)
			one := func() {
				err := h.store.Read(b.Context(), func(tx iam.Tx) error {
					_, err := tx.Bearer(b.Context(), h.token.ID)
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
			if readers == 1 {
				for b.Loop() {
					one()
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					one()
				}
			})
		})
	}
}

// BenchmarkWrite inserts access tokens, as a login does, durably.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run("writers="+strconv.Itoa(writers), func(b *testing.B) {
			h := benchStore(b)
			var left atomic.Int64
			left.Store(int64(b.N))
			done := make(chan struct{})
			b.ResetTimer()
			for range writers {
				go func() {
					defer func() { done <- struct{}{} }()
					for left.Add(-1) >= 0 {
						a := h.token
						a.ID = newID()
						err := h.store.Write(b.Context(), func(tx iam.Tx) error { return tx.InsertAccessToken(b.Context(), a) })
						if err != nil {
							b.Error(err)
						}
					}
				}()
			}
			for range writers {
				<-done
			}
		})
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

// BenchmarkOpen opens a file that is up to date.
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
