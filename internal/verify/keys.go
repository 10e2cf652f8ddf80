// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package verify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

const (
	// maxAge is for how long keys are trusted without asking the issuer again: a key that it takes
	// back is good for that long at most.
	maxAge = 10 * time.Minute
	// burst is how often an issuer may be asked at once, whatever it says and whatever keys are wanted
	// of it, and pause how long it takes to earn one more time. So its new keys are known with the first
	// JWT that they sign, and that late at most while strangers make up others.
	burst = 3
	pause = 10 * time.Second
	// mostWithoutID is how many keys an issuer may have for a JWT that does not say which of them
	// signed it. Contract: section 9.
	mostWithoutID = 10
	// mostKeys bounds the keys of an issuer.
	mostKeys = 100
)

// keys are those of an issuer, as last seen.
type keys struct {
	from     source
	verifier *Verifier
	fetches  singleflight.Group // one at a time
	times    *rate.Limiter      // that it may be asked

	mu   sync.Mutex
	seen published
	at   time.Time // when they were seen; zero: never
	why  error     // that it could not be; nil: it answered
}

// published is what an issuer publishes.
type published struct {
	issuer string
	keys   []jose.JSONWebKey
}

// find answers the keys that may have signed with that key ID, asking the issuer where they are too
// old, or unknown, or did not sign it, unless it was asked too often of late.
func (k *keys) find(ctx context.Context, issuer, id string, again bool) ([]jose.JSONWebKey, error) {
	p, fresh := k.known()
	found := p.candidates(id)
	if !fresh || len(found) == 0 || again {
		if err := k.refresh(ctx); err != nil {
			return nil, err
		}
		p, fresh = k.known()
		found = p.candidates(id)
	}
	switch {
	case !fresh:
		return nil, denied("the keys of the issuer could not be read: %s", k.problem())
	case p.issuer != issuer:
		return nil, denied("the discovery document is that of another issuer than the bound one")
	case len(found) == 0 && id == "":
		return nil, denied("the JWT has no kid, and the issuer has more than %d keys, or none", mostWithoutID)
	case len(found) == 0:
		return nil, denied("no signing key of the issuer has the kid of the JWT. A new key is known after %s at most", pause)
	}
	return found, nil
}

// known answers what was last seen, and whether it may still be trusted. A clock that was put back
// makes it stale.
func (k *keys) known() (published, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := k.verifier.now().Sub(k.at)
	return k.seen, !k.at.IsZero() && age >= 0 && age < maxAge
}

func (k *keys) problem() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return problem(k.why)
}

func (p published) candidates(id string) []jose.JSONWebKey {
	if id == "" {
		if len(p.keys) > mostWithoutID {
			return nil
		}
		return p.keys
	}
	return slices.DeleteFunc(slices.Clone(p.keys), func(key jose.JSONWebKey) bool { return key.KeyID != id })
}

// refresh asks the issuer, or waits for the answer that somebody else is waiting for; it does
// neither if the issuer was asked too often of late.
func (k *keys) refresh(ctx context.Context) error {
	done := k.fetches.DoChan("", func() (any, error) {
		now := k.verifier.now()
		if !k.times.AllowN(now, 1) {
			return nil, nil
		}
		// Who asked first may be gone before the answer, which others wait for.
		p, err := k.fetch(context.WithoutCancel(ctx))
		k.mu.Lock()
		defer k.mu.Unlock()
		k.why = err
		if err == nil {
			k.seen, k.at = p, now
		}
		return nil, nil
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fetch reads the discovery document and the keys that it points to.
func (k *keys) fetch(ctx context.Context) (published, error) {
	ctx, cancel := context.WithTimeout(ctx, k.verifier.timeout)
	defer cancel()
	pool, err := roots(k.from.caCert)
	if err != nil {
		return published{}, err
	}
	client := newClient(k.verifier.networks, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool})
	defer client.CloseIdleConnections()
	// The issuer that the document names is compared by whoever asks for it.
	provider, err := oidc.NewProvider(oidc.InsecureIssuerURLContext(oidc.ClientContext(ctx, client), ""), k.from.discoveryURL)
	if err != nil {
		return published{}, err
	}
	var document struct {
		Issuer  string `json:"issuer"`
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return published{}, err
	}
	if document.KeysURL == "" {
		return published{}, errDocument
	}
	all, err := fetchKeys(ctx, client, document.KeysURL)
	return published{document.Issuer, all}, err
}

func fetchKeys(ctx context.Context, client *http.Client, url string) ([]jose.JSONWebKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > mostKeys {
		return nil, errDocument
	}
	var all []jose.JSONWebKey
	for _, data := range set.Keys {
		// Keys of kinds that are not known, of no public half or not for signing are none of ours.
		var key jose.JSONWebKey
		if json.Unmarshal(data, &key) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			all = append(all, key)
		}
	}
	return all, nil
}

// keySet is the keys for one JWT, as go-oidc asks for them.
type keySet struct {
	keys    *keys
	issuer  iam.OIDCIssuer
	asked   bool  // so the JWT has a form that can be verified
	refusal error // in its own words, of which go-oidc keeps only the text
}

// VerifySignature implements oidc.KeySet.
func (s *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	var allowed []jose.SignatureAlgorithm
	for _, a := range algorithms {
		allowed = append(allowed, jose.SignatureAlgorithm(a))
	}
	jws, err := jose.ParseSigned(jwt, allowed)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, errMalformed
	}
	s.asked = true
	header := jws.Signatures[0].Header
	for _, again := range []bool{false, true} { // an issuer may use the name of a key for its next one
		var found []jose.JSONWebKey
		if found, s.refusal = s.keys.find(ctx, s.issuer.Name, header.KeyID, again); s.refusal != nil {
			return nil, s.refusal
		}
		for _, key := range found {
			if key.Algorithm != "" && key.Algorithm != header.Algorithm {
				continue
			}
			if payload, err := jws.Verify(key); err == nil {
				return payload, nil
			}
		}
	}
	s.refusal = denied("the signature of the JWT is not that of the issuer's key")
	return nil, s.refusal
}
