// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"strings"
)

// IsKnown reports whether the tables of the scope have the subject, the actions and the condition keys of the
// rule. Only a newer server may accept others.
func (r Rule) IsKnown(scope Scope) bool {
	s, ok := tables[scope][r.Subject]
	for _, action := range r.Actions {
		ok = ok && (slices.Contains(s.actions, action) || slices.Contains(s.builtIn, action))
	}
	for _, c := range r.Conditions {
		ok = ok && (s.inert || slices.ContainsFunc(s.keys, func(key ConditionKey) bool { return key.Name == c.Key }))
	}
	return ok
}

// String returns the rule in words, such as "deny secrets.delete where environment is prod".
func (r Rule) String() string {
	words := []string{"allow "}
	if r.Inverted {
		words[0] = "deny "
	}
	for n, action := range r.Actions {
		if n > 0 {
			words = append(words, ", ")
		}
		words = append(words, r.Subject, ".", action)
	}
	if where := r.Conditions.String(); where != "" {
		words = append(words, " where ", where)
	}
	return strings.Join(words, "")
}

// String returns the conditions in words, such as "environment is prod and secretPath matches /app/**".
func (cs Conditions) String() string {
	var words []string
	for _, c := range cs {
		for _, t := range c.Tests {
			words = append(words, c.Key+" "+t.String())
		}
	}
	return strings.Join(words, " and ")
}

// String returns the operator and its values in words, such as "is one of dev, prod".
func (t Test) String() string {
	values := strings.Join(t.Values, ", ")
	switch t.Operator {
	case Eq:
		return "is " + values
	case Ne:
		return "is not " + values
	case In:
		return "is one of " + values
	case AllOf:
		return "has all of " + values
	case Glob:
		return "matches " + values
	case ElemMatch:
		return "has an entry whose " + strings.ReplaceAll(t.Fields.String(), " and ", " and whose ")
	}
	return t.Operator + " " + values
}
