// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package older makes the API respond as a server of October 2024 does. It maps
// requests and responses of the routes that the provider calls; the rules stay
// those of the service, so some behavior of such a server is not imitated:
//   - access tokens outlive the client secret that they were issued for;
//   - a membership may have temporary roles only;
//   - privileges are compared without their conditions (--boundary decides);
//   - settings that such a server does not know keep their effect where they
//     were made by another server on the same database.
//
// Defects are not imitated either: a request on which such a server fails with
// status 500 is rejected with a 4xx, and a renewal past the maximum TTL is
// rejected without revoking the token. Contract: sections 15 and 16.
package older

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
)

const notAllowed = "You are not allowed to access this resource"

// wrapper is the routes of an older server around those of the server.
type wrapper struct {
	service  *iam.Service
	now      func() time.Time
	next     http.Handler
	routes   *chi.Mux
	sessions sync.Map // by the access token that the client has; lost when the process ends
}

// Wrap returns a value for server.Options.Wrap.
func Wrap(service *iam.Service, now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		o := &wrapper{service: service, now: now, next: next, routes: chi.NewMux()}
		for method, paths := range routes {
			for path := range strings.FieldsSeq(paths) {
				o.routes.MethodFunc(method, api.Prefix+path, http.NotFound)
			}
		}
		return o
	}
}

// exchange is a request with what its handling needs.
type exchange struct {
	*http.Request
	pattern string // of the route, such as /v1/identities/{identityId}
	params  *chi.Context
	actor   iam.Actor // of authenticated routes
	session session   // of the access token in the header or, of a renewal, in the body
	renewed string    // access token in the body
	body    body
}

// param returns a parameter of the path. IDs are compared without regard to case.
func (x *exchange) param(name string) string { return strings.ToLower(x.params.URLParam(name)) }

// authMethod returns the auth method of a route below /v1/auth, or "".
func (x *exchange) authMethod() string {
	rest, below := strings.CutPrefix(x.pattern, "/v1/auth/")
	if !below {
		return ""
	}
	method, _, _ := strings.Cut(rest, "/")
	return method
}

// attaches reports whether the request attaches an auth method.
func (x *exchange) attaches() bool {
	return x.Method == http.MethodPost && strings.HasSuffix(x.pattern, "-auth/identities/{identityId}")
}

func (x *exchange) login() bool { return strings.HasSuffix(x.pattern, "-auth/login") }

// ServeHTTP implements http.Handler.
func (o *wrapper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if slices.Contains(descriptionPaths, r.URL.Path) {
		o.serveDescription(w, r)
		return
	}
	if !strings.HasPrefix(r.URL.Path, api.Prefix+"/") {
		o.next.ServeHTTP(w, r)
		return
	}
	out := &response{ResponseWriter: w}
	x := &exchange{Request: r, params: chi.NewRouteContext()}
	o.serve(out, x)
	send(w, x, out)
}

func (o *wrapper) serve(out *response, x *exchange) {
	method, path := x.Method, strings.TrimSuffix(cmp.Or(x.URL.RawPath, x.URL.Path), "/")
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if !o.routes.Match(x.params, method, path) {
		server.NoRoute(out, x.Request)
		return
	}
	x.pattern = strings.TrimPrefix(x.params.RoutePattern(), api.Prefix)
	if err := o.authenticate(x); err != nil {
		server.WriteError(out, x.Request, err)
		return
	}
	if forUsers[x.pattern] {
		server.WriteError(out, x.Request, &api.Error{
			StatusCode: http.StatusForbidden, Name: "Forbidden access to " + x.URL.Path, Message: api.Message{Text: notAllowed},
		})
		return
	}
	if x.pattern == "/v1/identities/{identityId}" && x.param("identityId") == "details" { // a route of newer servers
		server.WriteError(out, x.Request, &api.Error{
			StatusCode: http.StatusNotFound, Name: api.ErrorNotFound, Message: api.Message{Text: "Failed to find identity with id details"},
		})
		return
	}
	x.body.read(out, x.Request)
	if err := o.rewrite(x); err != nil {
		server.WriteError(out, x.Request, err)
		return
	}
	x.body.replace(x.Request)
	o.next.ServeHTTP(out, x.Request)
	if err := server.ServiceError(x.Context()); err != nil {
		if other := o.reported(x, err); other != nil {
			out.reset()
			server.WriteError(out, x.Request, other)
		}
	}
	if err := o.keepSession(x, out); err != nil {
		out.reset()
		server.WriteError(out, x.Request, err)
	}
	if x.login() && out.status == http.StatusUnauthorized {
		o.reportUnknownClient(out, x)
	}
}

// authenticate authenticates the caller. A bad access token is rejected on public routes, too.
func (o *wrapper) authenticate(x *exchange) error {
	if public[x.pattern] && x.Header.Get("Authorization") == "" {
		return nil
	}
	token, err := server.BearerToken(x.Request)
	if err != nil {
		return err
	}
	x.session = o.session(token)
	x.actor, err = o.service.Authenticate(x.Context(), x.session.current, server.ClientAddress(x.Context()))
	if err != nil {
		return o.expired(x.session, err)
	}
	x.Request = x.WithContext(server.WithActor(x.Context(), x.actor))
	return nil
}

// response holds the response of the server until it is mapped.
type response struct {
	http.ResponseWriter
	status  int
	content bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (r *response) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *response) Write(content []byte) (int, error) {
	r.status = cmp.Or(r.status, http.StatusOK)
	return r.content.Write(content)
}

// Unwrap is for http.ResponseController.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *response) reset() {
	r.status = 0
	r.content.Reset()
}

// send sends the response as an older server words it.
func send(w http.ResponseWriter, x *exchange, out *response) {
	content := out.content.Bytes()
	var err error
	if out.status == http.StatusOK {
		content, err = success(x, content)
	} else {
		out.status, content, err = failure(out.status, content)
	}
	if err != nil {
		panic(err) // the server reports it as a status 500
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(content) // the client may have closed the connection
}

// failure returns an error as an older server words it: schema errors have another status, a boundary
// is no error of its own, a rate limit is an internal error, and there are no further details.
func failure(status int, content []byte) (int, []byte, error) {
	var e api.Error
	if err := json.Unmarshal(content, &e); err != nil {
		return status, content, err
	}
	e.ReqID, e.Details = "", nil
	switch e.Name {
	case api.ErrorValidation:
		e.StatusCode = http.StatusUnauthorized
	case api.ErrorBoundary:
		e.Name = api.ErrorForbidden
	case api.ErrorRateLimit:
		e = api.Error{StatusCode: http.StatusInternalServerError, Name: api.ErrorInternal, Message: api.Message{Text: "Something went wrong"}}
	}
	content, err := json.Marshal(e)
	return e.StatusCode, content, err
}

// reportUnknownClient replaces the error of a login whose client ID does not exist.
func (o *wrapper) reportUnknownClient(out *response, x *exchange) {
	id := x.body.text("clientId")
	if x.authMethod() != api.MethodUniversalAuth {
		return
	}
	// From no address at all, a client ID that exists is rejected for its trusted IPs.
	login := api.UniversalAuthLoginRequest{ClientID: id}
	if _, err := iam.UniversalAuthLogin.Run(context.WithoutCancel(x.Context()), o.service, login, netip.Addr{}); iam.Is(err, iam.Unauthenticated) {
		out.reset()
		server.WriteError(out, x.Request, iam.Errorf(iam.NotFound, "No identity with specified client ID was found"))
	}
}
