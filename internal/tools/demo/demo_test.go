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

// cli is the one of TF_ACC_TERRAFORM_PATH, else the one on PATH; empty: there is none.
func cli() string {
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// built is the provider as make builds it.
func built(t *testing.T) string {
	t.Helper()
	if cli() == "" {
		t.Skip("THERE IS NO CLI: the demo is not tested")
	}
	if is, err := cliVersion(t.Context(), cli()); err != nil || strings.HasPrefix(is, "Terraform v1.8.") || strings.HasPrefix(is, "Terraform v1.9.") {
		t.Skipf("%s IS TOO OLD: the demo wants ephemeral resources (%v)", is, err)
	}
	path := filepath.Join(t.TempDir(), "terraform-provider-machineid")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
	return path
}

// prepared is a demo whose folder a test can find, and what it says.
func prepared(t *testing.T, provider string) (demo, *written) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	out := &written{}
	return demo{
		cli:      cli(),
		provider: provider,
		example:  filepath.Join("..", "..", "..", "examples", "complete"),
		out:      &report{out: out},
	}, out
}

// written is what a report has written so far.
type written struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

var secretLooking = regexp.MustCompile(`eyJ[\w-]{8,}|[0-9a-f]{64}`)

// TestDemo runs it, as the README shows it.
func TestDemo(t *testing.T) {
	d, out := prepared(t, built(t))
	if err := d.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if said := out.String(); strings.Contains(said, "✗") || strings.Count(said, "✓") < 12 {
		t.Errorf("a step failed or is missing:\n%s", said)
	}
	if found := secretLooking.FindString(out.String()); found != "" {
		t.Errorf("a secret is printed in full: %s", found)
	}
	wantNothingLeft(t, out)
	readme, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "\n```text\n")
	shown, _, _ := strings.Cut(after, "\n```")
	if got, want := shapeOf(out.String()), shapeOf(shown); got != want {
		t.Errorf("the README shows\n%s\n\nand the demo says\n%s", want, got)
	}
}

func TestDemoCleansUpWhenItIsInterrupted(t *testing.T) {
	provider := built(t)
	for _, moment := range []string{"✓ the identity API", "✓ init", "✓ terraform apply", "✓ logs in"} {
		t.Run(moment, func(t *testing.T) {
			d, out := prepared(t, provider)
			moment = strings.Replace(moment, "terraform", filepath.Base(d.cli), 1)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			ended := make(chan error, 1)
			go func() { ended <- d.run(ctx) }()
			err := until(ctx, time.Minute, func() (bool, error) {
				return strings.Contains(out.String(), moment) || len(ended) > 0, nil
			})
			if err != nil || len(ended) > 0 {
				t.Fatalf("%s did not come: %v\n%s", moment, err, out)
			}
			interrupt()
			if err := <-ended; err == nil {
				t.Error("the interrupted demo says that all went well")
			}
			wantNothingLeft(t, out)
		})
	}
}

func TestDemoTellsWhatFailed(t *testing.T) {
	d, out := prepared(t, built(t))
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "main.tf"), []byte("resource {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.example = broken
	err := d.run(t.Context())
	if err == nil {
		t.Fatal("a broken configuration passes")
	}
	d.out.failure(t.Context(), err)
	if said := out.String(); !strings.Contains(said, "✗ init") || !strings.Contains(said, "resource {}") {
		t.Errorf("the CLI's own words are missing:\n%s", said)
	}
	wantNothingLeft(t, out)
}

// TestInstall: what make install installs is found by a CLI that nobody has told of it.
func TestInstall(t *testing.T) {
	built(t) // which skips where there is no CLI
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
	d, _ := prepared(t, provider)
	d.cli = ""
	if err := d.run(t.Context()); err == nil || !strings.Contains(err.Error(), "TF_ACC_TERRAFORM_PATH") {
		t.Errorf("without a CLI: %v", err)
	}
}

var apiAddress = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

func wantNothingLeft(t *testing.T, out *written) {
	t.Helper()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
	address := apiAddress.FindStringSubmatch(out.String())
	if address == nil {
		t.Fatalf("the report does not say where the API is:\n%s", out)
	}
	if conn, err := net.Dial("tcp", address[1]); err == nil {
		_ = conn.Close()
		t.Errorf("the API is still there, on %s", address[1])
	}
}

// What differs from one run of the demo to the next.
var (
	changing = regexp.MustCompile(`machineid-demo-\d+|127\.0\.0\.1:\d+|\d+\.\d s|[0-9a-z]{4}······|[0-9a-f]{8}…|v\d+\.\d+\.\d+|Terraform|OpenTofu|terraform|tofu|/\S*/x\b`)
	spaces   = regexp.MustCompile(` +`)
)

// shapeOf is what the demo says, without what differs.
func shapeOf(said string) string {
	said = strings.ReplaceAll(said, os.TempDir(), "/tmp")
	return strings.TrimSpace(spaces.ReplaceAllString(changing.ReplaceAllString(said, "x"), " "))
}
