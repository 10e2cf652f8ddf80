// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestModules runs the tests that each module of examples/modules brings along, with the built
// provider and its sandbox: as they are, and as an identity that may do in the organization what the
// READMEs say, and create the projects of the tests.
func TestModules(t *testing.T) {
	modules, err := filepath.Glob(filepath.Join(examples, "modules", "*"))
	if err != nil || len(modules) == 0 {
		t.Fatal("there are no modules", err)
	}
	for _, module := range modules {
		t.Run(filepath.Base(module), func(t *testing.T) {
			t.Parallel()
			testModule(t, module)
		})
	}
}

// passed is what a CLI says of tests of which there is one at least.
var passed = regexp.MustCompile(`Success! [1-9]\d* passed, 0 failed`)

func testModule(t *testing.T, module string) {
	t.Helper()
	for _, wanted := range []string{"README.md", "variables.tf", "main.tf", "outputs.tf", "tests/*.tftest.hcl"} {
		if found, err := filepath.Glob(filepath.Join(module, wanted)); err != nil || len(found) == 0 {
			t.Fatalf("%s has no %s (%v)", module, wanted, err)
		}
	}
	providertest.RequireCLI(t, "the modules are not tested")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(module)); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "terraformrc")
	if err := os.WriteFile(settings, []byte(mirrored(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), providertest.CLI, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "TF_CLI_ARGS=-no-color")
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, said)
		}
		t.Logf("%s:\n%s", strings.Join(args, " "), said)
		if args[0] == "test" && !passed.Match(said) {
			t.Error("nothing was tested")
		}
	}
	run("init", "-backend=false", "-input=false")
	run("fmt", "-check", "-recursive")
	run("validate")
	run("test")

	server := servertest.StartWith(t, servertest.Options{Database: filepath.Join(dir, "sandbox.db")})
	platform := server.TokenWith(t,
		permission.Rule{Subject: "identity", Actions: []string{"create", "read", "edit", "delete", "edit-auth", "revoke-auth", "create-token", "get-token", "delete-token"}},
		permission.Rule{Subject: "role", Actions: []string{"read"}},
		permission.Rule{Subject: "workspace", Actions: []string{"create"}},
	)
	actAs(t, dir, platform)
	run("test")
	for path, want := range map[string]int{"/v1/identities?orgId=" + server.Admin.OrganizationID: 2, "/v1/projects": 0} {
		if left := leftAt(t, server, platform, path); left != want {
			t.Errorf("%s lists %d after the tests, and not %d", path, left, want)
		}
	}
}

// ownToken is what a module of the tests acts with; nothing where it acts as who runs the tests.
var ownToken = regexp.MustCompile(`one\(ephemeral[^)]+\)`)

// actAs has the tests of a module act as who has the token, and not as the sandbox's administrator.
func actAs(t *testing.T, dir, token string) {
	t.Helper()
	const before = `sandbox { path = "./sandbox.db" }`
	after := fmt.Sprintf("sandbox {\npath = \"./sandbox.db\"\naccess_token = %q\n}", token)
	files, err := filepath.Glob(filepath.Join(dir, "tests", "*.tftest.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(dir, "tests", "act", "main.tf")) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(content), before, after, 1)
		text = ownToken.ReplaceAllString(text, fmt.Sprintf(`try(coalesce($0), %q)`, token))
		if text == string(content) {
			t.Fatalf("%s says nowhere as whom it acts", file)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// leftAt is how many things a route lists for who has the token.
func leftAt(t *testing.T, server *servertest.Server, token, path string) int {
	t.Helper()
	for _, answered := range server.Call(t, "GET", path, token, nil).Body {
		if list, ok := answered.([]any); ok {
			return len(list)
		}
	}
	t.Fatalf("%s lists nothing", path)
	return 0
}

// mirrored are settings of the CLI that find the built provider, and nothing else, without a
// registry: dev_overrides would keep init from the modules of the tests.
func mirrored(t *testing.T) string {
	t.Helper()
	built, err := built()
	if err != nil {
		t.Fatal(err)
	}
	mirror := t.TempDir()
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		dir := filepath.Join(mirror, host, "seed-54b7b333", "machineid", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(built, "terraform-provider-machineid"), filepath.Join(dir, "terraform-provider-machineid_v0.0.1")); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
}
