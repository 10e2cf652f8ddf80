// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// scopes are those of the reference, with their titles.
var scopes = []struct {
	scope permission.Scope
	title string
}{{permission.Project, "Project"}, {permission.Organization, "Organization"}}

// operatorNames are those of the configuration, in the order of the page.
var operatorNames = []struct{ api, name string }{
	{permission.Eq, "eq"}, {permission.Ne, "ne"}, {permission.In, "in"}, {permission.AllOf, "all"}, {permission.Glob, "glob"}, {permission.ElemMatch, "elem_match"},
}

// writeReference writes the tables of the guide on permissions.
func writeReference(to io.Writer) error {
	var page strings.Builder
	for _, s := range scopes {
		fmt.Fprintf(&page, "\n## %s: subjects, actions and condition keys\n\n%s", s.title, subjectTable(s.scope))
		if inert := inertSubjects(s.scope); len(inert) > 0 {
			fmt.Fprintf(&page, "\nServers accept rules on these subjects with any action and condition, and ignore them, as the products no longer exist: %s. The plan warns of them.\n", quoted(inert))
		}
		if former := permission.Replacements(s.scope); len(former) > 0 {
			fmt.Fprintf(&page, "\nServers reject these names:\n\n| name | instead |\n|---|---|\n")
			for _, name := range slices.Sorted(maps.Keys(former)) {
				fmt.Fprintf(&page, "| `%s` | %s |\n", name, former[name])
			}
		}
	}
	for _, s := range scopes {
		fmt.Fprintf(&page, "\n## %s: built-in roles\n", s.title)
		for _, role := range permission.BuiltIns(s.scope) {
			fmt.Fprintf(&page, "\n### `%s`\n\n%s", role.Slug, roleTable(role))
		}
	}
	_, err := io.WriteString(to, page.String())
	return err
}

func subjectTable(scope permission.Scope) string {
	table := "| subject | actions | `deny` | condition keys with their operators |\n|---|---|---|---|\n"
	for _, subject := range permission.Subjects(scope) {
		if permission.Inert(scope, subject) {
			continue
		}
		deny := "–"
		if permission.Inverts(scope, subject) {
			deny = "yes"
		}
		actions := permission.Actions(scope, subject)
		table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", subject, quoted(actions), deny, keyList(permission.ConditionKeys(scope, subject), actions))
	}
	return table
}

// keyList returns "`identityId` (`eq`, `in`; not with `create`)" for each key, or a dash.
func keyList(keys []permission.ConditionKey, actions []string) string {
	if len(keys) == 0 {
		return "–"
	}
	var texts []string
	for _, key := range keys {
		text := fmt.Sprintf("`%s` (%s", key.Name, quoted(configurationNames(key.Operators)))
		if len(key.Entries) > 0 {
			text += " of `key` and `value`: " + quoted(configurationNames(key.Entries))
		}
		texts = append(texts, text+actionLimit(key.Actions, actions)+")")
	}
	return strings.Join(texts, ", ")
}

// actionLimit names the shorter list: the actions that take the key, or those that do not.
func actionLimit(taking, actions []string) string {
	others := slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return slices.Contains(taking, action) })
	switch {
	case taking == nil || len(others) == 0:
		return ""
	case len(others) < len(taking):
		return "; not with " + quoted(others)
	}
	return "; only with " + quoted(taking)
}

func configurationNames(operators []string) []string {
	var names []string
	for _, o := range operatorNames {
		if slices.Contains(operators, o.api) {
			names = append(names, o.name)
		}
	}
	return names
}

func inertSubjects(scope permission.Scope) []string {
	return slices.DeleteFunc(permission.Subjects(scope), func(subject string) bool { return !permission.Inert(scope, subject) })
}

func roleTable(role permission.BuiltInRole) string {
	text := ""
	if role.ProjectType != "" {
		text = "Only in projects of the type `" + role.ProjectType + "`.\n\n"
	}
	if len(role.Rules) == 0 {
		return text + "Allows nothing.\n"
	}
	actions := map[string][]string{}
	for _, r := range role.Rules {
		actions[r.Subject] = append(actions[r.Subject], r.Actions...)
	}
	text += "| subject | actions |\n|---|---|\n"
	for _, subject := range slices.Sorted(maps.Keys(actions)) {
		text += fmt.Sprintf("| `%s` | %s |\n", subject, quoted(actions[subject]))
	}
	return text
}

func quoted(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
