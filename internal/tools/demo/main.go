// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Command demo shows the main use case on a temporary API: Terraform or OpenTofu creates an identity,
// which logs in, uses its permissions, is denied others, and is deleted.
//
// It uses the provider as users do: as a program that the CLI runs, and as an API over HTTP. All files
// are in one temporary directory.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

func main() {
	// SIGPIPE and SIGHUP too, so that the server stops if the terminal is closed.
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

type demo struct {
	cli      string // path of the Terraform or OpenTofu CLI
	provider string // path of the built provider
	example  string // directory of the configuration
	out      *report
}

func (d demo) run(ctx context.Context) (err error) {
	started := time.Now()
	if _, err := os.Stat(d.provider); err != nil {
		return fmt.Errorf("%s does not exist. Run make demo in the root of the repository", d.provider)
	}
	version, err := cliVersion(ctx, d.cli)
	if err != nil {
		return err
	}
	if d.provider, err = filepath.Abs(d.provider); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "machineid-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d.out.println(bold, "\nAn identity that logs in")
	d.out.println(faint, version+"; all files are in "+dir+", which is removed at the end")

	s := &server{stop: func() {}}
	defer func() { s.stop() }()
	if err := d.show(ctx, dir, s); err != nil {
		return err
	}
	d.out.println(faint, fmt.Sprintf("\nDone in %.1f s.", time.Since(started).Seconds()))
	return nil
}

func (d demo) show(ctx context.Context, dir string, s *server) error {
	var tf *terraform
	err := d.out.section(ctx, "Setup",
		step{"identity API", func(ctx context.Context) (string, error) { return s.start(ctx, d.provider, dir) }},
		step{"provider", func(ctx context.Context) (string, error) {
			var err error
			tf, err = newTerraform(d, dir, s.bootstrap)
			return "installed in a local mirror, where only this CLI finds it", err
		}},
		step{"init", func(ctx context.Context) (string, error) { return tf.init(ctx) }})
	if err != nil {
		return err
	}
	i := identity{server: s}
	err = d.out.section(ctx, "An identity with Universal Auth and a client secret, and a read with its token",
		step{tf.name + " apply", tf.apply},
		step{tf.name + " plan", tf.planNoChanges},
		step{"access tokens", s.tokensRevoked},
		step{"client secret", func(ctx context.Context) (string, error) {
			var err error
			i.outputs, err = tf.outputs(ctx)
			return "sensitive output: " + redact(i.ClientSecret.Value), err
		}})
	if err != nil {
		return err
	}
	err = d.out.section(ctx, "What the identity can do",
		step{"log in", i.logIn},
		step{"read itself", i.readItself},
		step{"create no secrets", i.createClientSecret})
	if err != nil {
		return err
	}
	return d.out.section(ctx, "After the destroy",
		step{tf.name + " destroy", tf.destroy},
		step{"access tokens", s.tokensRevoked},
		step{"token of the identity", i.tokenRevoked},
		step{"client secret", i.clientSecretRevoked})
}

// identity calls the API with the credentials that Terraform created.
type identity struct {
	*server
	outputs
	token string
}

func (i *identity) logIn(ctx context.Context) (string, error) {
	var token api.AccessTokenResponse
	said, err := i.call(ctx, http.MethodPost, "/v1/auth/universal-auth/login", "", i.credentials(), http.StatusOK, &token)
	i.token = token.AccessToken
	return fmt.Sprintf("%s\ntoken %s, valid for %d minutes", said, redact(i.token), token.ExpiresIn/60), err
}

func (i *identity) credentials() api.UniversalAuthLoginRequest {
	return api.UniversalAuthLoginRequest{ClientID: i.ClientID.Value, ClientSecret: i.ClientSecret.Value}
}

func (i *identity) readItself(ctx context.Context) (string, error) {
	var read api.IdentityMembershipResponse
	said, err := i.call(ctx, http.MethodGet, "/v1/identities/"+i.IdentityID.Value, i.token, nil, http.StatusOK, &read)
	return fmt.Sprintf("%s\n%s, with the role %s", said, read.Identity.Identity.Name, read.Identity.RoleSlug()), err
}

// createClientSecret needs a permission that the role member does not have.
func (i *identity) createClientSecret(ctx context.Context) (string, error) {
	return i.wantError(ctx, http.MethodPost, "/v1/auth/universal-auth/identities/"+i.IdentityID.Value+"/client-secrets", i.token,
		api.CreateClientSecretRequest{}, http.StatusForbidden)
}

func (i *identity) tokenRevoked(ctx context.Context) (string, error) {
	return i.wantError(ctx, http.MethodGet, "/v1/identities/"+i.IdentityID.Value, i.token, nil, http.StatusUnauthorized)
}

func (i *identity) clientSecretRevoked(ctx context.Context) (string, error) {
	return i.wantError(ctx, http.MethodPost, "/v1/auth/universal-auth/login", "", i.credentials(), http.StatusUnauthorized)
}

func (i *identity) wantError(ctx context.Context, method, path, token string, body any, status int) (string, error) {
	var denied api.Error
	said, err := i.call(ctx, method, path, token, body, status, &denied)
	return said + "\n" + denied.Message.Text, err
}
