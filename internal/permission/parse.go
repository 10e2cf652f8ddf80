// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// InvalidError is a refusal of rules. Contract: 422, section 4.1.
type InvalidError struct {
	Path     []any  // names and indices from the list of rules on: 2, "conditions", "secretPath", "$glob"
	Sentence string // to show
}

func (e *InvalidError) Error() string { return e.Sentence }

// MixedReadError refuses a rule that has the read of secrets beside one of the two actions it
// stands for. Contract: 400, section 4.1.
type MixedReadError struct {
	Path []any // the actions of the rule
}

func (e *MixedReadError) Error() string {
	return "You have selected Read, and describeSecret or readValue beside it: " +
		"read on secrets stands for both, so give either read or the others"
}

// Parse reads a list of rules as the API takes them, and refuses whatever the tables of the
// scope do not have: with an *InvalidError, or a *MixedReadError. Contract: sections 4.1, 4.4
// and 4.5.
func Parse(scope Scope, json []byte) (Rules, error) {
	return parseRules(json, tables[scope])
}

// UnmarshalJSON reads a rule without asking any table, for what was stored when the tables may
// have been others.
func (r *Rule) UnmarshalJSON(json []byte) error {
	parsed, err := parseRule(json, nil)
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}

func invalid(format string, args ...any) error {
	return &InvalidError{Sentence: fmt.Sprintf(format, args...)}
}

// at says where the error is, from the inside out.
func at(err error, place ...any) error {
	var e *InvalidError
	var mixed *MixedReadError
	switch {
	case errors.As(err, &e):
		e.Path = append(place, e.Path...)
	case errors.As(err, &mixed):
		mixed.Path = append(place, mixed.Path...)
	}
	return err
}

func parseRules(json []byte, t table) (Rules, error) {
	items, err := elements(json)
	if err != nil {
		return nil, err
	}
	rules := make(Rules, len(items))
	for n, item := range items {
		if rules[n], err = parseRule(item, t); err != nil {
			return nil, at(err, n)
		}
	}
	return rules, nil
}

// parseRule drops what the API has no name for.
func parseRule(json []byte, t table) (Rule, error) {
	given, err := object(json)
	if err != nil {
		return Rule{}, err
	}
	var r Rule
	if r.Subject, err = text(given.get("subject")); err != nil {
		return Rule{}, at(err, "subject")
	}
	if r.Actions, err = actions(given.get("action"), t != nil); err != nil {
		return Rule{}, at(err, "action")
	}
	if r.Inverted, err = boolean(given.get("inverted")); err != nil {
		return Rule{}, at(err, "inverted")
	}
	var s *subject
	if t != nil {
		if s, err = t.check(r); err != nil {
			return Rule{}, err
		}
	}
	if r.Conditions, err = parseConditions(given.get("conditions"), s.conditionKeys()); err != nil {
		return Rule{}, at(err, "conditions")
	}
	return r, nil
}

// actions reads one or a list of them. A rule that was stored with none says nothing.
func actions(json []byte, some bool) ([]string, error) {
	switch kind(json) {
	case "text":
		action, err := text(json)
		return []string{action}, err
	case "null":
		if !some {
			return nil, nil
		}
	}
	return texts(json)
}

// check looks up all but the conditions.
func (t table) check(r Rule) (*subject, error) {
	s, known := t[r.Subject]
	if !known {
		return nil, at(invalid("%q is not a subject", r.Subject), "subject")
	}
	for n, action := range r.Actions {
		if !slices.Contains(s.actions, action) {
			return nil, at(invalid("%q is not an action on %s; there is %s", action, r.Subject, strings.Join(s.actions, ", ")), "action", n)
		}
	}
	has := func(action string) bool { return slices.Contains(r.Actions, action) }
	if r.Subject == Secrets && has(Read) && (has(DescribeSecret) || has(ReadValue)) {
		return nil, &MixedReadError{Path: []any{"action"}}
	}
	if r.Inverted && !s.inverts {
		return nil, at(invalid("rules on %s cannot be inverted", r.Subject), "inverted")
	}
	return &s, nil
}

// parseConditions reads them for certain keys; keys nil: for any.
func parseConditions(json []byte, keys []ConditionKey) (Conditions, error) {
	if kind(json) == "" || kind(json) == "null" {
		return nil, nil
	}
	given, err := object(json)
	if err != nil {
		return nil, err
	}
	var cs Conditions
	for _, m := range given {
		allowed := operators
		if keys != nil {
			n := slices.IndexFunc(keys, func(k ConditionKey) bool { return k.Name == m.name })
			if n < 0 {
				return nil, at(invalid("%s", noSuchKey(m.name, keys)), m.name)
			}
			allowed = keys[n].Operators
		}
		c, err := parseCondition(m.name, m.json, allowed)
		if err != nil {
			return nil, at(err, m.name)
		}
		cs = append(cs, c)
	}
	return cs, nil
}

func noSuchKey(name string, keys []ConditionKey) string {
	if len(keys) == 0 {
		return "this subject takes no conditions"
	}
	names := make([]string, len(keys))
	for n, k := range keys {
		names[n] = k.Name
	}
	return fmt.Sprintf("%q is not a condition key here; there is %s", name, strings.Join(names, ", "))
}

func parseCondition(key string, json []byte, allowed []string) (Condition, error) {
	if kind(json) == "text" && slices.Contains(allowed, Eq) {
		t, err := parseTest(key, Eq, json)
		return Condition{Key: key, Tests: []Test{t}, literal: true}, err
	}
	given, err := object(json)
	if err != nil {
		return Condition{}, err
	}
	if len(given) == 0 {
		return Condition{}, invalid("a condition needs an operator: %s", strings.Join(allowed, ", "))
	}
	c := Condition{Key: key}
	for _, m := range given {
		if !slices.Contains(allowed, m.name) {
			return Condition{}, at(invalid("%q is not an operator here; there is %s", m.name, strings.Join(allowed, ", ")), m.name)
		}
		t, err := parseTest(key, m.name, m.json)
		if err != nil {
			return Condition{}, at(err, m.name)
		}
		c.Tests = append(c.Tests, t)
	}
	return c, nil
}

func parseTest(key, operator string, json []byte) (Test, error) {
	t := Test{Operator: operator}
	var err error
	switch operator {
	case ElemMatch:
		t.Fields, err = parseConditions(json, entryKeys)
		if err == nil && len(t.Fields) == 0 {
			err = invalid("%s needs a condition for key, value or both", ElemMatch)
		}
		return t, err
	case In:
		if t.Values, err = texts(json); err != nil {
			return Test{}, err
		}
	default:
		value, err := text(json)
		if err != nil {
			return Test{}, err
		}
		t.Values = []string{value}
	}
	for n, value := range t.Values {
		if err := t.check(key, value); err != nil {
			if operator == In {
				err = at(err, n)
			}
			return Test{}, err
		}
	}
	return t, nil
}

// check checks a value, and compiles a glob that has no template.
func (t *Test) check(key, value string) error {
	if err := checkTemplates(value); err != nil {
		return invalid("%s", err)
	}
	if t.Operator != Glob {
		if (key == secretPath || key == accountPath) && value[0] != '/' {
			return invalid(`%s must start with "/"`, key)
		}
		return nil
	}
	g, err := newGlob(withoutTemplates(value))
	if err != nil {
		return invalid("%q is no glob: %s", value, err)
	}
	if !templated(value) {
		t.glob = g
	}
	return nil
}
