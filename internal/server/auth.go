// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Keys of the values that the middlewares add to the context of a request.
type (
	actorKey struct{}
	fromKey  struct{}
)

// authenticate finds the caller. It runs before any part of the request is parsed.
func (s *server) authenticate(c huma.Context, next func(huma.Context)) {
	if _, known := c.Context().Value(actorKey{}).(iam.Actor); known {
		next(c)
		return
	}
	token, err := bearerToken(c.Header("Authorization"))
	if err == nil {
		var a iam.Actor
		if a, err = s.iam.Authenticate(c.Context(), token, from(c.Context())); err == nil {
			observed(c.Context()).identity = a.IdentityID
			next(huma.WithValue(c, actorKey{}, a))
			return
		}
	}
	_, w := humachi.Unwrap(c)
	writeError(w, newErrorResponse(c.Context(), err))
}

// actor returns the caller that authenticate found.
func actor(ctx context.Context) iam.Actor {
	a, _ := ctx.Value(actorKey{}).(iam.Actor)
	return a
}

// from returns the address that a request came from.
func from(ctx context.Context) netip.Addr {
	a, _ := ctx.Value(fromKey{}).(netip.Addr)
	return a
}

func bearerToken(header string) (string, error) {
	if header == "" {
		return "", iam.Errorf(iam.Unauthenticated, "Token missing")
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", iam.Errorf(iam.BadToken, "The Authorization header must have the form: Bearer <access token>")
	}
	return strings.TrimSpace(token), nil
}

// clientAddress returns the address of the socket or, if that is a trusted proxy, the rightmost entry
// of X-Forwarded-For that is not one. It returns the zero Addr, which no trusted range contains, for an
// entry that is not an address.
func clientAddress(socket string, forwardedFor []string, proxies []netip.Prefix) netip.Addr {
	client := address(socket)
	entries := strings.Split(strings.Join(forwardedFor, ","), ",")
	for _, entry := range slices.Backward(entries) {
		trusted := slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(client) })
		if !trusted {
			break
		}
		if entry = strings.TrimSpace(entry); entry != "" {
			client = address(entry)
		}
	}
	return client
}

// address parses an address with or without a port. It returns the zero Addr for anything else.
func address(text string) netip.Addr {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}
