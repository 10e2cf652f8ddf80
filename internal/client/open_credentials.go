// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"sync"
	"time"
)

// OpenCredentials is the register of the access tokens and client secrets that this process opened:
// the providers' own tokens, and what ephemeral resources opened. Terraform closes nothing after a
// failure or an interrupt, so whoever ends the process revokes what is left.
type OpenCredentials struct {
	mu       sync.Mutex
	open     map[credential]*Client // who revokes it
	openings int                    // under way
	ended    chan struct{}          // closed when the next of them ends
}

// credential is an access token, or a client secret by its ID.
type credential struct {
	token                Secret
	identityID, secretID string
}

func (o credential) isToken() bool { return o.secretID == "" }

// revoke ends the life of a credential.
func (c *Client) revoke(ctx context.Context, opened credential) error {
	if opened.isToken() {
		return c.Revoke(ctx, opened.token)
	}
	if err := c.RevokeClientSecret(ctx, opened.identityID, opened.secretID); !IsNotFound(err) {
		return err
	}
	return nil
}

// NewOpenCredentials is an empty register.
func NewOpenCredentials() *OpenCredentials {
	return &OpenCredentials{open: map[credential]*Client{}, ended: make(chan struct{})}
}

// Len is the number of credentials that are open.
func (o *OpenCredentials) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}

// RevokeAll revokes what is open, and what is still being opened as it comes, until ctx ends: the
// client secrets first, as that takes a token, but for half of the time at most; then the tokens.
// The error joins those of what could not be revoked, which lives on until it expires.
func (o *OpenCredentials) RevokeAll(ctx context.Context) error {
	half, cancel := firstHalf(ctx)
	defer cancel()
	secrets := o.drain(half, func(c credential) bool { return !c.isToken() })
	return errors.Join(secrets, o.drain(ctx, func(credential) bool { return true }))
}

func firstHalf(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ends := ctx.Deadline(); ends {
		return context.WithTimeout(ctx, time.Until(end)/2)
	}
	return context.WithCancel(ctx)
}

// drain revokes what is wanted, all at once, until nothing is being opened any more or ctx ends.
func (o *OpenCredentials) drain(ctx context.Context, wanted func(credential) bool) error {
	var failures []error
	for {
		left, openings, ended := o.take(wanted)
		results := make(chan error, len(left))
		for opened, client := range left {
			go func() { results <- client.revoke(ctx, opened) }()
		}
		for range left {
			select {
			case err := <-results:
				failures = append(failures, err)
			case <-ctx.Done():
				return errors.Join(append(failures, ctx.Err())...)
			}
		}
		if openings == 0 {
			return errors.Join(failures...)
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return errors.Join(append(failures, ctx.Err())...)
		}
	}
}

// take removes what is wanted from the register.
func (o *OpenCredentials) take(wanted func(credential) bool) (left map[credential]*Client, openings int, ended <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	left = map[credential]*Client{}
	for opened, client := range o.open {
		if wanted(opened) {
			left[opened] = client
			delete(o.open, opened)
		}
	}
	return left, o.openings, o.ended
}

// opening makes a credential, so that RevokeAll knows of it, and remembers it.
func opening[T any](c *Client, open func() (T, error), as func(T) credential) (T, error) {
	o := c.config.Opened
	o.mu.Lock()
	o.openings++
	o.mu.Unlock()
	made, err := open()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.openings--
	close(o.ended)
	o.ended = make(chan struct{})
	if err == nil {
		o.open[as(made)] = c
	}
	return made, err
}

// closing revokes what opening gave. Where that fails, the register goes on remembering it.
func (c *Client) closing(ctx context.Context, opened credential) error {
	err := c.revoke(ctx, opened)
	if err == nil {
		c.config.Opened.forget(opened)
	}
	return err
}

func (o *OpenCredentials) forget(opened credential) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, opened)
}
