// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestRevokeAll(t *testing.T) {
	server := servertest.Start(t)
	tokens := client.NewOpenCredentials()
	c := newClient(t, client.Config{Host: server.Host, Credentials: credentials(server), Opened: tokens})
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil { // opens the client's own
		t.Fatal(err)
	}
	var opened []string
	for range 3 {
		token, err := c.Open(t.Context(), *credentials(server))
		if err != nil {
			t.Fatal(err)
		}
		opened = append(opened, token.AccessToken.Reveal())
	}
	if tokens.Len() != 4 {
		t.Errorf("%d tokens are known", tokens.Len())
	}
	if err := c.Close(t.Context(), client.Secret(opened[0])); err != nil || tokens.Len() != 3 || server.Alive(t, opened[0]) {
		t.Errorf("closed: %v, %d left, alive: %t", err, tokens.Len(), server.Alive(t, opened[0]))
	}
	kept, err := c.Login(t.Context(), *credentials(server))
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.RevokeAll(t.Context()); err != nil || tokens.Len() != 0 {
		t.Errorf("%v, %d left", err, tokens.Len())
	}
	for _, token := range opened {
		if server.Alive(t, token) {
			t.Error("a token is alive")
		}
	}
	if !server.Alive(t, kept.AccessToken.Reveal()) {
		t.Error("a token that was not opened is revoked")
	}
	// A later call logs in again.
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil || tokens.Len() != 1 {
		t.Errorf("%v, %d tokens", err, tokens.Len())
	}
}

// TestRevokeAllWaitsForLogins checks that the token of a login in flight is revoked.
func TestRevokeAllWaitsForLogins(t *testing.T) {
	server := servertest.Start(t)
	tokens := client.NewOpenCredentials()
	begun, end := make(chan struct{}), make(chan struct{})
	issued := make(chan string, 1)
	c := newClient(t, client.Config{Host: server.Host, Opened: tokens, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.URL.Path == loginPath {
			close(begun)
			<-end
		}
		return next.RoundTrip(req)
	})})
	go func() {
		token, _ := c.Open(t.Context(), *credentials(server))
		issued <- token.AccessToken.Reveal()
	}()
	<-begun
	revoked := make(chan error)
	go func() { revoked <- tokens.RevokeAll(t.Context()) }()
	close(end)
	if err := <-revoked; err != nil || tokens.Len() != 0 {
		t.Errorf("%v, %d left", err, tokens.Len())
	}
	if server.Alive(t, <-issued) {
		t.Error("the token is alive")
	}
}

func TestRevokeAllEndsWithItsContext(t *testing.T) {
	server := servertest.Start(t)
	tokens := client.NewOpenCredentials()
	stuck := make(chan struct{})
	defer close(stuck)
	c := newClient(t, client.Config{Host: server.Host, Opened: tokens, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/revoke") {
			<-stuck
		}
		return next.RoundTrip(req)
	})})
	if _, err := c.Open(t.Context(), *credentials(server)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tokens.RevokeAll(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCloseKeepsWhatItCouldNotRevoke(t *testing.T) {
	server := servertest.Start(t)
	tokens := client.NewOpenCredentials()
	down := true
	c := newClient(t, client.Config{Host: server.Host, Opened: tokens, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if down && strings.HasSuffix(req.URL.Path, "/revoke") {
			return respond(500, "application/json", `{"error":"InternalServerError","message":"x"}`), nil
		}
		return next.RoundTrip(req)
	})})
	token, err := c.Open(t.Context(), *credentials(server))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context(), token.AccessToken); err == nil || tokens.Len() != 1 {
		t.Errorf("%v, %d left", err, tokens.Len())
	}
	down = false
	if err := tokens.RevokeAll(t.Context()); err != nil || server.Alive(t, token.AccessToken.Reveal()) {
		t.Error("the token is alive", err)
	}
}

// TestRevokeAllSecretsFirst checks the order: revoking a client secret requires an open token.
func TestRevokeAllSecretsFirst(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "no-access", nil)
	opened := client.NewOpenCredentials()
	logins := &log{}
	c := newClient(t, client.Config{Host: server.Host, Credentials: credentials(server), Opened: opened, Transport: logins})
	logsIn := func(secret client.NewClientSecret) bool {
		return server.Login(t, identity.ClientID, secret.Secret.Reveal()).Status == http.StatusOK
	}
	var secrets []client.NewClientSecret
	for range 3 {
		made, err := c.OpenClientSecret(t.Context(), identity.ID, api.CreateClientSecretRequest{TTL: 60})
		if err != nil || !logsIn(made) {
			t.Fatal(err)
		}
		secrets = append(secrets, made)
	}
	if opened.Len() != 4 { // the client's own token, too
		t.Errorf("%d credentials are known", opened.Len())
	}
	for range 2 {
		if err := c.CloseClientSecret(t.Context(), identity.ID, secrets[0].ID); err != nil || opened.Len() != 3 || logsIn(secrets[0]) {
			t.Errorf("closed: %v, %d left", err, opened.Len())
		}
	}
	if err := opened.RevokeAll(t.Context()); err != nil || opened.Len() != 0 || logsIn(secrets[1]) || logsIn(secrets[2]) {
		t.Errorf("%v, %d left", err, opened.Len())
	}
	if n := logins.count(loginPath); n != 1 {
		t.Errorf("the client logged in %d times", n)
	}
	// A deleted identity is not an error.
	if _, err := c.OpenClientSecret(t.Context(), identity.ID, api.CreateClientSecretRequest{TTL: 60}); err != nil {
		t.Fatal(err)
	}
	server.AsAdmin(t, http.MethodDelete, "/v1/identities/"+identity.ID, nil)
	if err := opened.RevokeAll(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRevokeAllLeavesTimeForTokens checks that tokens are revoked if revoking a secret takes too long.
func TestRevokeAllLeavesTimeForTokens(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", nil)
	opened := client.NewOpenCredentials()
	stuck := make(chan struct{})
	defer close(stuck)
	c := newClient(t, client.Config{Host: server.Host, Credentials: credentials(server), Opened: opened, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if strings.Contains(req.URL.Path, "/client-secrets/") {
			<-stuck
		}
		return next.RoundTrip(req)
	})})
	if _, err := c.OpenClientSecret(t.Context(), identity.ID, api.CreateClientSecretRequest{TTL: 60}); err != nil {
		t.Fatal(err)
	}
	token, err := c.Open(t.Context(), client.Credentials{ClientID: identity.ClientID, ClientSecret: client.Secret(identity.ClientSecret)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := opened.RevokeAll(ctx); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || server.Alive(t, token.AccessToken.Reveal()) {
		t.Errorf("%v; %v", err, ctx.Err())
	}
}
