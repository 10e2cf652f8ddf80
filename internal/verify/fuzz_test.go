// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package verify

import (
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// FuzzKeySet checks that every accepted key is public, and that a key set has a bounded size.
func FuzzKeySet(f *testing.F) {
	for _, seed := range []string{
		`{"keys":[]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig","kid":"a"}]}`, `{"keys":[null,1,"a"]}`, `[`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := parseKeys(body)
		if err != nil {
			return
		}
		if len(keys) > maxKeys {
			t.Fatalf("%d keys", len(keys))
		}
		for _, key := range keys {
			if !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
				t.Fatalf("accepted %+v", key)
			}
		}
	})
}

// FuzzDiscovery checks that a login with any discovery document is denied without quoting the document,
// unless the document refers to the keys of the issuer.
func FuzzDiscovery(f *testing.F) {
	issuer := oidctest.Start(f, time.Now)
	for _, seed := range []string{
		`{"issuer":"URL","jwks_uri":"URL/keys"}`, `{"issuer":"URL","jwks_uri":"http://169.254.169.254/"}`, `{"issuer":1}`, `{"issuer":"URL","jwks_uri":"file:///etc/passwd"}`, `[]`, "", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		issuer.Handle(oidctest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(strings.ReplaceAll(document, "URL", issuer.URL)))
		})
		v := New(loopback, time.Now)
		_, err := v.Verify(t.Context(), iam.OIDCIssuer{DiscoveryURL: issuer.URL, Name: issuer.URL}, issuer.Sign(t, nil), time.Now())
		if err != nil && !iam.Is(err, iam.Unauthenticated) {
			t.Fatalf("%q: %v", document, err)
		}
		if err == nil && !strings.Contains(document, "keys") && !strings.Contains(document, `\u`) {
			t.Fatalf("%q is accepted", document)
		}
	})
}

// FuzzCertificates checks that accepted PEM text has nothing but certificates.
func FuzzCertificates(f *testing.F) {
	certificate := oidctest.StartTLS(f, time.Now).CACert
	for _, seed := range []string{"", certificate, certificate + certificate, certificate + "x", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pool, err := roots(text)
		if err != nil || pool == nil {
			return
		}
		for rest := []byte(text); len(strings.TrimSpace(string(rest))) > 0; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
				t.Fatalf("%q is accepted", text)
			}
		}
	})
}
