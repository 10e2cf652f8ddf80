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

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

const examples = "../../examples"

// TestExamples applies every folder that has Terraform files, plans it again, which must be empty,
// and destroys it, after which the API must be as it was.
func TestExamples(t *testing.T) {
	for _, folder := range slices.Sorted(maps.Keys(exampleFolders(t))) {
		name, err := filepath.Rel(examples, folder)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { testExample(t, exampleText(t, folder)) })
	}
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

func testExample(t *testing.T, text string) {
	t.Helper()
	server := servertest.Start(t)
	variables := config.Variables{}
	if strings.Contains(text, `variable "client_secret"`) {
		variables["host"] = config.StringVariable(server.Host)
		variables["client_id"] = config.StringVariable(server.Admin.ClientID)
		variables["client_secret"] = config.StringVariable(server.Admin.ClientSecret)
	} else {
		t.Setenv("INFISICAL_HOST", server.Host)
		t.Setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", server.Admin.ClientID)
		t.Setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", server.Admin.ClientSecret)
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
		TerraformVersionChecks: versionFor(text),
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"machineid": providerserver.NewProtocol6WithError(newProvider(t)),
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

// exampleText is all of a folder's configuration, without imports of what is not there.
func exampleText(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		if filepath.Base(file) == "import-by-identity.tf" {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(content, '\n'))
	}
	return text.String()
}

// TestEveryThingHasAnExample wants one where the documentation looks for it, and none of what the
// provider does not have.
func TestEveryThingHasAnExample(t *testing.T) {
	schema, err := providerserver.NewProtocol6(provider.New("test"))().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]struct {
		names []string
		files []string
	}{
		"resources":           {slices.Collect(maps.Keys(schema.ResourceSchemas)), []string{"resource.tf", "import.sh", "import-by-identity.tf"}},
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
