// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// sharedCalls lets concurrent callers with the same key share one call. singleflight does not know
// how many callers wait, so sharedCalls counts them and ends a call that nobody waits for.
type sharedCalls[T any] struct {
	group singleflight.Group

	mu      sync.Mutex
	waiters map[string]*waiters
}

// waiters are the callers of one key. The context of their call outlives each of them but the last.
type waiters struct {
	count  int
	ctx    context.Context //nolint:containedctx // singleflight passes none to the shared call
	cancel context.CancelFunc
}

func (s *sharedCalls[T]) do(ctx context.Context, key string, call func(context.Context) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	w, results := s.join(ctx, key, call)
	defer s.leave(key, w)
	select {
	case result := <-results:
		value, _ := result.Val.(T)
		return value, result.Err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func (s *sharedCalls[T]) join(ctx context.Context, key string, call func(context.Context) (T, error)) (*waiters, <-chan singleflight.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waiters[key]
	if w == nil {
		if s.waiters == nil {
			s.waiters = map[string]*waiters{}
		}
		w = &waiters{}
		w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
		s.waiters[key] = w
	}
	w.count++
	return w, s.group.DoChan(key, func() (any, error) { return call(w.ctx) })
}

func (s *sharedCalls[T]) leave(key string, w *waiters) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.count--; w.count == 0 {
		w.cancel()
		delete(s.waiters, key)
		s.group.Forget(key)
	}
}
