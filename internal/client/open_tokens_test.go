package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func TestRevokeAll(t *testing.T) {
	server := servertest.Start(t)
	tokens := client.NewOpenTokens()
	c := newClient(t, client.Config{Host: server.Host, Credentials: credentials(server), Tokens: tokens})
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
	// What comes later logs in again.
	if _, err := c.Identity(t.Context(), server.Admin.IdentityID); err != nil || tokens.Len() != 1 {
		t.Errorf("%v, %d tokens", err, tokens.Len())
	}
}

// TestRevokeAllWaitsForLogins: the token of a login that is under way at the end dies as well.
func TestRevokeAllWaitsForLogins(t *testing.T) {
	server := servertest.Start(t)
	tokens := client.NewOpenTokens()
	begun, end := make(chan struct{}), make(chan struct{})
	issued := make(chan string, 1)
	c := newClient(t, client.Config{Host: server.Host, Tokens: tokens, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
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
	tokens := client.NewOpenTokens()
	stuck := make(chan struct{})
	defer close(stuck)
	c := newClient(t, client.Config{Host: server.Host, Tokens: tokens, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
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
	tokens := client.NewOpenTokens()
	down := true
	c := newClient(t, client.Config{Host: server.Host, Tokens: tokens, Transport: wire(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if down && strings.HasSuffix(req.URL.Path, "/revoke") {
			return answer(500, "application/json", `{"error":"InternalServerError","message":"x"}`), nil
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
