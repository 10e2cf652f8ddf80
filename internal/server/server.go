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
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
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
	h.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeFor[permission.Rule](), reflect.TypeFor[ruleSchema]())
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

// route is one entry of the route table.
type route struct {
	method, path string
	register     func(huma.API)
}

// reply is the response of a handler, as huma sends it.
type reply[T any] struct{ Body T }

// public returns a route that takes no access token.
func public[I, O any](method, path string, handle func(context.Context, *I) (O, error)) route {
	return route{method: method, path: path, register: func(h huma.API) {
		huma.Register(h, operation(method, path), func(ctx context.Context, in *I) (*reply[O], error) {
			return replied(ctx, method, path, in, func() (O, error) { return handle(ctx, in) })
		})
	}}
}

// authenticated returns a route that passes the caller to its handler.
func authenticated[I, O any](s *server, method, path string, handle func(context.Context, iam.Actor, *I) (O, error)) route {
	return route{method: method, path: path, register: func(h huma.API) {
		huma.Register(h, operation(method, path, s.authenticate), func(ctx context.Context, in *I) (*reply[O], error) {
			return replied(ctx, method, path, in, func() (O, error) { return handle(ctx, actor(ctx), in) })
		})
	}}
}

// replied returns what the handler returns, its error as a response.
func replied[O any](ctx context.Context, method, path string, in any, handle func() (O, error)) (*reply[O], error) {
	older := observed(ctx).older
	if older != nil {
		if err := older.take(ctx, method, in); err != nil {
			return nil, refused(ctx, err)
		}
	}
	out, err := handle()
	if err != nil && older != nil {
		err = older.refusal(ctx, method, path, err)
	}
	if err != nil {
		return nil, refused(ctx, err)
	}
	return &reply[O]{out}, nil
}

// maxBody bounds the body of a request, in bytes, and bodyTimeout the time that it takes to arrive.
const (
	maxBody     = 256 << 10
	bodyTimeout = 5 * time.Second
)

// operation returns the description of a route. A route with middlewares requires an access token.
func operation(method, path string, middlewares ...func(huma.Context, func(huma.Context))) huma.Operation {
	o := huma.Operation{
		Method: method, Path: api.Prefix + path, Middlewares: middlewares, MaxBodyBytes: maxBody, BodyReadTimeout: bodyTimeout,
		OperationID: operationID(method, path), Tags: []string{tag(path)},
		Responses: map[string]*huma.Response{"default": {
			Description: "An error",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Error"}}},
		}},
	}
	if access, known := routePermissions[method+" "+path]; known {
		o.Description = access.String()
	}
	if len(middlewares) > 0 {
		o.Security = []map[string][]string{{bearer: {}}}
	}
	return o
}
