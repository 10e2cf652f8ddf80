// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package verify

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

func jwkOf(t *testing.T, public any, id, use string) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: id, Use: use})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true, "100.128.0.0": true,
		"192.167.255.255": true, "169.253.255.255": true, "223.255.255.255": true, "11.0.0.1": true,
		"2606:4700:4700::1111": true, "2a00:1450:4001::1": true, "::ffff:8.8.8.8": true, "64:ff9b::8.8.8.8": true,

		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.255.255.255": false, "10.0.0.1": false, "10.255.255.255": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.168.0.1": false, "169.254.169.254": false, "169.254.170.2": false,
		"100.64.0.1": false, "100.100.100.200": false, "100.127.255.255": false, "192.0.0.192": false, "192.0.2.1": false, "198.18.0.1": false,
		"198.51.100.1": false, "203.0.113.1": false, "192.88.99.1": false, "224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,

		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "2606:4700::1%eth0": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false,
		"ff02::1": false, "2001:db8::1": false, "3fff::1": false, "100::1": false, "5f00::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "::10.0.0.1": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::10.0.0.1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b::": false, "64:ff9b:1::8.8.8.8": false,
		"2002:7f00:1::": false, "2002:808:808::": false, "2001::1": false, "2001:0:7f00:1::": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public is %t", text, got)
		}
	}
	if isPublic(netip.Addr{}) || contains(loopback, netip.Addr{}) {
		t.Error("the zero address is accepted")
	}
}

// TestDialer: no name of a disallowed address is connected to.
func TestDialer(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1"} {
		if c, err := dialer(isPublic).DialContext(t.Context(), "tcp", net.JoinHostPort(host, port)); !errors.Is(err, errAddress) {
			t.Errorf("%s: got %v, %v", host, c, err)
		}
		if transport := newClient(nil, nil).Transport.(bounded).transport.(*http.Transport); transport.Proxy != nil {
			t.Error("a proxy is used")
		} else if _, err := transport.DialTLSContext(t.Context(), "tcp", net.JoinHostPort(host, port)); !errors.Is(err, errAddress) {
			t.Errorf("%s over TLS: got %v", host, err)
		} else if _, err := transport.DialContext(t.Context(), "tcp", net.JoinHostPort("8.8.8.8", port)); !errors.Is(err, errAddress) {
			t.Errorf("a public address without TLS: got %v", err)
		}
	}
	c, err := dialer(func(a netip.Addr) bool { return contains(loopback, a) }).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	first, err := listener.Accept()
	if err != nil || first.RemoteAddr().String() != c.LocalAddr().String() {
		t.Errorf("another connection came first: %v, %v", first, err)
	}
	_ = first.Close()
}

// TestDisallowedAddresses: no document and no redirect of an allowed issuer leads to a disallowed address.
func TestDisallowedAddresses(t *testing.T) {
	t.Parallel()
	const want = "an address is not public"
	for _, to := range []string{
		"http://169.254.169.254/latest/meta-data", "https://169.254.169.254/", "http://127.0.0.2/", "https://127.0.0.2:8443/", "http://10.0.0.1/", "https://10.0.0.1/",
		"http://[::1]/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::10.0.0.1]/", "https://100.64.0.1/", "http://0.0.0.0/",
		"http://8.8.8.8/", "http://2130706434/", "https://localhost:1/",
	} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			for what, answer := range map[string]func(b *fixture){
				"jwks_uri": func(b *fixture) {
					b.Handle(oidctest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) {
						_ = json.NewEncoder(w).Encode(map[string]any{"issuer": b.URL, "jwks_uri": to})
					})
				},
				"redirect of the document": func(b *fixture) {
					b.Handle(oidctest.DiscoveryPath, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
				},
				"redirect of the keys": func(b *fixture) {
					b.Handle(oidctest.KeysPath, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) })
				},
			} {
				b := newFixture(t)
				answer(b)
				err := b.verify(t, b.Sign(t, nil))
				named := to == "http://2130706434/" || to == "https://localhost:1/" // the resolver decides which error this is
				if !iam.Is(err, iam.Unauthenticated) || !named && !strings.Contains(err.Error(), want) {
					t.Errorf("%s: got %v", what, err)
				}
			}
		})
	}
}

// TestNoAllowedNetworks: without the flag, loopback is not connected to over https either.
func TestNoAllowedNetworks(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.Issuer, b.v = oidctest.StartTLS(t, b.now), New(nil, b.now)
	named := strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	for _, url := range []string{b.URL, named} {
		_, err := b.v.Verify(t.Context(), iam.OIDCIssuer{DiscoveryURL: url, Name: b.URL, CACert: b.CACert}, b.Sign(t, nil), b.now())
		if !iam.Is(err, iam.Unauthenticated) || !strings.Contains(err.Error(), "not public") {
			t.Errorf("%s: got %v", url, err)
		}
	}
	b.wantFetches(t, 0)
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.Issuer = oidctest.StartTLS(t, b.now)
	if err := b.verify(t, b.Sign(t, nil)); err != nil {
		t.Errorf("with its certificate: %v", err)
	}
	mine := b.CACert
	b.CACert = ""
	b.rejects(t, "with the system's certificates", b.Sign(t, nil), "not trusted")
	for text, good := range map[string]bool{
		"": true, mine: true, mine + mine: true, mine + "\n\n": true,
		"x": false, mine + "x": false, strings.Replace(mine, "CERTIFICATE", "PRIVATE KEY", 2): false, strings.Replace(mine, "A", "B", 1): false,
	} {
		err := b.v.Check(iam.OIDCIssuer{DiscoveryURL: b.URL, Name: b.URL, CACert: text})
		if good != (err == nil) || err != nil && !iam.Is(err, iam.Invalid) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

func TestDiscoveryURLs(t *testing.T) {
	t.Parallel()
	some, none := New(loopback, time.Now), New(nil, time.Now)
	for url, want := range map[string][2]bool{ // with the flag, without it
		"https://token.actions.githubusercontent.com": {true, true},
		"https://gitlab.example.com:8443/a/b/":        {true, true},
		"https://8.8.8.8":                             {true, true},
		"https://[2606:4700:4700::1111]":              {true, true},
		"http://issuer.internal":                      {true, false}, // checked when the name is resolved
		"http://127.0.0.1:8080":                       {true, false},
		"https://127.0.0.1":                           {true, false},
		"http://8.8.8.8":                              {false, false},
		"https://10.0.0.1":                            {false, false},
		"https://169.254.169.254":                     {false, false},
		"https://[::1]":                               {false, false},
		"https://[::ffff:10.0.0.1]":                   {false, false},
		"https://[64:ff9b::a00:1]":                    {false, false},
		"https://[fe80::1%25eth0]":                    {false, false},
		"":                                            {false, false},
		"issuer.example.com":                          {false, false},
		"file:///etc/passwd":                          {false, false},
		"gopher://issuer.example.com":                 {false, false},
		"https://":                                    {false, false},
		"https://user:secret@issuer.example.com":      {false, false},
		"https://issuer.example.com?a=b":              {false, false},
		"https://issuer.example.com?":                 {false, false},
		"https://issuer.example.com#a":                {false, false},
		"https://issuer.example.com:port":             {false, false},
		"https://a b":                                 {false, false},
	} {
		for n, v := range []*Verifier{some, none} {
			err := v.Check(iam.OIDCIssuer{DiscoveryURL: url, Name: "x"})
			if want[n] != (err == nil) || err != nil && !iam.Is(err, iam.Invalid) {
				t.Errorf("%q: %v", url, err)
			}
		}
	}
}

func TestInvalidIssuerResponses(t *testing.T) {
	t.Parallel()
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(s)) }
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[`))
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(strings.Repeat(`{},`, 1000))); err != nil {
				return
			}
		}
	}
	never := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drop := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"is`))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(strings.Repeat(" ", 2*maxBody)))
		_ = z.Close()
	}
	const invalid = "not a discovery document or key set"
	for what, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"not found":        {http.NotFound, "status 404"},
		"error":            {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, "status 418"},
		"no content":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "status 204"},
		"nothing":          {text(""), invalid},
		"a page":           {text("<html>"), invalid},
		"a list":           {text("[]"), invalid},
		"a number":         {text("1"), invalid},
		"wrong types":      {text(`{"issuer":1,"jwks_uri":2,"keys":3}`), invalid},
		"huge":             {text(`{"a":"` + strings.Repeat("x", maxBody) + `"}`), "bytes"},
		"endless":          {endless, "bytes"},
		"compressed":       {bomb, invalid},
		"never":            {never, "in time"},
		"never to the end": {drop, "in time"},
		"in circles":       {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "redirects"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, invalid},
		"broken off":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		"too many keys": {text(`{"keys":[` + strings.Repeat(`{},`, maxKeys) + `{}]}`), ""},
	} {
		for _, path := range []string{oidctest.DiscoveryPath, oidctest.KeysPath} {
			t.Run(what+path, func(t *testing.T) {
				t.Parallel()
				b := newFixture(t)
				if c.want == "in time" { // a shorter timeout has the same result
					b.v.timeout = 100 * time.Millisecond
				}
				b.Handle(path, c.answer)
				b.rejects(t, what, b.Sign(t, nil), c.want)
			})
		}
	}
	for what, c := range map[string]struct{ document, want string }{
		"no keys":           {`{"issuer":"URL"}`, invalid},
		"another issuer":    {`{"issuer":"https://else.example.com","jwks_uri":"URL/keys"}`, "another issuer"},
		"no issuer":         {`{"jwks_uri":"URL/keys"}`, "another issuer"},
		"keys in a file":    {`{"issuer":"URL","jwks_uri":"file:///etc/passwd"}`, invalid},
		"keys nowhere":      {`{"issuer":"URL","jwks_uri":"/keys"}`, invalid},
		"keys by a bad URL": {`{"issuer":"URL","jwks_uri":"http://a b"}`, invalid},
	} {
		b := newFixture(t)
		b.Handle(oidctest.DiscoveryPath, text(strings.ReplaceAll(c.document, "URL", b.URL)))
		b.rejects(t, what, b.Sign(t, nil), c.want)
	}
}

// TestRedirects: some redirects to allowed addresses are followed.
func TestRedirects(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.Handle(oidctest.KeysPath, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/moved", http.StatusMovedPermanently)
	})
	k := b.Rotate(t)
	b.Handle("/moved", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{jwkOf(t, k.Private.Public(), k.ID, "sig")}})
	})
	if err := b.verify(t, b.Sign(t, nil)); err != nil {
		t.Error(err)
	}
}
