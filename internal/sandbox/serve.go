// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
)

// serveFlags has the flags of serve.
type serveFlags struct {
	network                    networkFlags
	audit                      auditFlags
	database, bootstrapFile    string
	trustedProxies             []string
	oidcNetworks               []string
	boundary, plan, generation string
	rateLimits, faults         string
	allowFaults                bool
	rotateSigningKey           bool
	logFormat, logLevel        string
}

const usage = `Runs the identity API until SIGTERM or SIGINT.

Usage:
  terraform-provider-machineid serve [flags]

Flags:
%s
The first start creates an organization and its admin identity. --bootstrap-file writes JSON
with host, organization_id, identity_id, client_id, client_secret and access_token of the admin,
with mode 0600, once the API serves requests. A later start keeps valid credentials in the file
and writes a new access token; otherwise it creates a new client secret and revokes the old one.
Pass the file to the provider:

  export INFISICAL_HOST=$(jq -r .host FILE)
  export INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=$(jq -r .client_id FILE)
  export INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=$(jq -r .client_secret FILE)

Several servers can share a database file on one machine, or a PostgreSQL database,
postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full. They act as one server, except
that each counts rate limits separately. All users of a machine can read its command lines: set
the password in PGPASSWORD or ~/.pgpass instead of the URL.

By default the API listens on loopback only. Other addresses require --tls-cert and --tls-key, or
--insecure-listen if a proxy in front terminates TLS. Changed certificate files are loaded again.
GET /healthz returns 200 while the process runs, /readyz while it accepts requests; on shutdown
/readyz returns 503 for --shutdown-delay before the listener closes. /docs and /openapi.json
describe the API.

The audit log has every change and login. GET /api/v1/organization/audit-logs lists it with the
permission audit-logs: read. Equal denied attempts within seconds are one event with a count; the
newest 100,000 denied attempts are kept.

Rate limits apply to a route and a client address, in windows of a minute that begin with a request.
Responses have the headers x-ratelimit-limit, -remaining and -reset (seconds). A limited request gets
429 with retry-after, or 500 with --generation old.

--faults FILE --allow-faults injects faults into responses, to test pipelines. FILE is YAML. The first
rule that matches a request applies. The same seed affects the same requests if their order is the same:

  seed: 7
  faults:
    - fault: status          # latency, status, reset, truncate or html (a page with status 200)
      method: POST           # default: any
      path: /v1/identities   # template below /api, {id} is any one segment; default: any
      status: 503            # of fault: status, with retry_after (seconds) if that is given
      done: true             # process the request before the fault; default: false
      latency: 2s            # before the response, and before processing unless done
      rate: 0.1              # share of the matching requests; default: 1
      skip: 5                # matching requests without a fault at first; default: 0
      count: 3               # maximum number of faults; default: unlimited

--generation old removes later routes, returns older statuses and shapes, and renews a token in place
while the process runs. The rules are still today's, so it differs from an old server: revoking a
client secret revokes its tokens; a member of a project needs a permanent role; project roles are
normalized; privileges are compared with conditions (see --boundary); the first admin has a lockout.
Defects are not copied: requests that fail there with 500 get a 4xx, and a failed renewal revokes
no token.
`

func parse(args []string) (serveFlags, string, error) {
	var f serveFlags
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.Usage = func() {}
	f.network.register(flags)
	flags.StringVar(&f.database, "database", "machineid.db", "database `file`, :memory:, or the URL of a PostgreSQL database")
	flags.StringVar(&f.bootstrapFile, "bootstrap-file", "", "`file` to write the admin's credentials to")
	flags.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil,
		"`CIDRs` of proxies whose X-Forwarded-For is trusted: the client is its rightmost entry that is not one of them")
	flags.StringSliceVar(&f.oidcNetworks, "oidc-allow-networks", nil,
		"`CIDRs` of OIDC issuers to which http and https connections are allowed. Other issuers need public addresses and https")
	flags.StringVar(&f.boundary, "boundary", string(iam.Strict),
		"strict: callers grant and control only what their own rules cover; actions: the management action suffices")
	flags.StringVar(&f.generation, "generation", GenerationNew,
		"new; old: respond as a server of October 2024 on the routes that the provider calls")
	flags.StringVar(&f.plan, "plan", string(iam.PlanEnterprise),
		"enterprise: everything; free: refuse custom roles, trusted IPs and folder access as servers of the free plan do")
	flags.StringVar(&f.rateLimits, "rate-limits", "off",
		"off; default: read=60,write=200,project-creation=30,identity-creation=30; or a `list` of these")
	flags.StringVar(&f.faults, "faults", "", "YAML `file` of faults to inject; requires --allow-faults")
	flags.BoolVar(&f.allowFaults, "allow-faults", false, "allow --faults; for test servers only")
	flags.BoolVar(&f.rotateSigningKey, "rotate-signing-key", false, "sign tokens with a new key; existing tokens stay valid until they expire")
	f.audit.register(flags)
	flags.StringVar(&f.logFormat, "log-format", "text", "text or json, to standard error")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("serve accepts flags only, got %q", flags.Arg(0))
	}
	return f, fmt.Sprintf(usage, flags.FlagUsages()), err
}

// Serve runs the command serve and returns its exit code.
func Serve(ctx context.Context, args []string) int {
	f, help, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		_, _ = os.Stdout.WriteString(help)
		return 0
	}
	if err == nil {
		err = f.serve(ctx)
	} else {
		err = fmt.Errorf("%w. See serve --help", err)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "serve:", err)
		return 1
	}
	return 0
}

func (f serveFlags) serve(ctx context.Context) (err error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log, err := f.logger()
	if err != nil {
		return err
	}
	proxies, err := parseNetworks("trusted-proxies", f.trustedProxies)
	if err != nil {
		return err
	}
	issuers, err := parseNetworks("oidc-allow-networks", f.oidcNetworks)
	if err != nil {
		return err
	}
	plan := iam.Plan(f.plan)
	if plan != iam.PlanEnterprise && plan != iam.PlanFree {
		return fmt.Errorf("--plan must be enterprise or free, got %q", f.plan)
	}
	boundary := iam.BoundaryMode(f.boundary)
	if boundary != iam.Strict && boundary != iam.Actions {
		return fmt.Errorf("--boundary must be strict or actions, got %q", f.boundary)
	}
	if f.generation != GenerationNew && f.generation != GenerationOld {
		return fmt.Errorf("--generation must be old or new, got %q", f.generation)
	}
	limits, err := server.ParseRateLimits(f.rateLimits)
	if err != nil {
		return fmt.Errorf("--rate-limits: %w", err)
	}
	injector, err := f.injector(log)
	if err != nil {
		return err
	}
	s, err := Open(ctx, Options{
		Database: f.database, TrustedProxies: proxies, OIDCNetworks: issuers, Boundary: boundary, Plan: plan, Generation: f.generation, RateLimits: limits, Faults: injector, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if f.rotateSigningKey {
		if err := s.RotateSigningKey(ctx); err != nil {
			return err
		}
		log.Info("signing key rotated")
	}
	closeAudit, err := f.audit.start(ctx, s, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAudit()) }()
	listener, err := f.network.listen(ctx, log)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, stop) // a second signal stops the process at once
	return s.run(ctx, listener, f.network.bounds(), f.bootstrapFile, log)
}

// injector returns nil without --faults.
func (f serveFlags) injector(log *slog.Logger) (*faults.Injector, error) {
	if f.faults == "" {
		return nil, nil
	}
	if !f.allowFaults {
		return nil, errors.New("--faults requires --allow-faults, because it makes requests fail")
	}
	content, err := os.ReadFile(f.faults)
	if err != nil {
		return nil, fmt.Errorf("--faults: %w", err)
	}
	plan, err := faults.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("--faults: %s: %w", f.faults, err)
	}
	injector := faults.New(log)
	injector.Arm(plan)
	log.Warn("faults are on: this server injects faults into responses", slog.String("file", f.faults), slog.Int("rules", len(plan.Rules)), slog.Uint64("seed", plan.Seed))
	return injector, nil
}

func (f serveFlags) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level must be debug, info, warn or error, got %q", f.logLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	switch f.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, o)), nil
	}
	return nil, fmt.Errorf("--log-format must be text or json, got %q", f.logFormat)
}

func parseNetworks(flag string, texts []string) ([]netip.Prefix, error) {
	networks := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); single == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil || prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("--%s: %q is not an IP address or a CIDR block", flag, text)
		}
		networks = append(networks, prefix.Masked())
	}
	return networks, nil
}
