// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-machineid is a Terraform provider for machine
// identities and, as its subcommand serve, the identity API itself.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	machineid "github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
)

// version is set at build time.
var version = "dev"

const address = "registry.terraform.io/seed-54b7b333/machineid"

// revokeTimeout bounds the revocation of open credentials at exit. Terraform kills the process about
// 1.5 s after the plugin has stopped.
const revokeTimeout = 1200 * time.Millisecond

// orphanTimeout is how long the process runs after a signal if no Terraform stops it.
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

// finishBeforeExit ignores signals that a supervisor sends to every process at once: Terraform stores the
// results of the calls it waits for in the state, and then stops the plugin. Without a Terraform, the
// process exits after orphanTimeout.
func finishBeforeExit(p *machineid.Provider, signals ...os.Signal) {
	received := make(chan os.Signal, 1)
	signal.Notify(received, signals...)
	go func() {
		<-received
		time.AfterFunc(orphanTimeout, func() { revoke(p); os.Exit(1) })
	}()
}

// exitWithParent revokes open credentials and exits when Terraform was killed: nothing else stops a plugin
// then (https://github.com/hashicorp/go-plugin/issues/210). On Windows, where a process keeps the ID of a
// parent that has exited, it has no effect.
func exitWithParent(p *machineid.Provider) {
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

// connectedProvider ignores SIGPIPE from the first request on. Before it, a closed standard output ends the
// process: Terraform was killed before exitWithParent could see it. After it, writing to a closed log must
// not end the process before exitWithParent has revoked open credentials.
type connectedProvider struct{ *machineid.Provider }

// Schema is the first request of every CLI.
func (p connectedProvider) Schema(ctx context.Context, req provider.SchemaRequest, resp *provider.SchemaResponse) {
	signal.Ignore(syscall.SIGPIPE)
	p.Provider.Schema(ctx, req, resp)
}

// revoking makes concurrent calls of revoke wait for the first.
var revoking sync.Mutex

// revoke revokes open credentials and closes the sandboxes.
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

// limitLog sets the log levels that the environment does not set to what Terraform prints. Otherwise the
// framework writes about 50 lines for each resource of a plan, which Terraform reads and drops: with 1,000
// identities that is most of the processor time of the provider.
func limitLog() {
	level := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "off")
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_MACHINEID"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, level) // cannot fail for these
		}
	}
}

// memoryLimit keeps a plan of 1,000 resources at 110 MB: the framework's server keeps the context of every
// call until the provider stops, 14 KB for each of four calls a resource. Above it, collecting garbage takes
// up to half of the processor time: a plan of 3,000 takes 22 s instead of 13 s, with 230 MB instead of 390.
// Remove it when a release of terraform-plugin-framework drops the context after the call.
const memoryLimit = 90 << 20

// plugin serves Terraform and returns the exit code.
func plugin(debugged bool) int {
	p := machineid.New(version).WithSandbox(func(ctx context.Context, file string) (machineid.Sandbox, error) {
		return sandbox.Connect(ctx, file)
	})
	debug.SetMemoryLimit(memoryLimit)
	finishBeforeExit(p, syscall.SIGTERM, syscall.SIGHUP)
	var served provider.Provider = p
	var options []tf6server.ServeOpt
	if debugged {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		exitWithParent(p)
		limitLog()
		served = connectedProvider{p}
	}
	err := tf6server.Serve(address, func() tfprotov6.ProviderServer { return machineid.NewServer(served) }, options...)

	// Terraform closes no ephemeral resource after a failed or interrupted run, but waits for the process.
	revoke(p)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
