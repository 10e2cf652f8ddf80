// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package server is the identity API over HTTP: which request asks for what, who
// is calling and from where, and which status a refusal has. The rules are the
// service's; the server decides nothing, and no log or answer of it holds a
// secret or a token.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Generation is whose answers the API gives. Contract: section 15.
type Generation string

// The generations of servers.
const (
	NewGeneration Generation = "new"
	OldGeneration Generation = "old" // of October 2024
)

// Options are what an operator decides about a server.
type Options struct {
	// TrustedProxies are the addresses whose X-Forwarded-For is believed. Empty: nobody's.
	TrustedProxies []netip.Prefix
	Generation     Generation // empty: NewGeneration
	RateLimits     RateLimits // nil: none
	Log            *slog.Logger
	Now            func() time.Time
	Ready          func(context.Context) error // why no requests are to be sent here; nil: it always answers nil
}

type server struct {
	iam     *iam.Service
	tokens  tokens
	older   *older // nil: this generation
	proxies []netip.Prefix
	log     *slog.Logger
	now     func() time.Time
	isReady func(context.Context) error

	limits   RateLimits
	counters counters
}

// tokens is what becomes of access tokens: the service or, in its place, a personality.
type tokens interface {
	LoginUniversalAuth(ctx context.Context, l iam.Login) (iam.IssuedToken, error)
	LoginOIDCAuth(ctx context.Context, l iam.OIDCLogin) (iam.IssuedToken, error)
	CreateToken(ctx context.Context, a iam.Actor, identityID string, in iam.TokenInput) (iam.NewToken, error)
	Authenticate(ctx context.Context, signed string, from netip.Addr) (iam.Actor, error)
	RenewAccessToken(ctx context.Context, signed string, from netip.Addr) (iam.IssuedToken, error)
	RevokeAccessToken(ctx context.Context, signed string) error
}

// New answers every route of the API below api.Prefix.
func New(service *iam.Service, o Options) http.Handler {
	s := &server{iam: service, tokens: service, proxies: o.TrustedProxies, log: o.Log, now: o.Now, isReady: o.Ready, limits: o.RateLimits}
	if s.isReady == nil {
		s.isReady = func(context.Context) error { return nil }
	}
	s.counters = counters{now: o.Now, counts: map[counterKey]counter{}}
	if o.Generation == OldGeneration {
		s.older = &older{Service: service, now: o.Now}
		s.tokens = s.older
	}
	router := chi.NewMux()
	router.Use(s.observe, routed)
	router.NotFound(noRoute)
	router.MethodNotAllowed(noRoute)
	router.Get("/healthz", healthy)
	router.Get("/readyz", s.ready)
	h := humachi.New(router, s.config())
	if s.limits != nil {
		h.UseMiddleware(s.limit)
	}
	if s.older != nil {
		h.UseMiddleware(s.checkHeader)
	}
	for _, r := range s.routes() {
		r.register(h)
	}
	if s.older == nil {
		takeNulls(h.OpenAPI().Components.Schemas.Map())
	}
	describe(h.OpenAPI())
	serveDocs(router.Get, h.OpenAPI())
	return router
}

func (s *server) config() huma.Config {
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{Info: &huma.Info{Title: "Machine identities", Version: "1"}},
		Formats: formats,
	}
	c.AllowAdditionalPropertiesByDefault = true
	if s.older != nil {
		c.Transformers = []huma.Transformer{s.older.answer}
	}
	return c
}

// route is one line of the API.
type route struct {
	method, path string
	public       bool
	register     func(huma.API)
}

// open is a route for everybody. A token in the header is not looked at.
func open[I, O any](method, path string, handle func(context.Context, *I) (O, error)) route {
	return untyped(method, path, true, nil, reflect.TypeFor[I](), reflect.TypeFor[O](), func(ctx context.Context, in any) (any, error) {
		typed, _ := in.(*I) // it is made of that type
		return handle(ctx, typed)
	})
}

// guarded is a route for callers with a token, who are handed to the handler.
func guarded[I, O any](s *server, method, path string, handle func(context.Context, iam.Actor, *I) (O, error)) route {
	return untyped(method, path, false, huma.Middlewares{s.authenticate}, reflect.TypeFor[I](), reflect.TypeFor[O](), func(ctx context.Context, in any) (any, error) {
		typed, _ := in.(*I) // it is made of that type
		return handle(ctx, actor(ctx), typed)
	})
}

func untyped(method, path string, public bool, first huma.Middlewares, in, out reflect.Type, handle func(context.Context, any) (any, error)) route {
	e := &endpoint{in: in, out: out, handle: func(ctx context.Context, in any) (any, error) {
		return handled(ctx, method, path, in, handle)
	}}
	return route{method: method, path: path, public: public, register: func(h huma.API) {
		e.register(h, &huma.Operation{Method: method, Path: api.Prefix + path, MaxBodyBytes: maxBody, Middlewares: first})
	}}
}

// handled is what the handler says, by way of the personality if there is one.
func handled(ctx context.Context, method, path string, in any, handle func(context.Context, any) (any, error)) (any, error) {
	older := observed(ctx).older
	if older == nil {
		return handle(ctx, in)
	}
	if err := older.take(ctx, method, in); err != nil {
		return nil, err
	}
	out, err := handle(ctx, in)
	if err != nil {
		err = older.refusal(ctx, method, path, err)
	}
	return out, err
}
