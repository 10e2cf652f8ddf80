// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package sandbox assembles the identity API from rules, store and HTTP. It
// starts and stops the server and issues its first credentials; it contains no
// rules and no routes.
package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/faults"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/older"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify"
)

// The generations of servers.
const (
	GenerationNew = "new"
	GenerationOld = "old" // of October 2024
)

// Options are what somebody decides who runs the API.
type Options struct {
	Database       string            // a path, :memory: or a URL of PostgreSQL
	TrustedProxies []netip.Prefix    // whose X-Forwarded-For is believed; empty: nobody's
	OIDCNetworks   []netip.Prefix    // where OIDC issuers may be asked beside public addresses, over http too
	Boundary       iam.BoundaryMode  // empty: strict
	Plan           iam.Plan          // empty: iam.PlanEnterprise
	Generation     string            // GenerationNew or GenerationOld; empty: new
	RateLimits     server.RateLimits // nil: none
	Faults         *faults.Injector  // nil: none
	Log            *slog.Logger      // nil: nothing is logged
	Now            func() time.Time  // nil: the system's clock
}

// Sandbox is the API on a database, answering through its Handler.
type Sandbox struct {
	Handler  http.Handler
	service  *iam.Service
	store    *store.Store
	stop     func()      // returns once all background work has ended
	stopping atomic.Bool // the server is shutting down, and so not ready
}

// Open opens the database, initializes a new one, and returns the API on it.
func Open(ctx context.Context, o Options) (*Sandbox, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Boundary == "" {
		o.Boundary = iam.Strict
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	st, err := store.Open(ctx, o.Database)
	if err != nil {
		return nil, err
	}
	service := iam.New(st, o.Now, o.Boundary, verify.New(o.OIDCNetworks, o.Now))
	service.SetPlan(o.Plan)
	if err := service.Prepare(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s := &Sandbox{service: service, store: st}
	var wrap func(http.Handler) http.Handler
	if o.Generation == GenerationOld {
		wrap = older.Wrap(service, o.Now)
	}
	s.Handler = server.New(service, server.Options{
		TrustedProxies: o.TrustedProxies, Wrap: wrap, RateLimits: o.RateLimits, Log: o.Log, Now: o.Now, Ready: s.ready,
	})
	if o.Faults != nil {
		s.Handler = o.Faults.Handler(s.Handler)
	}
	s.stop = inBackground(ctx, func(ctx context.Context) { s.cleanUp(ctx, o.Log) })
	return s, nil
}

// inBackground runs fn, which outlives the call that began it, and returns how to stop it.
func inBackground(ctx context.Context, fn func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		fn(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// ready returns why the server takes no requests now, or nil.
func (s *Sandbox) ready(ctx context.Context) error {
	if s.stopping.Load() {
		return errors.New("stopping")
	}
	return s.service.Ready(ctx)
}

// Bootstrap returns valid credentials of an organization admin. See iam.Service.Bootstrap.
func (s *Sandbox) Bootstrap(ctx context.Context, previous iam.Credentials) (iam.Credentials, error) {
	return s.service.Bootstrap(ctx, previous)
}

// RotateSigningKey creates a new key, which signs all access tokens from now on.
func (s *Sandbox) RotateSigningKey(ctx context.Context) error { return s.service.RotateSigningKey(ctx) }

// TellAudit calls fn for every change and login that this process has stored. See iam.Service.OnAuditEvent.
func (s *Sandbox) TellAudit(fn func(iam.AuditEvent)) { s.service.OnAuditEvent(fn) }

// FlushRefusals stores the denied attempts that are pending.
func (s *Sandbox) FlushRefusals(ctx context.Context) error { return s.service.FlushRefusals(ctx) }

// closeTimeout is how long what is still to be written may take.
const closeTimeout = 5 * time.Second

// Close finishes what is being written and closes the database.
func (s *Sandbox) Close() error {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(s.service.Close(ctx), s.store.Close())
}
