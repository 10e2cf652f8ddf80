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
)

// terraform is the CLI with a folder, an environment and a configuration file of its own.
type terraform struct {
	cli  string
	name string // terraform or tofu
	dir  string // the working copy of the example
	env  []string
}

// errNoCLI is shorter than what make says, which looks for one.
var errNoCLI = errors.New("TF_ACC_TERRAFORM_PATH does not name a Terraform or OpenTofu CLI: run make demo, which looks for one")

// cliVersion is the first line of what the CLI says of itself.
func cliVersion(ctx context.Context, cli string) (string, error) {
	if cli == "" {
		return "", errNoCLI
	}
	asked := exec.CommandContext(ctx, cli, "version")
	asked.Env = append(environment(), "TF_CLI_CONFIG_FILE="+os.DevNull)
	said, err := asked.Output()
	if err != nil {
		return "", failed(cli+" version", err, string(said))
	}
	first, _, _ := strings.Cut(string(said), "\n")
	return first, nil
}

// mirrored are the addresses of the provider: Terraform's registry and OpenTofu's.
var mirrored = []string{"registry.terraform.io", "registry.opentofu.org"}

// newTerraform copies the example and puts the provider where the CLI looks for it, and nowhere else.
func newTerraform(d demo, h *house) (*terraform, error) {
	cli, err := exec.LookPath(d.cli)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be run: %w", d.cli, err)
	}
	if cli, err = filepath.Abs(cli); err != nil {
		return nil, err
	}
	mirror, work, config := filepath.Join(h.dir, "mirror"), filepath.Join(h.dir, "work"), filepath.Join(h.dir, "cli.tfrc")
	for _, registry := range mirrored {
		folder := filepath.Join(mirror, registry, "seed-54b7b333", "machineid", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := copyFile(h.provider, filepath.Join(folder, "terraform-provider-machineid_v0.0.1"), 0o700); err != nil {
			return nil, err
		}
	}
	sources, err := filepath.Glob(filepath.Join(d.example, "*.tf"))
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		if err := copyFile(source, filepath.Join(work, filepath.Base(source)), 0o600); err != nil {
			return nil, err
		}
	}
	content := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		return nil, err
	}
	return &terraform{
		cli: cli, dir: work, name: map[bool]string{true: "tofu", false: "terraform"}[strings.Contains(filepath.Base(cli), "tofu")],
		env: append(environment(), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
			"INFISICAL_HOST="+h.watch.host, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID="+h.api.ClientID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET="+h.api.ClientSecret),
	}, nil
}

// environment is the user's, without what would lead Terraform or the provider elsewhere.
func environment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TF_") && !strings.HasPrefix(pair, "INFISICAL_") {
			kept = append(kept, pair)
		}
	}
	return kept
}

func copyFile(from, to string, mode os.FileMode) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, content, mode)
}

// run answers the CLI's output.
func (tf *terraform) run(ctx context.Context, command string, args ...string) (string, error) {
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, tf.cli, append([]string{command, "-no-color"}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = tf.dir, tf.env, &out, &problems
	p, err := start(cmd)
	if err != nil {
		return "", err
	}
	<-p.ended
	if ctx.Err() != nil {
		p.kill() // a CLI that is interrupted need not wait for its plugins
		return "", ctx.Err()
	}
	if p.err != nil {
		return "", failed(tf.name+" "+command, p.err, out.String()+problems.String())
	}
	return out.String(), nil
}

var resourceCount = regexp.MustCompile(`Resources: (.+)\.`)

func (tf *terraform) init(ctx context.Context) (string, error) {
	_, err := tf.run(ctx, "init")
	return "examples/complete", err
}

func (tf *terraform) apply(ctx context.Context) (string, error) { return tf.change(ctx, "apply") }

func (tf *terraform) destroy(ctx context.Context) (string, error) { return tf.change(ctx, "destroy") }

// change runs a command and answers what it counted: "3 added, 0 changed, 0 destroyed".
func (tf *terraform) change(ctx context.Context, command string) (string, error) {
	out, err := tf.run(ctx, command, "-auto-approve")
	if err != nil {
		return "", err
	}
	found := resourceCount.FindStringSubmatch(out)
	if found == nil {
		return "", &commandError{tf.name + " " + command + " does not say what it did", out}
	}
	return found[1], nil
}

// planNoChanges fails where the configuration that was just applied plans a change.
func (tf *terraform) planNoChanges(ctx context.Context) (string, error) {
	_, err := tf.run(ctx, "plan", "-detailed-exitcode") // 0: no changes, 2: changes
	return "no changes", err
}

// outputs are those of the example.
type outputs struct {
	IdentityID        output `json:"identity_id"`
	ClientID          output `json:"client_id"`
	ClientSecret      output `json:"client_secret"`
	ReadByTheIdentity output `json:"read_by_the_identity"`
}

type output struct {
	Value string `json:"value"`
}

func (tf *terraform) outputs(ctx context.Context) (made outputs, err error) {
	out, err := tf.run(ctx, "output", "-json")
	if err != nil {
		return made, err
	}
	return made, json.Unmarshal([]byte(out), &made)
}
