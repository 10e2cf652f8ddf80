// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package permission is the rule language: which subjects, actions and conditions exist, what a
// list of rules allows, whether one list covers another, and the rules of the built-in roles. It
// is pure: it knows no identity, no store, no HTTP and no Terraform, so that the API, the checks at
// plan time and the provider's functions share one evaluation.
package permission

import "slices"

// Permission is an action on a subject, as the API names them.
type Permission struct {
	Action, Subject string
}

func (p Permission) String() string { return p.Action + " on " + p.Subject }

// Rule allows actions on a subject, or denies them if inverted, for the objects for which all
// conditions hold. Its JSON form is the one of the API. Contract: section 4.1.
type Rule struct {
	Subject    string
	Actions    []string
	Inverted   bool
	Conditions Conditions

	// AllowUnknown permits subjects, actions and condition keys that no table has, for servers that are newer than
	// the tables. It is a matter of the configuration, and not of the API's form.
	AllowUnknown bool

	unread []byte // JSON that is not a rule; see UnmarshalJSON
}

// Rules decide together, in any order: allowed is what some rule allows and no rule denies.
type Rules []Rule

// Decision is the result of an evaluation.
type Decision struct {
	Allowed bool
	Rule    int // index of the rule that denies, or else of the first one that allows; -1 if no rule matches
	// Fails is set where the server fails on the rule, with status 500: it matches a pattern against an attribute
	// that the object lacks.
	Fails bool
}

// Allow reports whether the rules allow p on the object with these attributes. See Decide.
func (rs Rules) Allow(p Permission, a Attributes) bool { return rs.Decide(p, a).Allowed }

// Decide evaluates the rules as servers do since February 2026
// (https://github.com/Infisical/infisical/pull/5535), for the object with these attributes.
//
// An attribute that the object lacks equals nothing: $ne holds for it, and $eq, $in, $all and $elemMatch do not.
// Servers fail on $glob then, which denies. What cannot be read does not allow, and does deny: operators,
// patterns and rules of newer servers.
//
// What replaces the rights of roles in a single place, such as access to a folder, is for the
// caller to apply on top of the decision.
func (rs Rules) Decide(p Permission, a Attributes) Decision {
	if n := rs.failing(p, a); n >= 0 {
		return Decision{Rule: n, Fails: true}
	}
	return rs.decideBySet(p, a)
}

// decideBySet is Decide, but does not fail: there a rule with $glob does not allow what lacks the attribute, and
// does deny it, in any order.
func (rs Rules) decideBySet(p Permission, a Attributes) Decision {
	return rs.decide(p, func(r *Rule) bool { return r.Conditions.hold(a, r.Inverted) })
}

// AllowAnywhere reports whether the rules allow p before the object is known: conditions of rules
// that allow count as fulfilled, and denials with conditions do not count.
func (rs Rules) AllowAnywhere(p Permission) bool {
	return rs.decide(p, func(r *Rule) bool { return !r.Inverted || len(r.Conditions) == 0 }).Allowed
}

func (rs Rules) decide(p Permission, matches func(*Rule) bool) Decision {
	d := Decision{Rule: -1}
	if Inert(Project, p.Subject) {
		return d
	}
	for _, part := range p.parts() {
		if d = rs.decidePart(part, matches); !d.Allowed {
			return d
		}
	}
	return d
}

// decidePart asks for the action and, if no rule matches, for the older one that includes it: what
// denies the action denies that one, too.
func (rs Rules) decidePart(p Permission, matches func(*Rule) bool) Decision {
	d := rs.decideAction(p, matches)
	if legacy, ok := p.legacy(); ok && d.Rule < 0 {
		return rs.decideAction(legacy, matches)
	}
	return d
}

func (rs Rules) decideAction(p Permission, matches func(*Rule) bool) Decision {
	d := Decision{Rule: -1}
	for n := range rs {
		r := &rs[n]
		switch {
		case !r.names(p) || r.unread == nil && !matches(r):
		case r.Inverted || r.unread != nil:
			return Decision{Rule: n}
		case d.Rule < 0:
			d = Decision{Allowed: true, Rule: n}
		}
	}
	return d
}

// names reports whether the rule is about the action. A denial of an action also denies the older
// one that includes it, but not the other way.
func (r *Rule) names(p Permission) bool {
	if r.unread != nil {
		return true
	}
	if !sameSubject(r.Subject, p.Subject) {
		return false
	}
	if slices.Contains(r.Actions, p.Action) {
		return true
	}
	return r.Inverted && slices.ContainsFunc(p.includes(), func(action string) bool { return slices.Contains(r.Actions, action) })
}

// Denied returns the rule that allows what a denial denies.
func (r Rule) Denied() Rule {
	r.Inverted = false
	for _, action := range r.Actions {
		if legacy, ok := (Permission{action, r.Subject}).legacy(); ok && !slices.Contains(r.Actions, legacy.Action) {
			r.Actions = append(slices.Clone(r.Actions), legacy.Action)
		}
	}
	return r
}

// On returns the rules on the subject.
func (rs Rules) On(subject string) Rules {
	found := Rules{}
	for _, r := range rs {
		if sameSubject(r.Subject, subject) {
			found = append(found, r)
		}
	}
	return found
}

// sameSubject: the projects of an organization are also called workspaces. Contract: section 4.4.
func sameSubject(a, b string) bool {
	return a == b || a == project && b == Workspace || a == Workspace && b == project
}

// includes returns the newer actions that a legacy action includes. Contract: section 4.5.
func (p Permission) includes() []string {
	switch {
	case p.Action == Read && p.Subject == Secrets:
		return []string{DescribeSecret, ReadValue}
	case p.Action == GrantPrivileges && (p.Subject == Identity || p.Subject == member || p.Subject == groups):
		return []string{AssignRole, AssignAdditionalPrivileges}
	}
	return nil
}

// legacy returns the action that includes p.
func (p Permission) legacy() (Permission, bool) {
	for _, action := range []string{Read, GrantPrivileges} {
		if q := (Permission{action, p.Subject}); slices.Contains(q.includes(), p.Action) {
			return q, true
		}
	}
	return Permission{}, false
}

// parts returns the permissions that must all be allowed for p to be. A caller that asks for the read of
// secrets asks for both actions that it includes.
func (p Permission) parts() []Permission {
	if p.Action != Read || p.Subject != Secrets {
		return []Permission{p}
	}
	var parts []Permission
	for _, action := range p.includes() {
		parts = append(parts, Permission{action, p.Subject})
	}
	return parts
}
