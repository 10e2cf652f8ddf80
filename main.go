// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-machineid is a Terraform provider for machine
// identities and, as its subcommand serve, the identity API itself.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	gc "runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	machineid "github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
)

// version is set at build time.
var version = "dev"

const address = "registry.terraform.io/seed-54b7b333/machineid"

// revokeTimeout is how long the process goes on to revoke what is left open.
// Terraform ends it about 1.5 s after the plugin has stopped.
const revokeTimeout = 1200 * time.Millisecond

// orphanTimeout is how long the process goes on where nobody is there to end it.
const orphanTimeout = 30 * time.Second

const usage = `terraform-provider-machineid is a Terraform provider: Terraform and OpenTofu start it themselves.

Usage:
  terraform-provider-machineid serve [flags]   runs the identity API (serve --help explains the flags)
  terraform-provider-machineid --debug         runs the provider for a debugger
  terraform-provider-machineid --version       shows the version
`

func main() {
	var command string
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	switch command {
	case "serve":
		os.Exit(sandbox.Serve(context.Background(), os.Args[2:]))
	case "", "--debug", "-debug":
		os.Exit(plugin(command != ""))
	case "--version", "-version", "version":
		_, _ = fmt.Println(version)
	case "--help", "-help", "-h", "help":
		_, _ = fmt.Print(usage)
	default:
		_, _ = fmt.Fprintf(os.Stderr, "unknown command %q\n\n%s", command, usage)
		os.Exit(2)
	}
}

// outlive lets the process go on after a signal that a supervisor sends to everybody at once: what
// Terraform is waiting for gets into the state, and then Terraform ends the plugin in order. Where
// there is no Terraform any more, the process ends all the same.
func outlive(p *machineid.Provider, signals ...os.Signal) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, signals...)
	go func() {
		<-told
		time.AfterFunc(orphanTimeout, func() { revoke(p); os.Exit(1) })
	}()
}

// widowed ends the process when Terraform was killed, which ends no plugin: what is open is revoked
// first. Windows does not tell that a parent is gone; there it ends by a signal or with the session.
func widowed(p *machineid.Provider) {
	parent := os.Getppid()
	go func() {
		for range time.Tick(time.Second) {
			if os.Getppid() != parent {
				revoke(p)
				os.Exit(1)
			}
		}
	}()
}

// reached is the provider that Terraform talks to. Until then, a standard output that nobody reads ends
// the process as it ends every other: Terraform was killed before the plugin could see whose child it
// is. From then on, a log that nobody reads must not end it before widowed has revoked what is open.
type reached struct{ *machineid.Provider }

// Schema is what every CLI needs before it can configure.
func (r reached) Schema(ctx context.Context, req provider.SchemaRequest, resp *provider.SchemaResponse) {
	signal.Ignore(syscall.SIGPIPE)
	r.Provider.Schema(ctx, req, resp)
}

// revoking lets who ends the process wait for who revokes already.
var revoking sync.Mutex

// revoke ends what is open, and closes the sandboxes.
func revoke(p *machineid.Provider) {
	revoking.Lock()
	defer revoking.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), revokeTimeout)
	defer cancel()
	for _, err := range []error{p.RevokeOpen(ctx), p.CloseSandboxes()} {
		if err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
		}
	}
}

// collectPercent has memory collected twice as often as usual, unless GOGC says otherwise: what a
// run keeps grows with its resources, and many providers share a machine.
const collectPercent = 50

// plugin serves Terraform and answers the exit code.
func plugin(debug bool) int {
	if os.Getenv("GOGC") == "" {
		gc.SetGCPercent(collectPercent)
	}
	p := machineid.New(version).WithSandbox(func(ctx context.Context, file string) (machineid.Sandbox, error) {
		return sandbox.Connect(ctx, file)
	})
	outlive(p, syscall.SIGTERM, syscall.SIGHUP)
	var served provider.Provider = p
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		widowed(p)
		served = reached{p}
	}
	err := tf6server.Serve(address, providerserver.NewProtocol6(served), options...)

	// Terraform closes nothing after a failed or interrupted run, but it lets the process end.
	revoke(p)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
