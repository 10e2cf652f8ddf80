// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// The credentials of a run, by how they were opened.
const (
	providerToken  = "provider's login token"
	ephemeralToken = "ephemeral access token"
	openSecret     = "ephemeral client secret"
	dataToken      = "data source's token"
)

var opened = []string{providerToken, ephemeralToken, openSecret, dataToken}

// ending is a way in which a run ends, and what is alive afterwards.
type ending struct {
	name  string
	args  []string
	fails bool                                                 // the apply
	kill  func(t *testing.T, h *installation, run *os.Process) // in the middle of the apply; nil: it ends by itself
	alive []string
}

var endings = []ending{
	{name: "success", args: []string{"apply", "-auto-approve"}, alive: []string{dataToken}},
	{name: "failed apply", args: []string{"apply", "-auto-approve"}, fails: true, alive: []string{dataToken}},
	{name: "plan only", args: []string{"plan"}, alive: []string{dataToken}},
	{name: "destroy", args: []string{"destroy", "-auto-approve"}, alive: []string{dataToken}},
	{name: "SIGINT of the CLI", args: []string{"apply", "-auto-approve"}, kill: signalled(syscall.SIGINT), alive: []string{dataToken}},
	{name: "SIGTERM of the CLI", args: []string{"apply", "-auto-approve"}, kill: signalled(syscall.SIGTERM), alive: []string{dataToken}},
	{name: "SIGKILL of the CLI", args: []string{"apply", "-auto-approve"}, kill: signalled(syscall.SIGKILL), alive: []string{dataToken}},
	{name: "kill -9 of the provider", args: []string{"apply", "-auto-approve"}, kill: killProviders(syscall.SIGKILL), alive: opened},
}

func signalled(s syscall.Signal) func(*testing.T, *installation, *os.Process) {
	return func(t *testing.T, _ *installation, run *os.Process) {
		t.Helper()
		if err := run.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
}

// killProviders ends every process of the provider that runs, and lets the apply go on without.
func killProviders(s syscall.Signal) func(*testing.T, *installation, *os.Process) {
	return func(t *testing.T, h *installation, _ *os.Process) {
		t.Helper()
		killed := 0
		for pid := range strings.FieldsSeq(contentOf(t, filepath.Join(h.dir, "pids"))) {
			number, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			if syscall.Kill(number, s) == nil {
				killed++
			}
		}
		if killed == 0 {
			t.Error("there was no provider to kill")
		}
		h.goOn(t)
	}
}

// goOn ends the provisioner in which the apply stands.
func (h *installation) goOn(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "go"), nil, 0o600); err != nil {
		t.Error(err)
	}
}

func contentOf(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// runOfAll is a configuration in which each of the credentials is opened and used, and whose apply
// stands still in the middle where slow.
func (h *installation) runOfAll(t *testing.T, slow bool, worker servertest.Identity, others map[string]servertest.Identity) {
	t.Helper()
	config := fmt.Sprintf(`
data "machineid_access_token" "data" {
  client_id     = %q
  client_secret = %q
}
ephemeral "machineid_universal_auth_client_secret" "s" {
  identity_id = %q
  ttl         = "10m"
}
provider "machineid" {
  alias          = "by_secret"
  host           = %q
  universal_auth {
    client_id     = %q
    client_secret = ephemeral.machineid_universal_auth_client_secret.s.client_secret
  }
}
resource "machineid_identity" "by_secret" {
  provider = machineid.by_secret
  name     = "by_secret"
}
`, others[dataToken].ClientID, others[dataToken].ClientSecret, others[openSecret].ID, h.url, others[openSecret].ClientID) + asOther
	if slow {
		for _, fifo := range []string{"ready", "go"} {
			if err := syscall.Mkfifo(filepath.Join(h.dir, fifo), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		config += `
resource "terraform_data" "slow" {
  depends_on = [machineid_identity.x, machineid_identity.y, machineid_identity.by_secret]
  provisioner "local-exec" {
    command     = "echo > ready; cat go"
    environment = { TOKEN = ephemeral.machineid_access_token.other.access_token, SECRET = ephemeral.machineid_universal_auth_client_secret.s.client_secret }
  }
}
`
	}
	h.configure(t, worker, config)
}

// TestRevocation asks the server, after every way in which a run can end, which of its credentials
// are alive. What cannot be revoked expires by its TTL.
func TestRevocation(t *testing.T) {
	found := make([]map[string]string, len(endings))
	t.Run("endings", func(t *testing.T) {
		for n, e := range endings {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				found[n] = e.test(t)
			})
		}
	})
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "the run ends by\t"+strings.Join(opened, "\t"))
	for n, e := range endings {
		cells := make([]string, len(opened))
		for k, kind := range opened {
			cells[k] = found[n][kind]
		}
		_, _ = fmt.Fprintln(w, e.name+"\t"+strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		t.Error(err)
	}
	t.Logf("what is alive afterwards:\n%s", &table)
}

func (e ending) test(t *testing.T) map[string]string {
	t.Helper()
	h := newInstallation(t)
	h.notePIDs(t)
	short := map[string]any{"accessTokenTTL": 900, "accessTokenMaxTTL": 900}
	h.AsAdmin(t, http.MethodPatch, "/v1/auth/universal-auth/identities/"+h.Admin.IdentityID, short)
	role := "member"
	if e.fails {
		role = "no-access"
	}
	worker := h.NewIdentity(t, role, short)
	others := map[string]servertest.Identity{dataToken: h.NewIdentity(t, "no-access", short), openSecret: h.NewIdentity(t, "member", short)}
	h.runOfAll(t, e.kill != nil, worker, others)
	if e.name == "destroy" {
		if said, err := h.run(t, "apply", "-input=false", "-auto-approve"); err != nil {
			t.Fatal(err, said)
		}
		h.restart(nil)
	}
	args := append(slices.Clone(e.args), "-input=false")
	if e.kill == nil {
		if said, err := h.run(t, args...); (err != nil) != e.fails {
			t.Fatal(err, said)
		}
	} else {
		h.killed(t, e, args)
	}

	byIdentity := map[string]string{worker.ClientID: ephemeralToken, others[dataToken].ClientID: dataToken}
	kind := func(i issued) string {
		switch {
		case i.secretOf != "":
			return openSecret
		case byIdentity[i.clientID] != "":
			return byIdentity[i.clientID]
		}
		return providerToken
	}
	isAlive := func(i issued) bool {
		if i.secretOf != "" {
			return h.Login(t, others[openSecret].ClientID, i.value).Status == http.StatusOK
		}
		return h.Alive(t, i.value)
	}
	return e.judge(t, h, kind, isAlive)
}

// judge compares what is alive with what the table says, and lets the rest die by its TTL.
func (e ending) judge(t *testing.T, h *installation, kind func(issued) string, isAlive func(issued) bool) map[string]string {
	t.Helper()
	total, alive := map[string]int{}, map[string]int{}
	all := h.issuedSoFar()
	for _, i := range all {
		if slices.Contains(e.alive, kind(i)) {
			continue
		}
		// The process of a provider may outlive the CLI where that was killed.
		for deadline := time.Now().Add(time.Minute); isAlive(i) && e.name == "SIGKILL of the CLI" && time.Now().Before(deadline); {
			wait(t, 100*time.Millisecond)
		}
	}
	for _, i := range all {
		total[kind(i)]++
		if isAlive(i) {
			alive[kind(i)]++
		}
	}
	cells := map[string]string{}
	for _, name := range opened {
		if total[name] == 0 && (name != dataToken || e.name != "destroy") {
			t.Errorf("no %s was opened", name)
		}
		if (alive[name] > 0) != (slices.Contains(e.alive, name) && total[name] > 0) {
			t.Errorf("%s: %d of %d alive", name, alive[name], total[name])
		}
		cells[name] = fmt.Sprintf("%d of %d alive", alive[name], total[name])
	}
	h.Clock.Advance(16 * time.Minute)
	for _, i := range all {
		if isAlive(i) {
			t.Errorf("%s: alive after its TTL", kind(i))
		}
	}
	return cells
}

// wait lets another process go on.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// killed runs the apply up to where it stands still, kills what the test wants, and waits for its end.
func (h *installation) killed(t *testing.T, e ending, args []string) string {
	t.Helper()
	cmd, out := h.command(t, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, provisioning := make(chan error, 1), make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	go func() { _, err := os.ReadFile(filepath.Join(h.dir, "ready")); provisioning <- err }()
	select {
	case err := <-provisioning:
		if err != nil {
			t.Fatal(err)
		}
	case err := <-ended:
		t.Fatal("it ended before it was killed:", err, out)
	}
	e.kill(t, h, cmd.Process)
	if e.name == "SIGKILL of the CLI" {
		h.goOn(t) // the provisioner is an orphan, too, and holds the output
	}
	if err := <-ended; err == nil {
		t.Error("the run went well:", out)
	}
	return out.String()
}

// notePIDs has the processes of the provider write down who they are.
func (h *installation) notePIDs(t *testing.T) {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(h.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	name := "terraform-provider-machineid"
	script := fmt.Sprintf("#!/bin/sh\necho $$ >> %q\nexec %q \"$@\"\n", filepath.Join(h.dir, "pids"), filepath.Join(dir, name))
	if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	h.write(t, "terraformrc", devOverrides(bin))
}
