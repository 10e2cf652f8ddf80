// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package server serves the identity API over HTTP. It knows the routes, how a
// caller authenticates, and the status of every error; package iam has the
// rules. No log line and no error contains a secret or an access token.
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

// Options configure a server.
type Options struct {
	// TrustedProxies are the addresses whose X-Forwarded-For header is used; empty: none.
	TrustedProxies []netip.Prefix
	RateLimits     RateLimits // nil: none
	Log            *slog.Logger
	Now            func() time.Time
	Ready          func(context.Context) error     // returns why the server is not ready; nil: it always is
	Wrap           func(http.Handler) http.Handler // is placed around the routes, inside the request log; nil: nothing is
}

type server struct {
	iam     *iam.Service
	proxies []netip.Prefix
	log     *slog.Logger
	now     func() time.Time
	isReady func(context.Context) error

	limits   RateLimits
	counters counters
}

// New returns a handler with the routes of the API below api.Prefix.
func New(service *iam.Service, o Options) http.Handler {
	s := &server{iam: service, proxies: o.TrustedProxies, log: o.Log, now: o.Now, isReady: o.Ready, limits: o.RateLimits}
	if s.isReady == nil {
		s.isReady = func(context.Context) error { return nil }
	}
	s.counters = counters{now: o.Now, counts: map[counterKey]counter{}}
	router := chi.NewMux()
	router.Use(s.observe, routed)
	if o.Wrap != nil {
		router.Use(o.Wrap)
	}
	router.NotFound(noRoute)
	router.MethodNotAllowed(noRoute)
	router.Get("/healthz", healthy)
	router.Get("/readyz", s.ready)
	h := humachi.New(router, s.config())
	h.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeFor[api.TrustedIP](), reflect.TypeFor[api.TrustedIPResponse]())
	if s.limits != nil {
		h.UseMiddleware(s.limit)
	}
	h.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeFor[permission.Rule](), reflect.TypeFor[ruleSchema]())
	for _, r := range s.routes() {
		r.register(h)
	}
	takeNulls(h.OpenAPI().Components.Schemas.Map())
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
			out, err := handle(ctx, in)
			return replyOf(ctx, out, err)
		})
	}}
}

// authenticated returns a route that passes the caller to its handler.
func authenticated[I, O any](s *server, method, path string, handle func(context.Context, iam.Actor, *I) (O, error)) route {
	return route{method: method, path: path, register: func(h huma.API) {
		huma.Register(h, operation(method, path, s.authenticate), func(ctx context.Context, in *I) (*reply[O], error) {
			out, err := handle(ctx, actor(ctx), in)
			return replyOf(ctx, out, err)
		})
	}}
}

// replyOf returns what the service returned as a response.
func replyOf[O any](ctx context.Context, out O, err error) (*reply[O], error) {
	if err != nil {
		return nil, newErrorResponse(ctx, err)
	}
	return &reply[O]{out}, nil
}

// MaxBody bounds the body of a request, in bytes, and BodyTimeout the time that it takes to arrive.
const (
	MaxBody     = 256 << 10
	BodyTimeout = 5 * time.Second
)

// operation returns the description of a route. A route with middlewares requires an access token.
func operation(method, path string, middlewares ...func(huma.Context, func(huma.Context))) huma.Operation {
	o := huma.Operation{
		Method: method, Path: api.Prefix + path, Middlewares: middlewares, MaxBodyBytes: MaxBody, BodyReadTimeout: BodyTimeout,
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
