// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "slices"

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
