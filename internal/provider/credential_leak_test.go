// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// mayHold is where a credential may stand: the attributes and outputs that are documented as holding
// one, in the state, and so in a plan that was saved. There is no other place.
var mayHold = map[string]bool{
	"machineid_universal_auth_client_secret.client_secret": true, // without recipients
	"data.machineid_access_token.access_token":             true,
	"data.machineid_access_token.client_secret":            true, // as configured
	"output.client_secret":                                 true, // of examples/complete, which says so
}

// leakSearch searches the files and the output of runs for credentials.
type leakSearch struct {
	mu          sync.Mutex
	files       int            // that were searched, each time that they were
	bytes       int            // in them
	credentials map[string]int // that were looked for, by kind
	hits        map[string]int // by place
}

// knownCredentials are the credentials of one installation: every form in which one may be written down.
type knownCredentials struct {
	forms   map[string][]string
	allowed map[string]string // the place that has it
}

func formsOf(credential string) []string {
	encoded, _ := json.Marshal(credential) // a text always can
	forms := []string{credential, strings.ToUpper(credential), url.QueryEscape(credential), url.PathEscape(credential), string(bytes.Trim(encoded, `"`)),
		hex.EncodeToString([]byte(credential))}
	for before := range 3 { // wherever it stands in what is encoded
		padded := append(make([]byte, before), credential...)
		whole := len(padded) / 3 * 3
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			forms = append(forms, encoding.EncodeToString(padded[:whole])[(before+2)/3*4:])
		}
	}
	if raw, err := hex.DecodeString(credential); err == nil {
		forms = append(forms, string(raw))
	}
	if parts := strings.Split(credential, "."); len(parts) == 3 {
		forms = append(forms, parts[2]) // what makes a JWT good
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

func (q knownCredentials) in(content []byte) []string {
	var found []string
	for credential, forms := range q.forms {
		if slices.ContainsFunc(forms, func(form string) bool { return bytes.Contains(content, []byte(form)) }) {
			found = append(found, credential)
		}
	}
	return found
}

// search reads every file below a directory, and in plans. What a test wrote itself is left out:
// configurations, also as plans keep them, and the settings of the CLI.
func (h *leakSearch) search(t *testing.T, q knownCredentials, dirs ...string) {
	t.Helper()
	contents := map[string][]byte{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			name := entry.Name()
			if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(name, ".tf") || name == "terraformrc" || filepath.Base(filepath.Dir(path)) == "bin" {
				return err
			}
			content, err := os.ReadFile(path)
			if archive, zipErr := zip.NewReader(bytes.NewReader(content), int64(len(content))); zipErr == nil {
				return addEntries(contents, path, archive)
			}
			contents[path] = content
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range contents {
		h.files++
		h.bytes += len(content)
		if strings.Contains(filepath.Base(path), "tfstate") {
			contents[path] = h.take(t, q, content)
		}
	}
	for path, content := range contents {
		for _, credential := range q.in(content) {
			place := q.allowed[credential]
			if filepath.Base(path) != "tfplan" || place == "" {
				t.Errorf("%s holds a credential that begins with %.4s…", path, credential)
				place = "NOWHERE ALLOWED: " + filepath.Base(path)
			} else {
				place = "plan: " + place
			}
			h.hits[place]++
		}
	}
}

func addEntries(contents map[string][]byte, path string, archive *zip.Reader) error {
	for _, entry := range archive.File {
		if strings.HasPrefix(entry.Name, "tfconfig/") {
			continue
		}
		file, err := entry.Open()
		if err != nil {
			return err
		}
		if contents[path+"/"+entry.Name], err = io.ReadAll(file); err != nil {
			return err
		}
	}
	return nil
}

// take returns a state without what it may hold, which it counts.
func (h *leakSearch) take(t *testing.T, q knownCredentials, content []byte) []byte {
	t.Helper()
	var state struct {
		Outputs   map[string]map[string]any
		Resources []struct {
			Mode, Type string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	note := func(place string, value any) {
		text, _ := value.(string)
		if !mayHold[place] || q.forms[text] == nil {
			return
		}
		q.allowed[text] = place
		h.hits["state: "+place]++
		key := place[strings.LastIndex(place, ".")+1:]
		if strings.HasPrefix(place, "output.") {
			key = "value"
		}
		content = bytes.ReplaceAll(content, fmt.Appendf(nil, "%q: %q", key, text), nil)
	}
	for name, output := range state.Outputs {
		note("output."+name, output["value"])
	}
	for _, r := range state.Resources {
		prefix := map[string]string{"data": "data."}[r.Mode] + r.Type + "."
		for _, instance := range r.Instances {
			for name, value := range instance.Attributes {
				note(prefix+name, value)
			}
		}
	}
	return content
}

// leakRun is one command, and how it ends.
type leakRun struct {
	args  []string
	fails bool
	kill  func(*testing.T, *installation, *os.Process)
	word  string // that it says or logs
}

var (
	throughAll = []leakRun{
		{args: []string{"plan", "-out=saved"}}, {args: []string{"apply", "saved"}}, {args: []string{"plan", "-out=saved"}}, {args: []string{"destroy", "-auto-approve"}},
	}
	failing = []leakRun{{args: []string{"plan"}, fails: true}, {args: []string{"apply", "-auto-approve"}, fails: true}}
)

// leakCase is a configuration with its runs.
type leakCase struct {
	runs   []leakRun
	config func(t *testing.T, h *installation) (secrets []string) // that the configuration brings along
}

// credential is in a configuration that makes or takes one.
var credential = regexp.MustCompile(`"(machineid_access_token|machineid_universal_auth_client_secret|machineid_token_auth_token|client_secret)"`)

func leakCases(t *testing.T) map[string]leakCase {
	t.Helper()
	cases := map[string]leakCase{}
	for name, text := range exampleTexts(t) {
		if strings.HasPrefix(name, "actions/") {
			continue // not every CLI knows them, and they have no credential of their own
		}
		if !soaking() && !credential.MatchString(text) {
			continue // it has none but the provider's own; make soak runs it, too
		}
		cases[name] = leakCase{throughAll, func(t *testing.T, h *installation) []string {
			if !strings.Contains(text, "required_providers") {
				text += "terraform {\nrequired_providers {\nmachineid = { source = \"seed-54b7b333/machineid\" }\n}\n}\n"
			}
			h.write(t, "main.tf", text)
			return nil
		}}
	}
	everything := func(slow bool, role string) func(*testing.T, *installation) []string {
		return func(t *testing.T, h *installation) []string {
			worker := h.NewIdentity(t, role, nil)
			others := map[string]servertest.Identity{dataToken: h.NewIdentity(t, "no-access", nil), openSecret: h.NewIdentity(t, "member", nil)}
			h.runOfAll(t, slow, worker, others)
			return []string{worker.ClientSecret, others[dataToken].ClientSecret, others[openSecret].ClientSecret}
		}
	}
	halted := func(kill func(*testing.T, *installation, *os.Process), word string) []leakRun {
		return []leakRun{{args: []string{"apply", "-auto-approve"}, fails: true, kill: kill, word: word}}
	}
	resourceOf := func(name, attributes string) string {
		return fmt.Sprintf("resource \"machineid_universal_auth_client_secret\" %q {\nidentity_id = machineid_universal_auth.x.identity_id\n%s\n}\n", name, attributes)
	}
	cases["every credential at once"] = leakCase{throughAll, everything(false, "member")}
	cases["an apply that is refused"] = leakCase{[]leakRun{{args: []string{"apply", "-auto-approve"}, fails: true}}, everything(false, "no-access")}
	cases["an interrupt"] = leakCase{halted(signalled(syscall.SIGINT), "Interrupt received"), everything(true, "member")}
	cases["a crash of the provider"] = leakCase{halted(killProviders(syscall.SIGABRT), "SIGABRT: abort"), everything(true, "member")}
	cases["encrypted and rotated"] = leakCase{throughAll, func(t *testing.T, h *installation) []string {
		keys := []providertest.KeyPair{providertest.AgeKey(t), providertest.Ed25519Key(t)}
		h.configure(t, h.NewIdentity(t, "member", nil), "resource \"machineid_universal_auth\" \"x\" {\nidentity_id = machineid_identity.x.id\n}\n"+
			resourceOf("sealed", fmt.Sprintf("recipients = [%q, %q]\nttl = \"30d\"\nrotate_before_expiry = \"7d\"", keys[0].Public, keys[1].Public))+resourceOf("plain", "num_uses_limit = 1"))
		return []string{keys[0].Private, keys[1].Private}
	}}
	cases["OIDC and Token auth"] = leakCase{throughAll, func(t *testing.T, h *installation) []string {
		issuer, file := oidctest.Start(t, h.Clock.Now), filepath.Join(t.TempDir(), "jwt")
		jwt := issuer.Sign(t, map[string]any{"sub": "me", "exp": h.Clock.Now().Add(time.Hour).Unix()})
		if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
			t.Fatal(err)
		}
		h.write(t, "main.tf", fmt.Sprintf(`
terraform {
  required_providers {
    machineid = { source = "seed-54b7b333/machineid" }
  }
}
provider "machineid" {
  oidc {
    identity_id = %q
    token_file  = %q
  }
}
resource "machineid_identity" "x" {
  name = "x"
  role = "member"
}
resource "machineid_token_auth" "x" {
  identity_id = machineid_identity.x.id
}
ephemeral "machineid_token_auth_token" "x" {
  identity_id = machineid_token_auth.x.identity_id
}
provider "machineid" {
  alias        = "x"
  access_token = ephemeral.machineid_token_auth_token.x.access_token
}
data "machineid_identity" "x" {
  provider   = machineid.x
  id         = machineid_identity.x.id
  depends_on = [machineid_token_auth.x]
}
`, bindOIDC(t, h.Server, issuer, "admin", nil), file))
		return []string{jwt}
	}}
	cases["wrong credentials"] = leakCase{failing, func(t *testing.T, h *installation) []string {
		wrong := strings.Repeat("0123456789abcdef", 4)
		h.configure(t, servertest.Identity{ClientID: h.Admin.ClientID, ClientSecret: wrong}, asOther)
		return []string{wrong}
	}}
	cases["a private key among the recipients"] = leakCase{failing, func(t *testing.T, h *installation) []string {
		key := providertest.AgeKey(t)
		h.configure(t, h.NewIdentity(t, "member", nil), "resource \"machineid_universal_auth\" \"x\" {\nidentity_id = machineid_identity.x.id\n}\n"+
			resourceOf("x", fmt.Sprintf("recipients = [%q]", key.Private)))
		return []string{key.Private}
	}}
	return cases
}

// TestCredentialLeaks runs every example, and what else handles credentials, with all logs on, and looks for
// every credential that was there in all that is left: output, logs, state, plans, and the database
// and the log of the server.
func TestCredentialLeaks(t *testing.T) {
	providertest.RequireCLI(t, "credential leaks are not tested")
	h := &leakSearch{credentials: map[string]int{}, hits: map[string]int{}}
	cases := leakCases(t)
	t.Run("of", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(cases)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h.through(t, cases[name])
			})
		}
	})
	for place := range mayHold {
		if h.hits["state: "+place] == 0 {
			t.Errorf("%s held nothing: the search does not see what it should", place)
		}
	}
	t.Logf("searched: %d files, %d MiB, in %d configurations\nlooked for: %v\nfound, by place:", h.files, h.bytes>>20, len(cases), h.credentials)
	for _, place := range slices.Sorted(maps.Keys(h.hits)) {
		t.Logf("  %4d  %s", h.hits[place], place)
	}
}

func (h *leakSearch) through(t *testing.T, c leakCase) {
	t.Helper()
	api := t.TempDir()
	log, err := os.Create(filepath.Join(api, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	installation := newInstallationOn(t, servertest.StartWith(t, servertest.Options{
		Database: filepath.Join(api, "machineid.db"), Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}))
	installation.notePIDs(t)
	given := append(c.config(t, installation), installation.Admin.ClientSecret, installation.Admin.AccessToken)
	q := knownCredentials{map[string][]string{}, map[string]string{}}
	for _, credential := range given {
		q.forms[credential] = formsOf(credential)
	}
	for _, run := range c.runs {
		installation.traced(t, run)
		for _, i := range installation.issuedSoFar() {
			q.forms[i.value] = formsOf(i.value)
		}
		h.mu.Lock()
		h.search(t, q, installation.dir, api)
		h.mu.Unlock()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.credentials["given"] += len(given)
	for _, i := range installation.issuedSoFar() {
		h.credentials[map[bool]string{true: "access tokens issued", false: "client secrets issued"}[i.secretOf == ""]]++
	}
}

// traced runs a command with every log that there is, and keeps what it says in files.
func (h *installation) traced(t *testing.T, run leakRun) {
	t.Helper()
	args := append(slices.Clone(run.args[:1]), append([]string{"-input=false"}, run.args[1:]...)...)
	h.env = []string{"TF_LOG=trace", "TF_LOG_CORE=trace", "TF_LOG_PROVIDER=trace", "TF_LOG_PATH=" + filepath.Join(h.dir, "log"),
		"INFISICAL_HOST=" + h.url, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + h.Admin.ClientID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + h.Admin.ClientSecret,
		"TF_VAR_host=" + h.url, "TF_VAR_client_id=" + h.Admin.ClientID, "TF_VAR_client_secret=" + h.Admin.ClientSecret}
	var said string
	if run.kill != nil {
		said = h.killed(t, ending{kill: run.kill}, args)
	} else {
		var err error
		if said, err = h.run(t, args...); (err != nil) != run.fails {
			t.Fatal(args, err, said)
		}
	}
	h.write(t, "output", said)
	for _, word := range []string{"[TRACE] ", "tf_rpc=", run.word} {
		if !strings.Contains(said+contentOf(t, filepath.Join(h.dir, "log")), word) {
			t.Errorf("neither the log nor the output has %q", word)
		}
	}
}
