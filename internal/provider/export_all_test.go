// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

// TestExportOfAll goes from an organization of many identities, a thousand with BENCH_LARGE=1, to a
// configuration and a state of all of them: list, generate, import, and an empty plan. The list is
// asked as `terraform query` asks; the rest is the CLI's.
func TestExportOfAll(t *testing.T) {
	t.Parallel()
	identities := 1000
	if os.Getenv("BENCH_LARGE") == "" {
		identities = 150 // more than a page all the same
	}
	h := newInstallation(t)
	for n := range identities - 1 { // and the admin
		body := fmt.Sprintf(`{"name":"team %03d/ci","organizationId":%q,"role":"member","metadata":[{"key":"n","value":"%d"}]}`, n, h.Admin.OrganizationID, n)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/identities", strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+h.Admin.AccessToken)
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		if h.Sandbox.Handler.ServeHTTP(answer, request); answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
	}
	var listing atomic.Int64
	p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		listing.Add(1)
		return next.RoundTrip(req)
	})), providertest.Values{"host": h.Host, "access_token": h.Admin.AccessToken})
	found := p.List(t, "machineid_identity", nil, false, 0, 0)
	if len(found.Identities) != identities || found.Diagnostics != "" {
		t.Fatal(len(found.Identities), found.Diagnostics)
	}
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	var blocks strings.Builder
	for n, identity := range found.Identities {
		told, err := identity.IdentityData.Unmarshal(object)
		if err != nil {
			t.Fatal(err)
		}
		var attributes map[string]tftypes.Value
		var id string
		if err := told.As(&attributes); err != nil {
			t.Fatal(err)
		}
		if err := attributes["id"].As(&id); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&blocks, "import {\n  to = machineid_identity.all_%d\n  id = %q\n}\n", n, id)
	}
	h.write(t, "main.tf", h.provider("")+blocks.String())
	counts := fmt.Sprintf("requests: %d to list", listing.Load())
	for _, step := range [][]string{
		{"generate", "plan", "-generate-config-out=generated.tf"}, {"import", "apply", "-auto-approve"}, {"plan again", "plan", "-detailed-exitcode"},
	} {
		all, writes := h.counted()
		said := h.must(t, append(step[1:], "-input=false", "-no-color")...)
		if step[0] == "import" && !strings.Contains(said, fmt.Sprintf("Resources: %d imported, 0 added, 0 changed, 0 destroyed", identities)) {
			t.Error(said)
		}
		counts += fmt.Sprintf(", %d to %s", all.Load(), step[0])
		if writes.Load() != 0 || all.Load() > int64(2*identities+20) {
			t.Errorf("%d requests to %s, %d of them write", all.Load(), step[0], writes.Load())
		}
	}
	t.Log(counts)
}

// TestExportWithoutQuery follows the guide for CLIs without query.
func TestExportWithoutQuery(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	for n := range 3 {
		newNamed(t, h.Server, fmt.Sprint("ci ", n), "member", "a", "b")
	}
	guide, err := os.ReadFile("../../templates/guides/export.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(guide), "```terraform\ndata ")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the guide has no such example")
	}
	h.write(t, "main.tf", h.provider("")+"data "+example)
	_, writes := h.counted()
	if said := h.must(t, "apply", "-input=false", "-no-color", "-auto-approve"); !strings.Contains(said, "Resources: 3 imported, 0 added, 0 changed, 0 destroyed") {
		t.Error(said)
	}
	h.must(t, "plan", "-input=false", "-detailed-exitcode")
	if writes.Load() != 0 {
		t.Errorf("%d requests wrote", writes.Load())
	}
}
