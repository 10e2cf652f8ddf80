// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

// SplitList splits a list of the settings of an auth method at the commas that no pair of braces encloses, as
// servers do since September 2026: "{a,b}-*, c" has two entries. A brace without a partner is an ordinary
// character. Entries keep the white space around them.
func SplitList(text string) []string {
	var opened []int // positions of braces that may have a partner
	partner := map[int]int{}
	for n, c := range []byte(text) {
		switch {
		case c == '{':
			opened = append(opened, n)
		case c == '}' && len(opened) > 0:
			partner[opened[len(opened)-1]] = n
			opened = opened[:len(opened)-1]
		}
	}
	var parts []string
	start := 0
	for n := 0; n < len(text); n++ {
		if end, ok := partner[n]; ok {
			n = end
		} else if text[n] == ',' {
			parts = append(parts, text[start:n])
			start = n + 1
		}
	}
	return append(parts, text[start:])
}
