// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Values are what templates may refer to, named as after "identity.": "id", "name",
// "metadata.team", "auth.oidc.claims.sub". Contract: section 4.1.
type Values map[string]string

// reference is what a template may hold. A name is what handlebars takes for one.
var reference = func() *regexp.Regexp {
	const name = "[^\\s!\"#%&'()*+,./;<=>@\\[\\\\\\]^`{|}~]+"
	return regexp.MustCompile(`^identity\.(id|name|metadata\.` + name + `|auth(?:\.` + name + `)+)$`)
}()

const (
	open   = "{{"
	closed = "}}"
)

func templated(value string) bool { return strings.Contains(value, open) }

// For resolves the templates for an identity. A value that is missing or empty stays a
// template, so that its rule allows nothing, and forbids all that it could forbid. What comes
// out is for asking; what is stored and shown are the rules themselves.
func (rs Rules) For(identity Values) Rules {
	resolved := rs
	for n, r := range rs {
		if cs := r.Conditions.resolve(identity); cs != nil {
			if &resolved[0] == &rs[0] {
				resolved = slices.Clone(rs)
			}
			resolved[n].Conditions = cs
		}
	}
	return resolved
}

// Templated reports whether a template is left in one of the rules.
func (rs Rules) Templated() bool {
	return slices.ContainsFunc(rs, func(r Rule) bool { return r.Conditions.templated() })
}

// resolve answers nil where there is nothing to resolve.
func (cs Conditions) resolve(identity Values) Conditions {
	var resolved Conditions
	for n, c := range cs {
		tests := slices.Clone(c.Tests)
		changed := false
		for m := range tests {
			changed = tests[m].resolve(identity) || changed
		}
		if !changed {
			continue
		}
		if resolved == nil {
			resolved = slices.Clone(cs)
		}
		resolved[n].Tests = tests
	}
	return resolved
}

func (t *Test) resolve(identity Values) (changed bool) {
	if fields := t.Fields.resolve(identity); fields != nil {
		t.Fields = fields
		return true
	}
	if !slices.ContainsFunc(t.Values, templated) {
		return false
	}
	quote := func(s string) string { return s }
	if t.Operator == Glob {
		quote = quoteGlob
	}
	values := make([]string, len(t.Values))
	for n, value := range t.Values {
		values[n] = fill(value, identity, quote)
	}
	t.Values = values
	if t.Operator == Glob && !templated(values[0]) {
		t.glob, _ = newGlob(values[0]) // none matches nothing
	}
	return true
}

// fill answers the value itself when something in it cannot be resolved.
func fill(value string, identity Values, quote func(string) string) string {
	var filled strings.Builder
	rest := value
	for {
		before, after, found := strings.Cut(rest, open)
		filled.WriteString(before)
		if !found {
			return filled.String()
		}
		inside, behind, _ := strings.Cut(after, closed)
		known := identity[strings.TrimPrefix(strings.TrimSpace(inside), "identity.")]
		if known == "" || templated(known) {
			return value
		}
		filled.WriteString(quote(known))
		rest = behind
	}
}

// checkTemplates refuses every template but a reference to the identity.
func checkTemplates(value string) error {
	for {
		_, after, found := strings.Cut(value, open)
		if !found {
			return nil
		}
		inside, rest, found := strings.Cut(after, closed)
		if !found {
			return fmt.Errorf("a template is not closed with %s", closed)
		}
		if !reference.MatchString(strings.TrimSpace(inside)) {
			return fmt.Errorf("a template may only refer to the identity, as {{identity.metadata.team}}, {{identity.id}} or {{identity.name}}, and not be {{%s}}", inside)
		}
		value = rest
	}
}

// withoutTemplates puts a name in the place of every template, to check what is around it.
func withoutTemplates(value string) string {
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(value, open)
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		plain.WriteString("x")
		_, value, _ = strings.Cut(after, closed)
	}
}

// widest is what the rules may come to allow once their templates are resolved: each rule that
// allows does so for any value of a template, and each that forbids for none.
func (rs Rules) widest() Rules {
	wide := rs
	for n, r := range rs {
		if !r.Conditions.templated() {
			continue
		}
		if &wide[0] == &rs[0] {
			wide = slices.Clone(rs)
		}
		cs, possible := r.Conditions.known(r.Inverted)
		wide[n].Conditions = cs
		if !possible {
			wide[n].Actions = nil
		}
	}
	return wide
}

func (cs Conditions) templated() bool {
	return slices.ContainsFunc(cs, func(c Condition) bool {
		return slices.ContainsFunc(c.Tests, func(t Test) bool {
			return slices.ContainsFunc(t.Values, templated) || t.Fields.templated()
		})
	})
}

// known leaves out the tests with templates, and in a rule that forbids the values with them;
// possible: there is something left that can hold.
func (cs Conditions) known(inverted bool) (known Conditions, possible bool) {
	known = slices.Clone(cs)
	for n, c := range cs {
		known[n].Tests = nil
		for _, t := range c.Tests {
			keep := true
			switch {
			case t.Operator == ElemMatch:
				t.Fields, keep = t.Fields.known(inverted)
			case slices.ContainsFunc(t.Values, templated):
				t.Values = slices.DeleteFunc(slices.Clone(t.Values), templated)
				keep = inverted && len(t.Values) > 0
			}
			if keep {
				known[n].Tests = append(known[n].Tests, t)
			} else if inverted {
				return nil, false
			}
		}
	}
	return known, true
}
