// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// permissionsText has the permissions that TestPermissions of the provider recorded.
//
//go:embed permissions.json
var permissionsText []byte

// demand has the permissions that a route requires.
type demand struct {
	Scope string   `json:"scope"`
	Needs []string `json:"needs"`
}

// runs has the demands of a type by the name of the run.
type runs map[string][]demand

// recorded has the runs of all types by group ("data-sources") and name.
type recorded map[string]map[string]runs

func readPermissions() (recorded, error) {
	var all recorded
	err := json.Unmarshal(permissionsText, &all)
	return all, err
}

// order has the runs in the order of the tables, with their titles.
var order = []struct{ name, shown string }{
	{"plan", "plan"}, {"create", "create"}, {"change", "change"}, {"destroy", "destroy"}, {"invoke", "invoke"}, {"query", "query"}, {"hand over", "give rights"},
}

// permissionsMark separates the permissions from a description; the page templates split there.
const permissionsMark = "\n\n## Permissions\n\n"

// withPermissions adds the permissions of its runs to a type's description.
func withPermissions(to schema, needed runs) schema {
	if needed == nil {
		return to
	}
	if rows := rowsOf(needed); len(rows) == 0 {
		to.Block.Description += permissionsMark + "None that the identity of the provider must have."
	} else {
		to.Block.Description += permissionsMark + "What the identity that the provider logs in as needs; " +
			"the guide [Required permissions](../guides/required-permissions) has all of it, and roles as code.\n\n" + tableOf("", rows)
	}
	return to
}

// row is a run, with the permissions in the organization and in the project; with what it is a run of,
// where a table has several.
type row struct{ of, name, organization, project string }

func rowsOf(needed runs) []row {
	var rows []row
	for _, run := range order {
		organization, project := textOf(needed[run.name], "organization"), textOf(needed[run.name], "project")
		if organization+project != "" {
			rows = append(rows, row{"", run.shown, organization, project})
		}
	}
	return rows
}

// textOf returns the permissions of a scope: "`edit`, `read` on `identity`".
func textOf(demands []demand, scope string) string {
	actions, member := map[string][]string{}, false
	for _, d := range demands {
		member = member || d.Scope == scope
		for _, need := range d.Needs {
			subject, action, _ := strings.Cut(need, ":")
			if d.Scope == scope && !slices.Contains(actions[subject], action) {
				actions[subject] = append(actions[subject], action)
			}
		}
	}
	var texts []string
	for _, subject := range slices.Sorted(maps.Keys(actions)) {
		slices.Sort(actions[subject])
		texts = append(texts, "`"+strings.Join(actions[subject], "`, `")+"` on `"+subject+"`")
	}
	if member && len(texts) == 0 {
		return "a membership"
	}
	return strings.Join(texts, "; ")
}

// tableOf returns a Markdown table. A first column, if named, has the type of each row.
func tableOf(first string, rows []row) string {
	if first != "" {
		first = "| " + first + " "
	}
	table := first + "| run | in the organization | in the project |\n" + strings.Repeat("|---", 3+min(len(first), 1)) + "|\n"
	for _, r := range rows {
		of := ""
		if first != "" {
			of = "| " + r.of + " "
		}
		table += fmt.Sprintf("%s| %s | %s | %s |\n", of, r.name, cmp.Or(r.organization, "–"), cmp.Or(r.project, "–"))
	}
	return table
}

// writePermissions writes the tables of all types for the guide.
func writePermissions(to io.Writer) error {
	all, err := readPermissions()
	if err != nil {
		return err
	}
	for _, group := range []struct{ name, title string }{
		{"resources", "Resources"}, {"data-sources", "Data sources"}, {"ephemeral-resources", "Ephemeral resources"}, {"list-resources", "List resources"}, {"actions", "Actions"},
	} {
		var rows []row
		for _, name := range slices.Sorted(maps.Keys(all[group.name])) {
			shown := "[`" + name + "`](../" + group.name + "/" + strings.TrimPrefix(name, "machineid_") + ")"
			of := rowsOf(all[group.name][name])
			if len(of) == 0 {
				of = []row{{name: "plan"}}
			}
			for _, r := range of {
				r.of, shown = shown, ""
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(to, "\n### %s\n\n%s", group.title, tableOf("of", rows)); err != nil {
			return err
		}
	}
	return nil
}
