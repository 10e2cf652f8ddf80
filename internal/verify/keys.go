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
	// maxAge is the time that fetched keys are cached, and so the longest time that a withdrawn key is
	// still accepted.
	maxAge = 10 * time.Minute
	// fetchBurst and fetchInterval limit the fetches from one issuer: a burst at once, then one each
	// interval. A new key is normally found with the first JWT that it signs, and after the interval at
	// the latest while forged JWTs with unknown key IDs use up the limit.
	fetchBurst    = 3
	fetchInterval = 10 * time.Second
	// maxKeysWithoutKeyID is the largest key set in which a JWT without a key ID is tried with every key.
	// Contract: section 9.
	maxKeysWithoutKeyID = 10
	// maxKeys bounds the key set of an issuer.
	maxKeys = 100
)

// issuerKeys caches the keys of an issuer.
type issuerKeys struct {
	from     source
	verifier *Verifier
	fetches  singleflight.Group
	limiter  *rate.Limiter // of fetches

	mu        sync.Mutex
	cached    keySetDocument
	fetchedAt time.Time // of cached; zero before the first successful fetch
	fetchErr  error     // of the last fetch
}

// keySetDocument has the issuer name of a discovery document and the keys that it refers to.
type keySetDocument struct {
	issuer string
	keys   []jose.JSONWebKey
}

// find returns the keys that can have signed a JWT with a key ID. It fetches the keys if they are stale,
// if none has the ID, or if refetch is set, within the limit of fetches.
func (k *issuerKeys) find(ctx context.Context, issuer, id string, refetch bool) ([]jose.JSONWebKey, error) {
	set, fresh := k.load()
	found := set.candidates(id)
	if !fresh || len(found) == 0 || refetch {
		if err := k.refresh(ctx); err != nil {
			return nil, err
		}
		set, fresh = k.load()
		found = set.candidates(id)
	}
	switch {
	case !fresh:
		return nil, denied("the keys of the issuer could not be fetched: %s", k.problem())
	case set.issuer != issuer:
		return nil, denied("the discovery document names another issuer than the bound issuer")
	case len(found) == 0 && id == "":
		return nil, denied("the JWT has no kid, and the issuer has no keys or more than %d", maxKeysWithoutKeyID)
	case len(found) == 0:
		return nil, denied("no signing key of the issuer has the kid of the JWT. A new key is accepted within %s", fetchInterval)
	}
	return found, nil
}

// load returns the cached keys and whether they are fresh. They are stale if the clock was set back.
func (k *issuerKeys) load() (keySetDocument, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := k.verifier.now().Sub(k.fetchedAt)
	return k.cached, !k.fetchedAt.IsZero() && age >= 0 && age < maxAge
}

func (k *issuerKeys) problem() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return problem(k.fetchErr)
}

func (d keySetDocument) candidates(id string) []jose.JSONWebKey {
	if id == "" {
		if len(d.keys) > maxKeysWithoutKeyID {
			return nil
		}
		return d.keys
	}
	return slices.DeleteFunc(slices.Clone(d.keys), func(key jose.JSONWebKey) bool { return key.KeyID != id })
}

// refresh fetches the keys, or waits for a fetch that is already running. It does nothing if the limit of
// fetches is reached.
func (k *issuerKeys) refresh(ctx context.Context) error {
	done := k.fetches.DoChan("", func() (any, error) {
		now := k.verifier.now()
		if !k.limiter.AllowN(now, 1) {
			return nil, nil
		}
		// The fetch continues if the first caller goes away, because others may be waiting for it.
		set, err := k.fetch(context.WithoutCancel(ctx))
		k.mu.Lock()
		defer k.mu.Unlock()
		k.fetchErr = err
		if err == nil {
			k.cached, k.fetchedAt = set, now
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

// fetch reads the discovery document and its key set.
func (k *issuerKeys) fetch(ctx context.Context) (keySetDocument, error) {
	ctx, cancel := context.WithTimeout(ctx, k.verifier.timeout)
	defer cancel()
	pool, err := roots(k.from.caCert)
	if err != nil {
		return keySetDocument{}, err
	}
	client := newClient(k.verifier.networks, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool})
	defer client.CloseIdleConnections()
	// find compares the issuer in the document, so go-oidc must not.
	provider, err := oidc.NewProvider(oidc.InsecureIssuerURLContext(oidc.ClientContext(ctx, client), ""), k.from.discoveryURL)
	if err != nil {
		return keySetDocument{}, err
	}
	var document struct {
		Issuer  string `json:"issuer"`
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return keySetDocument{}, err
	}
	if document.KeysURL == "" {
		return keySetDocument{}, errDocument
	}
	all, err := fetchKeys(ctx, client, document.KeysURL)
	return keySetDocument{document.Issuer, all}, err
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
	return parseKeys(body)
}

// parseKeys returns the usable keys of a JSON Web Key Set.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > maxKeys {
		return nil, errDocument
	}
	var all []jose.JSONWebKey
	for _, data := range set.Keys {
		// Skip unknown key types, private and symmetric keys, and keys that are not for signatures.
		var key jose.JSONWebKey
		if json.Unmarshal(data, &key) == nil && key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			all = append(all, key)
		}
	}
	return all, nil
}

// keySet implements oidc.KeySet for one JWT.
type keySet struct {
	keys       *issuerKeys
	issuer     iam.OIDCIssuer
	wellFormed bool  // the JWT is signed with an accepted algorithm
	err        error // the error of VerifySignature; go-oidc keeps only its text
}

// VerifySignature implements oidc.KeySet.
func (s *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	var allowed []jose.SignatureAlgorithm
	for _, a := range algorithms {
		allowed = append(allowed, jose.SignatureAlgorithm(a))
	}
	jws, err := jose.ParseSignedCompact(jwt, allowed)
	if err != nil {
		return nil, errMalformed
	}
	s.wellFormed = true
	header := jws.Signatures[0].Header
	for _, refetch := range []bool{false, true} { // an issuer may use the ID of an old key for a new one
		var found []jose.JSONWebKey
		if found, s.err = s.keys.find(ctx, s.issuer.Name, header.KeyID, refetch); s.err != nil {
			return nil, s.err
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
	s.err = denied("the signature of the JWT does not match a key of the issuer")
	return nil, s.err
}
