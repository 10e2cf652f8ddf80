// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// authenticator gives every request the token of one login, however many wait for it. Where the
// server refuses the token, it logs in again, once a request.
type authenticator struct {
	client *Client
	next   http.RoundTripper

	mu     sync.Mutex
	latest *login
}

// login is one attempt, shared by all that wait for it.
type login struct {
	done  chan struct{} // closed when the rest is set
	token Secret
	err   error
}

func (a *authenticator) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := a.bearer(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := a.sendAs(req, token)
	if err != nil {
		return nil, err
	}
	said, refused := tokenRefused(resp)
	if !refused {
		return resp, nil
	}
	if !a.client.config.logsIn() {
		return nil, &Error{
			Op: "use the configured access token", Method: req.Method, Path: req.URL.EscapedPath(), Status: resp.StatusCode, Name: said.Name,
			Message: "the server refuses it: " + scrub(said.Message.Text, token), Err: ErrTokenRefused, ReqID: said.ReqID,
		}
	}
	if token, err = a.bearer(req.Context(), token); err != nil {
		return nil, err
	}
	return a.sendAs(req, token)
}

func (a *authenticator) sendAs(req *http.Request, token Secret) (*http.Response, error) {
	again := req.Clone(req.Context())
	again.Header.Set("Authorization", "Bearer "+token.Reveal())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		again.Body = body
	}
	return a.next.RoundTrip(again)
}

// bearer is the token to use, which is not the refused one.
func (a *authenticator) bearer(ctx context.Context, refused Secret) (Secret, error) {
	config := a.client.config
	if !config.logsIn() {
		if config.AccessToken == "" {
			return "", ErrNoCredentials
		}
		return config.AccessToken, nil
	}
	a.mu.Lock()
	if a.latest == nil || a.latest.isOver() && (a.latest.mayHelpAgain() || refused != "" && a.latest.token == refused) {
		if refused != "" {
			config.Opened.forget(credential{token: refused})
		}
		a.latest = &login{done: make(chan struct{})}
		// Not cut short with the request that happened to come first: others wait for it, and a
		// token whose login nobody read could not be revoked.
		go a.latest.run(context.WithoutCancel(ctx), a.client)
	}
	latest := a.latest
	a.mu.Unlock()
	select {
	case <-latest.done:
		return latest.token, latest.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (l *login) run(ctx context.Context, c *Client) {
	defer close(l.done)
	token, err := c.openOwn(ctx)
	l.token, l.err = token.AccessToken, err
}

// openOwn logs in as whom the client is for.
func (c *Client) openOwn(ctx context.Context) (Token, error) {
	if c.config.OIDC != nil {
		return c.OpenOIDC(ctx, *c.config.OIDC)
	}
	return c.Open(ctx, *c.config.Credentials)
}

func (l *login) isOver() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// mayHelpAgain is false for credentials that were refused: trying them again would lock them.
func (l *login) mayHelpAgain() bool {
	status := Status(l.err)
	return l.err != nil && (status < 400 || status >= 500 || status == http.StatusTooManyRequests)
}

// tokenRefused tells whether an answer means "log in again". Old servers answer 401 to a body that
// they do not like, too.
func tokenRefused(resp *http.Response) (api.Error, bool) {
	var said api.Error
	if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		return said, false
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || json.Unmarshal(body, &said) != nil {
		said.Message.Text = fmt.Sprintf("status %d", resp.StatusCode)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return said, said.Name != api.ErrorValidation
	}
	return said, said.Name == api.ErrorToken
}
