// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"maps"
	"slices"
	"strings"
)

// representatives returns values of an attribute such that every value has an equivalent one among
// them: one for which each test has the same result. nil is the missing attribute. ok is false if
// the budget ended before all were found.
func (c *comparison) representatives(key string, tests []*Test) (all []Attribute, ok bool) {
	texts, ok := c.distinctStrings(tests)
	if !ok {
		return nil, false
	}
	all = []Attribute{nil}
	if key == metadata {
		keys, ok := c.distinctStrings(fieldTests(tests, entryKey))
		values, fine := c.distinctStrings(fieldTests(tests, entryValue))
		var entries []Attribute
		for _, key := range keys {
			for _, value := range values {
				entries = append(entries, Entries{{key, value}})
			}
		}
		lists, done := c.combinations(tests, Entries{}, entries)
		return append(all, lists...), ok && fine && done
	}
	if key == secretTags {
		var tags []Attribute
		for _, text := range texts {
			tags = append(tags, Texts{text})
		}
		lists, done := c.combinations(tests, Texts{}, tags)
		return append(all, lists...), done
	}
	for _, text := range texts {
		all = append(all, Text(text))
	}
	return all, true
}

// fieldTests returns the tests of a field of $elemMatch.
func fieldTests(tests []*Test, field string) []*Test {
	var found []*Test
	for _, t := range tests {
		for n := range t.Fields {
			if t.Fields[n].Key == field {
				for m := range t.Fields[n].Tests {
					found = append(found, &t.Fields[n].Tests[m])
				}
			}
		}
	}
	return found
}

// combinations returns lists of several elements, one for each combination of results of the tests.
func (c *comparison) combinations(tests []*Test, empty Attribute, elements []Attribute) (lists []Attribute, ok bool) {
	lists = []Attribute{empty}
	seen := map[string]bool{results(tests, empty): true}
	for n := 0; n < len(lists); n++ {
		for _, element := range elements {
			if !c.budget.spend(10 + 2*len(tests)) {
				return nil, false
			}
			list := join(lists[n], element)
			if result := results(tests, list); !seen[result] {
				seen[result] = true
				lists = append(lists, list)
			}
		}
	}
	return lists, true
}

func join(a, b Attribute) Attribute {
	switch a := a.(type) {
	case Texts:
		more, _ := b.(Texts)
		return slices.Concat(a, more)
	case Entries:
		more, _ := b.(Entries)
		return slices.Concat(a, more)
	}
	return a
}

// results returns the results of the tests for an attribute. For $all and $ne on lists and for
// $elemMatch, they include the results for each of the values and fields.
func results(tests []*Test, a Attribute) string {
	var out []byte
	bit := func(holds bool) {
		if out = append(out, '0'); holds {
			out[len(out)-1] = '1'
		}
	}
	for _, t := range tests {
		bit(t.holds(a, false))
		bit(t.holds(a, true))
		if t.Operator == AllOf {
			for _, value := range t.Values {
				bit(has(a, value))
			}
		}
	}
	return string(out)
}

// distinctStrings returns the values that the tests name, and one string for each combination of
// their globs that other strings match.
func (c *comparison) distinctStrings(tests []*Test) (all []string, ok bool) {
	globs := map[string]*glob{}
	for _, t := range tests {
		if t.glob != nil {
			globs[t.glob.pattern] = t.glob
		} else if t.Operator != Glob {
			all = append(all, t.Values...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	patterns := slices.Sorted(maps.Keys(globs))
	name := strings.Join(patterns, "\x00") + "\x00\x00" + strings.Join(all, "\x00")
	if known, ok := c.strings[name]; ok {
		return known, true
	}
	values := newAlgebra()
	named := values.none
	for _, value := range all {
		named = values.or(named, values.text(value))
	}
	automata := []*automaton{newAutomaton(values, named)}
	for _, pattern := range patterns {
		automata = append(automata, globs[pattern].automaton)
	}
	others, ok := partition(automata, &c.budget)
	if !ok {
		return nil, false
	}
	for _, text := range others {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	c.strings[name] = all
	return all, true
}
