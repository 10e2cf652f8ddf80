// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// inSandbox makes a directory with a configuration of identities, half of them by way of an alias,
// on the file sandbox.db of the directory above it, and returns how a run in it is started.
func inSandbox(t *testing.T, above, name string, more string) func(args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	if providertest.CLI == "" {
		t.Skip("THERE IS NO CLI: the built provider is not tested")
	}
	provider, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(above, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{
		"terraformrc": fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    \"seed-54b7b333/machineid\" = %q\n  }\n  direct {}\n}\n", provider),
		"main.tf": fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
provider "machineid" {
  sandbox { path = "../sandbox.db" }
}
provider "machineid" {
  alias   = "too"
  sandbox { path = "../sandbox.db" }
}
resource "machineid_identity" "a" {
  count = 8
  name  = "%[1]s-${count.index}"
}
resource "machineid_identity" "b" {
  provider = machineid.too
  count    = 8
  name     = "%[1]s-too-${count.index}"
}
`, name) + more,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.CommandContext(t.Context(), providertest.CLI, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraformrc"), "TF_IN_AUTOMATION=1", "NO_COLOR=1")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		return cmd, &out
	}
}

// TestSandboxOfSeveralRuns has several CLIs work on one new file at once.
func TestSandboxOfSeveralRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const runs = 4
	var starts []func(args ...string) (*exec.Cmd, *bytes.Buffer)
	for n := range runs {
		starts = append(starts, inSandbox(t, dir, fmt.Sprintf("run%d", n), ""))
	}
	for _, args := range [][]string{
		{"apply", "-input=false", "-auto-approve"}, {"plan", "-input=false", "-detailed-exitcode"}, {"destroy", "-input=false", "-auto-approve"},
	} {
		var running []*exec.Cmd
		var said []*bytes.Buffer
		for _, start := range starts {
			cmd, out := start(args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			running, said = append(running, cmd), append(said, out)
		}
		for n, cmd := range running {
			if err := cmd.Wait(); err != nil {
				t.Errorf("%s, %d: %v\n%s", args[0], n, err, said[n])
			}
			if !strings.Contains(said[n].String(), "Running against a sandbox, not a server") {
				t.Errorf("%s, %d: no warning", args[0], n)
			}
		}
		if t.Failed() {
			return
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "sandbox.db*"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v: the file was not closed in order", left, err)
	}
	info, err := os.Stat(filepath.Join(dir, "sandbox.db"))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestSandboxKilled kills everything in the middle of an apply: the file stays whole, and the next
// run goes on.
func TestSandboxKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	if err := syscall.Mkfifo(ready, 0o600); err != nil {
		t.Fatal(err)
	}
	start := inSandbox(t, dir, "run", fmt.Sprintf(`
resource "terraform_data" "slow" {
  depends_on = [machineid_identity.a]
  provisioner "local-exec" {
    command = "test -e %[1]s.gone || { echo > %[1]s; exec sleep 60; }"
  }
}
`, ready))
	cmd, out := start("apply", "-input=false", "-auto-approve")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	there, ended := make(chan error, 1), make(chan error, 1)
	go func() { _, err := os.ReadFile(ready); there <- err }()
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-there:
		if err != nil {
			t.Fatal(err)
		}
	case err := <-ended:
		t.Fatal("it ended before it was killed:", err, out)
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatal("it was not killed:", out)
	}
	if err := os.WriteFile(ready+".gone", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"apply", "-input=false", "-auto-approve", "-lock=false"}, {"plan", "-input=false", "-detailed-exitcode"}} {
		if cmd, out := start(args...); cmd.Run() != nil {
			t.Fatal(args[0], out)
		}
	}
	server := servertest.StartWith(t, servertest.Options{Database: filepath.Join(dir, "sandbox.db")})
	if n := server.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+server.Admin.OrganizationID, nil).At("totalCount").(float64); n < 1+16 {
		t.Errorf("%v identities", n)
	}
}
