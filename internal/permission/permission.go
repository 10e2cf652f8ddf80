// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package permission is the rule language: which subjects, actions and conditions there are,
// what a list of rules allows, whether one list covers another, and the rules of the built-in
// roles. It is pure: it knows no identity, no store, no wire and no Terraform, so that the API,
// the checks at plan time and the function can all ask the same code.
package permission

import "slices"

// Permission is an action on a subject, as the API names them.
type Permission struct {
	Action, Subject string
}

func (p Permission) String() string { return p.Action + " on " + p.Subject }

// The read of secrets stands for the other two. Contract: section 4.5.
var (
	readSecrets    = Permission{Read, Secrets}
	describeSecret = Permission{DescribeSecret, Secrets}
	readValue      = Permission{ReadValue, Secrets}
)

// Rule allows actions on a subject, or forbids them when inverted, where all conditions hold.
// Contract: section 4.1.
type Rule struct {
	Subject    string     `json:"subject"`
	Actions    []string   `json:"action"`
	Inverted   bool       `json:"inverted,omitempty"`
	Conditions Conditions `json:"conditions,omitempty"`
}

// Rules decide together; a later rule wins over an earlier one.
type Rules []Rule

// Allow reports whether the rules allow p on the object with these attributes. What no rule
// speaks of is not allowed.
//
// An attribute that the object lacks, or that has another shape than its key asks for, is
// unknown: a rule that asks for it does not allow, and does forbid. So does a rule with a
// template that nobody has resolved. See AllowSomewhere for "on some object at all".
//
// "read" on secrets stands for describeSecret and readValue; the rules must allow both.
func (rs Rules) Allow(p Permission, a Attributes) bool {
	if p == readSecrets {
		return rs.allow(describeSecret, a) && rs.allow(readValue, a)
	}
	return rs.allow(p, a)
}

func (rs Rules) allow(p Permission, a Attributes) bool {
	for n := len(rs) - 1; n >= 0; n-- {
		if r := &rs[n]; r.speaksOf(p) && r.Conditions.hold(a, r.Inverted) {
			return !r.Inverted
		}
	}
	return false
}

// On answers the rules that speak of the subject.
func (rs Rules) On(subject string) Rules {
	found := Rules{}
	for _, r := range rs {
		if sameSubject(r.Subject, subject) {
			found = append(found, r)
		}
	}
	return found
}

func (r *Rule) speaksOf(p Permission) bool {
	if !sameSubject(r.Subject, p.Subject) {
		return false
	}
	if slices.Contains(r.Actions, p.Action) {
		return true
	}
	return (p == describeSecret || p == readValue) && slices.Contains(r.Actions, Read)
}

// sameSubject: an organisation's workspaces are called projects too. Contract: section 4.4.
func sameSubject(a, b string) bool {
	return a == b || a == project && b == Workspace || a == Workspace && b == project
}

// parts are the permissions that p stands for.
func (p Permission) parts() []Permission {
	if p == readSecrets {
		return []Permission{describeSecret, readValue}
	}
	return []Permission{p}
}
