// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "slices"

// The operators of conditions. Contract: section 4.1.
const (
	Eq        = "$eq"
	Ne        = "$ne"
	In        = "$in"
	AllOf     = "$all"
	Glob      = "$glob"
	ElemMatch = "$elemMatch"
)

// Conditions narrow a rule to the objects for which all of them hold. They keep the order in
// which they were written.
type Conditions []Condition

// Condition compares one attribute of an object. All its tests must hold.
type Condition struct {
	Key   string
	Tests []Test

	literal bool // written as {"key": "value"} instead of {"key": {"$eq": "value"}}
}

// Test is an operator with its operand. One with $glob comes from NewTest or JSON.
type Test struct {
	Operator string
	Values   []string   // of $in and $all at least one, of $elemMatch none, of the others one
	Fields   Conditions // of $elemMatch: the conditions on "key" and "value" of the same entry

	glob *glob // of $glob; nil if the pattern is not supported
}

// NewTest returns a test of an operator other than $elemMatch.
func NewTest(operator string, values ...string) Test {
	t := Test{Operator: operator, Values: values}
	t.compile()
	return t
}

// hold reports whether all conditions hold. unknown is the result of a test that cannot be evaluated.
func (cs Conditions) hold(a Attributes, unknown bool) bool {
	for n := range cs {
		if !cs[n].holds(a[cs[n].Key], unknown) {
			return false
		}
	}
	return true
}

func (c *Condition) holds(a Attribute, unknown bool) bool {
	for n := range c.Tests {
		if !c.Tests[n].holds(a, unknown) {
			return false
		}
	}
	return true
}

func (t *Test) holds(a Attribute, unknown bool) bool {
	switch t.Operator {
	case Eq, In:
		return slices.ContainsFunc(t.Values, func(value string) bool { return has(a, value) })
	case Ne:
		return !slices.ContainsFunc(t.Values, func(value string) bool { return has(a, value) })
	case AllOf:
		return !slices.ContainsFunc(t.Values, func(value string) bool { return !has(a, value) })
	case Glob:
		if text, ok := a.(Text); ok && t.glob != nil {
			return t.glob.match(string(text))
		}
	case ElemMatch:
		entries, _ := a.(Entries)
		return slices.ContainsFunc(entries, func(e Entry) bool {
			return t.Fields.hold(Attributes{entryKey: Text(e.Key), entryValue: Text(e.Value)}, unknown)
		})
	}
	return unknown
}

// has reports whether the attribute is the value, or has it as one of several.
func has(a Attribute, value string) bool {
	switch a := a.(type) {
	case Text:
		return string(a) == value
	case Texts:
		return slices.Contains(a, value)
	}
	return false
}
