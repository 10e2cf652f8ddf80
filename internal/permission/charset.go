// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"unicode"
)

// charset is a set of characters, as sorted ranges that neither overlap nor touch.
type charset [][2]rune

func oneChar(r rune) charset { return charset{{r, r}} }

var (
	everyChar = charset{{0, unicode.MaxRune}}
	noSlash   = oneChar('/').complement()
	noDot     = union(oneChar('/'), oneChar('.')).complement()
)

func (s charset) has(r rune) bool {
	return slices.ContainsFunc(s, func(some [2]rune) bool { return some[0] <= r && r <= some[1] })
}

func (s charset) complement() charset {
	var others charset
	next := rune(0)
	for _, some := range s {
		if next < some[0] {
			others = append(others, [2]rune{next, some[0] - 1})
		}
		next = some[1] + 1
	}
	if next <= unicode.MaxRune {
		others = append(others, [2]rune{next, unicode.MaxRune})
	}
	return others
}

func union(sets ...charset) charset {
	ranges := slices.Concat(sets...)
	slices.SortFunc(ranges, func(a, b [2]rune) int { return int(a[0] - b[0]) })
	var merged charset
	for _, r := range ranges {
		if last := len(merged) - 1; last >= 0 && r[0] <= merged[last][1]+1 {
			merged[last][1] = max(merged[last][1], r[1])
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}
