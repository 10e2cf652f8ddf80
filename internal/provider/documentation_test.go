// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

const root = "../.."

// pages are the documents that people read, by their path from the root, with their text.
func pages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, top := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".github", "docs", "examples"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			pages[filepath.ToSlash(name)] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return pages
}

// fenced are blocks of code, those within lists among them.
var fenced = regexp.MustCompile("(?ms)^ *```(\\w+)\n(.*?)^ *```$")

// blocks are the pages' blocks in a language, each with the first page that shows it.
func blocks(t *testing.T, language string) map[string]string {
	t.Helper()
	blocks := map[string]string{}
	all := pages(t)
	for _, page := range slices.Sorted(maps.Keys(all)) {
		for _, found := range fenced.FindAllStringSubmatch(all[page], -1) {
			text := strings.TrimSpace(outdented(found[2]))
			if found[1] == language && blocks[text] == "" {
				blocks[text] = page
			}
		}
	}
	return blocks
}

// outdented takes the indent of the first line from each.
func outdented(text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n"+indent, "\n"), indent)
}

// TestDocumentationBlocks applies, plans again and destroys every block of Terraform that a page
// shows, so that nothing stands there that does not work. What comes from examples is applied by
// TestExamples, and imported by TestImportExamples.
func TestDocumentationBlocks(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		tested[strings.TrimSpace(string(text))] = !leftToPages(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shown := blocks(t, "terraform")
	for text, there := range tested {
		if !there && shown[text] == "" {
			t.Errorf("no page shows this example, so nothing runs it:\n%s", text)
		}
	}
	var alone int
	for _, text := range slices.Sorted(maps.Keys(shown)) {
		if tested[text] {
			continue
		}
		alone++
		t.Run(shown[text], func(t *testing.T) {
			t.Parallel()
			testBlock(t, shown[text], text)
		})
	}
	t.Logf("%d blocks; %d of them are run as examples, %d as a page shows them", len(shown), len(shown)-alone, alone)
	if alone == len(shown) {
		t.Error("no page shows an example: are these still the pages?")
	}
}

const requiresProvider = "terraform {\n  required_providers {\n    machineid = { source = \"seed-54b7b333/machineid\" }\n  }\n}\n"

// testBlock runs a block of a page as its reader would, next to a copy of the example modules. What
// it takes for granted stands in testdata/documentation, under the page's name.
func testBlock(t *testing.T, page, text string) {
	h := newInstallation(t)
	h.write(t, "terraformrc", mirrored(t))
	h.env = []string{"INFISICAL_HOST=" + h.Host, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + h.Admin.ClientID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + h.Admin.ClientSecret}
	if err := os.CopyFS(filepath.Join(h.dir, "modules"), os.DirFS(filepath.Join(examples, "modules"))); err != nil {
		t.Fatal(err)
	}
	given, err := os.ReadFile(filepath.Join("testdata", "documentation", strings.ReplaceAll(page, "/", "-")+".tf"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	h.write(t, "given.tf", string(given))
	if strings.Contains(text, "import {") { // what is imported is there already
		h.AsAdmin(t, http.MethodPost, "/v1/identities", map[string]any{"name": "ci", "organizationId": h.Admin.OrganizationID})
	}
	text = strings.ReplaceAll(text, "https://infisical.example.com", h.Host)
	commands := [][]string{
		{"init", "-input=false"},
		{"apply", "-input=false", "-auto-approve"},
		{"plan", "-input=false", "-detailed-exitcode"},
		{"destroy", "-input=false", "-auto-approve"},
	}
	switch {
	case listed.MatchString(text):
		testLists(t, h, text)
		return
	case strings.Contains(text, "\nrun "): // of a file of tests
		if err := os.Mkdir(filepath.Join(h.dir, "tests"), 0o700); err != nil {
			t.Fatal(err)
		}
		h.write(t, filepath.Join("tests", "module.tftest.hcl"), text)
		text, commands = "", [][]string{commands[0], {"test"}}
	}
	if !strings.Contains(text+string(given), "required_providers") {
		text += "\n" + requiresProvider
	}
	h.write(t, "main.tf", text)
	for _, args := range commands {
		if said, err := h.run(t, args...); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, said)
		}
	}
}

// wantAttribute: what an example sets is there to be set.
func wantAttribute(t *testing.T, schema *tfprotov6.Schema, name string) {
	t.Helper()
	if schema == nil || !slices.ContainsFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name && (a.Required || a.Optional) }) {
		t.Errorf("%s cannot be set", name)
	}
}

var (
	listed   = regexp.MustCompile(`(?ms)^list "(\w+)" .*?^}$`)
	filtered = regexp.MustCompile(`(?m)^    (\w+) += (.+)$`)
)

// testLists runs a file for terraform query: by the CLI where it is new enough, and in process always.
// What is listed has one of everything that an ID in it can name.
func testLists(t *testing.T, h *installation, text string) {
	t.Helper()
	project, identity := h.NewProject(t), h.NewIdentity(t, "no-access", nil).ID
	h.Join(t, project, identity, "viewer")
	ids := map[string]string{"project_id": project.ID, "identity_id": identity}
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})
	for _, block := range listed.FindAllStringSubmatch(text, -1) {
		config := providertest.Values{}
		for _, found := range filtered.FindAllStringSubmatch(block[0], -1) {
			var value any
			if err := json.Unmarshal([]byte(found[2]), &value); err != nil {
				t.Fatal(found[0], err)
			}
			if id, ok := ids[found[1]]; ok {
				text, value = strings.ReplaceAll(text, found[2], `"`+id+`"`), id
			}
			config[found[1]] = value
			wantAttribute(t, p.Schemas.ListResourceSchemas[block[1]], found[1])
		}
		if got := p.List(t, block[1], config, strings.Contains(block[0], "include_resource = true"), 0, 0); got.Diagnostics != "" {
			t.Errorf("%s: %s", block[1], got.Diagnostics)
		}
	}
	h.write(t, "main.tf", requiresProvider+"provider \"machineid\" {}\n")
	h.write(t, "all.tfquery.hcl", text)
	for _, args := range [][]string{{"init", "-input=false"}, {"query"}} {
		said, err := h.run(t, args...)
		if err != nil && !strings.Contains(said, "no command named") {
			t.Fatalf("%s: %v\n%s", args[0], err, said)
		}
	}
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	anchored = regexp.MustCompile(`<a id="([^"]+)"`)
	notSlug  = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// anchors are what a link into a page may name.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		slug := strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(found[1])), ""), " ", "-")
		names[slug] = true
	}
	for _, found := range anchored.FindAllStringSubmatch(text, -1) {
		names[found[1]] = true
	}
	return names
}

// TestDocumentationLinks follows every link between pages, and to files and headings.
func TestDocumentationLinks(t *testing.T) {
	all, followed := pages(t), 0
	for page, text := range all {
		for _, found := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			followed++
			path := page
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(page), target))
			}
			if strings.HasPrefix(page, ".github/") && strings.HasPrefix(target, "../blob/main/") {
				path = strings.TrimPrefix(target, "../blob/main/")
			}
			// The registry's addresses have no suffix.
			if _, known := all[path+".md"]; known && strings.HasPrefix(page, "docs/") {
				path += ".md"
			}
			at, err := os.Stat(filepath.Join(root, path))
			if err != nil {
				t.Errorf("%s: %s leads nowhere", page, found[1])
				continue
			}
			if at.IsDir() {
				path += "/index.md"
			}
			if anchor != "" && !anchors(all[path])[anchor] {
				t.Errorf("%s: %s: the page has no such heading", page, found[1])
			}
		}
	}
	t.Logf("%d links followed on %d pages", followed, len(all))
	if followed == 0 {
		t.Error("no page links to another: are these still links?")
	}
}
