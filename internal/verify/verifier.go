// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package oidc verifies what OpenID Connect issuers sign: it finds an issuer's
// keys over HTTP, keeps them for a while, and asks again for those it does not
// know, though not often. It knows which addresses may be asked. What the claims
// of a JWT are good for is decided elsewhere.
package verify

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// Bounds of a JWT.
const (
	// MaxJWT bounds a JWT, in bytes.
	MaxJWT = 16 << 10
	// Skew is how far the clocks of an issuer and of this server may be apart.
	Skew = 30 * time.Second
)

// algorithms are those with a key that only the issuer has. With none, or with a shared key such as
// that of HS256, anybody could sign.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// Verifier implements iam.TokenVerifier. It is safe for concurrent use.
type Verifier struct {
	networks []netip.Prefix
	now      func() time.Time
	timeout  time.Duration // for asking an issuer

	mu      sync.Mutex
	sources map[source]*keys
}

// source is where keys come from.
type source struct{ discoveryURL, caCert string }

// New makes a Verifier that asks issuers at public addresses over https and, at those in the
// networks, over http too. The clock says how old keys are.
func New(networks []netip.Prefix, now func() time.Time) *Verifier {
	return &Verifier{networks: networks, now: now, timeout: timeout, sources: map[source]*keys{}}
}

// Check implements iam.TokenVerifier.
func (v *Verifier) Check(i iam.OIDCIssuer) error {
	if problem := v.urlProblem(i.DiscoveryURL); problem != "" {
		return &iam.Error{Kind: iam.Invalid, Field: "oidcDiscoveryUrl", Sentence: "oidcDiscoveryUrl " + problem}
	}
	if _, err := roots(i.CACert); err != nil {
		return &iam.Error{Kind: iam.Invalid, Field: "caCert", Sentence: "caCert must hold certificates in PEM and nothing else, or be empty"}
	}
	return nil
}

func (v *Verifier) urlProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be a URL such as https://token.actions.githubusercontent.com"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "must have no user, query or fragment: below it is /.well-known/openid-configuration"
	case u.Scheme == "http" && len(v.networks) == 0:
		return "must be https: this server asks nobody over http"
	}
	// What a name resolves to is judged when it is asked.
	addr, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]"))
	switch {
	case err != nil:
		return ""
	case within(v.networks, addr):
		return ""
	case u.Scheme == "http":
		return "must be https: this server asks that address over nothing else"
	case !public(addr):
		return "names an address that this server does not ask, as it is not public"
	}
	return ""
}

// roots answers nil for those of the system.
func roots(caCert string) (*x509.CertPool, error) {
	if caCert == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for rest := []byte(caCert); len(bytes.TrimSpace(rest)) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, errNoCertificate
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errNoCertificate
		}
		pool.AddCert(c)
	}
	return pool, nil
}

// Verify implements iam.TokenVerifier.
func (v *Verifier) Verify(ctx context.Context, i iam.OIDCIssuer, jwt string, now time.Time) (iam.Claims, error) {
	if len(jwt) > MaxJWT {
		return nil, denied("the JWT is longer than %d bytes", MaxJWT)
	}
	set := &keySet{keys: v.keysOf(i), issuer: i}
	// What is skipped here is checked below, with other bounds and in words that quote nothing.
	parsed, err := oidc.NewVerifier(i.Name, set, &oidc.Config{
		SupportedSigningAlgs: algorithms, SkipIssuerCheck: true, SkipClientIDCheck: true, SkipExpiryCheck: true,
	}).Verify(ctx, jwt)
	switch {
	case set.refusal != nil:
		return nil, set.refusal
	case err != nil && set.asked:
		return nil, denied("the claims of the JWT are malformed")
	case err != nil:
		return nil, denied("the JWT is malformed, or not signed with one of %s", strings.Join(algorithms, ", "))
	case parsed.Issuer != i.Name:
		return nil, denied("the iss of the JWT is not the bound issuer")
	}
	var t times
	var c raw
	if parsed.Claims(&t) != nil || parsed.Claims(&c) != nil {
		return nil, denied("the claims of the JWT are malformed")
	}
	return iam.Claims(c), t.prohibits(now)
}

// raw are claims whose numbers are kept as they are written.
type raw map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (r *raw) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode((*map[string]any)(r))
}

// times are the claims that say when a JWT is good, in seconds since 1970.
type times struct {
	Expiry    *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf"`
	IssuedAt  *float64 `json:"iat"`
}

// prohibits refuses a JWT whose time it is not. One without an end is good for ever, so it is refused.
func (t times) prohibits(now time.Time) error {
	at, skew := float64(now.UnixMicro())/1e6, Skew.Seconds()
	switch {
	case t.Expiry == nil:
		return denied("the JWT has no exp")
	case at >= *t.Expiry+skew:
		return denied("the JWT has expired")
	case t.NotBefore != nil && at < *t.NotBefore-skew:
		return denied("the nbf of the JWT is in the future")
	case t.IssuedAt != nil && at < *t.IssuedAt-skew:
		return denied("the iat of the JWT is in the future")
	}
	return nil
}

// maxSources bounds how many issuers' keys are kept. One is forgotten for a new one beyond.
const maxSources = 1000

func (v *Verifier) keysOf(i iam.OIDCIssuer) *keys {
	v.mu.Lock()
	defer v.mu.Unlock()
	from := source{i.DiscoveryURL, i.CACert}
	if k := v.sources[from]; k != nil {
		return k
	}
	for stale := range v.sources {
		if len(v.sources) < maxSources {
			break
		}
		delete(v.sources, stale)
	}
	k := &keys{from: from, verifier: v, times: rate.NewLimiter(rate.Every(pause), burst)}
	v.sources[from] = k
	return k
}

func denied(format string, args ...any) error {
	return iam.Errorf(iam.Unauthenticated, "Access denied: "+format, args...)
}
