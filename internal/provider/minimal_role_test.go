// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMinimalRole: an administrator applies the example of the identity that the provider logs in as,
// and this identity then applies, plans, changes and destroys the example of a workload. Its role has
// what the documentation names for these types, and no more.
func TestMinimalRole(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(permissionsFile)
	if err != nil {
		t.Fatal(err)
	}
	var named map[string]map[string]runs
	if err := json.Unmarshal(text, &named); err != nil {
		t.Fatal(err)
	}
	workload := exampleText(t, filepath.Join(examples, "getting-started", "workload"))
	wanted := map[string]bool{}
	for kind, runs := range named["resources"] {
		if !strings.Contains(workload, `resource "`+kind+`"`) {
			continue
		}
		delete(runs, "hand over") // it hands over nothing in the organization, and is an admin of its project
		for _, demands := range runs {
			for _, d := range demands {
				if d.Scope == "organization" {
					for _, need := range d.Needs {
						wanted[need] = true
					}
				}
			}
		}
	}

	first, second := newInstallation(t), newInstallation(t)
	admin := map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": first.Admin.ClientID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": first.Admin.ClientSecret}
	first.write(t, "main.tf", exampleText(t, filepath.Join(examples, "getting-started", "provider-identity")))
	first.mustAs(t, first.Host, admin, "apply", "-input=false", "-auto-approve")
	as := map[string]string{
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID":     first.mustAs(t, first.Host, admin, "output", "-raw", "client_id"),
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": first.mustAs(t, first.Host, admin, "output", "-raw", "client_secret"),
	}
	role := first.AsAdmin(t, http.MethodGet, "/v1/organization/roles/slug/terraform", nil)
	had := map[string]bool{}
	for _, rule := range role.At("role", "permissions").([]any) {
		subject := rule.(map[string]any)["subject"].(string)
		for _, action := range rule.(map[string]any)["action"].([]any) {
			had[subject+":"+action.(string)] = true
		}
	}
	if !maps.Equal(had, wanted) {
		t.Errorf("the role has %v; the documentation names %v", slices.Sorted(maps.Keys(had)), slices.Sorted(maps.Keys(wanted)))
	}

	second.write(t, "main.tf", workload)
	second.mustAs(t, first.Host, as, "apply", "-input=false", "-auto-approve")
	second.mustAs(t, first.Host, as, "plan", "-input=false", "-detailed-exitcode")
	second.write(t, "main.tf", strings.NewReplacer(`"payments"`, `"shop"`, `"15m"`, `"10m"`, `"90d"`, `"60d"`, `["describeSecret", "readValue"]`, `["readValue"]`, `"Web shop"`, `"Shop"`).Replace(workload))
	second.mustAs(t, first.Host, as, "apply", "-input=false", "-auto-approve")
	second.mustAs(t, first.Host, as, "plan", "-input=false", "-detailed-exitcode")
	second.mustAs(t, first.Host, as, "destroy", "-input=false", "-auto-approve")
}

// mustAs runs a command of the CLI with credentials in its environment.
func (h *installation) mustAs(t *testing.T, host string, credentials map[string]string, args ...string) string {
	t.Helper()
	command, said := h.command(t, args...)
	command.Env = append(command.Environ(), "INFISICAL_HOST="+host)
	for name, value := range credentials {
		command.Env = append(command.Env, name+"="+value)
	}
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, said)
	}
	return said.String()
}
