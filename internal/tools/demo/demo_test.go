// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// cli returns the CLI in TF_ACC_TERRAFORM_PATH or on PATH, or "".
func cli() string {
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// binaries is a temporary directory for the built provider, which the tests share.
var binaries string

func TestMain(m *testing.M) {
	var err error
	if binaries, err = os.MkdirTemp("", "demo-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(binaries)
	os.Exit(code)
}

var build = sync.OnceValues(func() ([]byte, error) {
	return exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(binaries, "terraform-provider-machineid"), "../../..").CombinedOutput()
})

// buildProvider builds the provider as make does, and skips the test without a CLI.
func buildProvider(t *testing.T) string {
	t.Helper()
	if cli() == "" {
		t.Skip("NO CLI: the demo is not tested")
	}
	if version, err := cliVersion(t.Context(), cli()); err != nil || strings.HasPrefix(version, "Terraform v1.8.") || strings.HasPrefix(version, "Terraform v1.9.") {
		t.Skipf("%s IS TOO OLD: the demo needs ephemeral resources (%v)", version, err)
	}
	out, err := build()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(binaries, "terraform-provider-machineid")
}

// newDemo returns a demo whose temporary files are in os.TempDir of the test, and its output.
func newDemo(t *testing.T, provider string) (demo, *buffer) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	out := &buffer{}
	return demo{
		cli:      cli(),
		provider: provider,
		example:  filepath.Join("..", "..", "..", "examples", "complete"),
		out:      &report{out: out},
	}, out
}

// buffer is a bytes.Buffer for concurrent use.
type buffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (w *buffer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.Write(p)
}

func (w *buffer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

var secretLooking = regexp.MustCompile(`eyJ[\w-]{8,}|[0-9a-f]{64}`)

// TestDemo runs the demo and compares its output with the README.
func TestDemo(t *testing.T) {
	d, out := newDemo(t, buildProvider(t))
	if err := d.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text := out.String(); strings.Contains(text, "✗") || strings.Count(text, "✓") < 12 {
		t.Errorf("a step failed or is missing:\n%s", text)
	}
	if found := secretLooking.FindString(out.String()); found != "" {
		t.Errorf("the output contains a secret: %s", found)
	}
	wantNothingLeft(t, out)
	readme, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "\n```text\n")
	shown, _, _ := strings.Cut(after, "\n```")
	if got, want := shapeOf(out.String()), shapeOf(shown); got != want {
		t.Errorf("README.md has\n%s\n\nbut the demo prints\n%s", want, got)
	}
}

func TestInterruptedDemoCleansUp(t *testing.T) {
	provider := buildProvider(t)
	for _, moment := range []string{"✓ identity API", "✓ init", "✓ terraform apply", "✓ log in"} {
		t.Run(moment, func(t *testing.T) {
			d, out := newDemo(t, provider)
			moment = strings.Replace(moment, "terraform", filepath.Base(d.cli), 1)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			ended := make(chan error, 1)
			go func() { ended <- d.run(ctx) }()
			err := until(ctx, time.Minute, func() (bool, error) {
				return strings.Contains(out.String(), moment) || len(ended) > 0, nil
			})
			if err != nil || len(ended) > 0 {
				t.Fatalf("the demo did not reach %s: %v\n%s", moment, err, out)
			}
			interrupt()
			if err := <-ended; err == nil {
				t.Error("the interrupted demo succeeded")
			}
			wantNothingLeft(t, out)
		})
	}
}

func TestDemoPrintsFailure(t *testing.T) {
	d, out := newDemo(t, buildProvider(t))
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "main.tf"), []byte("resource {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.example = broken
	err := d.run(t.Context())
	if err == nil {
		t.Fatal("the demo succeeded with an invalid configuration")
	}
	d.out.failure(t.Context(), err)
	if text := out.String(); !strings.Contains(text, "✗ init") || !strings.Contains(text, "resource {}") {
		t.Errorf("the error of the CLI is missing:\n%s", text)
	}
	wantNothingLeft(t, out)
}

// TestInstall checks that a CLI without configuration finds the provider after make install.
func TestInstall(t *testing.T) {
	buildProvider(t)
	home, work := t.TempDir(), t.TempDir()
	install := exec.CommandContext(t.Context(), "make", "-C", "../../..", "install", "PLUGINS="+filepath.Join(home, ".terraform.d", "plugins"))
	install.Env = append(os.Environ(), "MAKEFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", install, err, out)
	}
	example, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "sandbox", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(work, "main.tf"), example, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-input=false"}, {"validate"}} {
		run := exec.CommandContext(t.Context(), cli(), args...)
		run.Dir, run.Env = work, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "CHECKPOINT_DISABLE=1"}
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", run, err, out)
		}
	}
}

func TestDemoWithoutCLI(t *testing.T) {
	provider := filepath.Join(t.TempDir(), "provider")
	if err := os.WriteFile(provider, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d, _ := newDemo(t, provider)
	d.cli = ""
	if err := d.run(t.Context()); err == nil || !strings.Contains(err.Error(), "TF_ACC_TERRAFORM_PATH") {
		t.Errorf("without a CLI: %v", err)
	}
}

var apiAddress = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

// wantNothingLeft fails the test if files or the API are left.
func wantNothingLeft(t *testing.T, out *buffer) {
	t.Helper()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("files left in the temporary directory: %v, %v", left, err)
	}
	address := apiAddress.FindStringSubmatch(out.String())
	if address == nil {
		t.Fatalf("the output has no address of the API:\n%s", out)
	}
	if conn, err := net.Dial("tcp", address[1]); err == nil {
		_ = conn.Close()
		t.Errorf("the API still runs on %s", address[1])
	}
}

// Parts of the output that differ between runs.
var (
	changing = regexp.MustCompile(`machineid-demo-\d+|127\.0\.0\.1:\d+|\d+\.\d s|\d+ of the (?:administrator|identity)|[0-9a-z]{4}······|[0-9a-f]{8}…|v\d+\.\d+\.\d+|Terraform|OpenTofu|terraform|tofu|/\S*/x\b`)
	spaces   = regexp.MustCompile(` +`)
)

// shapeOf returns the output without these parts.
func shapeOf(text string) string {
	text = strings.ReplaceAll(text, os.TempDir(), "/tmp")
	return strings.TrimSpace(spaces.ReplaceAllString(changing.ReplaceAllString(text, "x"), " "))
}
