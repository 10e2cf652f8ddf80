// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package providertest is the kit of the provider's acceptance tests: it finds the CLI, configures the
// provider for a server of a test, and checks states, plans and errors.
package providertest

import (
	"fmt"
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
)

// CLI is the path of the Terraform or OpenTofu that the acceptance tests run; empty if there is none.
var CLI string

// Workspace is a temporary directory of this run of the tests.
var Workspace string

// ofLogin matches the environment variables that the provider reads credentials from.
var ofLogin = regexp.MustCompile(`^(INFISICAL_|ACTIONS_ID_TOKEN_|TFC_|GITHUB_ACTIONS$|GITLAB_CI$)`)

// RunWithCLI runs the tests of a package, acceptance tests among them, with the CLI of
// TF_ACC_TERRAFORM_PATH or PATH and none of the user's settings.
func RunWithCLI(run func() int) int {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); ofLogin.MatchString(name) {
			_ = os.Unsetenv(name)
		}
	}
	CLI = os.Getenv("TF_ACC_TERRAFORM_PATH")
	for _, name := range []string{"terraform", "tofu"} {
		if found, err := exec.LookPath(name); CLI == "" && err == nil {
			CLI = found
		}
	}
	if CLI == "" {
		fmt.Fprintln(os.Stderr, "THE ACCEPTANCE TESTS ARE SKIPPED: no terraform and no tofu is on PATH, and TF_ACC_TERRAFORM_PATH names none.")
		_ = os.Unsetenv("TF_ACC")
		return run()
	}
	var err error
	if Workspace, err = os.MkdirTemp("", "machineid-provider-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(Workspace) }()
	settings := filepath.Join(Workspace, "terraformrc")
	if err := os.WriteFile(settings, []byte("disable_checkpoint = true\n"), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for name, value := range map[string]string{"TF_ACC": "1", "TF_ACC_TERRAFORM_PATH": CLI, "TF_CLI_CONFIG_FILE": settings} {
		_ = os.Setenv(name, value)
	}
	return run()
}

// firstEphemeral are the minor versions of the CLIs that ephemeral resources came with, after 1.
var firstEphemeral = map[string]int{"Terraform": 10, "OpenTofu": 11}

// CLIVersion returns the name of the CLI and its minor version.
func CLIVersion(t testing.TB) (name string, minor int) {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), CLI, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(said), "%s v1.%d", &name, &minor); err != nil {
		t.Fatalf("%s does not tell its version: %s", CLI, said)
	}
	return name, minor
}

// RequireCLI skips a test that starts the CLI itself if there is none, or if it is too old for ephemeral
// resources, which most of these tests use.
func RequireCLI(t testing.TB, what string) {
	t.Helper()
	if CLI == "" {
		t.Skip("THERE IS NO CLI: " + what)
	}
	if name, minor := CLIVersion(t); minor < firstEphemeral[name] {
		t.Skipf("%s 1.%d IS TOO OLD for ephemeral resources: %s", name, minor, what)
	}
}

// Apply runs the steps with the CLI, in parallel with other tests, and destroys what they leave.
func Apply(t *testing.T, p *provider.Provider, steps ...resource.TestStep) {
	t.Helper()
	resource.ParallelTest(t, TestCase(p, steps...))
}

// ServerFactory returns a function that makes a server of the provider for each run of the CLI.
func ServerFactory(p *provider.Provider) func() (tfprotov6.ProviderServer, error) {
	return func() (tfprotov6.ProviderServer, error) { return provider.NewServer(p), nil }
}

// TestCase returns the steps as a test of the provider.
func TestCase(p *provider.Provider, steps ...resource.TestStep) resource.TestCase {
	var configs string
	for _, step := range steps {
		configs += step.Config
	}
	return resource.TestCase{
		TerraformVersionChecks: VersionChecks(configs),
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"machineid": ServerFactory(p),
			"echo":      echoprovider.NewProviderServer(),
		},
		Steps: steps,
	}
}

// VersionChecks skips a configuration with ephemeral resources or actions on a Terraform that is too old
// for them; the provider supports older ones.
func VersionChecks(config string) []tfversion.TerraformVersionCheck {
	floor := tfversion.Version1_8_0
	if strings.Contains(config, "ephemeral ") || strings.Contains(config, `required_version = ">= 1.10"`) {
		floor = tfversion.Version1_10_0
	}
	if strings.Contains(config, "\naction ") || strings.HasPrefix(config, "action ") {
		floor = tfversion.Version1_14_0
	}
	return []tfversion.TerraformVersionCheck{tfversion.SkipBelow(floor)}
}

// ExpectAttribute checks an attribute in the state; dots lead into nested attributes.
func ExpectAttribute(address, attribute string, value knownvalue.Check) statecheck.StateCheck {
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

// Text is a string attribute with the value.
func Text(value string) knownvalue.Check { return knownvalue.StringExact(value) }

// TextSet is a set of strings with these values.
func TextSet(values ...string) knownvalue.Check {
	var checks []knownvalue.Check
	for _, value := range values {
		checks = append(checks, Text(value))
	}
	return knownvalue.SetExact(checks)
}

// ExpectAction checks that the plan has the action for a resource.
func ExpectAction(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// ExpectEmptyPlan checks that the plan has no change.
func ExpectEmptyPlan() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// SaveAttribute stores an attribute of the state for later steps.
func SaveAttribute(address, attribute string, into *string) resource.TestCheckFunc {
	return resource.TestCheckResourceAttrWith(address, attribute, func(value string) error { *into = value; return nil })
}

// CheckServer calls check after a step.
func CheckServer(check func() error) resource.TestCheckFunc {
	return func(*terraform.State) error { return check() }
}

// ExpectErrors plans each configuration of cases after the text before, and expects its error.
func ExpectErrors(t *testing.T, p *provider.Provider, before string, cases map[string]string) {
	t.Helper()
	var steps []resource.TestStep
	for config, message := range cases {
		steps = append(steps, resource.TestStep{Config: before + config, PlanOnly: true, ExpectError: Sentence(message)})
	}
	Apply(t, p, steps...)
}

// Sentence matches a sentence, in any case, also where the CLI breaks its lines.
func Sentence(sentence string) *regexp.Regexp {
	parts := strings.Fields(sentence)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("(?i)" + strings.Join(parts, `[\s│]+`))
}

// TemporaryBlock returns a temporary block.
func TemporaryBlock(duration, start string) string {
	return fmt.Sprintf("temporary {\nstart = %q\nduration = %q\n}\n", start, duration)
}
