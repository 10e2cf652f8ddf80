// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/net/netutil"
)

// networkFlags has the flags of the listener.
type networkFlags struct {
	listenOn       string
	insecure       bool
	tls            tlsFlags
	maxConnections int
	shutdownDelay  time.Duration
}

func (f *networkFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.listenOn, "listen", "127.0.0.1:8200", "`address` and port to listen on; port 0 picks a free one")
	flags.BoolVar(&f.insecure, "insecure-listen", false, "listen without TLS on an address that other machines can reach")
	f.tls.register(flags)
	flags.IntVar(&f.maxConnections, "max-connections", 1024, "maximum of concurrent connections; more wait")
	flags.DurationVar(&f.shutdownDelay, "shutdown-delay", 0, "how long /readyz returns 503 before the listener closes on shutdown")
}

// listen opens the listener. Without TLS it accepts loopback addresses only, unless insecure is set.
func (f *networkFlags) listen(ctx context.Context, log *slog.Logger) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(f.listenOn); err != nil {
		return nil, fmt.Errorf("--listen must be an address with a port, such as 127.0.0.1:8200, got %q", f.listenOn)
	}
	if f.maxConnections < 1 {
		return nil, fmt.Errorf("--max-connections must be greater than zero, got %d", f.maxConnections)
	}
	if f.shutdownDelay < 0 {
		return nil, fmt.Errorf("--shutdown-delay must not be negative, got %s", f.shutdownDelay)
	}
	config, err := f.tls.config(log)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listenOn)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", f.listenOn, err)
	}
	if config == nil && !f.insecure && !isLoopback(listener.Addr()) {
		return nil, errors.Join(fmt.Errorf("--listen %s is not loopback, and secrets would be sent without encryption. "+
			"Set --tls-cert and --tls-key, or --insecure-listen if a proxy terminates TLS", f.listenOn), listener.Close())
	}
	return secured{Listener: netutil.LimitListener(listener, f.maxConnections), config: config}, nil
}

func isLoopback(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// bounds limits what a client can use of the server.
type bounds struct {
	readHeader, read, write, idle time.Duration
	header                        int           // bytes
	delay                         time.Duration // between the signal and closing the listener
	stop                          time.Duration // for running requests after that
}

func (f *networkFlags) bounds() bounds {
	b := defaultBounds
	b.delay = f.shutdownDelay
	return b
}

var defaultBounds = bounds{
	readHeader: 5 * time.Second,
	read:       15 * time.Second,
	write:      30 * time.Second,
	idle:       2 * time.Minute,
	header:     32 << 10,
	stop:       10 * time.Second,
}

// run serves until ctx ends, then finishes running requests.
func (s *Sandbox) run(ctx context.Context, listener net.Listener, b bounds, bootstrapFile string, log *slog.Logger) error {
	h := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: b.readHeader,
		ReadTimeout:       b.read,
		WriteTimeout:      b.write,
		IdleTimeout:       b.idle,
		MaxHeaderBytes:    b.header,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	scheme := "http"
	serve := h.Serve
	if l, ok := listener.(secured); ok && l.config != nil {
		scheme, h.TLSConfig = "https", l.config
		serve = func(l net.Listener) error { return h.ServeTLS(l, "", "") }
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(listener) }()

	host := hostOf(scheme, listener.Addr())
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
		s.stopping.Store(true)
		select {
		case <-time.After(b.delay):
		case err = <-failed:
		}
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.stop)
	defer cancel()
	if stopped := h.Shutdown(grace); stopped != nil {
		err = errors.Join(err, stopped, h.Close())
	}
	return err
}

// hostOf returns the URL of the listener for clients on this machine.
func hostOf(scheme string, a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return scheme + "://" + a.String()
	}
	addr := ap.Addr().Unmap()
	switch {
	case !addr.IsUnspecified():
	case addr.Is4():
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		addr = netip.IPv6Loopback()
	}
	return scheme + "://" + netip.AddrPortFrom(addr, ap.Port()).String()
}
