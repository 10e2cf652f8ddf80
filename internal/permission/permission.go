// Package permission is the rule language: which action on which subject a list
// of rules allows, and the rules of the built-in roles. It is pure: it knows no
// identity, no store and no wire.
package permission

import "slices"

// Permission is an action on a subject, as the API names them.
type Permission struct {
	Action, Subject string
}

func (p Permission) String() string { return p.Action + " on " + p.Subject }

// Rule allows actions on a subject, or forbids them when inverted.
type Rule struct {
	Subject  string   `json:"subject"`
	Actions  []string `json:"action"`
	Inverted bool     `json:"inverted,omitempty"`
}

// Rules decide together; a later rule wins over an earlier one.
type Rules []Rule

// Allow reports whether the rules allow p. What no rule speaks of is not allowed.
func (rs Rules) Allow(p Permission) bool {
	for _, r := range slices.Backward(rs) {
		if r.Subject == p.Subject && slices.Contains(r.Actions, p.Action) {
			return !r.Inverted
		}
	}
	return false
}

// On answers the rules that speak of the subject.
func (rs Rules) On(subject string) Rules {
	found := Rules{}
	for _, r := range rs {
		if r.Subject == subject {
			found = append(found, r)
		}
	}
	return found
}
