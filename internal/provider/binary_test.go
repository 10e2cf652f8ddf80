// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// These tests run the built provider under the CLI: only so does its process end as it does for
// users, after success, failure and an interrupt, and has each provider configuration its own.

var built = sync.OnceValues(func() (string, error) {
	// go test takes a cached result unless it sees that a file it read has changed, and this is the
	// only source of the binary that the tests do not import.
	if _, err := os.ReadFile("../../main.go"); err != nil {
		return "", err
	}
	dir := filepath.Join(providertest.Workspace, "bin")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-machineid"),
		"github.com/seed-54b7b333/terraform-provider-machineid").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

// installation is a directory with a configuration, the provider, and an API behind a recorder of the
// tokens that it issues.
type installation struct {
	*servertest.Server
	url, dir, settings string
	env                []string // of its runs, more than the test's

	mu      sync.Mutex
	target  *url.URL // the API behind the recorder
	tokens  []string
	issued  []issued
	hold    func(*http.Request) // runs before a response is passed on
	refused func()              // runs where a limit has turned a request away
}

// issued is a token or a client secret that the API gave out.
type issued struct {
	value    string
	clientID string // that logged in for a token
	secretOf string // the identity of a client secret
}

func newInstallation(t testing.TB) *installation {
	t.Helper()
	return newInstallationOn(t, servertest.Start(t))
}

func newInstallationOn(t testing.TB, server *servertest.Server) *installation {
	t.Helper()
	providertest.RequireCLI(t, "the built provider is not tested")
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	h := &installation{Server: server, dir: t.TempDir()}
	h.settings = filepath.Join(h.dir, "terraformrc")
	h.write(t, "terraformrc", devOverrides(dir))
	h.sendTo(t, h.Host)
	recorder := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			h.mu.Lock()
			defer h.mu.Unlock()
			r.SetURL(h.target)
			keepBody(r.Out)
		},
		ModifyResponse: h.record,
		ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, 0), // an interrupted process breaks connections
	})
	t.Cleanup(recorder.Close)
	h.url = recorder.URL
	return h
}

// devOverrides are settings of the CLI with which it takes the provider that is in the directory.
func devOverrides(dir string) string {
	return fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    \"seed-54b7b333/machineid\" = %q\n  }\n  direct {}\n}\n", dir)
}

// sendTo puts another API behind the recorder.
func (h *installation) sendTo(t testing.TB, host string) {
	t.Helper()
	target, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.target = target
}

func (h *installation) record(resp *http.Response) error {
	h.mu.Lock()
	hold, refused := h.hold, h.refused
	h.mu.Unlock()
	if refused != nil && resp.StatusCode == http.StatusTooManyRequests {
		refused()
	}
	if hold != nil {
		hold(resp.Request)
	}
	path, posts := resp.Request.URL.Path, resp.Request.Method == http.MethodPost
	logsIn, makes := posts && (strings.HasSuffix(path, "-auth/login") || strings.HasSuffix(path, "/tokens")), posts && strings.HasSuffix(path, "/client-secrets")
	if !logsIn && !makes || resp.StatusCode != http.StatusOK {
		return nil
	}
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(content))
	var asked struct{ ClientID string }
	var answer struct{ AccessToken, ClientSecret string }
	body, err := resp.Request.GetBody()
	if err := errors.Join(err, json.Unmarshal(content, &answer), json.NewDecoder(body).Decode(&asked)); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if logsIn {
		h.tokens = append(h.tokens, answer.AccessToken)
		h.issued = append(h.issued, issued{value: answer.AccessToken, clientID: asked.ClientID})
	} else {
		h.issued = append(h.issued, issued{value: answer.ClientSecret, secretOf: strings.Split(path, "/")[6]})
	}
	return nil
}

// keepBody lets a request body be read again after the response.
func keepBody(req *http.Request) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the API will say so
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}

// issuedSoFar are the credentials since the last restart.
func (h *installation) issuedSoFar() []issued {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.issued)
}

// restart forgets the tokens so far; from now on hold delays responses.
func (h *installation) restart(hold func(*http.Request)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tokens, h.issued, h.hold = nil, nil, hold
}

// countRefusals calls back where a limit has turned a request away.
func (h *installation) countRefusals(count func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = count
}

func (h *installation) write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// configure writes a configuration of the admin's provider and one of another identity, which logs
// in with an ephemeral token.
func (h *installation) configure(t *testing.T, other servertest.Identity, more string) {
	t.Helper()
	h.write(t, "main.tf", fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
provider "machineid" {
  host           = %[1]q
  universal_auth {
    client_id     = %[2]q
    client_secret = %[3]q
  }
}
ephemeral "machineid_access_token" "other" {
  client_id     = %[4]q
  client_secret = %[5]q
}
provider "machineid" {
  alias        = "other"
  host         = %[1]q
  access_token = ephemeral.machineid_access_token.other.access_token
}
resource "machineid_identity" "x" {
  name = "x"
}
`, h.url, h.Admin.ClientID, h.Admin.ClientSecret, other.ClientID, other.ClientSecret)+more)
}

func (h *installation) command(t testing.TB, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), providertest.CLI, args...)
	cmd.Dir = h.dir
	cmd.Env = append(append(os.Environ(), "TF_CLI_CONFIG_FILE="+h.settings, "TF_IN_AUTOMATION=1", "NO_COLOR=1"), h.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

func (h *installation) run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	cmd, out := h.command(t, args...)
	err := cmd.Run()
	return out.String(), err
}

// allDead asks the server for every token that it has issued since the last time, and looks for
// them, and for the secrets, in what the run has left and said. issued is their number; 0: any.
func (h *installation) allDead(t *testing.T, issued int, said string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.tokens) != issued && issued > 0 || len(h.tokens) == 0 {
		t.Errorf("%d tokens were issued, not %d", len(h.tokens), issued)
	}
	left := said
	files, err := filepath.Glob(filepath.Join(h.dir, "terraform.tfstate*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		left += string(content)
	}
	for i, token := range h.tokens {
		if h.Alive(t, token) {
			t.Errorf("token %d of %d is alive", i+1, len(h.tokens))
		}
		if strings.Contains(left, token) {
			t.Errorf("token %d of %d stands in the state or the output", i+1, len(h.tokens))
		}
	}
	if strings.Contains(left, h.Admin.ClientSecret) {
		t.Error("the admin's secret stands in the state or the output")
	}
	h.tokens = nil
}

const asOther = "resource \"machineid_identity\" \"y\" {\nprovider = machineid.other\nname = \"y\"\n}\n"

func TestTokensDieWithTheRun(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	h.configure(t, h.NewIdentity(t, "member", nil), asOther)

	said, err := h.run(t, "plan", "-input=false")
	if err != nil {
		t.Fatal(err, said)
	}
	h.allDead(t, 1, said)

	said, err = h.run(t, "apply", "-input=false", "-auto-approve")
	if err != nil {
		t.Fatal(err, said)
	}
	h.allDead(t, 3, said) // the ephemeral one at plan and at apply, and the provider's

	said, err = h.run(t, "plan", "-input=false", "-detailed-exitcode")
	if err != nil {
		t.Fatal(err, said)
	}
	h.allDead(t, 2, said)

	// Destroying what is gone already, without a refresh that would see it.
	for _, identity := range h.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+h.Admin.OrganizationID, nil).At("identities").([]any) {
		if identity := identity.(map[string]any); identity["identity"].(map[string]any)["name"] == "x" {
			h.AsAdmin(t, http.MethodDelete, "/v1/identities/"+identity["identityId"].(string), nil)
		}
	}
	said, err = h.run(t, "destroy", "-input=false", "-auto-approve", "-refresh=false")
	if err != nil || !strings.Contains(said, "2 destroyed") {
		t.Fatal(err, said)
	}
	h.allDead(t, 3, said)
}

// TestCompleteExampleGoesOn: after its secret was revoked elsewhere, the example plans, applies and is
// destroyed, though there is no token for its second provider at plan.
func TestCompleteExampleGoesOn(t *testing.T) {
	t.Setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "")
	t.Setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", "")
	h := newInstallation(t)
	t.Setenv("INFISICAL_HOST", h.url)
	t.Setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", h.Admin.ClientID)
	t.Setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", h.Admin.ClientSecret)
	h.write(t, "main.tf", exampleText(t, filepath.Join(examples, "complete")))
	run := func(args ...string) {
		t.Helper()
		if said, err := h.run(t, args...); err != nil {
			t.Fatal(err, said)
		}
	}
	revoke := func() {
		t.Helper()
		for _, i := range h.AsAdmin(t, http.MethodGet, "/v1/identities?orgId="+h.Admin.OrganizationID, nil).At("identities").([]any) {
			if i := i.(map[string]any); i["identity"].(map[string]any)["name"] == "ci" {
				path := "/v1/auth/universal-auth/identities/" + i["identityId"].(string) + "/client-secrets"
				secret := h.AsAdmin(t, http.MethodGet, path, nil).At("clientSecretData").([]any)[0].(map[string]any)
				h.AsAdmin(t, http.MethodPost, path+"/"+secret["id"].(string)+"/revoke", nil)
			}
		}
	}
	run("apply", "-input=false", "-auto-approve")
	run("plan", "-input=false", "-detailed-exitcode")
	revoke()
	run("apply", "-input=false", "-auto-approve")
	run("plan", "-input=false", "-detailed-exitcode")
	revoke()
	run("destroy", "-input=false", "-auto-approve")
}

func TestTokensDieWithAFailedRun(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	h.configure(t, h.NewIdentity(t, "no-access", nil), asOther)
	said, err := h.run(t, "apply", "-input=false", "-auto-approve")
	if err == nil || !strings.Contains(said, "not allowed to create") {
		t.Fatal(err, said)
	}
	h.allDead(t, 3, said)
}

// interrupted starts a run in a process group of its own, interrupts it when it has come to where
// the test wants it, and waits for its end.
func (h *installation) interrupted(t *testing.T, there <-chan error, interrupt func(pid int) error, args ...string) string {
	t.Helper()
	cmd, out := h.command(t, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-there:
		if err != nil {
			t.Fatal(err)
		}
	case err := <-ended:
		t.Fatal("it ended before it was interrupted:", err, out)
	}
	start := time.Now()
	if err := interrupt(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatal("it was not interrupted:", out)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("it went on for %s", took)
	}
	return out.String()
}

func interruptCLI(pid int) error { return syscall.Kill(pid, syscall.SIGINT) }

// TestTokensDieWithAnInterruptedRun interrupts an apply in the middle: the CLI alone, as a
// supervisor does, and the whole group, as a terminal does.
func TestTokensDieWithAnInterruptedRun(t *testing.T) {
	for name, interrupt := range map[string]func(pid int) error{
		"CLI":           interruptCLI,
		"group":         func(pid int) error { return syscall.Kill(-pid, syscall.SIGINT) },
		"SIGTERM":       func(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) },
		"group SIGTERM": func(pid int) error { return syscall.Kill(-pid, syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newInstallation(t)
			ready := filepath.Join(h.dir, "ready")
			if err := syscall.Mkfifo(ready, 0o600); err != nil {
				t.Fatal(err)
			}
			h.configure(t, h.NewIdentity(t, "member", nil), asOther+fmt.Sprintf(`
resource "terraform_data" "slow" {
  depends_on = [machineid_identity.x, machineid_identity.y]
  provisioner "local-exec" {
    command     = "echo > %s; exec sleep 60"
    environment = { TOKEN = ephemeral.machineid_access_token.other.access_token }
  }
}
`, ready))
			provisioning := make(chan error, 1)
			go func() { _, err := os.ReadFile(ready); provisioning <- err }()
			h.allDead(t, 3, h.interrupted(t, provisioning, interrupt, "apply", "-input=false", "-auto-approve"))
		})
	}
}

// TestInterruptOfAServerThatHangs checks that an interrupt ends a run at once while the server sends no response.
func TestInterruptOfAServerThatHangs(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	h.configure(t, h.NewIdentity(t, "no-access", nil), "")
	if said, err := h.run(t, "apply", "-input=false", "-auto-approve"); err != nil {
		t.Fatal(err, said)
	}
	reading, release := make(chan error, 16), make(chan struct{})
	defer close(release)
	h.restart(func(req *http.Request) {
		if req.Method == http.MethodGet {
			reading <- nil
			<-release
		}
	})
	h.allDead(t, 2, h.interrupted(t, reading, interruptCLI, "plan", "-input=false"))
}

// TestInterruptedCreate: the server has created, and responds after the interrupt. The state has it,
// and the next apply makes no other.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	h.configure(t, h.NewIdentity(t, "no-access", nil), "")
	created, release := make(chan error, 1), make(chan struct{})
	h.restart(func(req *http.Request) {
		if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/v1/identities") {
			created <- nil
			<-release
		}
	})
	said := h.interrupted(t, created, func(pid int) error {
		time.AfterFunc(time.Second, func() { close(release) }) // by then Terraform has interrupted the provider
		return interruptCLI(pid)
	}, "apply", "-input=false", "-auto-approve")
	h.allDead(t, 0, said) // how many there were is the CLI's: OpenTofu opens what it needs later
	h.restart(nil)
	if said, err := h.run(t, "plan", "-input=false", "-detailed-exitcode"); err != nil {
		t.Error("the state does not have it:", err, said)
	}
}

// TestLongLivesInAPlan are told of once for a resource, and the CLI puts those of many together.
func TestLongLivesInAPlan(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	h.configure(t, h.NewIdentity(t, "member", nil), `
resource "machineid_identity" "many" {
  count = 3
  name  = "many ${count.index}"
}
resource "machineid_universal_auth" "many" {
  count       = 3
  identity_id = machineid_identity.many[count.index].id
}
resource "machineid_universal_auth" "short" {
  identity_id          = machineid_identity.x.id
  access_token_ttl     = "15m"
  access_token_max_ttl = "1h"
}
`)
	said, err := h.run(t, "plan", "-input=false")
	if n := strings.Count(said, "Access tokens expire after weeks"); err != nil || n != 1 || strings.Contains(said, "machineid_universal_auth.short,") {
		t.Errorf("%d warnings, %v\n%s", n, err, said)
	}
}
