// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/sync/semaphore"
)

// Reads in a refresh are served from cached listings. Terraform refreshes objects one by one, ten at
// a time; a listing returns up to 1,000 objects in one request.
//
// A cached listing is used
//   - in a refresh only (Refreshing). Data sources, ephemeral resources and changes read from the
//     server, as what they depend on may have changed a moment ago;
//   - by the client that fetched it. Terraform configures a client for each walk, so everything that
//     was true when the refresh began is in it;
//   - until the client sends a request that changes something, as one write can affect many objects;
//   - for maxListingAge at most.
//
// A listing never proves that an object is gone, because pages shift while others write. An object
// that is not in it, or lacks a field there, is read by itself.
//
// A page is fetched when more objects were read by themselves than pages were fetched. N reads of a
// listing with P pages take at most min(N, P)+1 single reads and as many pages: at most twice the
// best possible number of requests, plus one.
//
// No listing returns metadata. An identity whose metadata Terraform manages is read by itself, at
// once; any other comes without its metadata, from the cache or not, so that a plan does not depend
// on the number of other identities (IdentityFromListing).

// maxListingAge limits how long a listing is used.
const maxListingAge = 5 * time.Minute

// pageSize is the number of objects per page, about a megabyte.
const pageSize = 1000

type refreshKey struct{}

// Refreshing marks the reads of Terraform's refresh, which a cached listing may serve.
func Refreshing(ctx context.Context) context.Context {
	return context.WithValue(ctx, refreshKey{}, true)
}

func isRefresh(ctx context.Context) bool {
	refresh, _ := ctx.Value(refreshKey{}).(bool)
	return refresh
}

// listing caches the objects of one listing route.
type listing[T any] struct {
	fetch    func(ctx context.Context, offset int) (page[T], error)
	key      func(T) string
	complete func(T) bool // whether a row has all fields of a single read; nil: always

	lock        *semaphore.Weighted // guards what follows; held while a page is fetched
	unavailable bool                // the server rejected the listing
	fetched     time.Time           // time of the first fetch; zero: nothing is cached
	writes      uint64              // Client.writes at that time
	single      int                 // objects read by themselves since then
	pages       int                 // pages fetched since then
	last        bool                // the last page was fetched
	offset      int                 // of the next page
	rows        map[string]T
}

// page is a part of a listing.
type page[T any] struct {
	rows []T
	more bool
}

// pageAt returns a page that begins at offset, of a listing of total objects.
func pageAt[T any](rows []T, offset, total int) page[T] {
	return page[T]{rows, len(rows) > 0 && offset+len(rows) < total}
}

// listingOf returns the client's listing with that name. build sets its functions.
func listingOf[T any](c *Client, name string, build func() *listing[T]) *listing[T] {
	known, ok := c.listings.Load(name)
	if !ok {
		created := build()
		created.lock = semaphore.NewWeighted(1)
		known, _ = c.listings.LoadOrStore(name, created)
	}
	found, _ := known.(*listing[T])
	return found
}

// getOrFetch returns an object from the listing or, outside a refresh or without the object, from
// fetchOne.
func (l *listing[T]) getOrFetch(ctx context.Context, c *Client, key string, fetchOne func() (T, error)) (T, error) {
	if row, ok := l.get(ctx, c, key); ok {
		return row, nil
	}
	return fetchOne()
}

// get returns an object from the cache, fetching pages while that is worth it. It is false if the
// object is to be read by itself.
func (l *listing[T]) get(ctx context.Context, c *Client, key string) (row T, ok bool) {
	if !isRefresh(ctx) || l.lock.Acquire(ctx, 1) != nil {
		return row, false
	}
	defer l.lock.Release(1)
	for ctx.Err() == nil {
		if writes := c.writes.Load(); l.writes != writes || time.Since(l.fetched) > maxListingAge {
			l.fetched, l.writes, l.rows = time.Now(), writes, map[string]T{}
			l.single, l.pages, l.offset, l.last = 0, 0, 0, false
		}
		if row, ok = l.rows[key]; ok {
			return row, true
		}
		if l.unavailable || l.last || l.single <= l.pages {
			l.single++
			return row, false
		}
		l.fetchPage(ctx)
	}
	return row, false
}

func (l *listing[T]) fetchPage(ctx context.Context) {
	got, err := l.fetch(ctx, l.offset)
	if err != nil {
		if l.unavailable = ctx.Err() == nil; l.unavailable {
			tflog.Debug(ctx, "A listing failed; reading one by one", map[string]any{"error": err.Error()})
		}
		return
	}
	l.pages++
	l.offset += len(got.rows)
	l.last = !got.more
	for _, row := range got.rows {
		if l.complete == nil || l.complete(row) {
			l.rows[l.key(row)] = row
		}
	}
}
