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

// networkFlags say where the API listens, and to whom.
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
	flags.IntVar(&f.maxConnections, "max-connections", 1024, "connections at once; further ones wait")
	flags.DurationVar(&f.shutdownDelay, "shutdown-delay", 0, "how long to go on serving, not ready any more, when told to stop")
}

// listen opens the listener, and refuses one that strangers could listen in on.
func (f *networkFlags) listen(ctx context.Context, log *slog.Logger) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(f.listenOn); err != nil {
		return nil, fmt.Errorf("--listen %q is no address with a port, such as 127.0.0.1:8200", f.listenOn)
	}
	if f.maxConnections < 1 {
		return nil, fmt.Errorf("--max-connections %d: there must be one at least", f.maxConnections)
	}
	if f.shutdownDelay < 0 {
		return nil, fmt.Errorf("--shutdown-delay %s is no time to wait", f.shutdownDelay)
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
		return nil, errors.Join(fmt.Errorf("--listen %s can be reached from other machines, and secrets would cross the network in the clear: "+
			"give --tls-cert and --tls-key, or --insecure-listen where something in front speaks TLS", f.listenOn), listener.Close())
	}
	return secured{Listener: netutil.LimitListener(listener, f.maxConnections), config: config}, nil
}

func isLoopback(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// bounds keep slow and greedy clients from wearing the server out.
type bounds struct {
	readHeader, read, write, idle time.Duration
	header                        int           // bytes
	delay                         time.Duration // between being told to stop, and stopping
	stop                          time.Duration // for the requests under way then
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

// run answers requests until ctx ends, and then those under way.
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

// hostOf is where a client on this machine finds the listener.
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
