// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/suggest"
)

// Check rejects what the tables of the scope do not have, with an *InvalidError or a *ConflictError.
// Contract: sections 4.1, 4.4 and 4.5.
func (rs Rules) Check(scope Scope) error { return rs.check(scope, tables[scope]) }

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

func (r *Rule) check(scope Scope, t table) error {
	if problems := r.problems(scope, t); len(problems) > 0 {
		return problems[0].err(r)
	}
	return nil
}

// problem is something in a rule that a server rejects.
type problem struct {
	path     []any // names of the API, but conditions by index: "conditions", 0, "$elemMatch", 1, "$eq"
	sentence string
	conflict bool // the parts are valid, but not together

	unknown, suggestion string // the word that is in no table, and the nearest that is
}

func problemAt(path []any, format string, args ...any) problem {
	return problem{path: path, sentence: fmt.Sprintf(format, args...)}
}

// err returns the problem as the API reports it, with conditions by key and a literal without its operator.
func (p problem) err(r *Rule) error {
	var path []any
	conditions, literal := r.Conditions, false
	for n, step := range p.path {
		index, isIndex := step.(int)
		switch {
		case isIndex && n > 0 && (p.path[n-1] == "conditions" || p.path[n-1] == ElemMatch):
			c := conditions[index]
			path, literal, conditions = append(path, c.Key), c.literal, c.fields()
		case !literal:
			path = append(path, step)
		}
	}
	if p.conflict {
		return &ConflictError{Path: path, Sentence: p.sentence}
	}
	return &InvalidError{Path: path, Sentence: p.sentence}
}

// problems returns what servers reject, the first one first. It skips empty texts, which are values that are not
// known yet, and, where the rule allows them, words that no table has.
func (r *Rule) problems(scope Scope, t table) []problem {
	s, known := t[r.Subject]
	if r.Subject == "" || !known && r.AllowUnknown {
		return r.duplicates()
	}
	if !known {
		return []problem{unknownWord([]any{"subject"}, r.Subject, "a subject", Replacement(scope, r.Subject, ""), slices.Sorted(maps.Keys(t)))}
	}
	found := r.actionProblems(scope, s)
	if r.Inverted && !s.inverts {
		found = append(found, problemAt([]any{"inverted"}, "rules on %s cannot be inverted", r.Subject))
	}
	if s.inert {
		return found
	}
	for n := range r.Conditions {
		found = append(found, r.Conditions[n].problems([]any{"conditions", n}, r, scope, s.keys)...)
	}
	found = append(found, r.assignableProblems(t)...)
	found = append(found, r.limitProblems(s)...)
	return append(found, r.duplicates()...)
}

// unknownWord reports a word that is in no table. hint, if any, is what replaced it.
func unknownWord(path []any, word, what, hint string, known []string) problem {
	p := problemAt(path, "%q is not %s", word, what)
	p.unknown, p.suggestion = word, suggest.Nearest(word, known)
	if hint != "" {
		p.sentence += "; " + hint
	}
	return p
}

func (r *Rule) actionProblems(scope Scope, s subject) []problem {
	var found []problem
	if len(r.Actions) == 0 {
		found = append(found, problemAt([]any{"action"}, "a rule needs at least one action: %s", strings.Join(s.actions, ", ")))
	}
	for n, action := range r.Actions {
		if action == "" || slices.Contains(s.actions, action) || s.inert || r.AllowUnknown {
			continue
		}
		hint := Replacement(scope, r.Subject, action)
		if hint == "" {
			hint = "use " + strings.Join(s.actions, ", ")
		}
		found = append(found, unknownWord([]any{"action", n}, action, "an action on "+r.Subject, hint, s.actions))
	}
	for _, action := range r.Actions {
		for _, newer := range (Permission{action, r.Subject}).includes() {
			if slices.Contains(r.Actions, newer) {
				return append(found, problem{path: []any{"action"}, sentence: mixedSentence(action), conflict: true})
			}
		}
	}
	return found
}

func mixedSentence(action string) string {
	if action == Read {
		return "You have selected Read, and describeSecret or readValue beside it: " +
			"read on secrets includes both, so give either read or the others"
	}
	return "You have selected grant-privileges, and assign-role or assign-additional-privileges beside it: " +
		"grant-privileges includes both, so give either grant-privileges or the others"
}

// limitProblems reports conditions that some action of the rule cannot be narrowed by.
func (r *Rule) limitProblems(s subject) []problem {
	var found []problem
	for n, c := range r.Conditions {
		key, ok := keyOf(s.keys, c.Key)
		if !ok || key.Actions == nil {
			continue
		}
		for _, action := range r.Actions {
			if slices.Contains(s.actions, action) && !slices.Contains(key.Actions, action) {
				p := problemAt([]any{"conditions", n}, "the action %s on %s takes no condition on %s, only %s do; put it into a rule of its own",
					action, r.Subject, c.Key, strings.Join(key.Actions, ", "))
				p.conflict = true
				found = append(found, p)
			}
		}
	}
	return found
}

// assignableProblems reports assignable actions that are not written as subject:action, or whose subject is
// not one of the assignable subjects.
func (r *Rule) assignableProblems(t table) []problem {
	var subjects []string
	for _, c := range r.Conditions {
		if c.Key == assignableSubject {
			subjects = append(subjects, c.literals()...)
		}
	}
	var found []problem
	for n, c := range r.Conditions {
		if c.Key != assignableAction {
			continue
		}
		for _, value := range c.literals() {
			name, action, _ := strings.Cut(value, ":")
			switch path := []any{"conditions", n}; {
			case value == "" || templated(value) || r.AllowUnknown:
			case !slices.Contains(t[name].actions, action) && !t[name].inert:
				found = append(found, problemAt(path, "%q must be a subject and one of its actions, such as secrets:readValue", value))
			case len(subjects) > 0 && !slices.Contains(subjects, name) && !slices.Contains(subjects, ""):
				found = append(found, problemAt(path, "%q is not an action on the assignable subject %s", value, strings.Join(subjects, ", ")))
			}
		}
	}
	return found
}

// duplicates reports an operator that is used twice on one key. JSON cannot have it.
func (r *Rule) duplicates() []problem {
	var found []problem
	for n, c := range r.Conditions {
		for m, t := range c.Tests {
			before := append(slices.Clone(r.Conditions[:n]), Condition{Key: c.Key, Tests: c.Tests[:m]})
			if slices.ContainsFunc(before, func(prior Condition) bool { return c.Key != "" && prior.Key == c.Key && prior.has(t.Operator) }) {
				found = append(found, problemAt([]any{"conditions", n, t.Operator}, "the key %s is compared by %s twice; merge the two, or put them into rules of their own", c.Key, t.Operator))
			}
		}
	}
	return found
}

func (c *Condition) problems(path []any, r *Rule, scope Scope, keys []ConditionKey) []problem {
	key, known := keyOf(keys, c.Key)
	switch {
	case c.Key == "" || !known && r.AllowUnknown:
		return nil
	case len(keys) == 0:
		return []problem{problemAt(path, "rules on %s take no conditions", r.Subject)}
	case !known:
		names := keyNames(keys)
		return []problem{unknownWord(path, c.Key, "a condition key here", "use "+strings.Join(names, ", "), names)}
	case c.literal && !slices.Contains(key.Operators, Eq):
		return []problem{problemAt(path, "it must be an object with one of %s", strings.Join(key.Operators, ", "))}
	}
	var found []problem
	for m := range c.Tests {
		t, path := &c.Tests[m], append(slices.Clone(path), c.Tests[m].Operator)
		if !slices.Contains(key.Operators, t.Operator) {
			found = append(found, problemAt(path, "%q is not an operator here; use %s", t.Operator, strings.Join(key.Operators, ", ")))
			continue
		}
		found = append(found, t.problems(path, r, scope, key)...)
	}
	return found
}

func (t *Test) problems(path []any, r *Rule, scope Scope, key ConditionKey) []problem {
	var found []problem
	entryKeys := []ConditionKey{{Name: entryKey, Operators: key.Entries}, {Name: entryValue, Operators: key.Entries}}
	for n := range t.Fields {
		found = append(found, t.Fields[n].problems(append(slices.Clone(path), n), r, scope, entryKeys)...)
	}
	for n, value := range t.Values {
		if value == "" {
			continue
		}
		if err := t.checkValue(scope, key.Name, value); err != nil {
			at := path
			if t.Operator == In || t.Operator == AllOf {
				at = append(slices.Clone(path), n)
			}
			found = append(found, problemAt(at, "%s", err))
		}
	}
	return found
}

func (t *Test) checkValue(scope Scope, key, value string) error {
	if err := checkTemplates(value); err != nil {
		return err
	}
	if scope == Organization && templated(value) {
		return invalid("servers do not resolve templates in the organization; write the value itself")
	}
	if t.Operator != Glob {
		if key == secretPath && value[0] != '/' {
			return invalid(`the value of %s must start with "/", and %q does not`, key, value)
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

func keyOf(keys []ConditionKey, name string) (ConditionKey, bool) {
	n := slices.IndexFunc(keys, func(k ConditionKey) bool { return k.Name == name })
	if n < 0 {
		return ConditionKey{}, false
	}
	return keys[n], true
}

func keyNames(keys []ConditionKey) []string {
	names := make([]string, len(keys))
	for n, k := range keys {
		names[n] = k.Name
	}
	return names
}

func (c *Condition) has(operator string) bool {
	return slices.ContainsFunc(c.Tests, func(t Test) bool { return t.Operator == operator })
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

// fields returns the conditions of $elemMatch.
func (c *Condition) fields() Conditions {
	for _, t := range c.Tests {
		if t.Operator == ElemMatch {
			return t.Fields
		}
	}
	return nil
}
