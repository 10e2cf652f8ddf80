// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"
	"slices"
	"strings"
)

// Explain returns what decides whether these rules and grants allow p on the object with these attributes, for
// every identity that their templates can stand for: "denied by rule 3: deny secrets.delete where environment is
// prod". Rules count from 1.
func (gs FolderGrants) Explain(rs Rules, p Permission, a Attributes) string {
	name := p.Subject + "." + p.Action
	if g, decides := gs.Deciding(p, a); decides {
		folder := fmt.Sprintf("access to the folder %s in %s", g.Path, g.Environment)
		if g.Rules.Allow(p, a) {
			return "allowed by " + folder
		}
		return "denied by " + folder + ", which replaces all rules there and does not allow " + name
	}
	if Inert(Project, p.Subject) {
		return "denied: servers ignore rules on " + p.Subject + ", as the product no longer exists"
	}
	switch d := rs.ForAny().Decide(p, a); {
	case d.Fails:
		return fmt.Sprintf("denied by rule %d, on which the server fails, as its pattern needs %s: %s", d.Rule+1, rs[d.Rule].missingText(a), rs[d.Rule].explain(p))
	case d.Rule >= 0 && d.Allowed:
		return fmt.Sprintf("allowed by rule %d: %s", d.Rule+1, rs[d.Rule].explain(p))
	case d.Rule >= 0:
		return fmt.Sprintf("denied by rule %d: %s", d.Rule+1, rs[d.Rule].explain(p))
	}
	if d := rs.bound(true).Decide(p, a); d.Allowed {
		return fmt.Sprintf("denied: only rule %d allows it, and not for every identity: %s", d.Rule+1, rs[d.Rule].explain(p))
	}
	return "denied: no rule allows " + name + rs.nearMiss(p)
}

// nearMiss names the rules on the action whose conditions do not hold.
func (rs Rules) nearMiss(p Permission) string {
	var numbers []string
	related := append(p.parts(), p)
	if legacy, ok := p.legacy(); ok {
		related = append(related, legacy)
	}
	for n, r := range rs {
		if !r.Inverted && r.unread == nil && slices.ContainsFunc(related, r.names) {
			numbers = append(numbers, fmt.Sprint(n+1))
		}
	}
	switch len(numbers) {
	case 0:
		return ""
	case 1:
		return " here; the conditions of rule " + numbers[0] + " do not hold"
	}
	return " here; the conditions of the rules " + strings.Join(numbers, ", ") + " do not hold"
}

// missingText returns the first key that the rule compares with a pattern and that the object lacks.
func (r *Rule) missingText(a Attributes) string {
	for _, c := range r.Conditions {
		if _, isText := a[c.Key].(Text); !isText && c.has(Glob) {
			return c.Key
		}
	}
	return "" // not reached
}

// explain returns the part of the rule that is about p, or about the older action that includes it.
func (r *Rule) explain(p Permission) string {
	effect, actions := "allow", r.Actions
	if r.Inverted {
		effect = "deny"
	}
	if slices.Contains(actions, p.Action) {
		actions = []string{p.Action}
	}
	names := make([]string, len(actions))
	for n, action := range actions {
		names[n] = r.Subject + "." + action
	}
	text := effect + " " + strings.Join(names, ", ")
	if conditions := r.Conditions.text(unquoted); conditions != "" {
		text += " where " + conditions
	}
	return text
}

// unquoted quotes only what would not read as one word.
func unquoted(value string) string {
	if value == "" || strings.ContainsAny(value, " \t\n\",") {
		return fmt.Sprintf("%q", value)
	}
	return value
}
