// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// start serves a database until the returned function is called, which returns the error of run.
func start(t *testing.T, database, file string) (stop func() error) {
	t.Helper()
	s, err := Open(t.Context(), Options{Database: database})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		ended <- s.run(ctx, listener, defaultBounds, file, slog.New(slog.NewTextHandler(&onServing{ready: ready}, nil)))
	}()
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
	}
	return func() error {
		cancel()
		err := <-ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		return err
	}
}

// onServing is a log that reports when the server serves.
type onServing struct{ ready chan struct{} }

func (o *onServing) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "msg=serving") {
		close(o.ready)
	}
	return len(line), nil
}

func read(t *testing.T, file string) bootstrapFile {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f bootstrapFile
	if err := json.Unmarshal(content, &f); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	return f
}

func call(t *testing.T, host, path, token, body string) int {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, host+"/api"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func login(t *testing.T, f bootstrapFile) int {
	t.Helper()
	return call(t, f.Host, "/v1/auth/universal-auth/login", "", `{"clientId":"`+f.ClientID+`","clientSecret":"`+f.ClientSecret+`"}`)
}

func TestBootstrapFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, file := filepath.Join(dir, "a.db"), filepath.Join(dir, "boot.json")

	stop := start(t, database, file)
	first := read(t, file)
	if strings.HasSuffix(first.Host, "/api") || login(t, first) != http.StatusOK ||
		call(t, first.Host, "/v1/identities/"+first.IdentityID, first.AccessToken, "") != http.StatusOK {
		t.Fatalf("the credentials do not work: %s", first.Host)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(first.Host, "http://")); err == nil {
		t.Fatal("a server that stopped still listens")
	}

	stop = start(t, database, file)
	second := read(t, file)
	if second.ClientSecret != first.ClientSecret || second.ClientID != first.ClientID || second.AccessToken == first.AccessToken {
		t.Error("credentials that still work are kept, with a fresh access token")
	}
	if call(t, second.Host, "/v1/identities/details", first.AccessToken, "") != http.StatusOK {
		t.Error("a restart must keep everything, tokens among it")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	// Somebody damages the secret in the file: it is no secret any more, and a new one is made.
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(content), second.ClientSecret, strings.Repeat("0", 64), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	stop = start(t, database, file)
	third := read(t, file)
	if third.ClientSecret == first.ClientSecret || third.IdentityID != first.IdentityID || login(t, third) != http.StatusOK {
		t.Error("a new secret of the same admin is made where the old one does not work")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// TestBootstrapRevokesWhatItReplaces: credentials that work no longer, because the identity is no
// admin any more, are revoked when new ones are made.
func TestBootstrapRevokesWhatItReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, file := filepath.Join(dir, "a.db"), filepath.Join(dir, "boot.json")
	stop := start(t, database, file)
	first := read(t, file)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, first.Host+"/api/v1/identities/"+first.IdentityID, strings.NewReader(`{"role":"member"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+first.AccessToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	stop = start(t, database, file)
	second := read(t, file)
	if second.IdentityID == first.IdentityID || login(t, second) != http.StatusOK {
		t.Error("there must be a new admin")
	}
	first.Host = second.Host
	if login(t, first) == http.StatusOK || call(t, first.Host, "/v1/identities/details", first.AccessToken, "") == http.StatusOK {
		t.Error("the old secret or its token still works")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// TestBootstrapOfARenamedAdmin finds the identity by any name, and makes a new secret
// where the old one has no use left beside the one of the start itself.
func TestBootstrapOfARenamedAdmin(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Database: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	first, err := s.Bootstrap(t.Context(), iam.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.service.Authenticate(t.Context(), first.AccessToken, netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	name := "boss"
	if _, err := s.service.UpdateIdentity(t.Context(), a, first.IdentityID, iam.IdentityInput{Name: &name}); err != nil {
		t.Fatal(err)
	}
	once, err := s.service.CreateClientSecret(t.Context(), a, first.IdentityID, iam.ClientSecretInput{NumUsesLimit: 1})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Bootstrap(t.Context(), iam.Credentials{ClientID: first.ClientID, ClientSecret: once.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if second.IdentityID != first.IdentityID || second.ClientSecret == once.Secret {
		t.Errorf("%s became %s", first.IdentityID, second.IdentityID)
	}
}

func TestBootstrapFileRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Database: filepath.Join(dir, "a.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	target := filepath.Join(dir, "target")
	other := filepath.Join(dir, "other.json")
	link := filepath.Join(dir, "link.json")
	for path, content := range map[string]string{target: "", other: `{"mine": true}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, other, dir, filepath.Join(dir, "missing", "boot.json")} {
		if err := s.bootstrap(t.Context(), path, "http://x"); err == nil || !strings.Contains(err.Error(), "file") && !strings.Contains(err.Error(), "name another") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if content, _ := os.ReadFile(target); len(content) > 0 {
		t.Error("the file behind the link was written")
	}
	if content, _ := os.ReadFile(other); string(content) != `{"mine": true}` {
		t.Error("somebody else's file was overwritten")
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	if made, err := s.Bootstrap(t.Context(), iam.Credentials{}); err != nil || made.ClientSecret == "" {
		t.Fatal(err)
	}
}

// TestTwoServersOnOneFile: what one does is in force at the other at the very next request.
func TestTwoServersOnOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database := filepath.Join(dir, "a.db")
	stopOne := start(t, database, filepath.Join(dir, "one.json"))
	stopOther := start(t, database, filepath.Join(dir, "other.json"))
	one, other := read(t, filepath.Join(dir, "one.json")), read(t, filepath.Join(dir, "other.json"))
	if one.OrganizationID != other.OrganizationID || one.IdentityID != other.IdentityID {
		t.Error("two servers on one file must be one organization with one admin")
	}
	if call(t, other.Host, "/v1/identities/details", one.AccessToken, "") != http.StatusOK {
		t.Error("a token of one is unknown to the other")
	}
	if call(t, one.Host, "/v1/auth/token/revoke", "", `{"accessToken":"`+other.AccessToken+`"}`) != http.StatusOK ||
		call(t, other.Host, "/v1/identities/details", other.AccessToken, "") != http.StatusUnauthorized {
		t.Error("a revocation at one is not in force at the other")
	}
	for _, stop := range []func() error{stopOne, stopOther} {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--nope":                                       "unknown flag",
		"now":                                          "flags only",
		"--listen":                                     "needs an argument",
		"--listen= --database :memory:":                "--listen",
		"--rotate-signing-key=maybe":                   "invalid",
		"--trusted-proxies 10.0.0.0/33":                "CIDR",
		"--trusted-proxies x":                          "CIDR",
		"--oidc-allow-networks x":                      "--oidc-allow-networks",
		"--log-level loud":                             "--log-level",
		"--log-format xml":                             "--log-format",
		"--boundary none":                              "--boundary",
		"--generation middle":                          "--generation",
		"--audit-retention -1":                         "--audit-retention",
		"--tls-cert a.pem":                             "--tls-key",
		"--tls-cert a.pem --tls-key b":                 "a.pem",
		"--max-connections 0":                          "--max-connections",
		"--shutdown-delay -1s":                         "--shutdown-delay",
		"--audit-file /nowhere/a.jsonl":                "--audit-file",
		"--listen 0.0.0.0:0":                           "--insecure-listen",
		"--listen [::]:0":                              "--insecure-listen",
		"--rate-limits sometimes":                      "--rate-limits",
		"--faults x.yaml":                              "--allow-faults",
		"--faults /nowhere/x.yaml --allow-faults":      "/nowhere/x.yaml",
		"--faults serve_test.go --allow-faults":        "--faults: serve_test.go: line ",
		"--listen 127.0.0.1:99999 --database :memory:": "listen",
		"--database /nowhere/at/all.db":                "/nowhere/at/all.db",
	} {
		f, help, err := parse(strings.Fields(args))
		if err == nil && !strings.Contains(args, "--database") {
			f.database = ":memory:"
		}
		if err == nil {
			err = f.serve(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
		for _, flag := range []string{"--listen", "--database", "--bootstrap-file", "--trusted-proxies", "--oidc-allow-networks", "--tls-cert", "--audit-file", "--rate-limits", "--faults", "--allow-faults"} {
			if !strings.Contains(help, flag) {
				t.Errorf("the help does not explain %s", flag)
			}
		}
	}
	if proxies, err := parseNetworks("trusted-proxies", []string{"10.0.0.0/8", " 192.168.1.1", "fd00::/8"}); err != nil || len(proxies) != 3 {
		t.Errorf("%v %v", proxies, err)
	}
}

// TestFaultsFile checks that the faults of the file occur and are logged.
func TestFaultsFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "faults.yaml")
	if err := os.WriteFile(file, []byte("faults:\n  - {path: /v1/identities/details, fault: status, status: 503, count: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, _, err := parse([]string{"--faults", file, "--allow-faults"})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	injector, err := f.injector(slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Database: ":memory:", Faults: injector})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusUnauthorized} {
		recorder := httptest.NewRecorder()
		s.Handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/identities/details", nil))
		if recorder.Code != want {
			t.Errorf("%d, not %d", recorder.Code, want)
		}
	}
	if lines := said.String(); !strings.Contains(lines, "faults are on") || strings.Count(lines, "injecting a fault") != 1 {
		t.Error(lines)
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for address, host := range map[string]string{
		"127.0.0.1:8200": "http://127.0.0.1:8200", "0.0.0.0:8200": "http://127.0.0.1:8200", "[::]:8200": "http://[::1]:8200", "[::1]:1": "http://[::1]:1",
		"192.0.2.1:80": "http://192.0.2.1:80",
	} {
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := hostOf("http", a); got != host {
			t.Errorf("%s: %s, not %s", address, got, host)
		}
	}
}
