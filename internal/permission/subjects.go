// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"maps"
	"slices"
)

// Scope is where rules apply.
type Scope string

// The scopes.
const (
	Organization Scope = "organization"
	Project      Scope = "project"
)

// Subjects that the API or this package refers to. Contract: sections 4.4 and 4.5.
const (
	Identity  = "identity"
	Role      = "role"
	Secrets   = "secrets"
	Settings  = "settings"
	Workspace = "workspace"

	groups  = "groups"
	member  = "member"
	project = "project"
)

// Actions that the API or this package refers to. Contract: sections 4.4 and 4.5.
const (
	Create                     = "create"
	Read                       = "read"
	Edit                       = "edit"
	Delete                     = "delete"
	GrantPrivileges            = "grant-privileges"
	AssignRole                 = "assign-role"
	AssignAdditionalPrivileges = "assign-additional-privileges"
	EditAuth                   = "edit-auth"
	RevokeAuth                 = "revoke-auth"
	CreateToken                = "create-token"
	GetToken                   = "get-token"
	DeleteToken                = "delete-token"
	DescribeSecret             = "describeSecret"
	ReadValue                  = "readValue"
)

// Condition keys with a shape or a check of their own. Contract: section 4.5.
const (
	secretPath = "secretPath"
	secretTags = "secretTags"
	metadata   = "metadata"
	entryKey   = "key"
	entryValue = "value"

	assignableSubject = "assignableSubject"
	assignableAction  = "assignableAction" // as subject:action
)

// ConditionKey is an attribute that conditions on a subject can compare, with the operators that
// they can use. Where $eq is one of them, so is a literal.
type ConditionKey struct {
	Name      string
	Operators []string
	Entries   []string // of $elemMatch: the operators for key and value
	Actions   []string // the actions that can be narrowed by it; nil: all
}

// subject has what rules on it may contain.
type subject struct {
	actions []string
	builtIn []string // actions that only built-in roles have
	keys    []ConditionKey
	inverts bool
	inert   bool
}

type table map[string]subject

var tables = map[Scope]table{Organization: organizationTable, Project: projectTable}

// Subjects lists the subjects of a scope by name.
func Subjects(scope Scope) []string { return slices.Sorted(maps.Keys(tables[scope])) }

// Actions lists the actions on a subject, none if there is no such subject.
func Actions(scope Scope, subject string) []string {
	return slices.Clone(tables[scope][subject].actions)
}

// ConditionKeys lists the condition keys of a subject, none if its rules take no conditions.
func ConditionKeys(scope Scope, subject string) []ConditionKey {
	return slices.Clone(tables[scope][subject].keys)
}

// Inverts reports whether rules on a subject may be inverted.
func Inverts(scope Scope, subject string) bool { return tables[scope][subject].inverts }

// All lists every permission of a scope, ordered by subject.
func All(scope Scope) []Permission {
	var all []Permission
	for _, subject := range Subjects(scope) {
		for _, action := range tables[scope][subject].actions {
			all = append(all, Permission{Action: action, Subject: subject})
		}
	}
	return all
}

// Inert reports whether rules on a subject are accepted and have no effect.
func Inert(scope Scope, subject string) bool { return tables[scope][subject].inert }

// Replacement returns what to write instead of a subject, or of an action on it, that servers no
// longer accept; "" if there is nothing to say. action may be empty.
func Replacement(scope Scope, subject, action string) string {
	if action != "" {
		subject += ":" + action
	}
	return replacements[scope][subject]
}

// Replacements returns what to write instead of each subject, or subject:action, that servers no longer accept.
func Replacements(scope Scope) map[string]string { return maps.Clone(replacements[scope]) }

var (
	crud      = []string{Create, Read, Edit, Delete}
	operators = []string{Eq, Ne, In, AllOf, Glob, ElemMatch}
)

func with(some []string, more ...string) []string { return slices.Concat(some, more) }

// conditional returns a subject whose rules take conditions and may be inverted.
func conditional(actions []string, keys ...ConditionKey) subject {
	return subject{actions: actions, keys: keys, inverts: true}
}

// plain returns a subject whose rules take no conditions and cannot be inverted.
func plain(actions ...string) subject { return subject{actions: actions} }

// inert returns a subject on which any rule is accepted and none has an effect.
func inert(actions ...string) subject { return subject{actions: actions, inert: true, inverts: true} }
