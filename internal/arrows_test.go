// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package internal_test checks the imports between packages that CONTRIBUTING.md lists.
package internal_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seed-54b7b333/terraform-provider-machineid"

// arrows lists every package below internal with the packages of this module that it may import.
// Packages after the bar may be imported by its tests only.
var arrows = map[string]string{
	"main":                  "provider client sandbox |",
	"internal":              "|",
	"api":                   "permission |",
	"permission":            "suggest |",
	"suggest":               "|",
	"iam":                   "permission api |",
	"store":                 "iam permission | api store/storetest",
	"store/storetest":       "|",
	"verify":                "iam | verify/oidctest",
	"verify/oidctest":       "|",
	"server":                "iam api permission | server/servertest sandbox client verify/oidctest store/storetest",
	"server/faults":         "api |",
	"server/older":          "server iam api permission | sandbox client server/servertest verify/oidctest",
	"server/servertest":     "sandbox server server/faults store store/storetest iam permission client api",
	"sandbox":               "server server/faults server/older store verify iam | client api store/storetest",
	"client":                "api permission | server/servertest verify/oidctest",
	"provider":              "provider/identity provider/auth provider/role provider/project provider/attribute client | provider/providertest server/servertest verify/oidctest server/faults sandbox permission",
	"provider/identity":     "provider/attribute provider/crud provider/lookup suggest client permission api | provider provider/providertest server/servertest",
	"provider/auth":         "provider/attribute provider/crud provider/lookup suggest client permission api | provider provider/providertest server/servertest verify/oidctest",
	"provider/role":         "provider/attribute provider/crud provider/lookup suggest client permission api | provider provider/providertest server/servertest",
	"provider/project":      "provider/attribute provider/crud provider/lookup suggest client permission api | provider provider/providertest server/servertest",
	"provider/attribute":    "permission suggest api |",
	"provider/lookup":       "suggest client api | server/servertest",
	"provider/crud":         "provider/attribute client | api",
	"provider/providertest": "provider server/servertest |",
	"tools/schemajson":      "provider permission | api server/servertest",
	"tools/demo":            "client api |",
}

func TestArrows(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .TestImports " "}} {{join .XTestImports " "}}`, module+"/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(line, "|")
		name := place(fields[0])
		seen[name] = true
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %s has no line in arrows. Add one, and one in CONTRIBUTING.md", name)
		}
		code, tests, _ := strings.Cut(allowed, "|")
		wantArrows(t, name, fields[1], strings.Fields(code))
		wantArrows(t, "a test of "+name, fields[2], append(strings.Fields(code+tests), name))
	}
	for name := range arrows {
		if !seen[name] {
			t.Errorf("package %s does not exist. Remove its line in arrows", name)
		}
	}
}

func wantArrows(t *testing.T, from, imports string, allowed []string) {
	t.Helper()
	for path := range strings.FieldsSeq(imports) {
		if to := place(path); strings.HasPrefix(path, module) && !slices.Contains(allowed, to) {
			t.Errorf("%s imports %s; allowed: %s", from, to, strings.Join(allowed, " "))
		}
	}
}

// place returns the name of a package in arrows.
func place(path string) string {
	if path == module {
		return "main"
	}
	return strings.TrimPrefix(strings.TrimPrefix(path, module+"/"), "internal/")
}
