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
	name string // of the method and its identity
	send func(context.Context) (T, error)
	read func(context.Context) (T, error)
	id   func(T) string
	same func(T) bool // all fields are as asked
}

func attachOnce[T any](ctx context.Context, c *Client, a attachment[T]) (T, error) {
	return createOnce(ctx, c, creation[T, T]{
		name: a.name, only: true,
		send:  a.send,
		id:    a.id,
		find:  one(a.read),
		trace: func(found T) Candidate { return Candidate{ID: a.id(found)} },
		same:  func(_ context.Context, found T) (bool, error) { return a.same(found), nil },
		take:  asFound[T],
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
