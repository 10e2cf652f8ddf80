// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// attachment is an auth method that is attached, of which an identity has one of a kind at most. What
// is answered is what a read finds.
type attachment[T any] struct {
	name  string // of the method and its identity
	send  func(context.Context) (T, error)
	read  func(context.Context) (T, error)
	found func(T) Candidate
}

func attachOnce[T any](ctx context.Context, c *Client, a attachment[T]) (T, error) {
	return createOrAdopt(ctx, c, creation[T, T]{
		key: a.name, unique: true,
		send:      a.send,
		id:        func(created T) string { return a.found(created).ID },
		find:      findOne(a.read),
		candidate: a.found,
		adopt:     unchanged[T],
	})
}

// goneWithMethod settles what a 400 means: servers answer so where the identity lacks the method,
// but for other reasons too, so the identity is asked.
func (c *Client) goneWithMethod(ctx context.Context, identityID, method string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		return err
	}
	membership, readErr := c.Identity(ctx, identityID)
	gone := *e // a failed login is an error that several callers share
	gone.Gone = IsNotFound(readErr) ||
		readErr == nil && !slices.Contains(AuthMethods(membership.Identity), method)
	return &gone
}
