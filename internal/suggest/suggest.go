// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package suggest finds the word that somebody probably meant, for error messages.
package suggest

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean returns ` Did you mean "viewer"?` for the candidate nearest to the word, or "" if none is near.
func DidYouMean(word string, candidates []string) string {
	if nearest := Nearest(word, candidates); nearest != "" {
		return fmt.Sprintf(" Did you mean %q?", nearest)
	}
	return ""
}

// Nearest returns the candidate nearest to the word, or "" if none is near or the word is a candidate. Case,
// hyphens, underscores and spaces do not count. One edit for every three letters is near, three at most.
func Nearest(word string, candidates []string) string {
	if slices.Contains(candidates, word) {
		return ""
	}
	nearest, least := "", 4
	for _, candidate := range candidates {
		a, b := []rune(plain(word)), []rune(plain(candidate))
		if edits := distance(a, b); edits < least && edits*3 <= max(len(a), len(b)) {
			nearest, least = candidate, edits
		}
	}
	return nearest
}

func plain(word string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(word))
}

// distance returns the number of insertions, deletions, substitutions and swaps of neighbors between two words.
func distance(a, b []rune) int {
	var before, above []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			substituted := above[j]
			if a[i] != b[j] {
				substituted++
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, substituted)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
