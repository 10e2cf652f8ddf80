// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"
	"slices"
	"strings"
)

// Diagnostic is an error or a warning about a rule in a configuration.
type Diagnostic struct {
	// Path leads to the wrong part within the rule, with names of the configuration and indices of lists:
	// ["subject"], ["actions" 1], ["effect"], ["condition" 0 "key"], ["condition" 0 "elem_match" 1 "eq"],
	// ["condition" 0 "in" 2].
	Path    []any
	Title   string
	Detail  string // a sentence or more
	Warning bool
}

// Diagnose returns what is wrong with a rule of a configuration, and its hazards, in the scope. The rule has one
// condition with one operator for each block of the configuration (see Merged), so that indices are those of the
// blocks. Texts that are not known yet are empty, and skipped.
func (r Rule) Diagnose(scope Scope) []Diagnostic {
	var found []Diagnostic
	for _, p := range r.problems(scope, tables[scope]) {
		found = append(found, p.diagnostic())
	}
	if len(found) == 0 {
		found = r.hazards(scope)
	}
	return found
}

// Merged returns the rule with one condition for each key, as the API has it, in the order of the first of each.
func (r Rule) Merged() Rule {
	r.Conditions = r.Conditions.merged()
	return r
}

func (cs Conditions) merged() Conditions {
	var all Conditions
	for _, c := range cs {
		c.Tests = slices.Clone(c.Tests)
		for n := range c.Tests {
			c.Tests[n].Fields = c.Tests[n].Fields.merged()
		}
		if n := slices.IndexFunc(all, func(prior Condition) bool { return prior.Key == c.Key }); n >= 0 {
			all[n].Tests, all[n].literal = append(all[n].Tests, c.Tests...), false
		} else {
			all = append(all, c)
		}
	}
	return all
}

// configurationNames are the names of a configuration for those of the API.
var configurationNames = map[string]string{
	"action": "actions", "inverted": "effect", "conditions": "condition",
	Eq: "eq", Ne: "ne", In: "in", AllOf: "all", Glob: "glob", ElemMatch: "elem_match",
}

var configurationWords = strings.NewReplacer(ElemMatch, "elem_match", AllOf, "all", Eq, "eq", Ne, "ne", In, "in", Glob, "glob",
	"cannot be inverted", `cannot have effect = "deny"`)

func (p problem) diagnostic() Diagnostic {
	d := Diagnostic{Path: configurationPath(p.path), Title: "Invalid permission", Detail: sentence(configurationWords.Replace(p.sentence))}
	if p.unknown == "" {
		return d
	}
	switch d.Path[0] {
	case "subject":
		d.Title = "Unknown subject"
	case "actions":
		d.Title = "Unknown action"
	default:
		d.Title = "Unknown condition key"
		if d.Path = append(d.Path, "key"); len(d.Path) > 3 { // of elem_match
			d.Path[len(d.Path)-1] = "field"
		}
	}
	if p.suggestion != "" {
		d.Detail += fmt.Sprintf(" Did you mean %q?", p.suggestion)
	}
	d.Detail += " If the server is newer than this version of the provider and has it, set allow_unknown = true in the rule."
	return d
}

func configurationPath(path []any) []any {
	path = slices.Clone(path)
	for n, step := range path {
		if name, ok := step.(string); ok && configurationNames[name] != "" {
			path[n] = configurationNames[name]
		}
	}
	return path
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// hazards warns of rules that servers accept and that allow or deny other than they seem to.
func (r *Rule) hazards(scope Scope) []Diagnostic {
	if Inert(scope, r.Subject) {
		return []Diagnostic{{Path: []any{"subject"}, Title: "Rule without effect", Warning: true, Detail: "Servers accept rules on " + r.Subject +
			" and ignore them, as the product no longer exists. Remove the rule."}}
	}
	var found []Diagnostic
	for n, c := range r.Conditions {
		for _, t := range c.Tests {
			if title, detail := t.hazard(); title != "" {
				found = append(found, Diagnostic{Path: configurationPath([]any{"conditions", n, t.Operator}), Title: title, Detail: detail, Warning: true})
			}
		}
	}
	return found
}

// hazard returns the warning about a template that makes the condition hold for more than it seems to.
func (t *Test) hazard() (title, detail string) {
	if len(t.Values) != 1 || !templated(t.Values[0]) {
		return "", ""
	}
	switch value := t.Values[0]; t.Operator {
	case Glob:
		return "Template in a pattern", "The server does not quote the value in " + value + ": an identity whose metadata has \"**\" or \"{a,b}\" there " +
			"matches more. Use eq, or keep others from editing the metadata."
	case Ne:
		return "Template compared with ne", "For an identity without the value of " + value + " the condition holds for every object, " +
			"as the server compares with the template itself. Use eq or in."
	}
	return "", ""
}
