// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "slices"

// matching is the result of a rule for a request.
type matching int

const (
	matches matching = iota
	differs
	fails // the server throws an exception
)

// failing returns the index of the rule that the server fails on, or -1 if it decides. The server evaluates one
// rule after the other until one matches, denials first and the last of each first
// (https://casl.js.org/v6/en/guide/intro#inverted-rules), and of a rule one condition after the other until one
// does not hold. So a failure, unlike the decision, depends on the order.
func (rs Rules) failing(p Permission, a Attributes) int {
	if Inert(Project, p.Subject) {
		return -1
	}
	for _, part := range p.parts() {
		asked := []Permission{part}
		if legacy, ok := part.legacy(); ok {
			asked = append(asked, legacy)
		}
		for _, p := range asked {
			result, n := rs.evaluate(p, a)
			if result == fails {
				return n
			}
			if result == matches && !rs[n].Inverted {
				break
			}
		}
	}
	return -1
}

// evaluate returns the result of the rule that decides, or else fails.
func (rs Rules) evaluate(p Permission, a Attributes) (matching, int) {
	for _, inverted := range []bool{true, false} {
		for n, r := range slices.Backward(rs) {
			if r.Inverted != inverted || r.unread != nil || !r.names(p) {
				continue
			}
			if result := r.Conditions.evaluate(a); result != differs {
				return result, n
			}
		}
	}
	return differs, -1
}

func (cs Conditions) evaluate(a Attributes) matching {
	for _, c := range cs {
		for _, t := range c.Tests {
			if _, isText := a[c.Key].(Text); t.Operator == Glob && !isText {
				return fails
			}
			if !t.holds(a[c.Key], false) {
				return differs
			}
		}
	}
	return matches
}
