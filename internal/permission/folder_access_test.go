// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFolderAccess(t *testing.T) {
	everything := Rules{
		{Subject: Secrets, Actions: []string{DescribeSecret, ReadValue, Create, Edit, Delete}},
		{Subject: SecretFolders, Actions: []string{Create, Edit, Delete, ManageAccess}},
		{Subject: "dynamic-secrets", Actions: []string{"lease"}},
		{Subject: "commits", Actions: []string{Read}},
		{Subject: Identity, Actions: []string{Read}},
	}
	denied := Rules{{Subject: Secrets, Actions: []string{Read}, Inverted: true}, {Subject: "commits", Actions: []string{Read}, Inverted: true}}
	here := Attributes{"environment": Text("dev"), "secretPath": Text("/app")}
	for _, c := range []struct {
		name    string
		level   FolderLevel
		rules   Rules
		asked   string
		at      Attributes
		allowed bool
	}{
		{"a level allows what it has", FolderList, nil, "secrets describeSecret", here, true},
		{"a level allows what those before it have", FolderFullAccess, nil, "secrets describeSecret", here, true},
		{"a level does not allow what those after it have", FolderList, nil, "secrets readValue", here, false},
		{"a level narrows roles", FolderList, everything, "secrets edit", here, false},
		{"reading takes both parts", FolderList, everything, "secrets read", here, false},
		{"reading has both parts", FolderRead, nil, "secrets read", here, true},
		{"a level overrides a denial", FolderRead, denied, "secrets readValue", here, true},
		{"a level overrides a denial of commits", FolderRead, denied, "commits read", here, true},
		{"a level without commits leaves them to roles", FolderList, everything, "commits read", here, true},
		{"a level narrows subjects that it does not name", FolderList, everything, "dynamic-secrets lease", here, false},
		{"only full access manages access", FolderManage, everything, "secret-folders manage-access", here, false},
		{"full access manages access", FolderFullAccess, nil, "secret-folders manage-access", here, true},
		{"full access creates no folders", FolderFullAccess, everything, "secret-folders create", here, false},
		{"other subjects are left to roles", FolderList, everything, "identity read", here, true},
		{"a folder inside is left to roles", FolderFullAccess, nil, "secrets readValue", Attributes{"environment": Text("dev"), "secretPath": Text("/app/db")}, false},
		{"a folder inside is not narrowed", FolderList, everything, "secrets edit", Attributes{"environment": Text("dev"), "secretPath": Text("/app/db")}, true},
		{"another environment is left to roles", FolderList, everything, "secrets edit", Attributes{"environment": Text("prod"), "secretPath": Text("/app")}, true},
		{"an unknown folder is left to roles", FolderList, everything, "secrets edit", nil, true},
		{"an unknown level allows nothing", "everything", everything, "secrets edit", here, false},
	} {
		subject, action, _ := strings.Cut(c.asked, " ")
		grants := FolderGrants{FolderRead.In("prod", "/"), c.level.In("dev", "/app")}
		if got := grants.Allow(c.rules, Permission{action, subject}, c.at); got != c.allowed {
			t.Errorf("%s: %s with %s: got %t", c.name, c.asked, c.level, got)
		}
	}
}

// TestFolderLevels checks that every action of a level exists, and that each level covers the one before it.
func TestFolderLevels(t *testing.T) {
	var before Rules
	for _, level := range FolderLevels() {
		g := FolderLevel(level).In("dev", "/")
		for _, r := range g.Rules {
			for _, action := range r.Actions {
				if r.Subject == SecretFolders && action == ManageAccess {
					continue // of built-in roles and of this level only
				}
				if !slices.Contains(Actions(Project, r.Subject), action) {
					t.Errorf("%s: there is no action %s on %s", level, action, r.Subject)
				}
			}
		}
		if missing := g.Rules.Missing(before); len(missing) > 0 || before.Missing(g.Rules) == nil {
			t.Errorf("%s: does not grow; missing %v", level, missing)
		}
		before = g.Rules
		all := append(slices.Clone(g.Rules), g.Denials()...)
		for _, r := range g.Rules {
			if p := (Permission{r.Actions[0], r.Subject}); r.Subject != "commits" && all.Allow(p, Attributes{"environment": Text("dev"), "secretPath": Text("/")}) {
				t.Errorf("%s: the denials of the folder do not deny %s", level, p)
			}
		}
	}
	if len(before) == 0 {
		t.Error("there are no levels")
	}
}

func TestIsFolderPath(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/app": true, "/app/db-1/x_Y": true, "": false, "app": false, "/app/": false, "//": false, "/a//b": false,
		"/bad name!": false, "/a/../b": false, "/a.b": false, "/ä": false, "/a\n": false,
		"/" + strings.Repeat("a", MaxFolderPath-1): true, "/" + strings.Repeat("a", MaxFolderPath): false,
	} {
		if got := IsFolderPath(path); got != want {
			t.Errorf("%s: got %t", fmt.Sprintf("%.20q", path), got)
		}
	}
}
