// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"maps"
	"slices"
)

// v1Table has what the first version of project rules knows: secrets have four actions, and rules on
// them imply others. Contract: sections 4.3 and 4.5.
var v1Table = func() table {
	t := maps.Clone(projectTable)
	for _, subject := range []string{
		"secret-imports", "dynamic-secrets", "pki-subscribers", "certificate-templates", "certificate-profiles", "certificate-authorities",
		"certificates", "secret-syncs", "pki-syncs", "secret-event-subscriptions",
	} {
		delete(t, subject)
	}
	t[Secrets] = conditional(crud, ConditionKey{Name: "environment", Operators: exact}, secretPathKey)
	t["secret-folders"] = subject{actions: []string{Read}, inverts: true}
	t["secret-rotation"] = plain(crud...)
	t[Identity] = plain(crud...)
	return t
}()

// ImpliedByV1 are the subjects on which a rule on secrets of the first version implies rules.
var ImpliedByV1 = []string{"secret-imports", "dynamic-secrets", "secret-folders"}

// FromV1 checks project rules of the first version, with the errors of Check, and returns them with
// the rules that they imply. Contract: section 4.3.
func (rs Rules) FromV1() (Rules, error) {
	if err := rs.check(Project, v1Table); err != nil {
		return nil, err
	}
	return rs.ExpandV1(), nil
}

// ExpandV1 returns rules of the first version with those that they imply: a rule on secrets also
// holds for secret-imports and dynamic-secrets and, unless there is a rule on secret-folders, for
// changes of those.
func (rs Rules) ExpandV1() Rules {
	expanded, folders := slices.Clone(rs), len(rs.On("secret-folders")) > 0
	for _, subject := range ImpliedByV1 {
		for _, r := range rs.On(Secrets) {
			expanded = append(expanded, r.implied(folders).On(subject)...)
		}
	}
	return expanded
}

// implied returns the rules that a rule on secrets implies.
func (r Rule) implied(folders bool) Rules {
	rules := Rules{r.about("secret-imports", r.Actions), r.about("dynamic-secrets", dynamicActions(r.Actions))}
	changes := slices.DeleteFunc(slices.Clone(r.Actions), func(action string) bool { return action == Read })
	if !folders && len(changes) > 0 {
		rules = append(rules, r.about("secret-folders", changes))
	}
	return rules
}

func (r Rule) about(subject string, actions []string) Rule {
	r.Subject, r.Actions = subject, actions
	return r
}

// dynamicActions returns the actions on dynamic secrets that actions on secrets imply.
func dynamicActions(actions []string) []string {
	var dynamic []string
	for _, action := range actions {
		dynamic = append(dynamic, action+"-root-credential")
	}
	if slices.Contains(actions, Edit) {
		dynamic = append(dynamic, "lease")
	}
	return dynamic
}

// ToV1 returns rules of the first version that allow exactly what these allow, once expanded by
// ExpandV1. If there are none, the error is an *InvalidError whose path begins with the index of the
// rule that cannot be expressed. Servers that only have the first version drop what they do not
// know of a rule, so neither inverted rules nor conditions on other subjects than secrets can be sent.
func (rs Rules) ToV1() (Rules, error) {
	whole, sent := make(Rules, len(rs)), Rules{}
	for n, r := range rs {
		whole[n] = r.withRead()
		narrow := whole[n].withoutImplied()
		if len(narrow.Actions) == 0 && len(r.Actions) > 0 {
			continue
		}
		if err := narrow.checkV1(); err != nil {
			return nil, at(err, n)
		}
		sent = append(sent, narrow)
	}
	expanded, folders := sent.ExpandV1(), len(sent.On("secret-folders")) > 0
	for n, r := range whole {
		if missing := expanded.missingOf(r); len(missing) > 0 {
			return nil, at(invalid("the role needs a rule on %s with the same action and conditions as %s", Secrets, missing[0].Permission), n)
		}
		if r.Subject != Secrets {
			continue
		}
		for _, implied := range r.implied(folders) {
			if missing := whole.missingOf(implied); len(missing) > 0 {
				return nil, at(invalid("a rule on %s also allows %s, so the role needs a rule for that under the same conditions", Secrets, missing[0].Permission), n)
			}
		}
	}
	for n := range sent {
		sent[n].Conditions = sent[n].Conditions.literally()
	}
	return sent, nil
}

// literally writes $eq as a literal, which all servers read.
func (cs Conditions) literally() Conditions {
	cs = slices.Clone(cs)
	for n, c := range cs {
		cs[n].literal = len(c.Tests) == 1 && c.Tests[0].Operator == Eq
	}
	return cs
}

// withRead replaces describeSecret and readValue by read.
func (r Rule) withRead() Rule {
	if r.Subject == Secrets && slices.Contains(r.Actions, DescribeSecret) && slices.Contains(r.Actions, ReadValue) {
		rest := slices.DeleteFunc(slices.Clone(r.Actions), func(a string) bool { return a == DescribeSecret || a == ReadValue })
		r.Actions = append([]string{Read}, rest...)
	}
	return r
}

// withoutImplied leaves out the actions that only rules on secrets imply.
func (r Rule) withoutImplied() Rule {
	switch r.Subject {
	case "secret-imports", "dynamic-secrets":
		r.Actions = nil
	case "secret-folders":
		r.Actions = slices.DeleteFunc(slices.Clone(r.Actions), func(a string) bool { return a != Read })
	}
	return r
}

func (r Rule) checkV1() error {
	if r.Inverted {
		return at(invalid("inverted rules are not supported"), "inverted")
	}
	if r.Subject != Secrets && len(r.Conditions) > 0 {
		return at(invalid("rules on %s take no conditions", r.Subject), "conditions")
	}
	return r.check(Project, v1Table)
}

// missingOf returns what these rules do not cover of another. It searches only if no single rule
// has the same action and conditions.
func (rs Rules) missingOf(wanted Rule) []Uncovered {
	wanted.Actions = slices.DeleteFunc(slices.Clone(wanted.Actions), func(action string) bool {
		return slices.ContainsFunc(rs, func(r Rule) bool {
			return slices.Contains(r.Actions, action) && r.about(r.Subject, wanted.Actions).Equal(wanted)
		})
	})
	return rs.Missing(Rules{wanted})
}
