// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

var (
	importTo   = regexp.MustCompile(`(?m)^  to = (\S+)$`)
	identityOf = regexp.MustCompile(`(?m)^    (\w+) += "([^"]*)"$`)
)

// TestImportExamples makes what the small example of a resource says, forgets it, and imports it as
// the page says: by the names in its command and its block, and by its identity. Each plans nothing.
func TestImportExamples(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join(examples, "resources", "*"))
	if err != nil || len(folders) == 0 {
		t.Fatal(err, "there are no resources")
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			testImports(t, folder)
		})
	}
}

func testImports(t *testing.T, folder string) {
	h := newInstallation(t)
	h.write(t, "main.tf", h.provider("")+exampleFile(t, filepath.Join(folder, "resource.tf")))
	h.must(t, "apply", "-input=false", "-auto-approve")
	again := func(block string) (string, error) {
		h.must(t, "state", "rm", importTo.FindStringSubmatch(block)[1])
		h.write(t, "import.tf", block)
		said, err := h.run(t, "apply", "-input=false", "-auto-approve")
		if err == nil && !strings.Contains(said, "1 imported, 0 added, 0 changed, 0 destroyed") {
			t.Errorf("something else than an import:\n%s", said)
		}
		return said, err
	}
	if said, err := again(exampleFile(t, filepath.Join(folder, "import-by-string-id.tf"))); err != nil {
		t.Fatal(err, said)
	}

	// The command takes the same: TestImportExamplesAgree.
	block := exampleFile(t, filepath.Join(folder, "import-by-identity.tf"))
	identity := providertest.Values{}
	values := h.valuesOf(t, importTo.FindStringSubmatch(block)[1])
	for _, found := range identityOf.FindAllStringSubmatch(block, -1) {
		value, ok := values[found[1]].(string)
		if !ok {
			t.Fatalf("the resource has no %s", found[1])
		}
		identity[found[1]] = value
		block = strings.Replace(block, `"`+found[2]+`"`, `"`+value+`"`, 1)
	}
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})
	p.Import(t, filepath.Base(folder), "", identity)
	if said, err := again(block); err != nil && !strings.Contains(said, `"identity" is not expected here`) && !strings.Contains(said, `The argument "id" is required`) {
		t.Fatal(err, said) // older CLIs know no identity
	}
}

var invokable = regexp.MustCompile(`(?ms)^action "(\w+)" .*?^}$`)

// TestActionExamples: what the examples of actions set is there. TestExamples applies them, with a CLI
// that has actions.
func TestActionExamples(t *testing.T) {
	t.Parallel()
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": "http://127.0.0.1:1", "access_token": "none"})
	paths, err := filepath.Glob(filepath.Join(examples, "actions", "*", "*.tf"))
	if err != nil || len(paths) == 0 {
		t.Fatal(err, "there are no actions")
	}
	for _, path := range paths {
		block := invokable.FindStringSubmatch(exampleFile(t, path))
		if block == nil {
			t.Fatalf("%s: no action", path)
		}
		for _, found := range filtered.FindAllStringSubmatch(block[0], -1) {
			wantAttribute(t, p.Schemas.ActionSchemas[block[1]].Schema, found[1])
		}
	}
}

// valuesOf are the attributes of a resource in the state.
func (h *installation) valuesOf(t *testing.T, address string) map[string]any {
	t.Helper()
	cmd, said := h.command(t, "show", "-json")
	cmd.Stderr = nil
	if err := cmd.Run(); err != nil {
		t.Fatal(err, said)
	}
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal(said.Bytes(), &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Values.RootModule.Resources {
		if r.Address == address {
			return r.Values
		}
	}
	t.Fatalf("there is no %s", address)
	return nil
}
