// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Reads are saved in two ways. Concurrent reads of the same are one request, always. And in a
// refresh, where many objects of a kind are read one after the other, a listing answers them as soon
// as that is cheaper (reads_listing.go). Nothing else is remembered.
//
// What a listing says is used
//   - in a refresh only: a data source, an ephemeral resource and a change ask for themselves, as what
//     they depend on may just have been done, by whatever program;
//   - by the client that asked for it: Terraform configures one for each walk, so that everything that
//     was so when the refresh began is in it;
//   - until this client writes something, whatever it is, as one write may show in many objects;
//   - for listingAge at most, for walks that last.
//
// It never says that something is gone, as pages shift while others write: what is not in a listing,
// or lacks a field there, is read by itself.

type refreshKey struct{}

// Refreshing marks the reads of Terraform's refresh, which a listing may answer.
func Refreshing(ctx context.Context) context.Context {
	return context.WithValue(ctx, refreshKey{}, true)
}

func isRefresh(ctx context.Context) bool {
	refresh, _ := ctx.Value(refreshKey{}).(bool)
	return refresh
}

// reads is what a client knows about its own reads.
type reads struct {
	writes   atomic.Uint64 // begun and ended so far
	flights  flights[reply]
	listings sync.Map // *listing of some type, by what it lists
}

// reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends a request, and has reads that are alike share one. A read that begins after a write
// shares none from before.
func (c *Client) exchange(req *http.Request, public bool) (reply, error) {
	client := c.authenticated
	if public {
		client = c.public
	}
	if req.Method == http.MethodGet {
		key := strconv.FormatUint(c.reads.writes.Load(), 10) + " " + req.URL.String()
		return c.reads.flights.join(req.Context(), key, func(ctx context.Context) (reply, error) {
			return roundTrip(client, req.WithContext(ctx))
		})
	}
	if !public && !strings.HasSuffix(req.URL.Path, "/search") {
		c.reads.writes.Add(1)
		defer c.reads.writes.Add(1)
	}
	return roundTrip(client, req)
}

func roundTrip(client *http.Client, req *http.Request) (reply, error) {
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, body}, errors.Join(err, resp.Body.Close())
}

// flights are calls under way, by what they are for.
type flights[T any] struct {
	mu      sync.Mutex
	running map[string]*flight[T]
}

// flight is one call, shared by all that wait for it.
type flight[T any] struct {
	done    chan struct{} // closed when the result is set
	cancel  context.CancelFunc
	waiting int
	result  T
	err     error
}

// join takes part in the call under way, or begins one. It ends with the context of the last that
// waits for it.
func (f *flights[T]) join(ctx context.Context, key string, call func(context.Context) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	f.mu.Lock()
	shared := f.running[key]
	if shared == nil {
		shared = f.begin(ctx, key, call)
	}
	shared.waiting++
	f.mu.Unlock()
	select {
	case <-shared.done:
		return shared.result, shared.err
	case <-ctx.Done():
		f.leave(key, shared)
		return none, ctx.Err()
	}
}

// begin is called with the lock held.
func (f *flights[T]) begin(ctx context.Context, key string, call func(context.Context) (T, error)) *flight[T] {
	if f.running == nil {
		f.running = map[string]*flight[T]{}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	begun := &flight[T]{done: make(chan struct{}), cancel: cancel}
	f.running[key] = begun
	go func() {
		defer cancel()
		begun.result, begun.err = call(ctx)
		f.mu.Lock()
		f.forget(key, begun)
		f.mu.Unlock()
		close(begun.done)
	}()
	return begun
}

func (f *flights[T]) leave(key string, left *flight[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if left.waiting--; left.waiting == 0 {
		left.cancel()
		f.forget(key, left)
	}
}

func (f *flights[T]) forget(key string, over *flight[T]) {
	if f.running[key] == over {
		delete(f.running, key)
	}
}
