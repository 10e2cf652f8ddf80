// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func page(t *testing.T, s *servertest.Server, path string) (http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
	return resp.Header, string(body)
}

// compiled compiles a schema of JSON Schema 2020-12 within the documents.
func compiled(t *testing.T, address string, documents map[string]string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	for name, text := range documents {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = c.AddResource(name, document)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile(address)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return schema
}

// TestOpenAPI: the description is valid OpenAPI 3.1, as the schema of the OpenAPI Initiative has it;
// it has every route, and says which need a token and which permissions.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	_, text := page(t, s, "/openapi.json")
	standard, err := os.ReadFile("testdata/openapi-3.1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled(t, "file:///standard.json", map[string]string{"file:///standard.json": string(standard)}).Validate(document); err != nil {
		t.Errorf("%#v", err)
	}
	var described struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Description string
			Security    []map[string][]string
			Responses   map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(text), &described); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(described.OpenAPI, "3.1") {
		t.Error(described.OpenAPI)
	}
	for name := range described.Components.Schemas { // and what it refers to
		compiled(t, "file:///api.json#/components/schemas/"+name, map[string]string{"file:///api.json": text})
	}
	seen, all := map[string]bool{}, server.Permissions()
	for _, route := range server.Routes() {
		method, path, _ := strings.Cut(route, " ")
		op := described.Paths["/api"+path][strings.ToLower(method)]
		if op.OperationID == "" || seen[op.OperationID] || op.Responses["default"] == nil {
			t.Errorf("%s: %+v", route, op)
		}
		seen[op.OperationID] = true
		if public := all[route].Scope == ""; public != (len(op.Security) == 0) {
			t.Errorf("%s: security %v", route, op.Security)
		}
		if op.Description != all[route].String() {
			t.Errorf("%s: %q", route, op.Description)
		}
	}
	for _, secret := range []string{s.Admin.ClientSecret, s.Admin.AccessToken} {
		if strings.Contains(text, secret) {
			t.Error("a secret stands in the description")
		}
	}
}

// TestResponsesMatchDescription compares responses of the API, errors included, with the OpenAPI document.
func TestResponsesMatchDescription(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	_, text := page(t, s, "/openapi.json")
	g := newStage(t, s, s.NewProject(t), s.NewIdentity(t, "no-access", nil))
	for path, route := range map[string]string{
		"/v1/identities/" + g.identity.ID:                "/v1/identities/{identityId}",
		attached + g.identity.ID:                         "/v1/auth/universal-auth/identities/{identityId}",
		attached + g.identity.ID + "/client-secrets":     "/v1/auth/universal-auth/identities/{identityId}/client-secrets",
		"/v1/identities/details":                         "/v1/identities/details",
		"/v1/organization/roles":                         "/v1/organization/roles",
		"/v1/projects/" + g.project.ID:                   "/v1/projects/{project}",
		"/v1/projects/" + g.project.ID + "/roles":        "/v1/projects/{project}/roles",
		"/v1/organization/audit-logs?limit=5":            "/v1/organization/audit-logs",
		"/v1/identities/" + unknown:                      "/v1/identities/{identityId}",
		"/v1/identities":                                 "/v1/identities",
		"/v1/organization/audit-logs?limit=0":            "/v1/organization/audit-logs",
		"/v1/identities?orgId=" + s.Admin.OrganizationID: "/v1/identities",
		"/status": "/status",
	} {
		a := s.Call(t, http.MethodGet, path, s.Admin.AccessToken, nil)
		status := "200"
		if a.Status != http.StatusOK {
			status = "default"
		}
		inside := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace("/api" + route)
		schema := compiled(t, "file:///api.json#/paths/"+inside+"/get/responses/"+status+"/content/application~1json/schema", map[string]string{"file:///api.json": text})
		if err := schema.Validate(a.Body); err != nil {
			t.Errorf("%s: %d %v: %#v", path, a.Status, a.Body, err)
		}
	}
}

// TestDocsPage: it is there, and has nothing of anybody else's.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	for path, kind := range map[string]string{"/docs": "text/html", "/docs/": "text/html", "/docs/docs.js": "text/javascript", "/docs/docs.css": "text/css"} {
		header, text := page(t, s, path)
		if !strings.HasPrefix(header.Get("Content-Type"), kind) || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, header)
		}
		if strings.Contains(text, "//cdn") || strings.Contains(text, "http://") || strings.Contains(text, "https://") {
			t.Errorf("%s asks somebody else", path)
		}
	}
}
