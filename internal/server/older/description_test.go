// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// TestDescription expects the routes and the fields of an older server, and no other.
func TestDescription(t *testing.T) {
	s := servertest.StartWith(t, servertest.Options{Generation: "old"})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Host+"/api/docs/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Ref        string `json:"$ref"`
		Properties map[string]any
		Required   []string
	}
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema schema }
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(content, &document); err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatal(err, resp.StatusCode, resp.Header)
	}
	for path := range document.Paths {
		if strings.HasPrefix(path, "/api/v1/projects") || strings.HasPrefix(path, "/api/v1/organization/roles") || strings.Contains(path, "clear-lockouts") {
			t.Errorf("describes %s", path)
		}
	}
	for _, tc := range []struct{ method, path, want string }{
		{"post", "/api/v2/workspace", "projectName slug"},
		{"patch", "/api/v1/workspace/{project}", "autoCapitalization name"},
		{"post", "/api/v1/identities", "metadata name organizationId role"},
		{"post", "/api/v1/auth/universal-auth/login", "clientId clientSecret"},
		{"post", "/api/v1/auth/universal-auth/identities/{identityId}", "accessTokenMaxTTL accessTokenNumUsesLimit accessTokenTTL accessTokenTrustedIps clientSecretTrustedIps"},
	} {
		s := document.Paths[tc.path][tc.method].RequestBody.Content["application/json"].Schema
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
			s = document.Components.Schemas[name]
		}
		delete(s.Properties, "$schema")
		if got := strings.Join(slices.Sorted(maps.Keys(s.Properties)), " "); got != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.method, tc.path, got, tc.want)
		}
		for _, name := range s.Required {
			if s.Properties[name] == nil {
				t.Errorf("%s %s requires %s, which it does not have", tc.method, tc.path, name)
			}
		}
	}
}
