// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package provider_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestKills kills Terraform, the provider or the server at random moments of an apply that makes some
// things, changes some and destroys some. The next apply must converge, a further plan be empty, and
// nothing be lost. What is left behind is counted: things of which nobody who is alive ever heard,
// because the process that made them, or the one that it would have told, was killed with SIGKILL
// between the server's commit and the state. Every other end must leave nothing.
// make soak does it 200 times, or as often as its time allows; else each victim is killed once.
func TestKills(t *testing.T) {
	t.Parallel()
	h := newCrashFixture(t)
	random := rand.New(rand.NewPCG(seed(t), 1))
	rounds, deadline := len(victims), time.Now().Add(time.Hour)
	if soaking() {
		rounds = 200
		if minutes, err := strconv.ParseFloat(os.Getenv("SOAK_KILL_MINUTES"), 64); err == nil {
			deadline = time.Now().Add(time.Duration(minutes * float64(time.Minute)))
		}
	}
	done, left, imported := map[string]int{}, map[string]int{}, 0
	usual := h.round(t, 0, nil, 0)
	// One thing is surely in the way, as a create would leave it that was killed before it could report.
	project := h.AsAdmin(t, http.MethodGet, "/v1/projects/slug/crash", nil).Text("id")
	h.AsAdmin(t, http.MethodPost, "/v1/projects/"+project+"/roles", map[string]any{"slug": "g1-0", "name": "g1-0", "permissions": []any{}})
	for n := 1; n <= rounds && time.Now().Before(deadline) && !t.Failed(); n++ {
		v := victims[n%len(victims)]
		if soaking() {
			v = victims[random.IntN(len(victims))]
		}
		after := time.Duration(random.Float64() * 1.1 * float64(usual))
		h.round(t, n, &v, after)
		name := v.name + " " + v.signal.String()
		done[name]++
		orphans, imports := h.settle(t, n, fmt.Sprintf("round %d, %s after %s", n, name, after.Round(time.Millisecond)))
		imported += imports
		for _, what := range orphans {
			left[name+": "+what]++
		}
		if len(orphans) > 0 && !v.silences {
			t.Errorf("round %d: %s after %s has left behind %v: %v\n%s", n, name, after, orphans, h.known, h.said)
		}
	}
	if imported == 0 {
		t.Error("nothing was imported, though something was in the way")
	}
	t.Logf("ends: %v; left behind: %v; imported by their IDs, as the error says: %d", done, left, imported)
}

// victim is who is killed, and how.
type victim struct {
	name   string
	signal syscall.Signal
	// silences reports whether the created object may be missing in the state.
	silences bool
}

var victims = []victim{
	{"terraform", syscall.SIGKILL, true},
	{"provider", syscall.SIGKILL, true},
	{"server", syscall.SIGKILL, false},
	{"terraform", syscall.SIGINT, false},
	{"provider", syscall.SIGINT, false},
	{"server", syscall.SIGINT, false},
}

// crashFixture is a directory with a configuration, and a server in a process of its own.
type crashFixture struct {
	installation
	binary, listen, boot string
	serving              *exec.Cmd
	over                 chan struct{} // closed when it has ended
	log                  *os.File
	known                map[string]string // what the server has beside what is in the state
	said                 string            // by the apply that met its end
}

const mixed = `
variable "generation" { type = number }
locals { of = toset([for n in range(3) : "g${var.generation}-${n}"]) }
resource "machineid_project" "p" {
  name        = "Ruin"
  slug        = "crash"
  description = "Generation ${var.generation}"
}
resource "machineid_identity" "x" {
  for_each = local.of
  name     = each.key
  metadata = { generation = var.generation }
}
resource "machineid_universal_auth" "x" {
  for_each    = local.of
  identity_id = machineid_identity.x[each.key].id
}
resource "machineid_universal_auth_client_secret" "x" {
  for_each    = local.of
  identity_id = machineid_universal_auth.x[each.key].identity_id
  description = each.key
}
resource "machineid_project_role" "x" {
  for_each    = local.of
  project_id  = machineid_project.p.id
  slug        = each.key
  name        = each.key
  permission {
    subject = "secrets"
    actions = ["readValue"]
  }
}
resource "machineid_project_membership" "x" {
  for_each    = local.of
  project_id  = machineid_project.p.id
  identity_id = machineid_identity.x[each.key].id
  role {
    slug = machineid_project_role.x[each.key].slug
  }
}
resource "machineid_project_privilege" "x" {
  for_each    = local.of
  project_id  = machineid_project.p.id
  identity_id = machineid_project_membership.x[each.key].identity_id
  slug        = each.key
  permission {
    subject = "secrets"
    actions = ["edit"]
  }
}
resource "machineid_organization_role" "x" {
  for_each    = toset(["g${var.generation}"])
  slug        = each.key
  name        = "Generation"
  permission {
    subject = "identity"
    actions = ["read"]
  }
}
resource "machineid_project_identity" "x" { # changed in place
  project_id = machineid_project.p.id
  name       = "own g${var.generation}"
}
`

func newCrashFixture(t *testing.T) *crashFixture {
	t.Helper()
	providertest.RequireCLI(t, "nothing is killed")
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	h := &crashFixture{installation: installation{dir: t.TempDir()}, binary: filepath.Join(dir, "terraform-provider-machineid"), listen: listener.Addr().String()}
	h.boot, h.url = filepath.Join(h.dir, "boot.json"), "http://"+h.listen
	h.settings = filepath.Join(h.dir, "terraformrc")
	h.write(t, "terraformrc", devOverrides(dir))
	if h.log, err = os.Create(filepath.Join(h.dir, "server.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if h.serving != nil {
			_ = h.serving.Process.Kill()
			h.awaitServer(t)
		}
		if content, err := os.ReadFile(h.log.Name()); t.Failed() && err == nil {
			t.Log("the server said last: ", string(content[max(0, len(content)-2000):]))
		}
		_ = h.log.Close()
	})
	h.serve(t)
	h.write(t, "main.tf", h.benchProvider("full")+mixed)
	return h
}

// serve starts the server where the last one was, and waits until it responds.
func (h *crashFixture) serve(t *testing.T) {
	t.Helper()
	var last string // a start keeps the credentials, with a fresh access token
	if h.Server != nil {
		last = h.Admin.AccessToken
	}
	h.serving = exec.CommandContext(context.WithoutCancel(t.Context()), h.binary, "serve", "--listen", h.listen, "--database", filepath.Join(h.dir, "api.db"),
		"--bootstrap-file", h.boot, "--log-level", "warn")
	h.serving.Stdout, h.serving.Stderr = h.log, h.log
	if err := h.serving.Start(); err != nil {
		t.Fatal(err)
	}
	ended, over := make(chan error, 1), make(chan struct{})
	cmd := h.serving
	h.over = over
	go func() {
		ended <- cmd.Wait()
		close(over)
	}()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			t.Fatal("the server ended: ", err)
		case <-ticker.C:
		}
		var file struct {
			OrganizationID string `json:"organization_id"`
			IdentityID     string `json:"identity_id"`
			ClientID       string `json:"client_id"`
			ClientSecret   string `json:"client_secret"`
			AccessToken    string `json:"access_token"`
		}
		if content, err := os.ReadFile(h.boot); err == nil && json.Unmarshal(content, &file) == nil && file.AccessToken != last {
			h.Server = &servertest.Server{Host: h.url}
			a := &h.Admin
			a.OrganizationID, a.IdentityID, a.ClientID, a.ClientSecret, a.AccessToken = file.OrganizationID, file.IdentityID, file.ClientID, file.ClientSecret, file.AccessToken
			return
		}
	}
}

// round applies a generation, and ends the victim, if there is one, so long after the beginning. It
// returns how long the apply took.
func (h *crashFixture) round(t *testing.T, n int, v *victim, after time.Duration) time.Duration {
	t.Helper()
	cmd, out := h.command(t, "apply", "-no-color", "-input=false", "-auto-approve", "-var", "generation="+strconv.Itoa(n))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, failure := make(chan struct{}), error(nil)
	go func() {
		failure = cmd.Wait()
		close(ended)
	}()
	if v == nil {
		if <-ended; failure != nil {
			t.Fatal(failure, out)
		}
		took := time.Since(start)
		h.known = h.unknown(t)
		return took
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-ended:
		return 0 // it was quicker
	case <-timer.C:
	}
	children := providersOf(cmd.Process.Pid)
	switch v.name {
	case "terraform":
		_ = syscall.Kill(cmd.Process.Pid, v.signal)
	case "provider":
		for _, pid := range children {
			_ = syscall.Kill(pid, v.signal)
		}
	case "server":
		_ = syscall.Kill(h.serving.Process.Pid, v.signal)
		h.awaitServer(t)
		h.serve(t)
	}
	select {
	case <-ended:
	case <-time.After(3 * time.Minute):
		t.Fatal("the apply does not end: ", out)
	}
	h.said = out.String()
	for _, pid := range children { // nobody is left to end them where Terraform was killed
		h.awaitEnd(t, pid)
	}
	return 0
}

// awaitServer: a process whose first thread is dead may have others yet, and its port with them.
func (h *crashFixture) awaitServer(t *testing.T) {
	t.Helper()
	select {
	case <-h.over:
	case <-time.After(time.Minute):
		t.Error("the server does not end")
	}
}

func (h *crashFixture) awaitEnd(t *testing.T, pid int) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(time.Minute); ; <-ticker.C {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, rest, _ := strings.Cut(string(content), ") "); err != nil || strings.HasPrefix(rest, "Z") {
			return
		}
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Errorf("process %d does not end", pid)
			return
		}
	}
}

// settle applies again, as a user does, until that goes well, which must be at once but for what an
// error says is to be imported. It returns what is left behind.
func (h *crashFixture) settle(t *testing.T, n int, name string) (orphans []string, imports int) {
	t.Helper()
	generation := "generation=" + strconv.Itoa(n)
	h.mendState(t)
	for {
		said, err := h.run(t, "apply", "-json", "-input=false", "-auto-approve", "-var", generation)
		if err == nil {
			break
		}
		if id := lockID(said); id != "" {
			if said, err := h.run(t, "force-unlock", "-force", id); err != nil {
				t.Fatal(name, said)
			}
			continue
		}
		wanted := toImport(said)
		if imports += len(wanted); len(wanted) == 0 || imports > 30 {
			t.Fatalf("%s: the next apply does not converge: %s", name, errorsIn(said))
		}
		for address, id := range wanted {
			if said, err := h.run(t, "import", "-input=false", "-var", generation, address, id); err != nil {
				t.Fatalf("%s: importing %s as %s fails: %s", name, id, address, said)
			}
		}
	}
	if said, err := h.run(t, "plan", "-input=false", "-detailed-exitcode", "-var", generation); err != nil {
		t.Fatalf("%s: a further plan is not empty: %s", name, said)
	}
	unknown := h.unknown(t)
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		if _, before := h.known[key]; !before {
			orphans = append(orphans, unknown[key])
		}
	}
	h.known = unknown
	return orphans, imports
}

// mendState takes back the last state where a killed Terraform was writing it.
func (h *crashFixture) mendState(t *testing.T) {
	t.Helper()
	file := filepath.Join(h.dir, "terraform.tfstate")
	content, err := os.ReadFile(file)
	if err == nil && json.Valid(content) {
		return
	}
	t.Log("Terraform was killed while it wrote the state; its backup is taken")
	if content, err = os.ReadFile(file + ".backup"); err != nil {
		t.Fatal(err)
	}
	h.write(t, "terraform.tfstate", string(content))
}

var lockLine = regexp.MustCompile(`ID:\s+([0-9a-f-]{36})`)

func lockID(said string) string {
	if found := lockLine.FindStringSubmatch(said); strings.Contains(said, "acquiring the state lock") && found != nil {
		return found[1]
	}
	return ""
}

// importCommand is how errors name what is to be imported.
var importCommand = regexp.MustCompile(`terraform import machineid_\w+\.NAME (\S+)`)

func eachError(said string, visit func(address, text string)) {
	lines := bufio.NewScanner(strings.NewReader(said))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Diagnostic struct{ Severity, Summary, Detail, Address string }
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Diagnostic.Severity == "error" {
			visit(line.Diagnostic.Address, line.Diagnostic.Summary+": "+line.Diagnostic.Detail)
		}
	}
}

func toImport(said string) map[string]string {
	found := map[string]string{}
	eachError(said, func(address, text string) {
		if id := importCommand.FindStringSubmatch(text); id != nil {
			found[address] = strings.Trim(id[1], `".'`)
		}
	})
	return found
}

func errorsIn(said string) string {
	var all []string
	eachError(said, func(address, text string) { all = append(all, address+": "+text) })
	return strings.Join(all, "\n")
}

// unknown is what the server has and the state has not. What the state has must be there.
func (h *crashFixture) unknown(t *testing.T) map[string]string {
	t.Helper()
	have := inventory(t, h.Server)
	content, err := os.ReadFile(filepath.Join(h.dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct {
				Attributes struct {
					ID         string `json:"id"`
					IdentityID string `json:"identity_id"`
				}
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			key := instance.Attributes.ID
			switch resource.Type {
			case "machineid_universal_auth":
				key = "Universal Auth of " + instance.Attributes.IdentityID
			case "machineid_project_identity":
				for member, what := range have { // it is a member from the first on
					if what == "membership" && strings.HasSuffix(member, " of "+key) {
						delete(have, member)
					}
				}
				key = "project identity " + key
			case "machineid_project_membership":
				key = "membership " + key + " of " + instance.Attributes.IdentityID
			default:
				key = inventoryNames[resource.Type] + key
			}
			if _, ok := have[key]; !ok {
				t.Errorf("the state has %s (%s.%s), and the server does not", key, resource.Type, resource.Name)
			}
			delete(have, key)
		}
	}
	maps.DeleteFunc(have, func(key, _ string) bool { return strings.HasPrefix(key, "assignment ") })
	return have
}

var inventoryNames = map[string]string{
	"machineid_identity": "identity ", "machineid_universal_auth_client_secret": "client secret ", "machineid_organization_role": "role ",
	"machineid_project": "project ", "machineid_project_role": "project role ", "machineid_project_privilege": "privilege ",
}
