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
