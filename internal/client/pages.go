// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"iter"
)

// pages iterates over a listing and fetches a page when it is needed. It returns a row once, even if
// the row moves to the next page while others write. An error ends the iteration.
func pages[T any](ctx context.Context, id func(T) string, get func(ctx context.Context, offset int) (page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := map[string]bool{}
		for offset := 0; ; {
			got, err := get(ctx, offset)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range got.rows {
				if key := id(row); !seen[key] {
					seen[key] = true
					if !yield(row, nil) {
						return
					}
				}
			}
			if offset += len(got.rows); !got.more {
				return
			}
		}
	}
}

// collect returns all rows of a listing, or its error.
func collect[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var list []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, nil
}
