// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestUnusableCredentials expects that a credential is revoked if its response lacks a field or has another
// type, and that the error does not quote it.
func TestUnusableCredentials(t *testing.T) {
	t.Parallel()
	type call struct {
		path string // of the request that issues
		open func(*client.Client, servertest.Identity) error
	}
	secret := call{"/client-secrets", func(c *client.Client, i servertest.Identity) error {
		_, err := c.OpenClientSecret(t.Context(), i.ID, api.CreateClientSecretRequest{Description: "x"})
		return err
	}}
	login := call{"/universal-auth/login", func(c *client.Client, i servertest.Identity) error {
		_, err := c.Open(t.Context(), client.Credentials{ClientID: i.ClientID, ClientSecret: client.Secret(i.ClientSecret)})
		return err
	}}
	token := call{"/tokens", func(c *client.Client, i servertest.Identity) error {
		_, err := c.OpenTokenAuthToken(t.Context(), i.ID, "x")
		return err
	}}
	for name, tc := range map[string]struct {
		call
		without string // field of the response
		kind    string // content type of the response
	}{
		"client secret without the secret": {call: secret, without: "clientSecret"},
		"client secret as text":            {call: secret, kind: "text/plain"},
		"login without a lifetime":         {call: login, without: "expiresIn"},
		"login as text":                    {call: login, kind: "text/plain"},
		"token without a lifetime":         {call: token, without: "expiresIn"},
		"token without the token":          {call: token, without: "accessToken"},
		"token as text":                    {call: token, kind: "text/plain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := servertest.Start(t)
			identity := server.NewIdentity(t, "no-access", nil)
			server.AttachAll(t, identity.ID)
			var mu sync.Mutex
			var values []string
			c := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(req)
				if err != nil || req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, tc.path) {
					return resp, err
				}
				mu.Lock()
				defer mu.Unlock()
				body := map[string]any{}
				if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
					return nil, err
				}
				for _, field := range []string{"accessToken", "clientSecret"} {
					if text, ok := body[field].(string); ok {
						values = append(values, text)
					}
				}
				delete(body, tc.without)
				if tc.kind != "" {
					resp.Header.Set("Content-Type", tc.kind)
				}
				content, err := json.Marshal(body)
				resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
				return resp, err
			})})
			before := live(t, server, identity.ID)
			err := tc.open(c, identity)
			mustFail(t, err, "a new credential, which was revoked")
			if len(values) != 1 || strings.Contains(err.Error(), values[0]) {
				t.Errorf("%d credentials were issued: %v", len(values), err)
			}
			if after := live(t, server, identity.ID); !slices.Equal(before, after) {
				t.Errorf("before %v, after %v", before, after)
			}
			if tc.path != "/client-secrets" && server.Alive(t, values[0]) {
				t.Error("the access token is valid")
			}
		})
	}
}

// live returns the IDs of the client secrets and tokens of Token auth that are not revoked.
func live(t *testing.T, server *servertest.Server, identity string) []string {
	t.Helper()
	c := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken)})
	secrets, err := c.ClientSecrets(t.Context(), identity)
	if err != nil {
		t.Fatal(err)
	}
	tokens, _, err := c.TokenAuthTokens(t.Context(), identity)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range secrets {
		ids = append(ids, s.ID)
	}
	for _, token := range tokens {
		ids = append(ids, token.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestTokenWithoutTokenData expects that a token of a server of October 2024 can be opened and closed.
func TestTokenWithoutTokenData(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	server.AttachAll(t, identity.ID)
	c := newClient(t, client.Config{Host: server.Host, AccessToken: client.Secret(server.Admin.AccessToken), Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || !strings.HasSuffix(req.URL.Path, "/tokens") || req.Method != http.MethodPost {
			return resp, err
		}
		body := map[string]any{}
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			return nil, err
		}
		delete(body, "tokenData")
		content, err := json.Marshal(body)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
		return resp, err
	})})
	token, err := c.OpenTokenAuthToken(t.Context(), identity.ID, "")
	if err != nil || !server.Alive(t, token.AccessToken.Reveal()) {
		t.Fatal(err)
	}
	if err := c.Close(t.Context(), token.AccessToken); err != nil || server.Alive(t, token.AccessToken.Reveal()) {
		t.Error(err)
	}
}
