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

// Subjects that the API or this package asks for by name. Contract: sections 4.4 and 4.5.
const (
	Identity  = "identity"
	Role      = "role"
	Secrets   = "secrets"
	Settings  = "settings"
	Workspace = "workspace"

	project = "project"
)

// Actions that the API or this package asks for by name. Contract: sections 4.4 and 4.5.
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
	secretPath  = "secretPath"
	accountPath = "accountPath"
	secretTags  = "secretTags"
	metadata    = "metadata"
	entryKey    = "key"
	entryValue  = "value"
)

// ConditionKey is an attribute that rules on a subject may ask for, with the operators it takes.
// It takes a literal where it takes $eq.
type ConditionKey struct {
	Name      string
	Operators []string
}

// subject is what the rules on a subject may say.
type subject struct {
	actions []string
	keys    []ConditionKey
	inverts bool
}

type table map[string]subject

var tables = map[Scope]table{Organization: organizationTable, Project: projectTable}

// Subjects lists the subjects of a scope by name.
func Subjects(scope Scope) []string { return slices.Sorted(maps.Keys(tables[scope])) }

// Actions lists the actions on a subject; none: there is no such subject.
func Actions(scope Scope, subject string) []string {
	return slices.Clone(tables[scope][subject].actions)
}

// ConditionKeys lists what rules on a subject may ask for; none: its rules take no conditions.
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

// conditionKeys are nil for no subject: any key.
func (s *subject) conditionKeys() []ConditionKey {
	switch {
	case s == nil:
		return nil
	case s.keys == nil:
		return []ConditionKey{}
	}
	return s.keys
}

var (
	crud      = []string{Create, Read, Edit, Delete}
	operators = []string{Eq, Ne, In, Glob, ElemMatch}

	exact     = []string{Eq, Ne, In}
	exactGlob = []string{Eq, Ne, In, Glob}
	positive  = []string{Eq, In, Glob}

	entryKeys = []ConditionKey{{entryKey, exact}, {entryValue, exact}}
)

func with(some []string, more ...string) []string { return slices.Concat(some, more) }

// conditional is a subject whose rules take conditions and may be inverted.
func conditional(actions []string, keys ...ConditionKey) subject {
	return subject{actions: actions, keys: keys, inverts: true}
}

// plain is a subject whose rules take neither.
func plain(actions ...string) subject { return subject{actions: actions} }
