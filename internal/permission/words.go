// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"strconv"
	"strings"
)

// String describes the rule: `deny read or edit on secrets where environment is "prod"`.
func (r Rule) String() string {
	if r.unread != nil {
		return string(r.unread)
	}
	text := strings.Join(r.Actions, " or ") + " on " + r.Subject
	if conditions := r.Conditions.String(); conditions != "" {
		text += " where " + conditions
	}
	if r.Inverted {
		text = "deny " + text
	}
	return text
}

// String describes the conditions: `environment is "prod" and secretPath matches "/a/**"`.
func (cs Conditions) String() string { return cs.text(strconv.Quote) }

func (cs Conditions) text(quote func(string) string) string {
	var parts []string
	for _, c := range slices.SortedFunc(slices.Values(cs), func(a, b Condition) int { return strings.Compare(a.Key, b.Key) }) {
		for _, t := range c.Tests {
			parts = append(parts, c.Key+" "+t.text(quote))
		}
	}
	return strings.Join(parts, " and ")
}

var relations = map[string]string{Eq: "is", Ne: "is not", In: "is one of", AllOf: "has all of", Glob: "matches", ElemMatch: "has an entry where"}

func (t Test) text(quote func(string) string) string {
	if t.Operator == ElemMatch {
		return relations[ElemMatch] + " (" + t.Fields.text(quote) + ")"
	}
	quoted := make([]string, len(t.Values))
	for n, value := range t.Values {
		quoted[n] = quote(value)
	}
	return relations[t.Operator] + " " + strings.Join(quoted, ", ")
}
