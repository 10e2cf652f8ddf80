// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const examples = "../../examples"

// TestExamples applies every example, plans it again, which must be empty, and destroys it, after
// which the API must be as it was.
func TestExamples(t *testing.T) {
	texts := exampleTexts(t)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if !leftToPages("/"+name, texts[name]) {
			t.Run(name, func(t *testing.T) { testExample(t, texts[name]) })
		}
	}
}

// exampleTexts are what is applied together, by its path below examples: a folder, or each file where
// the folder is of one thing of the provider.
func exampleTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for folder := range exampleFolders(t) {
		name, err := filepath.Rel(examples, folder)
		if err != nil {
			t.Fatal(err)
		}
		name = filepath.ToSlash(name)
		if !strings.Contains(name, "/machineid_") && !strings.HasPrefix(name, "functions/") {
			texts[name] = exampleText(t, folder)
			continue
		}
		for _, file := range exampleFiles(t, folder) {
			texts[name+"/"+filepath.Base(file)] = exampleFile(t, file)
		}
	}
	return texts
}

// exampleFolders are those of all examples but the modules, which have tests of their own.
func exampleFolders(t *testing.T) map[string]bool {
	t.Helper()
	folders := map[string]bool{}
	for _, depth := range []string{"*", "*/*"} {
		files, err := filepath.Glob(filepath.Join(examples, depth, "*.tf"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if folder := filepath.Dir(file); filepath.Base(filepath.Dir(folder)) != "modules" {
				folders[folder] = true
			}
		}
	}
	return folders
}

// environmentOf are the variables of the environment that stand in for those of an example.
var environmentOf = map[string]string{
	"host": "INFISICAL_HOST", "client_id": "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "client_secret": "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET",
}

func testExample(t *testing.T, text string) {
	t.Helper()
	variables := config.Variables{}
	configured := strings.Contains(text, `provider "machineid"`) || strings.Contains(text, "required_providers") || strings.Contains(text, `variable "client_secret"`)
	if !configured {
		t.Parallel() // the environment, which the others need, is that of all tests
	}
	server := servertest.Start(t)
	if !configured {
		text = providertest.AdminConfig(server) + text
	}
	for name, value := range map[string]string{"host": server.Host, "client_id": server.Admin.ClientID, "client_secret": server.Admin.ClientSecret} {
		if strings.Contains(text, `variable "`+name+`"`) {
			variables[name] = config.StringVariable(value)
		} else if configured {
			t.Setenv(environmentOf[name], value)
		}
	}
	if strings.Contains(text, "required_providers") {
		t.Setenv("TF_ACC_PROVIDER_NAMESPACE", "seed-54b7b333") // else the default one finds the provider
	}
	if strings.Contains(text, sandboxPath) {
		text = inServersFile(t, server, text)
	}
	things := func() string {
		identities := server.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+server.Admin.OrganizationID, nil).At("totalCount")
		projects, _ := server.AsAdmin(t, http.MethodGet, "/v1/projects", nil).At("projects").([]any)
		roles, _ := server.AsAdmin(t, http.MethodGet, "/v1/organization/roles", nil).At("roles").([]any)
		return fmt.Sprint(identities, " identities, ", len(projects), " projects, ", len(roles), " roles")
	}
	before := things()
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks: providertest.VersionChecks(text),
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"machineid": providertest.ServerFactory(newProvider(t)),
		},
		Steps: []resource.TestStep{{Config: text, ConfigVariables: variables}},
		CheckDestroy: func(*terraform.State) error {
			if after := things(); after != before {
				t.Errorf("%s before the example, %s after it", before, after)
			}
			return nil
		},
	})
}

// leftToPages reports whether TestDocumentationBlocks runs an example of one thing: the library that these
// tests use knows no states with keys, and no files of terraform query.
func leftToPages(path, text string) bool {
	return strings.Contains(path, "/machineid_") && strings.Contains(text, "for_each") || strings.HasSuffix(path, ".tfquery.hcl")
}

// exampleFiles are the files of a folder, without imports of what is not there.
func exampleFiles(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasPrefix(filepath.Base(file), "import-by-") })
}

func exampleFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content) + "\n"
}

// exampleText is all of a folder's configuration.
func exampleText(t *testing.T, folder string) string {
	t.Helper()
	var text strings.Builder
	for _, file := range exampleFiles(t, folder) {
		text.WriteString(exampleFile(t, file))
	}
	return text.String()
}

// TestImportExamplesAgree: the command and the block import the same.
func TestImportExamplesAgree(t *testing.T) {
	t.Parallel()
	commands, err := filepath.Glob(filepath.Join(examples, "resources", "*", "import.sh"))
	if err != nil || len(commands) == 0 {
		t.Fatal(err, "there are no imports")
	}
	for _, path := range commands {
		words := strings.Fields(exampleFile(t, path))
		address, id := words[len(words)-2], words[len(words)-1]
		want := "import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n\n"
		if got := exampleFile(t, filepath.Join(filepath.Dir(path), "import-by-string-id.tf")); got != want {
			t.Errorf("%s: the block is\n%s, not\n%s", path, got, want)
		}
	}
}

// TestEveryThingHasAnExample wants one where the documentation looks for it, and none of what the
// provider does not have.
func TestEveryThingHasAnExample(t *testing.T) {
	schema, err := provider.NewServer(provider.New("test")).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]struct {
		names []string
		files []string
	}{
		"resources":           {slices.Collect(maps.Keys(schema.ResourceSchemas)), []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"}},
		"data-sources":        {slices.Collect(maps.Keys(schema.DataSourceSchemas)), []string{"data-source.tf"}},
		"ephemeral-resources": {slices.Collect(maps.Keys(schema.EphemeralResourceSchemas)), []string{"ephemeral-resource.tf"}},
		"functions":           {slices.Collect(maps.Keys(schema.Functions)), []string{"function.tf"}},
		"list-resources":      {slices.Collect(maps.Keys(schema.ListResourceSchemas)), []string{"list-resource.tfquery.hcl"}},
		"actions":             {slices.Collect(maps.Keys(schema.ActionSchemas)), []string{"action.tf"}},
	} {
		for _, name := range want.names {
			for _, file := range want.files {
				path := filepath.Join(examples, kind, name, file)
				if content, err := os.ReadFile(path); err != nil || !strings.Contains(string(content), name) {
					t.Errorf("%s: no example of %s (%v)", path, name, err)
				}
			}
		}
		folders, err := filepath.Glob(filepath.Join(examples, kind, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			if name := filepath.Base(folder); !slices.Contains(want.names, name) {
				t.Errorf("%s: the provider has no such thing", folder)
			}
		}
	}
}
