// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// This file has what a wrapper around the routes may use, see Options.Wrap.

// WithActor returns a context for requests whose caller is authenticated already.
func WithActor(ctx context.Context, a iam.Actor) context.Context {
	observed(ctx).identity = a.IdentityID
	return context.WithValue(ctx, actorKey{}, a)
}

// BearerToken returns the access token of a request.
func BearerToken(r *http.Request) (string, error) { return bearerToken(r.Header.Get("Authorization")) }

// ClientAddress returns the address that a request came from.
func ClientAddress(ctx context.Context) netip.Addr { return from(ctx) }

// ServiceError returns the error that the service returned for the request, or nil.
func ServiceError(ctx context.Context) error { return observed(ctx).refusal }

// WriteError writes an error as the response: an *api.Error as it is, others as the server does.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	writeError(w, newErrorResponse(r.Context(), err))
}

// NoRoute writes the response for a route that does not exist.
func NoRoute(w http.ResponseWriter, r *http.Request) { noRoute(w, r) }
