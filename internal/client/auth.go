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

	"golang.org/x/sync/singleflight"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// authenticator holds the access token of a client. Concurrent requests share one login.
type authenticator struct {
	client *Client
	logins singleflight.Group

	mu    sync.Mutex
	token Secret // of the last login; empty if there was none or it failed
	err   error  // of the last login, if the server rejected the credentials
}

// authTransport adds the access token to requests. If the server rejects the token, it logs in again
// and sends the request once more.
type authTransport struct {
	next http.RoundTripper
	auth *authenticator
}

func (t *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := t.auth.bearer(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := t.send(req, token)
	if err != nil {
		return nil, err
	}
	body, rejected := tokenRejected(resp)
	if !rejected {
		return resp, nil
	}
	if !t.auth.client.config.logsIn() {
		return nil, &Error{
			Op: "use the configured access token", Method: req.Method, Path: req.URL.EscapedPath(), Status: resp.StatusCode, Name: body.Name,
			Message: "the server rejected it: " + scrub(body.Message.Text, token), Err: ErrTokenRejected, ReqID: body.ReqID,
		}
	}
	if token, err = t.auth.bearer(req.Context(), token); err != nil {
		return nil, err
	}
	return t.send(req, token)
}

func (t *authTransport) send(req *http.Request, token Secret) (*http.Response, error) {
	clone := req.Clone(req.Context())
	clone.Header.Set("Authorization", "Bearer "+token.Reveal())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		clone.Body = body
	}
	return t.next.RoundTrip(clone)
}

// bearer returns an access token other than the rejected one, and logs in if it has none.
func (a *authenticator) bearer(ctx context.Context, rejected Secret) (Secret, error) {
	config := a.client.config
	if !config.logsIn() {
		if config.AccessToken == "" {
			return "", ErrNoCredentials
		}
		return config.AccessToken, nil
	}
	if token, err := a.current(rejected); token != "" || err != nil {
		return token, err
	}
	// The login does not end with the request that started it: others wait for it, and a token from a
	// login without a reader could not be revoked.
	loggedIn := a.logins.DoChan("", func() (any, error) { return a.login(context.WithoutCancel(ctx), rejected) })
	select {
	case result := <-loggedIn:
		token, _ := result.Val.(Secret)
		return token, result.Err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// current returns the token of the last login unless it is the rejected one. The error is that of a
// login with rejected credentials, which is not repeated: each attempt counts towards a lockout.
func (a *authenticator) current(rejected Secret) (Secret, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil && a.token == rejected {
		return "", nil
	}
	return a.token, a.err
}

func (a *authenticator) login(ctx context.Context, rejected Secret) (Secret, error) {
	if token, err := a.current(rejected); token != "" || err != nil { // another login ended meanwhile
		return token, err
	}
	if rejected != "" {
		a.client.config.Opened.forget(credential{token: rejected})
		a.store("", nil) // no further request uses it
	}
	token, err := a.client.openOwn(ctx)
	var lasting error
	if status := Status(err); status >= 400 && status < 500 && status != http.StatusTooManyRequests {
		lasting = err
	}
	a.store(token.AccessToken, lasting)
	return token.AccessToken, err
}

func (a *authenticator) store(token Secret, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.err = token, err
}

// openOwn logs in with the credentials of the client.
func (c *Client) openOwn(ctx context.Context) (Token, error) {
	if c.config.OIDC != nil {
		return c.OpenOIDC(ctx, *c.config.OIDC)
	}
	return c.Open(ctx, *c.config.Credentials)
}

// tokenRejected reports whether a response means that the access token is not valid, and returns its
// error. Servers of October 2024 also return 401 for an invalid request body.
func tokenRejected(resp *http.Response) (api.Error, bool) {
	var parsed api.Error
	if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		return parsed, false
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || json.Unmarshal(body, &parsed) != nil {
		parsed.Message.Text = fmt.Sprintf("status %d", resp.StatusCode)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return parsed, parsed.Name != api.ErrorValidation
	}
	return parsed, parsed.Name == api.ErrorToken
}
