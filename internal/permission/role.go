// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"maps"
	"slices"
)

// The slugs of the built-in roles. Contract: section 4.6.
const (
	Admin    = "admin"
	Member   = "member"
	Viewer   = "viewer" // of a project only
	NoAccess = "no-access"
)

// BuiltInRole is a role that exists in every organization or project. Its rules are shared: do not
// change them.
type BuiltInRole struct {
	Slug, Name  string
	Rules       Rules
	ProjectType string // of projects that have the role; empty: of all
}

// BuiltIns lists the built-in roles of a scope, the one with the most permissions first. Contract: section 4.6.
func BuiltIns(scope Scope) []BuiltInRole {
	if scope == Organization {
		return slices.Clone(organizationRoles)
	}
	return slices.Clone(projectRoles)
}

// BuiltIn returns the built-in role with that slug, and whether there is one.
func BuiltIn(scope Scope, slug string) (BuiltInRole, bool) {
	roles := projectRoles
	if scope == Organization {
		roles = organizationRoles
	}
	for _, role := range roles {
		if role.Slug == slug {
			return role, true
		}
	}
	return BuiltInRole{}, false
}

// everything returns rules that allow all actions of the table.
func (t table) everything() Rules { return t.all(slices.Sorted(maps.Keys(t))...) }

// all returns rules that allow every action on some subjects. A legacy action stands in a rule of
// its own, and the read of secrets is left out.
func (t table) all(subjects ...string) Rules {
	var rules Rules
	for _, subject := range subjects {
		var actions, legacy []string
		for _, action := range t[subject].actions {
			includes := (Permission{action, subject}).includes()
			if slices.ContainsFunc(includes, func(newer string) bool { return slices.Contains(t[subject].actions, newer) }) {
				legacy = append(legacy, action)
			} else {
				actions = append(actions, action)
			}
		}
		rules = append(rules, Rule{Subject: subject, Actions: actions})
		if len(legacy) > 0 && subject != Secrets {
			rules = append(rules, Rule{Subject: subject, Actions: legacy})
		}
	}
	return rules
}

// reading returns rules that allow to read some subjects.
func reading(subjects ...string) Rules {
	var rules Rules
	for _, subject := range subjects {
		rules = append(rules, Rule{Subject: subject, Actions: []string{Read}})
	}
	return rules
}
