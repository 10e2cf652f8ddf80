// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

// Package verify checks credentials of auth methods against the services that issued them, through an
// HTTP client that connects to allowed addresses only. It verifies JWTs of OpenID Connect issuers with
// keys that it fetches and caches. It does not know what the verified claims permit: that is in iam.
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
	// Skew is the accepted difference between the clocks of an issuer and this server.
	Skew = 30 * time.Second
)

// algorithms has the accepted signature algorithms. All are asymmetric: with "none" or a shared key, as
// of HS256, others than the issuer could sign.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// Verifier implements iam.TokenVerifier. It is safe for concurrent use.
type Verifier struct {
	networks []netip.Prefix
	now      func() time.Time
	timeout  time.Duration // of a fetch

	mu      sync.Mutex
	issuers map[source]*issuerKeys
}

// source identifies where and with which certificate authority keys are fetched.
type source struct{ discoveryURL, caCert string }

// New returns a Verifier that connects to public addresses over https, and to addresses in the networks
// over http and https. It takes the age of cached keys from the clock.
func New(networks []netip.Prefix, now func() time.Time) *Verifier {
	return &Verifier{networks: networks, now: now, timeout: timeout, issuers: map[source]*issuerKeys{}}
}

// Check implements iam.TokenVerifier.
func (v *Verifier) Check(i iam.OIDCIssuer) error {
	if problem := v.urlProblem(i.DiscoveryURL); problem != "" {
		return &iam.Error{Kind: iam.Invalid, Field: "oidcDiscoveryUrl", Sentence: "oidcDiscoveryUrl " + problem}
	}
	if _, err := roots(i.CACert); err != nil {
		return &iam.Error{Kind: iam.Invalid, Field: "caCert", Sentence: "caCert must be PEM certificates without other content, or empty"}
	}
	return nil
}

func (v *Verifier) urlProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be a URL such as https://token.actions.githubusercontent.com"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "must have no user, query or fragment, because /.well-known/openid-configuration is appended to it"
	case u.Scheme == "http" && len(v.networks) == 0:
		return "must be https. This server allows http only to networks in serve --oidc-allow-networks"
	}
	// The dialer checks the addresses that a name resolves to.
	addr, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]"))
	switch {
	case err != nil:
		return ""
	case contains(v.networks, addr):
		return ""
	case u.Scheme == "http":
		return "must be https. This server allows http only to networks in serve --oidc-allow-networks"
	case !isPublic(addr):
		return "has an address that is not public. serve --oidc-allow-networks allows more"
	}
	return ""
}

// roots returns the certificates in caCert, or nil for the system's if it is empty.
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
	// The checks that are skipped here follow below, with other bounds and errors that do not quote the JWT.
	parsed, err := oidc.NewVerifier(i.Name, set, &oidc.Config{
		SupportedSigningAlgs: algorithms, SkipIssuerCheck: true, SkipClientIDCheck: true, SkipExpiryCheck: true,
	}).Verify(ctx, jwt)
	switch {
	case set.err != nil:
		return nil, set.err
	case err != nil && set.wellFormed:
		return nil, denied("the claims of the JWT are malformed")
	case err != nil:
		return nil, denied("the JWT is malformed or not signed with one of %s", strings.Join(algorithms, ", "))
	case parsed.Issuer != i.Name:
		return nil, denied("the iss of the JWT is not the bound issuer")
	}
	var period validity
	var claims rawClaims
	if parsed.Claims(&period) != nil || parsed.Claims(&claims) != nil {
		return nil, denied("the claims of the JWT are malformed")
	}
	return iam.Claims(claims), period.check(now)
}

// rawClaims keeps numbers as json.Number, so that large integers stay exact.
type rawClaims map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (c *rawClaims) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode((*map[string]any)(c))
}

// validity has the claims for the period in which a JWT is valid, in seconds since 1970.
type validity struct {
	Expiry    *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf"`
	IssuedAt  *float64 `json:"iat"`
}

// check rejects a JWT outside its period. One without exp never expires, so it is rejected as well.
func (p validity) check(now time.Time) error {
	at, skew := float64(now.UnixMicro())/1e6, Skew.Seconds()
	switch {
	case p.Expiry == nil:
		return denied("the JWT has no exp")
	case at >= *p.Expiry+skew:
		return denied("the JWT has expired")
	case p.NotBefore != nil && at < *p.NotBefore-skew:
		return denied("the nbf of the JWT is in the future")
	case p.IssuedAt != nil && at < *p.IssuedAt-skew:
		return denied("the iat of the JWT is in the future")
	}
	return nil
}

// maxIssuers bounds the issuers whose keys are cached. Beyond it, a new issuer replaces an arbitrary one.
const maxIssuers = 1000

func (v *Verifier) keysOf(i iam.OIDCIssuer) *issuerKeys {
	v.mu.Lock()
	defer v.mu.Unlock()
	from := source{i.DiscoveryURL, i.CACert}
	if k := v.issuers[from]; k != nil {
		return k
	}
	for other := range v.issuers {
		if len(v.issuers) < maxIssuers {
			break
		}
		delete(v.issuers, other)
	}
	k := &issuerKeys{from: from, verifier: v, limiter: rate.NewLimiter(rate.Every(fetchInterval), fetchBurst)}
	v.issuers[from] = k
	return k
}

func denied(format string, args ...any) error {
	return iam.Errorf(iam.Unauthenticated, "Access denied: "+format, args...)
}
