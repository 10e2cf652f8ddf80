// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// cli is the Terraform or OpenTofu that the acceptance tests run; empty where there is none.
var cli string

// workspace is a directory of this run of the tests.
var workspace string

// ofLogin matches the variables that a login may come from.
var ofLogin = regexp.MustCompile(`^(INFISICAL_|ACTIONS_ID_TOKEN_|TFC_|GITHUB_ACTIONS$|GITLAB_CI$)`)

// TestMain lets plain `go test` run the acceptance tests, with the CLI of TF_ACC_TERRAFORM_PATH or
// PATH and none of the user's settings.
func TestMain(m *testing.M) {
	os.Exit(withCLI(m.Run))
}

func withCLI(run func() int) int {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); ofLogin.MatchString(name) {
			_ = os.Unsetenv(name)
		}
	}
	cli = os.Getenv("TF_ACC_TERRAFORM_PATH")
	for _, name := range []string{"terraform", "tofu"} {
		if found, err := exec.LookPath(name); cli == "" && err == nil {
			cli = found
		}
	}
	if cli == "" {
		fmt.Fprintln(os.Stderr, "THE ACCEPTANCE TESTS ARE SKIPPED: no terraform and no tofu is on PATH, and TF_ACC_TERRAFORM_PATH names none.")
		_ = os.Unsetenv("TF_ACC")
		return run()
	}
	var err error
	if workspace, err = os.MkdirTemp("", "machineid-provider-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(workspace) }()
	settings := filepath.Join(workspace, "terraformrc")
	if err := os.WriteFile(settings, []byte("disable_checkpoint = true\n"), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for name, value := range map[string]string{"TF_ACC": "1", "TF_ACC_TERRAFORM_PATH": cli, "TF_CLI_CONFIG_FILE": settings} {
		_ = os.Setenv(name, value)
	}
	return run()
}

// firstEphemeral are the minor versions of the CLIs that ephemeral resources came with, after 1.
var firstEphemeral = map[string]int{"Terraform": 10, "OpenTofu": 11}

// cliVersion is which CLI there is, and its minor version.
func cliVersion(t testing.TB) (name string, minor int) {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), cli, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(said), "%s v1.%d", &name, &minor); err != nil {
		t.Fatalf("%s does not tell its version: %s", cli, said)
	}
	return name, minor
}

// needCLI skips what drives a CLI itself where there is none, and where it is too old for ephemeral
// resources, which most of these tests have.
func needCLI(t testing.TB, what string) {
	t.Helper()
	if cli == "" {
		t.Skip("THERE IS NO CLI: " + what)
	}
	if name, minor := cliVersion(t); minor < firstEphemeral[name] {
		t.Skipf("%s 1.%d IS TOO OLD for ephemeral resources: %s", name, minor, what)
	}
}

// wire is the network with what a test does to it.
type wire func(next http.RoundTripper, req *http.Request) (*http.Response, error)

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	return w(http.DefaultTransport, req)
}

// apply runs the steps with the real CLI, next to other tests. What they leave is destroyed.
func apply(t *testing.T, p *provider.Provider, steps ...resource.TestStep) {
	t.Helper()
	resource.ParallelTest(t, testCase(p, steps...))
}

// servers makes a server of the provider for each run of the CLI.
func servers(p *provider.Provider) func() (tfprotov6.ProviderServer, error) {
	return func() (tfprotov6.ProviderServer, error) { return provider.NewServer(p), nil }
}

func testCase(p *provider.Provider, steps ...resource.TestStep) resource.TestCase {
	var configs string
	for _, step := range steps {
		configs += step.Config
	}
	return resource.TestCase{
		TerraformVersionChecks: versionFor(configs),
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"machineid": servers(p),
			"echo":      echoprovider.NewProviderServer(),
		},
		Steps: steps,
	}
}

// versionFor skips what an older Terraform cannot run: ephemeral resources and actions are younger
// than the oldest Terraform that the provider supports.
func versionFor(config string) []tfversion.TerraformVersionCheck {
	floor := tfversion.Version1_8_0
	if strings.Contains(config, "ephemeral ") || strings.Contains(config, `required_version = ">= 1.10"`) {
		floor = tfversion.Version1_10_0
	}
	if strings.Contains(config, "\naction ") || strings.HasPrefix(config, "action ") {
		floor = tfversion.Version1_14_0
	}
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(floor)}
}

// asAdmin and as are the provider's configuration.
func asAdmin(server *servertest.Server) string {
	return as(server, servertest.Identity{ClientID: server.Admin.ClientID, ClientSecret: server.Admin.ClientSecret})
}

func as(server *servertest.Server, identity servertest.Identity) string {
	return fmt.Sprintf(`
provider "machineid" {
  host           = %q
  universal_auth = { client_id = %q, client_secret = %q }
}
`, server.Host, identity.ClientID, identity.ClientSecret)
}

func has(address, attribute string, value knownvalue.Check) statecheck.StateCheck {
	path := tfjsonpath.New("")
	for i, part := range strings.Split(attribute, ".") {
		if i == 0 {
			path = tfjsonpath.New(part)
		} else {
			path = path.AtMapKey(part)
		}
	}
	return statecheck.ExpectKnownValue(address, path, value)
}

func text(value string) knownvalue.Check { return knownvalue.StringExact(value) }

func texts(values ...string) knownvalue.Check {
	var checks []knownvalue.Check
	for _, value := range values {
		checks = append(checks, text(value))
	}
	return knownvalue.SetExact(checks)
}

// plans expects what will happen to a resource.
func plans(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

func nothingChanges() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// ids notes the ID of a resource, or another attribute, for later steps.
func note(address, attribute string, into *string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttrWith(address, attribute, func(value string) error { *into = value; return nil })
}

// asks checks what the server has.
func asks(check func() error) resource.TestCheckFunc {
	return func(*terraform.State) error { return check() }
}

// refused are configurations that must fail at plan, each with a message.
func refused(t *testing.T, p *provider.Provider, before string, cases map[string]string) {
	t.Helper()
	var steps []resource.TestStep
	for config, message := range cases {
		steps = append(steps, resource.TestStep{Config: before + config, PlanOnly: true, ExpectError: words(message)})
	}
	apply(t, p, steps...)
}

// words matches a sentence wherever the CLI breaks its lines.
func words(sentence string) *regexp.Regexp {
	parts := strings.Fields(sentence)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("(?i)" + strings.Join(parts, `[\s│]+`))
}
