// Package sandbox is the identity API put together: rules, store and HTTP. It
// knows how a server starts, gives out its first credentials and stops; what it
// answers is decided elsewhere.
package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/oidc"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/store"
)

// Options are what somebody decides who runs the API.
type Options struct {
	Database       string            // a path or :memory:
	TrustedProxies []netip.Prefix    // whose X-Forwarded-For is believed; empty: nobody's
	OIDCNetworks   []netip.Prefix    // where OIDC issuers may be asked beside public addresses, over http too
	Boundary       iam.BoundaryMode  // empty: strict
	Generation     server.Generation // empty: new
	Log            *slog.Logger      // nil: nothing is logged
	Now            func() time.Time  // nil: the system's clock
}

// Sandbox is the API on a database, answering through its Handler.
type Sandbox struct {
	Handler http.Handler
	service *iam.Service
	store   *store.Store
}

// Open opens the database, makes what a new one needs, and answers the API on it.
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
	service := iam.New(st, o.Now, o.Boundary, oidc.New(o.OIDCNetworks, o.Now))
	if err := service.Prepare(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	handler := server.New(service, server.Options{TrustedProxies: o.TrustedProxies, Generation: o.Generation, Log: o.Log, Now: o.Now})
	return &Sandbox{Handler: handler, service: service, store: st}, nil
}

// Bootstrap answers working credentials of an organisation admin. See iam.Service.Bootstrap.
func (s *Sandbox) Bootstrap(ctx context.Context, previous iam.Credentials) (iam.Credentials, error) {
	return s.service.Bootstrap(ctx, previous)
}

// RotateSigningKey makes a new key that signs from now on.
func (s *Sandbox) RotateSigningKey(ctx context.Context) error { return s.service.RotateSigningKey(ctx) }

// Close finishes what is being written and closes the database.
func (s *Sandbox) Close() error { return s.store.Close() }
