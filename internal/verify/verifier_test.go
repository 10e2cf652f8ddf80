// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package verify

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// fixture has an issuer and a verifier with one clock.
type fixture struct {
	*oidctest.Issuer
	v  *Verifier
	mu sync.Mutex
	at time.Time
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	b := &fixture{at: time.Date(2026, 1, 1, 0, 0, 0, 500e6, time.UTC)}
	b.Issuer, b.v = oidctest.Start(t, b.now), New(loopback, b.now)
	b.v.timeout = time.Minute // no test depends on the speed of the machine
	return b
}

func (b *fixture) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *fixture) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

func (b *fixture) issuer() iam.OIDCIssuer {
	return iam.OIDCIssuer{DiscoveryURL: b.URL, Name: b.URL, CACert: b.CACert}
}

func (b *fixture) verify(t *testing.T, token string) error {
	t.Helper()
	_, err := b.v.Verify(t.Context(), b.issuer(), token, b.now())
	return err
}

// rejects fails the test unless the JWT is rejected with an error that contains want and no part of the JWT.
func (b *fixture) rejects(t *testing.T, what, token, want string) {
	t.Helper()
	err := b.verify(t, token)
	if !iam.Is(err, iam.Unauthenticated) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want an error with %q", what, err, want)
		return
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("%s: the error quotes the JWT: %v", what, err)
		}
	}
	if strings.Contains(err.Error(), b.URL) {
		t.Errorf("%s: the error contains the URL of the issuer: %v", what, err)
	}
}

func TestAlgorithms(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	var keys []oidctest.Key
	for _, algorithm := range algorithms {
		keys = append(keys, oidctest.NewKey(t, algorithm))
	}
	b.Publish(keys...)
	for _, k := range keys {
		claims, err := b.v.Verify(t.Context(), b.issuer(), b.SignWith(t, k, map[string]any{"number": 9007199254740993, "deep": map[string]any{"a": true}}), b.now())
		if err != nil {
			t.Errorf("%s: %v", k.Algorithm, err)
			continue
		}
		if claims["sub"] != "somebody" || claims["number"] != json.Number("9007199254740993") || claims["deep"].(map[string]any)["a"] != true {
			t.Errorf("%s: %v", k.Algorithm, claims)
		}
	}
}

func encoded(v any) string {
	data, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(data)
}

func TestForged(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	k := b.Rotate(t)
	good := b.Sign(t, nil)
	if err := b.verify(t, good); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	der, err := x509.MarshalPKIXPublicKey(k.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	shared := func(secret []byte) string {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, b.Claims(nil))
		token.Header["kid"] = k.ID
		signed, err := token.SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	other := oidctest.NewKey(t, "ES256")
	other.ID = k.ID
	stranger := oidctest.NewKey(t, "RS256")
	stranger.ID = k.ID
	const malformed, signature = "malformed", "signature"
	for what, c := range map[string]struct{ token, want string }{
		"nothing":                      {"", malformed},
		"garbage":                      {"garbage", malformed},
		"garbage in three parts":       {"a.b.c", malformed},
		"alg none":                     {encoded(map[string]any{"alg": "none"}) + "." + parts[1] + ".", malformed},
		"alg None, signed":             {encoded(map[string]any{"alg": "None", "kid": k.ID}) + "." + parts[1] + "." + parts[2], malformed},
		"no alg":                       {encoded(map[string]any{"kid": k.ID}) + "." + parts[1] + "." + parts[2], malformed},
		"HS256 with the public key":    {shared(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), malformed},
		"HS256 with the public DER":    {shared(der), malformed},
		"HS256 with an empty key":      {shared([]byte("")), malformed},
		"no signature":                 {parts[0] + "." + parts[1] + ".", signature},
		"other claims":                 {parts[0] + "." + encoded(b.Claims(map[string]any{"sub": "root"})) + "." + parts[2], signature},
		"cut":                          {good[:len(good)-4], signature},
		"another key of that name":     {b.SignWith(t, other, nil), signature},
		"another algorithm's key":      {b.SignWith(t, stranger, nil), signature},
		"a key in the header":          {withOwnKey(t, b, other), signature},
		"several signatures":           {`{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"},{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`, "malformed"},
		"too long":                     {good + strings.Repeat("A", MaxJWT), "longer than"},
		"another issuer":               {b.Sign(t, map[string]any{"iss": "https://elsewhere.example.com"}), "iss"},
		"the issuer with a slash":      {b.Sign(t, map[string]any{"iss": b.URL + "/"}), "iss"},
		"the issuer in another case":   {b.Sign(t, map[string]any{"iss": strings.ToUpper(b.URL)}), "iss"},
		"no issuer":                    {b.Sign(t, map[string]any{"iss": nil}), "iss"},
		"an issuer that is a list":     {b.Sign(t, map[string]any{"iss": []string{b.URL}}), "claims"},
		"no exp":                       {b.Sign(t, map[string]any{"exp": nil}), "no exp"},
		"exp that is a text":           {b.Sign(t, map[string]any{"exp": "2099-01-01"}), "claims"},
		"exp beyond all numbers":       {b.Sign(t, map[string]any{"exp": json.Number("1e400")}), "claims"},
		"expired by the skew":          {b.Sign(t, map[string]any{"exp": b.now().Add(-Skew).Unix()}), "expired"},
		"nbf beyond the skew":          {b.Sign(t, map[string]any{"nbf": b.now().Add(Skew + time.Second).Unix()}), "nbf"},
		"iat beyond the skew":          {b.Sign(t, map[string]any{"iat": b.now().Add(Skew + time.Second).Unix()}), "iat"},
		"expired long ago, and signed": {b.Sign(t, map[string]any{"exp": 1}), "expired"},
	} {
		b.rejects(t, what, c.token, c.want)
	}
	for what, claims := range map[string]map[string]any{
		"expired within the skew": {"exp": b.now().Add(time.Second - Skew).Unix()},
		"nbf within the skew":     {"nbf": b.now().Add(Skew).Unix()},
		"iat within the skew":     {"iat": b.now().Add(Skew).Unix()},
		"no nbf and no iat":       {"nbf": nil, "iat": nil},
		"a fraction of a second":  {"iat": float64(b.now().UnixMilli()) / 1000},
	} {
		if err := b.verify(t, b.Sign(t, claims)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// withOwnKey returns a JWT with the key of its signature in the header.
func withOwnKey(t *testing.T, b *fixture, k oidctest.Key) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, b.Claims(nil))
	token.Header["kid"] = k.ID
	token.Header["jwk"] = jwkOf(t, k.Private.Public(), k.ID, "sig")
	token.Header["jku"], token.Header["x5u"] = "http://127.0.0.1:1/keys", "http://127.0.0.1:1/cert"
	signed, err := token.SignedString(k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// wantFetches fails the test unless both documents were fetched this often.
func (b *fixture) wantFetches(t *testing.T, want int) {
	t.Helper()
	if d, k := b.Requests(oidctest.DiscoveryPath), b.Requests(oidctest.KeysPath); d != want || k != want {
		t.Fatalf("%d fetches of the discovery document and %d of the keys, want %d", d, k, want)
	}
}

// TestFetchLimit sends forged JWTs and counts the fetches from the issuer.
func TestFetchLimit(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	forger := oidctest.NewKey(t, "ES256")
	forge := func() {
		var all sync.WaitGroup
		for n := range 100 {
			k := forger
			k.ID = fmt.Sprint("garbage ", n)
			token := b.SignWith(t, k, nil)
			all.Go(func() {
				if err := b.verify(t, token); !iam.Is(err, iam.Unauthenticated) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
	}
	for range 2 * fetchBurst {
		forge()
	}
	b.wantFetches(t, fetchBurst)
	if err := b.verify(t, b.Sign(t, nil)); err != nil {
		t.Errorf("a valid JWT among forged ones: %v", err)
	}
	b.wantFetches(t, fetchBurst)
	b.advance(fetchInterval)
	forge()
	forge()
	b.wantFetches(t, fetchBurst+1)

	// The limit holds for failed fetches too.
	b.Handle(oidctest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	b.advance(maxAge)
	for range 2 * fetchBurst {
		forge()
	}
	if n := b.Requests(oidctest.DiscoveryPath) - fetchBurst - 1; n != fetchBurst {
		t.Errorf("%d fetches from a broken issuer", n)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	before := b.Sign(t, map[string]any{"exp": b.now().Add(time.Hour).Unix()})
	if err := b.verify(t, before); err != nil {
		t.Fatal(err)
	}
	var after string
	for n := 1; n <= fetchBurst; n++ { // the first JWT used one fetch
		b.Rotate(t)
		after = b.Sign(t, map[string]any{"exp": b.now().Add(time.Hour).Unix()})
		if n < fetchBurst {
			if err := b.verify(t, after); err != nil {
				t.Errorf("new key %d: %v", n, err)
			}
			continue
		}
		b.rejects(t, "a new key beyond the limit", after, "kid")
		b.advance(fetchInterval)
		if err := b.verify(t, after); err != nil {
			t.Errorf("a new key after the interval: %v", err)
		}
	}
	b.wantFetches(t, fetchBurst+1)
	b.rejects(t, "the withdrawn key", before, "kid")

	// A withdrawn key is accepted until the cache expires.
	b.Publish()
	b.advance(maxAge - time.Second)
	if err := b.verify(t, after); err != nil {
		t.Errorf("a cached key: %v", err)
	}
	b.advance(time.Second)
	b.rejects(t, "a withdrawn key after the cache expired", after, "kid")

	// A new key may have the ID of the old one.
	k := oidctest.NewKey(t, "ES256")
	k.ID = "the only"
	b.Publish(k)
	b.advance(fetchInterval)
	if err := b.verify(t, b.Sign(t, nil)); err != nil {
		t.Error(err)
	}
	k = oidctest.NewKey(t, "ES256")
	k.ID = "the only"
	b.Publish(k)
	b.advance(fetchInterval)
	if err := b.verify(t, b.Sign(t, nil)); err != nil {
		t.Errorf("a new key with the same ID: %v", err)
	}
}

func TestOutage(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	token := b.Sign(t, map[string]any{"exp": b.now().Add(time.Hour).Unix()})
	if err := b.verify(t, token); err != nil {
		t.Fatal(err)
	}
	b.Handle(oidctest.KeysPath, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	b.advance(maxAge - time.Second)
	if err := b.verify(t, token); err != nil {
		t.Errorf("cached keys: %v", err)
	}
	b.advance(time.Second)
	b.rejects(t, "stale keys", token, "status 502")
	b.Handle(oidctest.KeysPath, nil)
	if err := b.verify(t, token); err != nil {
		t.Errorf("a recovered issuer: %v", err)
	}
}

// TestConcurrentLogins: logins during a fetch wait for it instead of fetching again.
func TestConcurrentLogins(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	token := b.Sign(t, nil)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := b.verify(t, token); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	b.wantFetches(t, 1)
}

func TestWithoutKeyID(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	keys := make([]oidctest.Key, maxKeysWithoutKeyID)
	for n := range keys {
		keys[n] = oidctest.NewKey(t, "ES256")
	}
	signer := keys[len(keys)-1]
	signer.ID = ""
	b.Publish(keys...)
	if err := b.verify(t, b.SignWith(t, signer, nil)); err != nil {
		t.Errorf("ten keys: %v", err)
	}
	b.rejects(t, "signed by an unpublished key", b.SignWith(t, oidctest.Key{Algorithm: "ES256", Private: oidctest.NewKey(t, "ES256").Private}, nil), "signature")
	b.Publish(append(keys, oidctest.NewKey(t, "ES256"))...)
	b.advance(maxAge)
	b.rejects(t, "eleven keys", b.SignWith(t, signer, nil), "no kid")
}

// TestUnusableKeys: symmetric, private, encryption and unknown keys are skipped and the others work.
func TestUnusableKeys(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	good := oidctest.NewKey(t, "ES256")
	der := good.Private.Public()
	secret := base64.RawURLEncoding.EncodeToString([]byte("a shared secret of thirty-two bytes"))
	list := []any{
		map[string]any{"kty": "oct", "kid": "shared", "k": secret, "alg": "HS256"},
		map[string]any{"kty": "new", "kid": "unknown"},
		map[string]any{"kty": "EC", "crv": "P-256", "kid": "broken", "x": "AA", "y": "AA"},
		"not an object", nil,
		jwkOf(t, der, good.ID, "enc"),
	}
	var use string
	b.Handle(oidctest.KeysPath, func(w http.ResponseWriter, _ *http.Request) {
		keys := list
		if use == "sig" {
			keys = append(keys, jwkOf(t, der, good.ID, "sig"))
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	})
	b.rejects(t, "a key for encryption", b.SignWith(t, good, nil), "kid")
	use = "sig"
	b.advance(fetchInterval)
	if err := b.verify(t, b.SignWith(t, good, nil)); err != nil {
		t.Error(err)
	}
	shared := jwt.NewWithClaims(jwt.SigningMethodHS256, b.Claims(nil))
	shared.Header["kid"] = "shared"
	signed, err := shared.SignedString([]byte("a shared secret of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	b.rejects(t, "a published symmetric key", signed, "malformed")
}

func TestCanceledLogin(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	fetching, release := make(chan struct{}), make(chan struct{})
	b.Handle(oidctest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) {
		close(fetching)
		<-release
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": b.URL, "jwks_uri": b.URL + oidctest.KeysPath})
	})
	token := b.Sign(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := b.v.Verify(ctx, b.issuer(), token, b.now())
		first <- err
	}()
	<-fetching
	second := make(chan error, 1)
	go func() { second <- b.verify(t, token) }()
	cancel()
	if err := <-first; err == nil || iam.Is(err, iam.Unauthenticated) {
		t.Errorf("the canceled login: %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the waiting login: %v", err)
	}
}
