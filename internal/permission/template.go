// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Values are what templates can refer to. Contract: section 4.1.
type Values struct {
	ID       string            // identity.id
	Username string            // identity.username, the name of the identity
	Metadata map[string]string // identity.metadata.*
	// Auth has what the login proved, by its path below identity.auth: oidc.claims.sub,
	// kubernetes.namespace, aws.arn and so on. nil means that it is not known: such templates stay.
	Auth map[string]string
}

// expression is what stands between the braces of a template: a reference, or a helper with a
// reference and a text.
var expression = func() *regexp.Regexp {
	const name = "[^\\s!\"#%&'()*+,./;<=>@\\[\\\\\\]^`{|}~]+"
	const auth = `oidc\.claims(?:\.` + name + `)+|kubernetes\.(?:namespace|name)|aws\.(?:accountId|arn|userId|partition|service|resourceType|resourceName)`
	return regexp.MustCompile(`^\s*(?:(stripPrefix|trimSuffix)\s+)?identity\.(id|username|metadata\.` + name + `|auth\.(?:` + auth + `))(?:\s+(?:"([^"]*)"|'([^']*)'))?\s*$`)
}()

const (
	open   = "{{"
	closed = "}}"
)

func templated(value string) bool { return strings.Contains(value, open) }

// For resolves the templates for an identity, as servers do: a metadata key that the identity lacks
// leaves its template as it is, and any other missing value becomes empty. The characters that have
// a meaning in HTML are escaped. Values are not quoted in globs, so a value "**" widens its pattern.
// The result is for evaluation; what is stored and returned are the rules themselves.
func (rs Rules) For(identity Values) Rules {
	return rs.mapTests(func(t *Test, _ bool) outcome {
		t.Values = slices.Clone(t.Values)
		for n := range t.Values {
			t.Values[n] = identity.render(t.Values[n])
		}
		t.compile()
		return keepTest
	})
}

// Templated reports whether a template is left in one of the rules.
func (rs Rules) Templated() bool {
	return slices.ContainsFunc(rs, func(r Rule) bool { return r.Conditions.templated() })
}

func (cs Conditions) templated() bool {
	return slices.ContainsFunc(cs, func(c Condition) bool {
		return slices.ContainsFunc(c.Tests, func(t Test) bool {
			return slices.ContainsFunc(t.Values, templated) || t.Fields.templated()
		})
	})
}

// ForAny returns rules without templates that allow what these allow for every identity.
func (rs Rules) ForAny() Rules { return rs.bound(false) }

// bound returns rules without templates: as upper bound they allow all that these rules may allow
// for some identity, else what these rules allow for every identity.
func (rs Rules) bound(upper bool) Rules {
	return rs.mapTests(func(t *Test, inverted bool) outcome {
		if inverted != upper { // assume that the test holds
			return dropTest
		}
		t.Values = slices.DeleteFunc(slices.Clone(t.Values), templated)
		if t.Operator != In || len(t.Values) == 0 {
			return dropRule
		}
		return keepTest
	})
}

// outcome is what becomes of a test with a template.
type outcome int

const (
	keepTest outcome = iota
	dropTest         // it always holds
	dropRule         // it never holds
)

// mapTests applies f to copies of the tests that have templates.
func (rs Rules) mapTests(f func(t *Test, inverted bool) outcome) Rules {
	if !rs.Templated() {
		return rs
	}
	mapped := make(Rules, len(rs))
	for n, r := range rs {
		var possible bool
		if r.Conditions, possible = r.Conditions.mapTests(r.Inverted, f); !possible {
			r.Actions = nil // keeps the index
		}
		mapped[n] = r
	}
	return mapped
}

func (cs Conditions) mapTests(inverted bool, f func(t *Test, inverted bool) outcome) (mapped Conditions, possible bool) {
	if !cs.templated() {
		return cs, true
	}
	mapped = slices.Clone(cs)
	for n, c := range cs {
		mapped[n].Tests = nil
		for _, t := range c.Tests {
			if t.Fields, possible = t.Fields.mapTests(inverted, f); !possible {
				return nil, false
			}
			o := keepTest
			if slices.ContainsFunc(t.Values, templated) {
				o = f(&t, inverted)
			}
			switch o {
			case keepTest:
				mapped[n].Tests = append(mapped[n].Tests, t)
			case dropRule:
				return nil, false
			}
		}
	}
	return mapped, true
}

// render replaces the templates of a text.
func (v Values) render(text string) string {
	var rendered strings.Builder
	for {
		before, after, found := strings.Cut(text, open)
		rendered.WriteString(before)
		if !found {
			return rendered.String()
		}
		inside, rest, _ := strings.Cut(after, closed)
		if value, known := v.value(inside); known {
			rendered.WriteString(htmlEscapes.Replace(value))
		} else {
			rendered.WriteString(open + inside + closed)
		}
		text = rest
	}
}

// htmlEscapes are those of handlebars.
var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;", "`", "&#x60;", "=", "&#x3D;")

// value evaluates what stands between the braces. known is false where the template stays.
func (v Values) value(inside string) (value string, known bool) {
	parts := expression.FindStringSubmatch(inside)
	if parts == nil {
		return "", true
	}
	helper, reference, argument := parts[1], parts[2], parts[3]+parts[4]
	switch kind, name, _ := strings.Cut(reference, "."); kind {
	case "id":
		value = v.ID
	case "username":
		value = v.Username
	case "metadata":
		if value, known = v.Metadata[name]; !known {
			value = open + "identity." + reference + closed
		}
	case "auth":
		if v.Auth == nil {
			return "", false
		}
		value = v.Auth[name]
	}
	switch helper {
	case "stripPrefix":
		value = strings.TrimPrefix(value, argument)
	case "trimSuffix":
		value = strings.TrimSuffix(value, argument)
	}
	return value, true
}

// checkTemplates rejects templates that servers reject or leave empty.
func checkTemplates(value string) error {
	for {
		_, after, found := strings.Cut(value, open)
		if !found {
			return nil
		}
		inside, rest, found := strings.Cut(after, closed)
		parts := expression.FindStringSubmatch(inside)
		switch {
		case !found:
			return fmt.Errorf("a template is not closed with %s", closed)
		case strings.HasPrefix(inside, "{"):
			return errors.New("a template has two braces on each side, not three")
		case strings.TrimSpace(inside) == "identity.name":
			return errors.New("identity.name is always empty; write {{identity.username}} for the name of the identity")
		case parts == nil:
			return fmt.Errorf("a template must refer to the identity, such as {{identity.metadata.team}}, {{identity.id}}, {{identity.username}} or {{identity.auth.oidc.claims.sub}}, not {{%s}}", inside)
		case parts[1] != "" && parts[3]+parts[4] == "", parts[1] == "" && parts[3]+parts[4] != "":
			return errors.New(`a helper takes a reference and a text, such as {{stripPrefix identity.metadata.team "team-"}}`)
		}
		value = rest
	}
}
