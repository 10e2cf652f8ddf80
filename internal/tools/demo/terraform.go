// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
)

// terraform runs the CLI in a directory with its own environment and CLI configuration.
type terraform struct {
	cli  string
	name string // terraform or tofu
	dir  string // copy of the example
	env  []string
}

// cliVersion returns the first line of the CLI's version command.
func cliVersion(ctx context.Context, cli string) (string, error) {
	if cli == "" {
		return "", errors.New("TF_ACC_TERRAFORM_PATH does not name a Terraform or OpenTofu CLI. Run make demo, which sets it")
	}
	version := exec.CommandContext(ctx, cli, "version")
	version.Env = append(environment(), "TF_CLI_CONFIG_FILE="+os.DevNull)
	output, err := version.Output()
	if err != nil {
		return "", fmt.Errorf("%s version: %w\n%s", cli, err, output)
	}
	first, _, _ := strings.Cut(string(output), "\n")
	return first, nil
}

// newTerraform copies the example and installs the provider in a mirror, the only place where the CLI
// looks for providers.
func newTerraform(d demo, dir string, b bootstrap) (*terraform, error) {
	cli, err := exec.LookPath(d.cli)
	if err != nil {
		return nil, err
	}
	if cli, err = filepath.Abs(cli); err != nil {
		return nil, err
	}
	mirror, work, config := filepath.Join(dir, "mirror"), filepath.Join(dir, "work"), filepath.Join(dir, "cli.tfrc")
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(mirror, registry, "seed-54b7b333", "machineid", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		if err := os.Symlink(d.provider, filepath.Join(folder, "terraform-provider-machineid_v0.0.1")); err != nil {
			return nil, err
		}
	}
	content := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := errors.Join(os.CopyFS(work, os.DirFS(d.example)), os.WriteFile(config, []byte(content), 0o600)); err != nil {
		return nil, err
	}
	name := "terraform"
	if strings.Contains(filepath.Base(cli), "tofu") {
		name = "tofu"
	}
	return &terraform{cli: cli, name: name, dir: work, env: append(environment(),
		"TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"INFISICAL_HOST="+b.Host, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID="+b.ClientID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET="+b.ClientSecret)}, nil
}

// environment returns the environment without settings of Terraform and of the provider.
func environment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TF_") && !strings.HasPrefix(pair, "INFISICAL_") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// run runs a command of the CLI and returns its standard output.
func (tf *terraform) run(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := command(ctx, tf.cli, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = tf.dir, tf.env, &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		if cmd.Process != nil { // an interrupted CLI may leave plugins
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", tf.name, args[0], err, &stdout, &stderr)
	}
	return stdout.String(), nil
}

func (tf *terraform) init(ctx context.Context) (string, error) {
	_, err := tf.run(ctx, "init", "-no-color")
	return "examples/complete", err
}

func (tf *terraform) apply(ctx context.Context) (string, error) { return tf.change(ctx, "apply") }

func (tf *terraform) destroy(ctx context.Context) (string, error) { return tf.change(ctx, "destroy") }

var resourceCount = regexp.MustCompile(`Resources: (.+)\.`)

// change runs apply or destroy and returns its counts: "3 added, 0 changed, 0 destroyed".
func (tf *terraform) change(ctx context.Context, name string) (string, error) {
	out, err := tf.run(ctx, name, "-no-color", "-auto-approve")
	if err != nil {
		return "", err
	}
	found := resourceCount.FindStringSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("%s %s printed no count of resources:\n%s", tf.name, name, out)
	}
	return found[1], nil
}

// planNoChanges returns an error if the applied configuration plans a change.
func (tf *terraform) planNoChanges(ctx context.Context) (string, error) {
	_, err := tf.run(ctx, "plan", "-no-color", "-detailed-exitcode") // 0: no changes, 2: changes
	return "no changes", err
}

// outputs has the outputs of the example.
type outputs struct {
	IdentityID   output `json:"identity_id"`
	ClientID     output `json:"client_id"`
	ClientSecret output `json:"client_secret"`
}

type output struct {
	Value string `json:"value"`
}

func (tf *terraform) outputs(ctx context.Context) (o outputs, err error) {
	out, err := tf.run(ctx, "output", "-json")
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal([]byte(out), &o)
}
