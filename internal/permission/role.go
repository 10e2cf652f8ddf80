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

// BuiltInRole is a role that is there without anybody making it. Its rules are shared by all
// who ask, and not to be changed.
type BuiltInRole struct {
	Slug, Name string
	Rules      Rules
}

// BuiltIns lists the built-in roles of a scope, the mightiest first. Contract: section 4.6.
func BuiltIns(scope Scope) []BuiltInRole {
	if scope == Organization {
		return slices.Clone(organizationRoles)
	}
	return slices.Clone(projectRoles)
}

// BuiltIn answers the built-in role of that slug, and whether there is one.
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

// everything allows all that the table has.
func (t table) everything() Rules { return t.all(slices.Sorted(maps.Keys(t))...) }

// all allows every action on some subjects. The read of secrets is left out, as the two actions
// that it stands for are there.
func (t table) all(subjects ...string) Rules {
	var rules Rules
	for _, subject := range subjects {
		actions := t[subject].actions
		if subject == Secrets {
			actions = slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return a == Read })
		}
		rules = append(rules, Rule{Subject: subject, Actions: actions})
	}
	return rules
}

// reading allows the action read on some subjects.
func reading(subjects ...string) Rules {
	var rules Rules
	for _, subject := range subjects {
		rules = append(rules, Rule{Subject: subject, Actions: []string{Read}})
	}
	return rules
}
