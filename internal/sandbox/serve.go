package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
)

// Bounds on slow and greedy clients.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 32 << 10 // bytes

	stopTimeout = 10 * time.Second // for the requests under way when the server is told to stop
)

// serveFlags are the command line of serve.
type serveFlags struct {
	listen, database, bootstrapFile string
	trustedProxies, oidcNetworks    []string
	boundary, generation            string
	rotateSigningKey                bool
	logFormat, logLevel             string
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

Several servers may share one database file on one machine.

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
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8200", "`address` and port to listen on; port 0 picks a free one")
	flags.StringVar(&f.database, "database", "machineid.db", "`file` that keeps everything, or :memory:")
	flags.StringVar(&f.bootstrapFile, "bootstrap-file", "", "`file` to write the admin's credentials to")
	flags.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil,
		"`CIDRs` of the proxies whose X-Forwarded-For is believed: the client is its rightmost entry that is no such proxy")
	flags.StringSliceVar(&f.oidcNetworks, "oidc-allow-networks", nil,
		"`CIDRs` in which OIDC issuers may be asked, over http too. Elsewhere only public addresses are, and over https; never those of this host or of inner networks")
	flags.StringVar(&f.boundary, "boundary", string(iam.Strict),
		"strict: nobody hands out, or takes charge of, more than their own rules cover; actions: the management action suffices")
	flags.StringVar(&f.generation, "generation", string(server.NewGeneration),
		"new; old: answer as a server of October 2024 does, on the routes that the provider calls")
	flags.BoolVar(&f.rotateSigningKey, "rotate-signing-key", false, "sign tokens with a new key; those signed before stay good until they expire")
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
	generation := server.Generation(f.generation)
	if generation != server.NewGeneration && generation != server.OldGeneration {
		return fmt.Errorf("--generation %q is neither old nor new", f.generation)
	}
	s, err := Open(ctx, Options{
		Database: f.database, TrustedProxies: proxies, OIDCNetworks: issuers, Boundary: boundary, Generation: generation, Log: log,
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
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return fmt.Errorf("--listen %q is no address with a port, such as 127.0.0.1:8200", f.listen)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", f.listen, err)
	}
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return s.run(ctx, listener, f.bootstrapFile, log)
}

// run answers requests until ctx ends, and then those under way.
func (s *Sandbox) run(ctx context.Context, listener net.Listener, bootstrapFile string, log *slog.Logger) error {
	h := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(listener) }()

	host := hostOf(listener.Addr())
	var err error
	if bootstrapFile != "" {
		err = s.bootstrap(ctx, bootstrapFile, host)
	}
	if err == nil {
		log.Info("serving", slog.String("host", host))
		select {
		case err = <-failed:
			return fmt.Errorf("serving failed: %w", err)
		case <-ctx.Done():
			log.Info("stopping")
		}
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if stopped := h.Shutdown(grace); stopped != nil {
		err = errors.Join(err, stopped, h.Close())
	}
	return err
}

// hostOf is where a client on this machine finds the listener.
func hostOf(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	addr := ap.Addr().Unmap()
	switch {
	case !addr.IsUnspecified():
	case addr.Is4():
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		addr = netip.IPv6Loopback()
	}
	return "http://" + netip.AddrPortFrom(addr, ap.Port()).String()
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
