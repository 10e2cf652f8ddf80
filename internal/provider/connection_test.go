// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	PEM         string
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{certificate: &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.PEM = a.sign(t, a.certificate, &a.key.PublicKey)
	return a
}

func (a authority) sign(t *testing.T, template *x509.Certificate, public *ecdsa.PublicKey) string {
	t.Helper()
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	made, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}))
}

// pair is a certificate for a server on loopback or a client, and its key.
func (a authority) pair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate = a.sign(t, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, &private.PublicKey)
	return certificate, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// readAdmin configures a provider and reads the admin's identity; it returns the diagnostics.
func readAdmin(t *testing.T, server *servertest.Server, host string, config providertest.Values) string {
	t.Helper()
	return readAdminOf(t, provider.New("1.2.3"), server, host, config)
}

// readAdminOf does so with one more configuration of a provider.
func readAdminOf(t *testing.T, own *provider.Provider, server *servertest.Server, host string, config providertest.Values) string {
	t.Helper()
	config["host"], config["access_token"] = host, server.Admin.AccessToken
	p := provider.NewServer(own)
	schemas, err := p.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := p.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: providertest.DynamicValue(t, schemas.Provider, config)})
	if err != nil || len(made.Diagnostics) > 0 {
		return providertest.Summaries(made.Diagnostics)
	}
	read, err := p.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: "machineid_identity", Config: providertest.DynamicValue(t, schemas.DataSourceSchemas["machineid_identity"], providertest.Values{"id": server.Admin.IdentityID}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return providertest.Summaries(read.Diagnostics)
}

// behindTLS is the API with a certificate of the authority, for clients that show one too where
// the authority of clients is given.
func behindTLS(t *testing.T, server *servertest.Server, signer authority, clients *authority, newest uint16) string {
	t.Helper()
	certificate, key := signer.pair(t)
	own, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if agent := r.Header.Get("User-Agent"); agent != "terraform-provider-machineid/1.2.3 Terraform/1.11.4" {
			t.Errorf("sent by %q", agent)
		}
		server.Sandbox.Handler.ServeHTTP(w, r)
	}))
	h.TLS = &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS10, MaxVersion: newest}
	if clients != nil {
		h.TLS.ClientAuth, h.TLS.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		h.TLS.ClientCAs.AddCert(parsed(t, clients.PEM))
	}
	h.StartTLS()
	t.Cleanup(h.Close)
	return h.URL
}

func parsed(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// TestTLS is the API behind certificates that the system does not know.
func TestTLS(t *testing.T) {
	server := servertest.Start(t)
	own, other := newAuthority(t), newAuthority(t)
	certificate, key := own.pair(t)
	strange, strangeKey := other.pair(t)
	plain := behindTLS(t, server, own, nil, tls.VersionTLS13)
	mutual := behindTLS(t, server, own, &own, tls.VersionTLS13)
	for name, tc := range map[string]struct {
		host   string
		config providertest.Values
		says   string // empty where it works
	}{
		"unknown authority":    {plain, providertest.Values{}, "ca_cert_file"},
		"its authority":        {plain, providertest.Values{"ca_cert": own.PEM}, ""},
		"its authority's file": {plain, providertest.Values{"ca_cert_file": file(t, own.PEM)}, ""},
		"among others":         {plain, providertest.Values{"ca_cert": other.PEM + own.PEM}, ""},
		"another authority":    {plain, providertest.Values{"ca_cert": other.PEM}, "unknown authority"},
		"too old":              {behindTLS(t, server, own, nil, tls.VersionTLS11), providertest.Values{"ca_cert": own.PEM}, "protocol version"},
		"shows nothing":        {mutual, providertest.Values{"ca_cert": own.PEM}, "certificate required"},
		"shows itself":         {mutual, providertest.Values{"ca_cert": own.PEM, "client_cert": certificate, "client_key": key}, ""},
		"shows files":          {mutual, providertest.Values{"ca_cert": own.PEM, "client_cert_file": file(t, certificate), "client_key_file": file(t, key)}, ""},
		"shows a stranger":     {mutual, providertest.Values{"ca_cert": own.PEM, "client_cert": strange, "client_key": strangeKey}, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.config["retry_max_elapsed"] = "1s"
			said := readAdmin(t, server, tc.host, tc.config)
			if tc.says == "" && said != "" || !strings.Contains(said, tc.says) {
				t.Errorf("want %q: %s", tc.says, said)
			}
		})
	}
}

// TestBadConnections are refused at the attribute, and show nothing of a key.
func TestBadConnections(t *testing.T) {
	own := newAuthority(t)
	certificate, key := own.pair(t)
	_, anotherKey := own.pair(t)
	secret := strings.Split(key, "\n")[1]
	for name, tc := range map[string]struct {
		config providertest.Values
		at     string
		says   string
	}{
		"no such file":          {providertest.Values{"ca_cert_file": "/does/not/exist"}, "ca_cert_file", "no such file"},
		"a directory":           {providertest.Values{"client_key_file": t.TempDir()}, "client_key_file", "directory"},
		"no certificate":        {providertest.Values{"ca_cert": "hello"}, "ca_cert", "no PEM certificate"},
		"no certificate inside": {providertest.Values{"ca_cert_file": file(t, key)}, "ca_cert_file", "no PEM certificate"},
		"empty file":            {providertest.Values{"ca_cert_file": file(t, "")}, "ca_cert_file", "no PEM certificate"},
		"empty":                 {providertest.Values{"ca_cert": ""}, "ca_cert", "length"},
		"no key":                {providertest.Values{"client_cert": certificate}, "client_cert", "needs its key"},
		"no certificate of it":  {providertest.Values{"client_key_file": file(t, key)}, "client_key_file", "needs its certificate"},
		"another's key":         {providertest.Values{"client_cert": certificate, "client_key": anotherKey}, "client_cert", "cannot be used"},
		"the two exchanged":     {providertest.Values{"client_cert": key, "client_key": certificate}, "client_cert", "cannot be used"},
		"half a key":            {providertest.Values{"client_cert": certificate, "client_key": key[:len(key)/2]}, "client_cert", "cannot be used"},
		"two authorities":       {providertest.Values{"ca_cert": own.PEM, "ca_cert_file": file(t, own.PEM)}, "", "cannot be configured together: ca_cert, ca_cert_file. Keep ca_cert_file if a file holds the value"},
		"two keys":              {providertest.Values{"client_key": key, "client_key_file": file(t, key)}, "", "cannot be configured together: client_key, client_key_file. Keep client_key_file"},
		"proxy without scheme":  {providertest.Values{"proxy_url": "user:s3cr3t@proxy:80"}, "proxy_url", "must be an address"},
		"proxy of another kind": {providertest.Values{"proxy_url": "ftp://user:s3cr3t@proxy"}, "proxy_url", "must be an address"},
		"no duration":           {providertest.Values{"request_timeout": "soon"}, "request_timeout", "duration"},
		"no time at all":        {providertest.Values{"retry_max_elapsed": "0s"}, "retry_max_elapsed", "shorter"},
		"more than a day":       {providertest.Values{"rate_limit_max_wait": "2d"}, "rate_limit_max_wait", "longer"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.config["access_token"] = "tok"
			said, sent := configured(t, tc.config)
			if len(sent) > 0 || !strings.Contains(said, tc.says) || tc.at != "" && !strings.Contains(said, `AttributeName("`+tc.at+`")`) {
				t.Errorf("want %q at %q: %s", tc.says, tc.at, said)
			}
			for _, hidden := range []string{secret, "s3cr3t"} {
				if strings.Contains(said, hidden) {
					t.Errorf("%s is shown in %s", hidden, said)
				}
			}
		})
	}
}

// TestProxy: every request goes through it.
func TestProxy(t *testing.T) {
	server := servertest.Start(t)
	var passed atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		if r.URL.Host != "api.example" || user != "user" || password != "s3cr3t" {
			t.Errorf("asked for %s by %s", r.URL, user)
		}
		passed.Add(1)
		server.Sandbox.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	through := strings.Replace(proxy.URL, "http://", "http://user:s3cr3t@", 1)
	if said := readAdmin(t, server, "http://api.example", providertest.Values{"proxy_url": through}); said != "" || passed.Load() == 0 {
		t.Errorf("%d requests passed: %s", passed.Load(), said)
	}
	proxy.Close()
	said := readAdmin(t, server, "http://api.example", providertest.Values{"proxy_url": through, "retry_max_elapsed": "1s"})
	if !strings.Contains(said, "proxy") || strings.Contains(said, "s3cr3t") {
		t.Error(said)
	}
}

// TestPatience: the times of the configuration reach the client.
func TestPatience(t *testing.T) {
	server := servertest.Start(t)
	for name, tc := range map[string]struct {
		config  providertest.Values
		handler http.HandlerFunc
		says    string
	}{
		"request_timeout": {providertest.Values{"request_timeout": "1s", "retry_max_elapsed": "1s"},
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no response within the timeout"},
		"retry_max_elapsed": {providertest.Values{"retry_max_elapsed": "1s"},
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "503"},
		"rate_limit_max_wait": {providertest.Values{"rate_limit_max_wait": "5s"}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "rate_limit_max_wait"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := httptest.NewServer(tc.handler)
			t.Cleanup(api.Close)
			start := time.Now()
			if said := readAdmin(t, server, api.URL, tc.config); !strings.Contains(said, tc.says) || time.Since(start) > 10*time.Second {
				t.Errorf("want %q, after %s: %s", tc.says, time.Since(start), said)
			}
		})
	}
}

// TestAliasesShareLimits: what one configuration learns, all of the process know.
func TestAliasesShareLimits(t *testing.T) {
	server := servertest.Start(t)
	var sent atomic.Int32
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sent.Add(1)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	t.Cleanup(api.Close)
	p := provider.New("1.2.3")
	for range 2 {
		if said := readAdminOf(t, p, server, api.URL, providertest.Values{"rate_limit_max_wait": "5s"}); !strings.Contains(said, "rate_limit_max_wait") || sent.Load() != 1 {
			t.Errorf("%d requests: %s", sent.Load(), said)
		}
	}
}
