// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/sandbox"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// lockedBuffer is a log that several requests write to.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// startLogged runs the API with everything that it logs, behind a trusted proxy on loopback.
func startLogged(t *testing.T) (*servertest.Server, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	s, err := sandbox.Open(t.Context(), sandbox.Options{
		Database:       filepath.Join(t.TempDir(), "machineid.db"),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Log:            slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler)
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	admin, err := s.Bootstrap(t.Context(), iam.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	return &servertest.Server{Host: h.URL, Admin: admin, Sandbox: s}, log
}

// TestNoSecretInLogsOrErrors sends secrets to every place that might quote them.
func TestNoSecretInLogsOrErrors(t *testing.T) {
	t.Parallel()
	s, log := startLogged(t)
	i := s.NewIdentity(t, "no-access", nil)
	token := s.TokenOf(t, i)
	s.AttachAll(t, i.ID)
	const marker = "SECRETMARKER"
	var responses bytes.Buffer
	send := func(path, contentType, body, authorization string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Host+"/api"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Authorization", authorization)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = responses.ReadFrom(resp.Body)
		_ = resp.Body.Close()
	}
	for _, path := range []string{"/v1/auth/universal-auth/login", "/v1/auth/token/renew", "/v1/auth/token/revoke", "/v1/identities", attached + i.ID,
		"/v1/auth/oidc-auth/login", oidcAuth + i.ID, tokenAuth + i.ID} {
		for _, body := range []string{
			`{"clientId":"` + marker + `","clientSecret":"` + marker + `","accessToken":"` + marker + `"}`,
			`{"clientId":5,"clientSecret":["` + marker + `"],"accessToken":{"a":"` + marker + `"}}`,
			`{"clientSecret":"` + marker, `"` + marker + `"`, `["` + marker + `"]`, marker,
			`{"name":["` + marker + `"],"organizationId":"x","accessTokenTTL":"` + marker + `","clientSecretTrustedIps":"` + marker + `"}`,
			`{"clientId":"a","clientId":"` + marker + `"}`,
			`{"identityId":"` + i.ID + `","jwt":"` + marker + `.` + marker + `.` + marker + `"}`, `{"identityId":"x","jwt":["` + marker + `"]}`,
			`{"oidcDiscoveryUrl":"https://x:` + marker + `@y","boundIssuer":"x","boundClaims":{"a":"` + marker + `["},"caCert":"` + marker + `"}`,
		} {
			for _, authorization := range []string{"", "Bearer " + marker, marker, "Bearer " + s.Admin.AccessToken} {
				for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded", "text/plain"} {
					send(path, contentType, body, authorization)
				}
			}
		}
	}
	send("/v1/auth/universal-auth/login?clientSecret="+marker, "application/json", "{}", "")
	for _, secret := range []string{i.ClientSecret, token} { // where an id belongs
		for _, path := range []string{attached + i.ID + "/client-secrets/" + secret + "/revoke", attached + secret, "/v1/nope/" + secret} {
			send(path, "application/json", "{}", "Bearer "+s.Admin.AccessToken)
		}
		send("/v1/identities", "application/json", `{"name":"x","organizationId":"`+secret+`"}`, "Bearer "+s.Admin.AccessToken)
		send("/v1/identities", "application/json", `{"name":"x","organizationId":"`+s.Admin.OrganizationID+`","role":"`+secret+`"}`, "Bearer "+s.Admin.AccessToken)
	}
	for what, text := range map[string]string{"the log": log.String(), "a response": responses.String()} {
		for _, secret := range []string{marker, i.ClientSecret, token, s.Admin.ClientSecret, s.Admin.AccessToken} {
			if strings.Contains(text, secret) {
				at := strings.Index(text, secret)
				t.Errorf("%s holds a secret: …%s", what, text[max(0, at-200):at])
			}
		}
	}
	if strings.Contains(log.String(), `"status":500`) || !strings.Contains(log.String(), `"status":422`) {
		t.Error("the log must show refusals and no fault")
	}
}

// TestBrokenBodies checks that an incomplete body is a client error, not a server error.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	s, log := startLogged(t)
	for name, request := range map[string]string{
		"half": "Content-Length: 1000\r\n\r\n{\"clientId\":", "bad chunk": "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
	} {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.Host, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Write([]byte("POST /api/v1/auth/universal-auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + request))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
			t.Errorf("%s: %.80s %v", name, answer, err)
		}
		_ = c.Close()
	}
	if strings.Contains(log.String(), "fault") {
		t.Error("the log shows a fault")
	}
}

func TestTrustedProxyOverHTTP(t *testing.T) {
	t.Parallel()
	s, _ := startLogged(t)
	i := s.NewIdentity(t, "no-access", map[string]any{"accessTokenTrustedIps": []object{{"ipAddress": "203.0.113.0/24"}}})
	token := s.TokenOf(t, i)
	for forwarded, allowed := range map[string]bool{
		"":                                 false, // the proxy itself
		"203.0.113.9":                      true,
		"203.0.113.9:4711":                 true,
		"203.0.113.9, 127.0.0.1":           true,
		"203.0.113.9,":                     true,
		"198.51.100.1, 203.0.113.9":        true,
		"203.0.113.9, 198.51.100.1":        false, // what the caller claims stands further left
		"203.0.113.9, garbage":             false,
		"garbage, 203.0.113.9":             true,
		"::ffff:203.0.113.9":               true,
		"127.0.0.1, 127.0.0.2":             false,
		"203.0.113.9, 127.0.0.1, 10.0.0.1": false,
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Host+"/api/v1/identities/details", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Real-Ip", "203.0.113.9")
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		if a := s.Send(t, r); (a.Status == http.StatusOK) != allowed {
			t.Errorf("%q: %d %v", forwarded, a.Status, a.Body)
		}
	}
}
