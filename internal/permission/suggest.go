// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// maxDistance is the number of edits up to which a word counts as a misspelling of another.
const maxDistance = 3

// DidYouMean returns the sentence that suggests the nearest of the known words, with a space before it, or
// "" if none is near.
func DidYouMean(word string, known []string) string {
	nearest, distance := "", maxDistance+1
	for _, candidate := range slices.Sorted(slices.Values(known)) {
		if d := levenshtein.Distance(plainWord(word), plainWord(candidate), nil); d < distance && d < len(candidate)-1 {
			nearest, distance = candidate, d
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", nearest)
}

// plainWord removes what spellings of one name differ in: secret_path, secretPath and secret-path are one word.
func plainWord(word string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(word))
}
