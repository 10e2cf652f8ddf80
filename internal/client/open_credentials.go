// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// OpenCredentials registers the access tokens and client secrets that this process opened: the
// provider's own tokens and those of ephemeral resources. Terraform does not close ephemeral resources
// after a failure or an interrupt, so the process revokes what is left before it exits.
type OpenCredentials struct {
	mu       sync.Mutex
	open     map[credential]*Client // that revokes it
	openings int                    // under way
	ended    chan struct{}          // closed when the next of them ends
}

// credential is an access token, or the ID of a client secret or of a token of Token auth.
type credential struct {
	token                Secret
	identityID, secretID string
	tokenID              string
}

func (o credential) isToken() bool { return o.secretID == "" }

// revoke revokes a credential.
func (c *Client) revoke(ctx context.Context, opened credential) error {
	switch {
	case opened.token != "":
		return c.Revoke(ctx, opened.token)
	case opened.tokenID != "":
		return c.RevokeTokenAuthToken(ctx, opened.tokenID)
	}
	if err := c.RevokeClientSecret(ctx, opened.identityID, opened.secretID); !IsNotFound(err) {
		return err
	}
	return nil
}

// revokeUnusable returns the error of a response that cannot be used. A credential in it is revoked: nobody
// could use it, and it would stay valid.
func (c *Client) revokeUnusable(ctx context.Context, r request, body []byte, failure error) error {
	e, ok := errors.AsType[*Error](failure)
	if !ok || r.issued == nil {
		return failure
	}
	var raw any
	_ = json.Unmarshal(body, &raw) // nil has no credential
	made := r.issued(raw)
	if made == nil {
		return failure
	}
	ctx, stop := withInterruptGrace(ctx)
	defer stop()
	if err := c.revoke(ctx, *made); err != nil {
		e.Message += "; it has a new credential, and revoking that failed: " + err.Error()
		return failure
	}
	e.Message += "; it had a new credential, which was revoked"
	e.Lost = false
	return failure
}

// textAt returns a text in a decoded response, or "".
func textAt(body any, fields ...string) string {
	for _, field := range fields {
		object, _ := body.(map[string]any)
		body = object[field]
	}
	text, _ := body.(string)
	return text
}

// NewOpenCredentials returns an empty register.
func NewOpenCredentials() *OpenCredentials {
	return &OpenCredentials{open: map[credential]*Client{}, ended: make(chan struct{})}
}

// Len returns the number of open credentials.
func (o *OpenCredentials) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}

// RevokeAll revokes all open credentials, and those still being opened, until ctx ends. Client secrets
// come first, for at most half of the time, because revoking them requires a token. Credentials in
// the error stay valid until they expire.
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

// drain revokes the wanted credentials concurrently, until none is being opened or ctx ends.
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

// take removes the wanted credentials from the register.
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

// opening opens a credential and registers it. RevokeAll waits for it.
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

// closing revokes a credential from opening. If that fails, it stays registered.
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
