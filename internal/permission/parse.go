// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// InvalidError reports what is wrong with rules. Contract: 422, section 4.1.
type InvalidError struct {
	Path     []any  // names and indices from the list of rules on: 2, "conditions", "secretPath", "$glob"
	Sentence string // begins in lower case
}

func (e *InvalidError) Error() string { return e.Sentence }

// ConflictError rejects a rule whose parts are valid, but not together. Contract: 400, section 4.1.
type ConflictError struct {
	Path     []any // as that of InvalidError
	Sentence string
}

func (e *ConflictError) Error() string { return e.Sentence }

// Parse reads a list of rules and checks them. See Check.
func Parse(scope Scope, list []byte) (Rules, error) {
	items, err := elements(list)
	if err != nil {
		return nil, err
	}
	rules := make(Rules, len(items))
	for n, item := range items {
		if err := rules[n].UnmarshalJSON(item); err != nil {
			return nil, err
		}
	}
	return rules, rules.Check(scope)
}

// Readable reports, as an *InvalidError, the first rule that is not one, or that has something which
// this version does not know the meaning of.
func (rs Rules) Readable() error {
	for n := range rs {
		if rs[n].unread != nil {
			_, err := readRule(rs[n].unread)
			return at(err, n)
		}
	}
	return nil
}

func invalid(format string, args ...any) error {
	return &InvalidError{Sentence: fmt.Sprintf(format, args...)}
}

// at puts a path before the one of the error.
func at(err error, path ...any) error {
	var e *InvalidError
	var mixed *ConflictError
	switch {
	case errors.As(err, &e):
		e.Path = append(path, e.Path...)
	case errors.As(err, &mixed):
		mixed.Path = append(path, mixed.Path...)
	}
	return err
}

// readRule ignores keys that the API has no name for.
func readRule(value []byte) (Rule, error) {
	given, err := object(value)
	if err != nil {
		return Rule{}, err
	}
	var r Rule
	if r.Subject, err = text(given.get("subject")); err != nil {
		return Rule{}, at(err, "subject")
	}
	if r.Actions, err = readActions(given.get("action")); err != nil {
		return Rule{}, at(err, "action")
	}
	if r.Inverted, err = boolean(given.get("inverted")); err != nil {
		return Rule{}, at(err, "inverted")
	}
	if r.Conditions, err = readConditions(given.get("conditions")); err != nil {
		return Rule{}, at(err, "conditions")
	}
	return r, nil
}

// readActions reads one action or a list of them. Some servers store rules without any.
func readActions(value []byte) ([]string, error) {
	switch list := bytes.TrimSpace(value); kind(value) {
	case "", "null":
		return nil, nil
	case "text":
		action, err := text(value)
		return []string{action}, err
	default:
		if string(list) == "[]" {
			return nil, nil
		}
		return texts(value)
	}
}

func readConditions(value []byte) (Conditions, error) {
	if kind(value) == "" || kind(value) == "null" {
		return nil, nil
	}
	given, err := object(value)
	if err != nil {
		return nil, err
	}
	var cs Conditions
	for _, f := range given {
		c, err := readCondition(f)
		if err != nil {
			return nil, at(err, f.name)
		}
		cs = append(cs, c)
	}
	return cs, nil
}

func readCondition(f jsonField) (Condition, error) {
	c := Condition{Key: f.name}
	if kind(f.value) == "text" {
		t, err := readTest(jsonField{Eq, f.value})
		c.Tests, c.literal = []Test{t}, true
		return c, err
	}
	given, err := object(f.value)
	if err != nil {
		return Condition{}, err
	}
	if len(given) == 0 {
		return Condition{}, invalid("a condition needs an operator: %s", strings.Join(operators, ", "))
	}
	for _, operator := range given {
		t, err := readTest(operator)
		if err != nil {
			return Condition{}, at(err, operator.name)
		}
		c.Tests = append(c.Tests, t)
	}
	return c, nil
}

func readTest(f jsonField) (Test, error) {
	t := Test{Operator: f.name}
	var err error
	switch f.name {
	case ElemMatch:
		if t.Fields, err = readConditions(f.value); err == nil && len(t.Fields) == 0 {
			err = invalid("%s needs a condition for key, value or both", ElemMatch)
		}
	case In, AllOf:
		t.Values, err = texts(f.value)
	case Eq, Ne, Glob:
		var value string
		value, err = text(f.value)
		t.Values = []string{value}
		t.compile()
	default:
		err = invalid("%q is not an operator; use %s", f.name, strings.Join(operators, ", "))
	}
	return t, err
}

// compile compiles a glob. One that is not supported stays nil; check says why.
func (t *Test) compile() {
	if t.Operator == Glob {
		t.glob, _ = newGlob(t.Values[0])
	}
}
