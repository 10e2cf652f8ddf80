// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestTrustedIPs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		entries []string
		from    string
		allowed bool
	}{
		{[]string{"0.0.0.0/0", "::/0"}, "203.0.113.9", true},
		{[]string{"0.0.0.0/0", "::/0"}, "2001:db8::1", true},
		{[]string{" 10.0.0.1\n", "10.0.0.2"}, "10.0.0.1", true},
		{[]string{"10.0.0.1", "10.0.0.2"}, "10.0.0.3", false},
		{nil, "10.0.0.2", false},
	} {
		var sent []api.TrustedIPRequest
		for _, text := range c.entries {
			sent = append(sent, api.TrustedIPRequest{IPAddress: text})
		}
		var ips TrustedIPs
		if err := ips.set(&sent); err != nil {
			t.Fatal(err)
		}
		if err := ips.checkAddress(netip.MustParseAddr(c.from)); (err == nil) != c.allowed {
			t.Errorf("%v from %s: %v", c.entries, c.from, err)
		}
	}
	if AllTrustedIPs().checkAddress(netip.Addr{}) == nil {
		t.Error("an unknown address must not match")
	}
	var ips TrustedIPs
	secret := strings.Repeat("0123456789abcdef", 4)
	if err := ips.set(&[]api.TrustedIPRequest{{IPAddress: secret}}); !Is(err, BadRequest) || strings.Contains(err.Error(), secret[:8]) {
		t.Errorf("got %v", err)
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		token AccessToken
		after time.Duration
		life  time.Duration // 0: refused
	}{
		"ttl":                         {AccessToken{TTL: time.Minute, MaxTTL: time.Hour}, 0, time.Minute},
		"max below ttl":               {AccessToken{TTL: time.Hour, MaxTTL: time.Minute}, 0, time.Minute},
		"neither":                     {AccessToken{}, 0, maxTokenLifetime},
		"no ttl":                      {AccessToken{MaxTTL: time.Hour}, 0, time.Hour},
		"no max":                      {AccessToken{TTL: time.Hour}, 365 * day, time.Hour},
		"beyond the ceiling":          {AccessToken{TTL: 200 * day, MaxTTL: 300 * day}, 0, maxTokenLifetime},
		"renewed":                     {AccessToken{TTL: 10 * time.Minute, MaxTTL: time.Hour}, 20 * time.Minute, 10 * time.Minute},
		"renewed close to the max":    {AccessToken{TTL: 10 * time.Minute, MaxTTL: time.Hour}, 55 * time.Minute, 5 * time.Minute},
		"renewed a second before max": {AccessToken{TTL: 10 * time.Minute, MaxTTL: time.Hour}, time.Hour - time.Second, time.Second},
		"renewed at the max":          {AccessToken{TTL: 10 * time.Minute, MaxTTL: time.Hour}, time.Hour, 0},
		"ttl equal to max, renewed":   {AccessToken{TTL: time.Hour, MaxTTL: time.Hour}, 10 * time.Minute, 50 * time.Minute},
		"beyond the ceiling, renewed": {AccessToken{TTL: 200 * day, MaxTTL: 300 * day}, 89 * day, maxTokenLifetime},
	} {
		c.token.CreatedAt = epoch.Add(300 * time.Millisecond)
		life, err := c.token.lifetime(epoch.Add(c.after).Add(300 * time.Millisecond))
		if life != c.life || (err != nil) != (c.life == 0) {
			t.Errorf("%s: %s, %v; want %s", name, life, err, c.life)
		}
	}
}

func TestClientSecretCheckUse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secret  ClientSecret
		after   time.Duration
		allowed bool
	}{
		"permanent":      {ClientSecret{}, 1000 * time.Hour, true},
		"within its ttl": {ClientSecret{TTL: time.Minute}, time.Minute - time.Microsecond, true},
		"at its end":     {ClientSecret{TTL: time.Minute}, time.Minute, false},
		"uses left":      {ClientSecret{NumUsesLimit: 2, NumUses: 1}, 0, true},
		"uses spent":     {ClientSecret{NumUsesLimit: 2, NumUses: 2}, 0, false},
		"many uses":      {ClientSecret{NumUsesLimit: 10, NumUses: 9}, 0, true}, // numbers, not texts
	} {
		c.secret.CreatedAt = epoch
		if err := c.secret.checkUse(Use{At: epoch.Add(c.after)}); (err == nil) != c.allowed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLockout(t *testing.T) {
	t.Parallel()
	p := LockoutPolicy{Enabled: true, Threshold: 3, Duration: 5 * time.Minute, CounterReset: 30 * time.Second}
	locked := func(l Lockout, after time.Duration) bool { return p.checkUse(l, Use{At: epoch.Add(after)}) != nil }

	var l Lockout
	l = p.count(l, epoch)
	l = p.count(l, epoch.Add(20*time.Second))
	if locked(l, 21*time.Second) {
		t.Fatal("two wrong secrets of three lock")
	}
	forgotten := p.count(l, epoch.Add(50*time.Second)) // 30 s after the second
	if forgotten.Failures != 1 {
		t.Fatalf("after the reset the count is %d, want 1", forgotten.Failures)
	}
	l = p.count(l, epoch.Add(40*time.Second))
	if !locked(l, 40*time.Second) || !locked(l, 40*time.Second+5*time.Minute-time.Microsecond) {
		t.Fatal("three wrong secrets do not lock for five minutes")
	}
	if locked(l, 40*time.Second+5*time.Minute) {
		t.Fatal("the lockout does not end after five minutes")
	}
	l = p.count(l, epoch.Add(6*time.Minute))
	if l.Failures != 1 || locked(l, 6*time.Minute) {
		t.Fatalf("after a lockout the count is not 1: %+v", l)
	}
	p.Enabled = false
	if locked(Lockout{LockedUntil: epoch.Add(time.Hour)}, 0) {
		t.Fatal("a disabled policy locks")
	}
}

func TestTokenTTLs(t *testing.T) {
	t.Parallel()
	d := func(seconds int64) *int64 { return &seconds }
	stored := TokenSettings{AccessTokenTTL: 20 * time.Second, AccessTokenMaxTTL: 200 * time.Second}
	for name, c := range map[string]struct {
		in   api.TokenSettingsRequest
		kind Kind
	}{
		"ttl below stored max":          {api.TokenSettingsRequest{AccessTokenTTL: d(200)}, ""},
		"ttl above stored max":          {api.TokenSettingsRequest{AccessTokenTTL: d(201)}, BadRequest},
		"max raised":                    {api.TokenSettingsRequest{AccessTokenMaxTTL: d(300)}, ""},
		"max lowered alone":             {api.TokenSettingsRequest{AccessTokenMaxTTL: d(150)}, BadRequest}, // the contract's quirk
		"max lowered with the ttl":      {api.TokenSettingsRequest{AccessTokenTTL: d(20), AccessTokenMaxTTL: d(150)}, ""},
		"both, ttl above max":           {api.TokenSettingsRequest{AccessTokenTTL: d(151), AccessTokenMaxTTL: d(150)}, Invalid},
		"max 0 is no limit":             {api.TokenSettingsRequest{AccessTokenMaxTTL: d(0)}, ""},
		"ttl 0":                         {api.TokenSettingsRequest{AccessTokenTTL: d(0)}, ""},
		"ttl 0 with a lower max":        {api.TokenSettingsRequest{AccessTokenTTL: d(0), AccessTokenMaxTTL: d(10)}, ""},
		"neither, something else moved": {api.TokenSettingsRequest{AccessTokenNumUsesLimit: d(9)}, ""},
	} {
		err := stored.checkTTLChange(c.in)
		if (err == nil) != (c.kind == "") || err != nil && !Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if got, err := parseText("name", "  naïve 名前 🙂 <b>&\"' \n", 1, 255); err != nil || got != "naïve 名前 🙂 <b>&\"'" {
		t.Errorf("%q, %v", got, err)
	}
	for _, refused := range []string{"", "   ", "a\x00b", "a\x1bb", "toolong"} {
		if _, err := parseText("name", refused, 1, 6); !Is(err, Invalid) {
			t.Errorf("%q: %v", refused, err)
		}
	}
}
