// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func signed(t *testing.T, claims jwt.MapClaims) client.Secret {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("any"))
	if err != nil {
		t.Fatal(err)
	}
	return client.Secret(text)
}

func TestTokenOfANewServer(t *testing.T) {
	server := servertest.Start(t)
	c := admin(t, server, nil)
	identity := server.NewIdentity(t, "no-access", map[string]any{"accessTokenTTL": 900, "accessTokenMaxTTL": 3600})
	token, err := c.Login(t.Context(), client.Credentials{ClientID: identity.ClientID, ClientSecret: client.Secret(identity.ClientSecret)})
	if err != nil {
		t.Fatal(err)
	}
	if token.TTL != 15*time.Minute || token.MaxTTL != time.Hour || token.RenewalProlongs() {
		t.Errorf("%+v, prolongs: %t", token, token.RenewalProlongs())
	}
	if life := token.ExpiresAt().Sub(server.Clock.Now()); life > 15*time.Minute || life < 14*time.Minute {
		t.Errorf("it expires in %s", life)
	}
}

func TestRenewalProlongs(t *testing.T) {
	iat := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) int64 { return iat.Add(d).Unix() }
	for name, tc := range map[string]struct {
		claims jwt.MapClaims
		ttl    time.Duration
		want   bool
	}{
		"old, below its maximum": {jwt.MapClaims{"iat": at(0), "exp": at(time.Hour)}, 10 * time.Minute, true},
		"old, at its maximum":    {jwt.MapClaims{"iat": at(0), "exp": at(time.Hour)}, time.Hour, false},
		"old, without an end":    {jwt.MapClaims{"iat": at(0)}, time.Hour, true},
		"new":                    {jwt.MapClaims{"iat": at(0), "exp": at(10 * time.Minute)}, 10 * time.Minute, false},
		"without a TTL":          {jwt.MapClaims{"iat": at(0), "exp": at(time.Hour)}, 0, false},
		"without a beginning":    {jwt.MapClaims{"exp": at(time.Hour)}, time.Minute, false},
	} {
		token := client.Token{AccessToken: signed(t, tc.claims), TTL: tc.ttl}
		if token.RenewalProlongs() != tc.want {
			t.Errorf("%s: %t", name, !tc.want)
		}
	}
	if (client.Token{AccessToken: "opaque", TTL: time.Hour}).RenewalProlongs() {
		t.Error("an opaque token is renewed")
	}
	if got := (client.Token{AccessToken: signed(t, jwt.MapClaims{"iat": at(0)}), TTL: time.Hour}).ExpiresAt(); !got.Equal(iat.Add(time.Hour)) {
		t.Errorf("it expires at %s", got)
	}
	if !(client.Token{AccessToken: "opaque"}).ExpiresAt().IsZero() {
		t.Error("a token without an end has one")
	}
}

// TestRenewals simulates tokens: no renewal exceeds the maximum TTL, as servers of October 2024 delete the
// token then, and none is in the past, as Terraform would loop.
func TestRenewals(t *testing.T) {
	opened := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		ttl, longest time.Duration
		renewals     int // at least
	}{
		{10 * time.Minute, time.Hour, 7},
		{10 * time.Minute, 11 * time.Minute, 0},
		{10 * time.Minute, 15 * time.Minute, 1},
		{time.Hour, time.Hour, 0},
		{3 * time.Second, 5 * time.Second, 1},
		{time.Second, 2 * time.Second, 1},
		{time.Hour, 0, 100},
		{30 * 24 * time.Hour, 30 * 24 * time.Hour, 0},
	} {
		r := client.Renewal{Opened: opened, Renewed: opened, TTL: tc.ttl, MaxTTL: tc.longest}
		now, n := opened.Add(50*time.Millisecond), 0
		for ; n < 200; n++ {
			at, ok := r.Next(now)
			if !ok {
				break
			}
			if !at.After(now) || !at.Before(r.Renewed.Add(tc.ttl)) {
				t.Fatalf("%v: renewal %d of a token renewed at %s is planned at %s for %s", tc, n, r.Renewed, now, at)
			}
			now = at
			if !r.Safe(now) {
				t.Fatalf("%v: renewal %d at %s is not safe", tc, n, now)
			}
			if end := now.Add(tc.ttl); tc.longest > 0 && end.After(opened.Add(tc.longest)) {
				t.Fatalf("%v: renewal %d carries the token to %s, past its maximum", tc, n, end.Sub(opened))
			}
			r.Renewed = now
		}
		if n < tc.renewals || tc.renewals == 0 && n > 0 {
			t.Errorf("%v: %d renewals", tc, n)
		}
	}
	// A failed renewal is retried until the token expires.
	r := client.Renewal{Opened: opened, Renewed: opened, TTL: 10 * time.Minute}
	if at, ok := r.Next(opened.Add(9 * time.Minute)); !ok || !at.After(opened.Add(9*time.Minute)) {
		t.Errorf("%s, %t", at, ok)
	}
	if at, ok := r.Next(opened.Add(11 * time.Minute)); ok {
		t.Errorf("a dead token is renewed at %s", at)
	}
}
