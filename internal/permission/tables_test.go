// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	file = "testdata/" + file + ".golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it for review:\n%s", file, got)
	}
}

// TestTables compares the tables with golden files, so that a change is reviewed.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, scope := range []Scope{Organization, Project} {
		var text strings.Builder
		for _, subject := range Subjects(scope) {
			fmt.Fprintf(&text, "%s: %s\n", subject, strings.Join(Actions(scope, subject), " "))
			for _, key := range ConditionKeys(scope, subject) {
				fmt.Fprintf(&text, "    %s\n", strings.TrimSpace(strings.Join(append([]string{key.Name}, key.Operators...), " ")+" "+limits(key)))
			}
			if Inverts(scope, subject) {
				text.WriteString("    inverted\n")
			}
			if Inert(scope, subject) {
				text.WriteString("    inert\n")
			}
		}
		golden(t, string(scope)+"_subjects", text.String())
	}
}

// limits describes what narrows a condition key to some actions and to some operators of entries.
func limits(key ConditionKey) string {
	text := ""
	if key.Entries != nil {
		text += "(" + strings.Join(key.Entries, " ") + ") "
	}
	if key.Actions != nil {
		text += "for " + strings.Join(key.Actions, " ")
	}
	return strings.TrimSpace(text)
}

func TestBuiltInRoles(t *testing.T) {
	t.Parallel()
	for _, scope := range []Scope{Organization, Project} {
		var text strings.Builder
		for _, role := range BuiltIns(scope) {
			fmt.Fprintf(&text, "%s (%s)\n", role.Slug, role.Name)
			for _, subject := range Subjects(scope) {
				for _, r := range role.Rules {
					if r.Subject == subject {
						fmt.Fprintf(&text, "    %s: %s\n", r.Subject, strings.Join(r.Actions, " "))
					}
				}
			}
		}
		golden(t, string(scope)+"_roles", text.String())
	}
}

// TestBuiltInRolesAreRules: the rules of built-in roles are accepted as those of custom ones.
func TestBuiltInRolesAreRules(t *testing.T) {
	t.Parallel()
	for _, scope := range []Scope{Organization, Project} {
		for _, role := range BuiltIns(scope) {
			custom := slices.Clone(role.Rules)
			for n, r := range custom {
				custom[n].Actions = slices.DeleteFunc(slices.Clone(r.Actions), func(a string) bool { return a == ManageAccess })
			}
			if rules, err := Parse(scope, []byte(written(t, custom))); err != nil || len(rules) != len(role.Rules) {
				t.Errorf("%s of the %s: %v", role.Slug, scope, err)
			}
			if found, ok := BuiltIn(scope, role.Slug); !ok || found.Name != role.Name {
				t.Errorf("%s of the %s is not found", role.Slug, scope)
			}
			admin, _ := BuiltIn(scope, Admin)
			if missing := admin.Rules.Missing(role.Rules); len(missing) > 0 {
				t.Errorf("the admin of the %s lacks permissions of %s: %v", scope, role.Slug, missing)
			}
		}
	}
	if _, ok := BuiltIn(Organization, Viewer); ok {
		t.Error("an organization has a viewer role")
	}
	if _, ok := BuiltIn(Project, "custom"); ok {
		t.Error("custom is a role")
	}
}

// TestAdminsMayEverything, and no-access nothing.
func TestAdminsMayEverything(t *testing.T) {
	t.Parallel()
	for _, scope := range []Scope{Organization, Project} {
		admin, _ := BuiltIn(scope, Admin)
		none, _ := BuiltIn(scope, NoAccess)
		all := All(scope)
		for _, p := range all {
			if admin.Rules.Allow(p, nil) == deniedToAdmins(scope, p) || none.Rules.Allow(p, nil) {
				t.Errorf("%s in the %s", p, scope)
			}
		}
		if !slices.IsSortedFunc(all, func(a, b Permission) int { return strings.Compare(a.Subject, b.Subject) }) {
			t.Errorf("permissions of the %s are not sorted", scope)
		}
	}
}

// deniedToAdmins reports the permissions that the admin of a project does not have.
func deniedToAdmins(scope Scope, p Permission) bool {
	return Inert(scope, p.Subject) || strings.HasPrefix(p.Subject, "agent-vault-") || p == Permission{Read, "secret-folders"} ||
		p.Subject == "code-signers" && p.Action != Read && p.Action != Create
}

func TestNoSuchSubject(t *testing.T) {
	t.Parallel()
	if Actions(Project, "x") != nil || ConditionKeys(Project, "x") != nil || Inverts(Project, "x") || Subjects("x") != nil {
		t.Error("an unknown subject has something")
	}
}

// TestListsAreCopies: callers cannot change the tables.
func TestListsAreCopies(t *testing.T) {
	t.Parallel()
	Actions(Project, Secrets)[0] = "x"
	ConditionKeys(Project, Secrets)[0].Name = "x"
	BuiltIns(Project)[0].Slug = "x"
	if Actions(Project, Secrets)[0] == "x" || ConditionKeys(Project, Secrets)[0].Name == "x" || BuiltIns(Project)[0].Slug == "x" {
		t.Error("a caller changed a table")
	}
}
