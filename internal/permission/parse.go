// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
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

// Check rejects what the tables of the scope do not have, with an *InvalidError or a *ConflictError.
// Contract: sections 4.1, 4.4 and 4.5.
func (rs Rules) Check(scope Scope) error { return rs.check(scope, tables[scope]) }

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

func (rs Rules) check(scope Scope, t table) error {
	if err := rs.Readable(); err != nil {
		return err
	}
	for n := range rs {
		if err := rs[n].check(scope, t); err != nil {
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

func (r *Rule) check(scope Scope, t table) error {
	s, known := t[r.Subject]
	if !known {
		return at(unknown(r.Subject, "a subject", Replacement(scope, r.Subject, "")), "subject")
	}
	if len(r.Actions) == 0 {
		return at(invalid("a rule needs at least one action: %s", strings.Join(s.actions, ", ")), "action")
	}
	for n, action := range r.Actions {
		if !slices.Contains(s.actions, action) && !s.inert {
			hint := Replacement(scope, r.Subject, action)
			if hint == "" {
				hint = "use " + strings.Join(s.actions, ", ")
			}
			return at(unknown(action, "an action on "+r.Subject, hint), "action", n)
		}
	}
	if err := r.checkMixed(); err != nil {
		return err
	}
	if r.Inverted && !s.inverts {
		return at(invalid("rules on %s cannot be inverted", r.Subject), "inverted")
	}
	if s.inert {
		return nil
	}
	for _, c := range r.Conditions {
		if err := c.check(scope, s.keys); err != nil {
			return at(err, "conditions", c.Key)
		}
	}
	if err := r.checkAssignable(t); err != nil {
		return at(err, "conditions", assignableAction)
	}
	return r.checkLimits(s.keys)
}

func unknown(name, what, hint string) error {
	if hint == "" {
		return invalid("%q is not %s", name, what)
	}
	return invalid("%q is not %s; %s", name, what, hint)
}

// checkLimits rejects conditions that some action of the rule cannot be narrowed by.
func (r *Rule) checkLimits(keys []ConditionKey) error {
	for _, c := range r.Conditions {
		n := slices.IndexFunc(keys, func(k ConditionKey) bool { return k.Name == c.Key })
		for _, action := range r.Actions {
			if allowed := keys[n].Actions; allowed != nil && !slices.Contains(allowed, action) {
				return &ConflictError{Path: []any{"conditions", c.Key}, Sentence: fmt.Sprintf(
					"%s on %s takes no condition on %s, only %s do; put it into a rule of its own", action, r.Subject, c.Key, strings.Join(allowed, ", "))}
			}
		}
	}
	return nil
}

// checkAssignable rejects assignable actions that are not written as subject:action, or whose subject is
// not one of the assignable subjects.
func (r *Rule) checkAssignable(t table) error {
	var subjects []string
	for _, c := range r.Conditions {
		if c.Key == assignableSubject {
			subjects = c.literals()
		}
	}
	for _, c := range r.Conditions {
		if c.Key != assignableAction {
			continue
		}
		for _, value := range c.literals() {
			name, action, _ := strings.Cut(value, ":")
			switch {
			case templated(value):
			case !slices.Contains(t[name].actions, action) && !t[name].inert:
				return invalid("%q must be a subject and one of its actions, such as secrets:readValue", value)
			case len(subjects) > 0 && !slices.Contains(subjects, name):
				return invalid("%q is not an action on the assignable subject %s", value, strings.Join(subjects, ", "))
			}
		}
	}
	return nil
}

// literals returns the values that $eq and $in name.
func (c *Condition) literals() []string {
	var values []string
	for _, t := range c.Tests {
		if t.Operator == Eq || t.Operator == In {
			values = append(values, t.Values...)
		}
	}
	return values
}

// checkMixed rejects a legacy action beside one that it includes.
func (r *Rule) checkMixed() error {
	for _, action := range r.Actions {
		for _, newer := range (Permission{action, r.Subject}).includes() {
			if slices.Contains(r.Actions, newer) {
				return &ConflictError{Path: []any{"action"}, Sentence: mixedSentence(action)}
			}
		}
	}
	return nil
}

func mixedSentence(action string) string {
	if action == Read {
		return "You have selected Read, and describeSecret or readValue beside it: " +
			"read on secrets includes both, so give either read or the others"
	}
	return "You have selected grant-privileges, and assign-role or assign-additional-privileges beside it: " +
		"grant-privileges includes both, so give either grant-privileges or the others"
}

func (c *Condition) check(scope Scope, keys []ConditionKey) error {
	n := slices.IndexFunc(keys, func(k ConditionKey) bool { return k.Name == c.Key })
	if n < 0 {
		return invalid("%s", noSuchKey(c.Key, keys))
	}
	allowed := keys[n].Operators
	if c.literal && !slices.Contains(allowed, Eq) {
		return invalid("it must be an object with one of %s", strings.Join(allowed, ", "))
	}
	for m := range c.Tests {
		t := &c.Tests[m]
		if !slices.Contains(allowed, t.Operator) {
			return at(invalid("%q is not an operator here; use %s", t.Operator, strings.Join(allowed, ", ")), t.Operator)
		}
		if err := t.check(scope, keys[n]); err != nil {
			if !c.literal {
				err = at(err, t.Operator)
			}
			return err
		}
	}
	return nil
}

func (t *Test) check(scope Scope, key ConditionKey) error {
	entryKeys := []ConditionKey{{Name: entryKey, Operators: key.Entries}, {Name: entryValue, Operators: key.Entries}}
	for _, field := range t.Fields {
		if err := field.check(scope, entryKeys); err != nil {
			return at(err, field.Key)
		}
	}
	for n, value := range t.Values {
		if err := t.checkValue(scope, key.Name, value); err != nil {
			if t.Operator == In || t.Operator == AllOf {
				err = at(err, n)
			}
			return err
		}
	}
	return nil
}

func (t *Test) checkValue(scope Scope, key, value string) error {
	if err := checkTemplates(value); err != nil {
		return invalid("%s", err)
	}
	if scope == Organization && templated(value) {
		return invalid("servers do not resolve templates in the organization; write the value itself")
	}
	if t.Operator != Glob {
		if key == secretPath && value[0] != '/' {
			return invalid(`%s must start with "/"`, key)
		}
		return nil
	}
	if _, err := newGlob(withoutTemplates(value)); err != nil {
		return invalid("%q is not a supported glob: %s", value, err)
	}
	return nil
}

// withoutTemplates replaces each template by a name, to check what is around it.
func withoutTemplates(value string) string {
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(value, open)
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		plain.WriteString("x")
		_, value, _ = strings.Cut(after, closed)
	}
}

func noSuchKey(name string, keys []ConditionKey) string {
	if len(keys) == 0 {
		return "this subject takes no conditions"
	}
	names := make([]string, len(keys))
	for n, k := range keys {
		names[n] = k.Name
	}
	return fmt.Sprintf("%q is not a condition key here; use %s", name, strings.Join(names, ", "))
}
