// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"maps"
	"slices"
	"strings"
)

// representatives answers attributes of a key such that every other one is like one of them to
// all the tests: nil for the missing one among them. ok: they are all.
func (c *comparison) representatives(key string, tests []*Test) (all []Attribute, ok bool) {
	all = []Attribute{nil}
	switch key {
	case metadata:
		var keys, values []*Test
		for _, t := range tests {
			keys = append(keys, t.of(entryKey)...)
			values = append(values, t.of(entryValue)...)
		}
		names, ok := c.texts(keys)
		texts, fine := c.texts(values)
		var entries []Attribute
		for _, name := range names {
			for _, text := range texts {
				entries = append(entries, Entries{{name, text}})
			}
		}
		lists, done := c.unions(tests, Entries{}, entries)
		return append(all, lists...), ok && fine && done
	case secretTags:
		texts, ok := c.texts(tests)
		var tags []Attribute
		for _, text := range texts {
			tags = append(tags, Texts{text})
		}
		lists, done := c.unions(tests, Texts{}, tags)
		return append(all, lists...), ok && done
	}
	texts, ok := c.texts(tests)
	for _, text := range texts {
		all = append(all, Text(text))
	}
	return all, ok
}

// of answers what an $elemMatch asks of one field.
func (t *Test) of(field string) []*Test {
	var tests []*Test
	for n := range t.Fields {
		if t.Fields[n].Key == field {
			for m := range t.Fields[n].Tests {
				tests = append(tests, &t.Fields[n].Tests[m])
			}
		}
	}
	return tests
}

// unions puts lists together out of lists of one element, as long as the tests tell the new
// ones from the others.
func (c *comparison) unions(tests []*Test, empty Attribute, elements []Attribute) (lists []Attribute, ok bool) {
	lists = []Attribute{empty}
	seen := map[string]bool{answers(tests, empty): true}
	for n := 0; n < len(lists); n++ {
		for _, element := range elements {
			if !c.budget.spend(10 + 2*len(tests)) {
				return nil, false
			}
			list := join(lists[n], element)
			if a := answers(tests, list); !seen[a] {
				seen[a] = true
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

// answers are what the tests say of an attribute, in a rule that allows and in one that forbids.
func answers(tests []*Test, a Attribute) string {
	said := make([]byte, 0, 2*len(tests))
	for _, t := range tests {
		for _, unknown := range []bool{false, true} {
			said = append(said, '0')
			if t.holds(a, unknown) {
				said[len(said)-1] = '1'
			}
		}
	}
	return string(said)
}

// texts answers the values that the tests name, and beside them one text of each way in which
// another may lie in their globs.
func (c *comparison) texts(tests []*Test) (all []string, ok bool) {
	globs := map[string]*glob{}
	for _, t := range tests {
		for _, value := range t.Values {
			switch {
			case templated(value):
			case t.Operator == Glob:
				if t.glob != nil {
					globs[value] = t.glob
				}
			default:
				all = append(all, value)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(globs) == 0 {
		return append(all, other(all)), true
	}
	patterns := slices.Sorted(maps.Keys(globs))
	name := strings.Join(patterns, "\x00") + "\x00\x00" + strings.Join(all, "\x00")
	if texts, asked := c.strings[name]; asked {
		return texts, true
	}
	var compiled []*glob
	for _, pattern := range patterns {
		compiled = append(compiled, globs[pattern])
	}
	others, ok := overlaps(compiled, all, &c.budget)
	if !ok {
		return nil, false
	}
	all = append(all, others...)
	if c.strings == nil {
		c.strings = map[string][]string{}
	}
	c.strings[name] = all
	return all, true
}

// other is a text that is none of these.
func other(texts []string) string {
	another := "x"
	for slices.Contains(texts, another) {
		another += "x"
	}
	return another
}
