// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Command demo shows the main job on an API of its own: an identity is made with Terraform or
// OpenTofu, logs in, does what its role allows, is refused what it does not, and is taken away.
//
// It knows the provider only as users do: as a program that the CLI runs, and as an API that
// answers over HTTP. Everything it makes lives in one temporary folder.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	// SIGPIPE and SIGHUP too: whoever stops watching must not leave a server behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	d := demo{
		cli:      os.Getenv("TF_ACC_TERRAFORM_PATH"),
		provider: filepath.Join("bin", "terraform-provider-machineid"),
		example:  filepath.Join("examples", "complete"),
		out:      newReport(os.Stdout),
	}
	err := d.run(ctx)
	if err != nil {
		d.out.failure(ctx, err)
	}
	stop()
	if err != nil {
		os.Exit(1)
	}
}

// demo is one showing.
type demo struct {
	cli      string // the Terraform or OpenTofu CLI
	provider string // the built provider
	example  string // the folder of the configuration
	out      *report
}

func (d demo) run(ctx context.Context) (err error) {
	started := time.Now()
	for _, needed := range []string{d.provider, d.example} {
		if _, err := os.Stat(needed); err != nil {
			return fmt.Errorf("%s is missing: run make demo at the top of the checkout", needed)
		}
	}
	version, err := cliVersion(ctx, d.cli)
	if err != nil {
		return err
	}
	h, err := newHouse(d.provider)
	if err != nil {
		return err
	}
	defer func() {
		if left := h.close(); err == nil {
			err = left
		}
	}()
	d.out.title("The main job: an identity that logs in",
		version+"; everything is kept in "+h.dir+" and removed at the end")

	tf, err := d.build(ctx, h)
	if err != nil {
		return err
	}
	if err := d.show(ctx, h, tf); err != nil {
		return err
	}
	d.out.title("", fmt.Sprintf("Done in %.1f s.", time.Since(started).Seconds()))
	return nil
}

// build starts the API and gives the CLI the provider.
func (d demo) build(ctx context.Context, h *house) (*terraform, error) {
	d.out.heading("A place of its own")
	var tf *terraform
	err := d.steps(ctx,
		step{"the identity API", h.startAPI},
		step{"the provider", func(ctx context.Context) (said string, err error) {
			tf, err = newTerraform(d, h)
			return "installed in a folder that the CLI looks into, and nowhere else", err
		}},
		step{"init", func(ctx context.Context) (string, error) { return tf.init(ctx) }})
	return tf, err
}

// show is the main job, and what is left of it.
func (d demo) show(ctx context.Context, h *house, tf *terraform) error {
	d.out.heading("An identity with Universal Auth and a client secret, and a read with its token")
	i := identity{host: h.api.Host}
	err := d.steps(ctx,
		step{tf.name + " apply", tf.apply},
		step{tf.name + " plan", tf.planNoChanges},
		step{"tokens of both runs", h.watch.tokensAreDead},
		step{"client secret", func(ctx context.Context) (said string, err error) {
			i.made, err = tf.outputs(ctx)
			return "in a sensitive output: " + shown(i.made.ClientSecret.Value), err
		}})
	if err != nil {
		return err
	}
	d.out.heading("The identity by itself")
	err = d.steps(ctx,
		step{"logs in", i.logsIn},
		step{"may read itself", i.mayRead},
		step{"may not make secrets", i.mayNotMakeSecrets})
	if err != nil {
		return err
	}
	d.out.heading("Nothing stays behind")
	return d.steps(ctx,
		step{tf.name + " destroy", tf.destroy},
		step{"tokens of all runs", h.watch.tokensAreDead},
		step{"its own token", i.tokenIsDead},
		step{"its client secret", i.secretIsDead})
}

// step is one line of the report: what is done, and the doing, which says how it went.
type step struct {
	name string
	do   func(context.Context) (string, error)
}

func (d demo) steps(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if err := d.out.step(s.name, func() (string, error) { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}
