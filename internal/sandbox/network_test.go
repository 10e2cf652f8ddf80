// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// serving serves with flags until the test ends, and returns the address.
func serving(t *testing.T, b bounds, args ...string) (host string, stop context.CancelFunc) {
	t.Helper()
	f, _, err := parse(append(args, "--listen", "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := Open(t.Context(), Options{Database: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	closeAudit, err := f.audit.start(ctx, s, log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := f.network.listen(ctx, log)
	if err != nil {
		t.Fatal(err)
	}
	b.delay = f.network.shutdownDelay
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, listener, b, "", log) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, closeAudit(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	scheme := "http"
	if f.network.tls.certificate != "" {
		scheme = "https"
	}
	return hostOf(scheme, listener.Addr()), cancel
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestNotReadyBeforeItStops checks that a server that shuts down is not ready first, and still serves meanwhile.
func TestNotReadyBeforeItStops(t *testing.T) {
	t.Parallel()
	host, stop := serving(t, defaultBounds, "--shutdown-delay", "5s")
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/api/status": "Ok"} {
		if status, body := get(t, http.DefaultClient, host+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	stop()
	for deadline := time.Now().Add(4 * time.Second); ; {
		status, _ := get(t, http.DefaultClient, host+"/readyz")
		if status == http.StatusServiceUnavailable {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is shutting down, and is still ready")
		}
	}
	for _, path := range []string{"/healthz", "/api/status"} {
		if status, _ := get(t, http.DefaultClient, host+path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// TestNotReadyWithoutADatabase: nobody is sent to a server that cannot read its database.
func TestNotReadyWithoutADatabase(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Database: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ready(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s.ready(t.Context()) == nil {
		t.Error("it is ready, and the database is closed")
	}
}

// TestSlowClients: connections that say little and slowly are ended, and keep nobody out.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	b := defaultBounds
	b.readHeader, b.read, b.idle = 300*time.Millisecond, 600*time.Millisecond, 300*time.Millisecond
	host, _ := serving(t, b, "--max-connections", "40")
	var wg sync.WaitGroup
	for n := range 80 { // more than may be connected at once
		beginning := []string{
			"", "GET /api/status HT", "GET /api/status HTTP/1.1\r\nHost: x\r\nX-Slow: ",
			"POST /api/v1/auth/token/revoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		}[n%4]
		wg.Go(func() {
			c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(host, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			_, _ = c.Write([]byte(beginning))
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("it is connected still, after %q", beginning)
			}
		})
	}
	for range 5 {
		if status, body := get(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, host+"/api/status"); status != http.StatusOK {
			t.Errorf("%d %s", status, body)
		}
	}
	wg.Wait()
}

// TestLargeHeaders are refused.
func TestLargeHeaders(t *testing.T) {
	t.Parallel()
	host, _ := serving(t, defaultBounds)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, host+"/api/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Large", strings.Repeat("x", 64<<10))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(resp.Status)
	}
}

// authority signs certificates for 127.0.0.1.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{certificate: &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}}
	certificate, key := a.sign(t, "authority")
	var err error
	a.key = key
	if a.certificate, err = x509.ParseCertificate(certificate); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a authority) sign(t *testing.T, name string) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: a.key == nil, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, c, a.certificate, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

// write writes a certificate and its key as files.
func (a authority) write(t *testing.T, dir, name string) (certificate, key string) {
	t.Helper()
	signed, private := a.sign(t, name)
	encoded, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePEM(t, certificate, "CERTIFICATE", signed)
	writePEM(t, key, "EC PRIVATE KEY", encoded)
	return certificate, key
}

func writePEM(t *testing.T, file, kind string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS: at least 1.2; a certificate that is replaced is used at once, and one that cannot be used
// is not; clients are asked for theirs.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir, a := t.TempDir(), newAuthority(t)
	certificate, key := a.write(t, dir, "first")
	ca := filepath.Join(dir, "ca.pem")
	writePEM(t, ca, "CERTIFICATE", a.certificate.Raw)
	clientDir := t.TempDir()
	clientCertificate, clientKey := a.write(t, clientDir, "client")
	pair, err := tls.LoadX509KeyPair(clientCertificate, clientKey)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)

	host, _ := serving(t, defaultBounds, "--tls-cert", certificate, "--tls-key", key, "--tls-client-ca", ca)
	if !strings.HasPrefix(host, "https://") {
		t.Error(host)
	}
	dial := func(config *tls.Config) (string, error) {
		config.RootCAs = roots
		c, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", strings.TrimPrefix(host, "https://"))
		if err != nil {
			return "", err
		}
		defer func() { _ = c.Close() }()
		if _, err := c.Write([]byte("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")); err != nil {
			return "", err
		}
		if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			return "", errors.Join(errors.New(line), err)
		}
		return c.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName, nil
	}
	mine := []tls.Certificate{pair}
	if name, err := dial(&tls.Config{Certificates: mine, MinVersion: tls.VersionTLS12}); err != nil || name != "first" {
		t.Errorf("%q %v", name, err)
	}
	if _, err := dial(&tls.Config{Certificates: mine, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if _, err := dial(&tls.Config{MinVersion: tls.VersionTLS12}); err == nil {
		t.Error("a client without a certificate is let in")
	}
	later := time.Now().Add(time.Minute) // later than any time stamp of the file
	a.write(t, dir, "second")
	if err := os.Chtimes(certificate, later, later); err != nil {
		t.Fatal(err)
	}
	if name, err := dial(&tls.Config{Certificates: mine, MinVersion: tls.VersionTLS12}); err != nil || name != "second" {
		t.Errorf("%q %v", name, err)
	}
	if err := os.WriteFile(key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if name, err := dial(&tls.Config{Certificates: mine, MinVersion: tls.VersionTLS12}); err != nil || name != "second" {
		t.Errorf("%q %v", name, err)
	}
}

// TestAuditFile holds the events of this process, and no secret.
func TestAuditFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "audit.jsonl")
	s, err := Open(t.Context(), Options{Database: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	f := auditFlags{file: file, retention: 1}
	closeAudit, err := f.start(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	boot := filepath.Join(dir, "boot.json")
	if err := s.bootstrap(t.Context(), boot, "http://x"); err != nil {
		t.Fatal(err)
	}
	b := read(t, boot)
	if _, err := s.service.RenewAccessToken(t.Context(), b.AccessToken+"x", netip.MustParseAddr("127.0.0.1")); err == nil {
		t.Error("a bad token is renewed")
	}
	if err := errors.Join(s.FlushRefusals(t.Context()), s.RotateSigningKey(t.Context()), closeAudit()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for line := range strings.Lines(string(content)) {
		var e struct {
			Event   struct{ Type string }
			Outcome string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		types = append(types, e.Event.Type+" "+e.Outcome)
	}
	if want := []string{"bootstrap success", "renew-access-token refused", "rotate-signing-key success"}; !slices.Equal(types, want) {
		t.Errorf("%v, not %v", types, want)
	}
	if strings.Contains(string(content), b.ClientSecret) || strings.Contains(string(content), b.AccessToken) {
		t.Error("a secret stands in the audit file")
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}
