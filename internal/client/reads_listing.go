// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// listingAge bounds how long a listing answers.
const listingAge = 5 * time.Minute

// pageSize is how many objects a page has, where a listing has pages: few requests, of a megabyte
// or so.
const pageSize = 1000

// listing answers the reads of one kind of object. Nobody knows at first how many there will be, nor
// how many pages the listing has. So every read that is sent by itself pays for one page: of N reads
// and P pages, no more than min(N, P)+1 are sent before the listing answers the rest, and as many
// pages. That is at most twice, plus one, what the better of both would have taken in hindsight.
type listing[T any] struct {
	page func(ctx context.Context, offset int) (page[T], error)
	id   func(T) string
	full func(T) bool // whether it has all that a read by itself has; nil: always

	turns flights[struct{}]

	mu       sync.Mutex
	refused  bool      // by the server; all reads are sent
	life     int       // how often it began anew
	born     time.Time // and when
	writes   uint64    // of the client, by then
	alone    int       // reads that were sent by themselves
	pages    int       // that came
	turning  bool      // the next page is under way, or wanted
	complete bool
	offset   int
	rows     map[string]T
}

// page is a part of a listing, maybe all of it.
type page[T any] struct {
	rows []T
	more bool
}

// paged is the page that begins at the offset of so many objects.
func paged[T any](rows []T, offset, total int) page[T] {
	return page[T]{rows, len(rows) > 0 && offset+len(rows) < total}
}

// listingOf is the client's listing of that name.
func listingOf[T any](c *Client, name string, build func() *listing[T]) *listing[T] {
	known, ok := c.reads.listings.Load(name)
	if !ok {
		known, _ = c.reads.listings.LoadOrStore(name, build())
	}
	found, _ := known.(*listing[T])
	return found
}

// orAlone answers a read of a refresh from the listing, else by itself.
func (l *listing[T]) orAlone(ctx context.Context, c *Client, id string, alone func() (T, error)) (T, error) {
	if row, ok := l.find(ctx, c, id); ok {
		return row, nil
	}
	return alone()
}

// find answers an object, unless it is to be read by itself.
func (l *listing[T]) find(ctx context.Context, c *Client, id string) (T, bool) {
	var none T
	for isRefresh(ctx) && ctx.Err() == nil {
		row, found, wait, turn := l.look(c.reads.writes.Load(), id)
		if !wait {
			return row, found
		}
		// What fails here is seen by the next look, or by the read itself.
		_, _ = l.turns.join(ctx, fmt.Sprint(turn), func(ctx context.Context) (struct{}, error) {
			l.turn(ctx, turn)
			return struct{}{}, nil
		})
	}
	return none, false
}

// turn says which page is meant.
type turn struct{ life, page int }

// look answers what is known, else whether to wait for the next page.
func (l *listing[T]) look(writes uint64, id string) (row T, found, wait bool, next turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes != writes || time.Since(l.born) > listingAge {
		l.life, l.born, l.writes = l.life+1, time.Now(), writes
		l.alone, l.pages, l.offset, l.turning, l.complete, l.rows = 0, 0, 0, false, false, map[string]T{}
	}
	if row, found = l.rows[id]; found {
		return row, true, false, turn{}
	}
	if l.refused || l.complete || !l.turning && l.alone <= l.pages {
		l.alone++
		return row, false, false, turn{}
	}
	l.turning = true
	return row, false, true, turn{l.life, l.pages}
}

// turn gets a page, once.
func (l *listing[T]) turn(ctx context.Context, this turn) {
	offset, due := l.due(this)
	if !due {
		return
	}
	got, err := l.page(ctx, offset)
	if err != nil && ctx.Err() == nil {
		tflog.Debug(ctx, "A listing that would have saved reads failed; reading one by one", map[string]any{"error": err.Error()})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if (turn{l.life, l.pages}) != this {
		return
	}
	l.turning = false
	switch {
	case err == nil:
		l.take(got)
	case ctx.Err() == nil:
		l.refused = true
	}
}

func (l *listing[T]) due(this turn) (offset int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.offset, l.turning && turn{l.life, l.pages} == this
}

func (l *listing[T]) take(got page[T]) {
	l.pages++
	l.offset += len(got.rows)
	l.complete = !got.more
	for _, row := range got.rows {
		if l.full == nil || l.full(row) {
			l.rows[l.id(row)] = row
		}
	}
}
