package store

import (
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

func benchStore(b *testing.B) *house {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return furnish(b, s)
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
