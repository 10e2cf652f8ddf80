// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "slices"

// The operators of conditions. Contract: section 4.1.
const (
	Eq        = "$eq"
	Ne        = "$ne"
	In        = "$in"
	Glob      = "$glob"
	ElemMatch = "$elemMatch"
)

// Conditions narrow a rule to the objects for which all of them hold. They keep the order in
// which they were written.
type Conditions []Condition

// Condition is what one attribute must fulfil: all tests.
type Condition struct {
	Key   string
	Tests []Test

	literal bool // written as {"key": "value"} instead of {"key": {"$eq": "value"}}
}

// Test compares an attribute. Rules with tests come out of Parse, FromV1 or JSON.
type Test struct {
	Operator string
	Values   []string   // of $in some, of $elemMatch none, of the others one
	Fields   Conditions // of $elemMatch: what "key" and "value" of one and the same entry must fulfil

	glob *glob
}

// hold takes what is unknown for fulfilled or not, as the caller says.
func (cs Conditions) hold(a Attributes, unknown bool) bool {
	for n := range cs {
		if !cs[n].holds(a[cs[n].Key], unknown) {
			return false
		}
	}
	return true
}

func (c *Condition) holds(a Attribute, unknown bool) bool {
	if !fits(c.Key, a) {
		return unknown
	}
	for n := range c.Tests {
		if !c.Tests[n].holds(a, unknown) {
			return false
		}
	}
	return true
}

// fits reports whether an attribute has the one shape that its key has.
func fits(key string, a Attribute) bool {
	var ok bool
	switch key {
	case secretTags:
		_, ok = a.(Texts)
	case metadata:
		_, ok = a.(Entries)
	default:
		_, ok = a.(Text)
	}
	return ok
}

func (t *Test) holds(a Attribute, unknown bool) bool {
	switch a := a.(type) {
	case Text:
		return t.compare(string(a), unknown)
	case Texts:
		return slices.ContainsFunc(a, func(s string) bool { return t.compare(s, unknown) })
	case Entries:
		return t.Operator == ElemMatch &&
			slices.ContainsFunc(a, func(e Entry) bool { return t.Fields.match(e, unknown) })
	}
	return unknown
}

func (cs Conditions) match(e Entry, unknown bool) bool {
	return cs.hold(Attributes{entryKey: Text(e.Key), entryValue: Text(e.Value)}, unknown)
}

func (t *Test) compare(s string, unknown bool) bool {
	for _, value := range t.Values {
		switch {
		case templated(value) && (unknown || t.Operator == Ne):
			return unknown
		case !templated(value) && t.equals(value, s):
			return t.Operator != Ne
		}
	}
	return t.Operator == Ne
}

func (t *Test) equals(value, s string) bool {
	if t.Operator == Glob {
		return t.glob != nil && t.glob.match(s)
	}
	return value == s
}
