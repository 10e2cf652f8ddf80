// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package oidctest runs an OpenID Connect issuer for tests on loopback: with a discovery document, keys
// that can be rotated, responses that can be replaced, and a count of requests.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// Paths of the documents, relative to the URL.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/keys"
)

// Issuer is a running issuer.
type Issuer struct {
	URL    string // discovery URL and iss of its JWTs
	CACert string // PEM, with https

	now func() time.Time

	mu       sync.Mutex
	key      Key   // for signatures
	keys     []Key // published
	replaced map[string]http.HandlerFunc
	requests map[string]int
}

// Key is a key of an issuer.
type Key struct {
	ID        string
	Algorithm string // RS256 and so on
	Private   crypto.Signer
}

// Start runs an issuer over http until the test ends. JWTs are dated by the clock, usually that of the
// server under test.
func Start(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	return start(t, now, (*httptest.Server).Start)
}

// StartTLS is Start over https.
func StartTLS(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	return start(t, now, (*httptest.Server).StartTLS)
}

func start(t testing.TB, now func() time.Time, run func(*httptest.Server)) *Issuer {
	t.Helper()
	i := &Issuer{now: now, replaced: map[string]http.HandlerFunc{}, requests: map[string]int{}}
	i.Rotate(t)
	s := httptest.NewUnstartedServer(i)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // TLS errors of clients that do not trust its certificate
	run(s)
	t.Cleanup(s.Close)
	i.URL = s.URL
	if c := s.Certificate(); c != nil {
		i.CACert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return i
}

// NewKey generates a key for an algorithm.
func NewKey(t testing.TB, algorithm string) Key {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: rand.Text(), Algorithm: algorithm, Private: private}
}

// Rotate replaces all keys with a new one.
func (i *Issuer) Rotate(t testing.TB) Key {
	t.Helper()
	k := NewKey(t, "ES256")
	i.Publish(k)
	return k
}

// Publish replaces the keys of the issuer. The first one signs.
func (i *Issuer) Publish(keys ...Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
	if len(keys) > 0 {
		i.key = keys[0]
	}
}

// Handle replaces the handler of a path; nil restores it.
func (i *Issuer) Handle(path string, h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.replaced[path] = h
}

// Requests returns the number of requests for a path.
func (i *Issuer) Requests(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.requests[path]
}

// Claims returns the claims of a JWT that is valid for five minutes, changed by given; nil removes one.
func (i *Issuer) Claims(given map[string]any) jwt.MapClaims {
	now := i.now().Unix()
	all := jwt.MapClaims{"iss": i.URL, "sub": "somebody", "aud": "machineid", "iat": now, "nbf": now, "exp": now + 300}
	maps.Copy(all, given)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// Sign returns a JWT with Claims, signed with the key of the issuer.
func (i *Issuer) Sign(t testing.TB, given map[string]any) string {
	t.Helper()
	i.mu.Lock()
	key := i.key
	i.mu.Unlock()
	return i.SignWith(t, key, given)
}

// SignWith returns a JWT with Claims, signed with a key; without a kid if the key has no ID.
func (i *Issuer) SignWith(t testing.TB, key Key, given map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.GetSigningMethod(key.Algorithm), i.Claims(given))
	if key.ID != "" {
		token.Header["kid"] = key.ID
	}
	signed, err := token.SignedString(key.Private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// ServeHTTP serves the discovery document and the keys.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	i.mu.Lock()
	i.requests[path]++
	h := i.replaced[path]
	var set jose.JSONWebKeySet
	for _, k := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"})
	}
	i.mu.Unlock()
	switch {
	case h != nil:
		h(w, r)
	case path == DiscoveryPath:
		write(w, map[string]any{"issuer": i.URL, "jwks_uri": i.URL + KeysPath})
	case path == KeysPath:
		write(w, set)
	default:
		http.NotFound(w, r)
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may have disconnected
}
