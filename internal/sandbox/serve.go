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

// serveFlags are the command line of serve.
type serveFlags struct {
	network                 networkFlags
	audit                   auditFlags
	database, bootstrapFile string
	trustedProxies          []string
	oidcNetworks            []string
	boundary, generation    string
	rateLimits, faults      string
	allowFaults             bool
	rotateSigningKey        bool
	logFormat, logLevel     string
}

const usage = `Runs the identity API until it is told to stop (SIGTERM or SIGINT).

Usage:
  terraform-provider-machineid serve [flags]

Flags:
%s
A first start makes one organisation and its admin identity. With --bootstrap-file, the
file holds, once the API answers, JSON with host, organization_id, identity_id, client_id,
client_secret and access_token of that admin, for its owner alone. A later start keeps the
credentials of the file if they still work, with a fresh access token; otherwise it makes a
new client secret and revokes the old one. Give the file to the provider like this:

  export INFISICAL_HOST=$(jq -r .host FILE)
  export INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=$(jq -r .client_id FILE)
  export INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=$(jq -r .client_secret FILE)

Several servers may share one database file on one machine, or from several machines one
PostgreSQL database, postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full: they then
are one server, but for rate limits, which each counts for itself. Everybody on the machine can
read a password in the command line: leave it out, and put it in PGPASSWORD or ~/.pgpass.

Whoever can reach the API can try to log in, so by itself it listens on this machine alone. On another
address it wants --tls-cert and --tls-key, or --insecure-listen where something in front of it speaks
TLS, as with containers. The certificate and the key are read anew when their files change. GET /healthz
answers 200 while the process lives, /readyz while requests can be answered: 503 once it was told to
stop, --shutdown-delay before it stops listening. /docs and /openapi.json describe the API.

Every change and every login is in the audit log, which GET /api/v1/organization/audit-logs lists for
those with audit-logs: read. Refused attempts that are alike within seconds stand there once, with their
number, and the newest 100,000 are kept.

Rate limits are those of one route and one client's address, in windows of a minute that begin with
a request; each server counts for itself. Answers tell of them in x-ratelimit-limit, -remaining and
-reset (seconds), and a refusal is 429 with retry-after, or 500 with --generation old.

With --faults FILE --allow-faults the server breaks answers on purpose, to see what a pipeline does
then. FILE is YAML; the first rule that strikes a request counts, and the same seed breaks the same
requests where they come in the same order:

  seed: 7
  faults:
    - fault: status          # latency, status, reset, truncate or html (a page with status 200)
      method: POST           # default: any
      path: /v1/identities   # template below /api, {id} is any one segment; default: any
      status: 503            # of fault: status, with retry_after (seconds) if that is given
      done: true             # process the request first: its answer is lost; default: false
      latency: 2s            # before the answer, and before the work unless done
      rate: 0.1              # share of the matching requests; default: 1
      skip: 5                # matching requests that are spared at first; default: 0
      count: 3               # faults at most; default: without a bound

With --generation old, the routes that came later are missing, older statuses and shapes are
answered, and a renewal prolongs the very token, for as long as the process runs. The rules stay
those of today, so this of an old server is not imitated: tokens outlive the client secret they
came from; a project member can have temporary roles alone; a project role reads back as it was
written; privileges are compared without conditions (see --boundary); nothing locks out, which
holds for what is attached there, not for the first admin. Defects are not imitated either: what
an old server fails on with 500 is refused with a 4xx, and a renewal refused kills no token.
`

func parse(args []string) (serveFlags, string, error) {
	var f serveFlags
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.Usage = func() {}
	f.network.register(flags)
	flags.StringVar(&f.database, "database", "machineid.db", "`file` that keeps everything, :memory:, or the URL of a PostgreSQL database")
	flags.StringVar(&f.bootstrapFile, "bootstrap-file", "", "`file` to write the admin's credentials to")
	flags.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil,
		"`CIDRs` of the proxies whose X-Forwarded-For is believed: the client is its rightmost entry that is no such proxy")
	flags.StringSliceVar(&f.oidcNetworks, "oidc-allow-networks", nil,
		"`CIDRs` in which OIDC issuers may be asked, over http too. Elsewhere only public addresses are, and over https; never those of this host or of inner networks")
	flags.StringVar(&f.boundary, "boundary", string(iam.Strict),
		"strict: nobody hands out, or takes charge of, more than their own rules cover; actions: the management action suffices")
	flags.StringVar(&f.generation, "generation", GenerationNew,
		"new; old: answer as a server of October 2024 does, on the routes that the provider calls")
	flags.StringVar(&f.rateLimits, "rate-limits", "off",
		"off; default: read=60,write=200,project-creation=30, as newer servers have it; or a `list` of such, with identity-creation as well")
	flags.StringVar(&f.faults, "faults", "", "YAML `file` of faults to answer with on purpose; needs --allow-faults")
	flags.BoolVar(&f.allowFaults, "allow-faults", false, "let --faults break answers: never where anything depends on the server")
	flags.BoolVar(&f.rotateSigningKey, "rotate-signing-key", false, "sign tokens with a new key; those signed before stay good until they expire")
	f.audit.register(flags)
	flags.StringVar(&f.logFormat, "log-format", "text", "text or json, to standard error")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("serve takes flags only, not %q", flags.Arg(0))
	}
	return f, fmt.Sprintf(usage, flags.FlagUsages()), err
}

// Serve runs `serve` with its arguments and answers the exit code.
func Serve(ctx context.Context, args []string) int {
	f, help, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		_, _ = os.Stdout.WriteString(help)
		return 0
	}
	if err == nil {
		err = f.serve(ctx)
	} else {
		err = fmt.Errorf("%w; serve --help explains the flags", err)
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
	boundary := iam.BoundaryMode(f.boundary)
	if boundary != iam.Strict && boundary != iam.Actions {
		return fmt.Errorf("--boundary %q is neither strict nor actions", f.boundary)
	}
	if f.generation != GenerationNew && f.generation != GenerationOld {
		return fmt.Errorf("--generation %q is neither old nor new", f.generation)
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
		Database: f.database, TrustedProxies: proxies, OIDCNetworks: issuers, Boundary: boundary, Generation: f.generation, RateLimits: limits, Faults: injector, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if f.rotateSigningKey {
		if err := s.RotateSigningKey(ctx); err != nil {
			return err
		}
		log.Info("rotated the signing key")
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
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return s.run(ctx, listener, f.network.bounds(), f.bootstrapFile, log)
}

// injector is nil where no faults are asked for.
func (f serveFlags) injector(log *slog.Logger) (*faults.Injector, error) {
	if f.faults == "" {
		return nil, nil
	}
	if !f.allowFaults {
		return nil, errors.New("--faults breaks answers on purpose; say --allow-faults as well if that is what you want of this server")
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
	log.Warn("faults are on: this server breaks answers on purpose", slog.String("file", f.faults), slog.Int("rules", len(plan.Rules)), slog.Uint64("seed", plan.Seed))
	return injector, nil
}

func (f serveFlags) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q is none of debug, info, warn, error", f.logLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	switch f.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, o)), nil
	}
	return nil, fmt.Errorf("--log-format %q is neither text nor json", f.logFormat)
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
			return nil, fmt.Errorf("--%s: %q is no address and no range in CIDR notation", flag, text)
		}
		networks = append(networks, prefix.Masked())
	}
	return networks, nil
}
