// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"embed"
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// docs is a page that shows the description of the API. It loads nothing from other hosts.
//
//go:embed docs
var docs embed.FS

const bearer = "accessToken"

// serveDocs serves the description and the page that shows it.
func serveDocs(handle func(pattern string, h http.HandlerFunc), described *huma.OpenAPI) {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(described) })
	serve := func(w http.ResponseWriter, r *http.Request) {
		content, err := document()
		if err != nil {
			writeError(w, newFault(r.Context(), err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(content) // the client may have closed the connection
	}
	handle("/openapi.json", serve)
	handle("/api/docs/json", serve) // the path of Infisical servers
	for file, kind := range map[string]string{"index.html": "text/html; charset=utf-8", "docs.js": "text/javascript", "docs.css": "text/css"} {
		pattern := "/docs/" + file
		if file == "index.html" {
			pattern = "/docs"
		}
		handle(pattern, func(w http.ResponseWriter, r *http.Request) {
			content, err := docs.ReadFile(path.Join("docs", file))
			if err != nil {
				writeError(w, newFault(r.Context(), err))
				return
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = w.Write(content) // the client may have closed the connection
		})
	}
}

// describe adds what huma does not know: the servers, the access token and the form of errors.
func describe(o *huma.OpenAPI) {
	o.Info.Description = "The identity part of Infisical's API. Every success is 200. Times are ISO-8601 in UTC; durations are whole seconds. " +
		"Unknown keys of a request are ignored."
	o.Servers = []*huma.Server{{URL: "/"}}
	o.Components.SecuritySchemes = map[string]*huma.SecurityScheme{bearer: {
		Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token, from a login.",
	}}
	schemas := o.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own form of an error
	delete(schemas, "ErrorDetail")
	schemas["Error"] = errorSchema()
	for _, item := range o.Paths {
		if item.Patch != nil && item.Patch.RequestBody != nil { // huma adds it for a RawBody beside a Body
			delete(item.Patch.RequestBody.Content, "application/octet-stream")
		}
	}
	if login := o.Paths[api.Prefix+loginPath]; login != nil {
		content := login.Post.RequestBody.Content
		content["application/json"].Example = api.UniversalAuthLoginRequest{ClientID: "<client id>", ClientSecret: "<client secret>"}
		content["application/x-www-form-urlencoded"] = &huma.MediaType{Schema: content["application/json"].Schema}
	}
}

// operationID returns a name for a route: getV1IdentitiesByIdentityId for GET /v1/identities/{identityId}.
func operationID(method, path string) string {
	id := strings.ToLower(method)
	for word := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/-", r) }) {
		if inside := strings.Trim(word, "{}"); inside != word {
			id, word = id+"By", inside
		}
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}

// tag returns the group of a route in the description.
func tag(path string) string {
	for _, known := range []struct{ part, tag string }{
		{"/auth/token/", "Logins and tokens"}, {loginPath, "Logins and tokens"},
		{"/auth/", "Universal Auth"}, {"/v1/identities", "Identities"},
		{"/audit-logs", "Audit"}, {"/organization", "Organization"}, {"privilege", "Additional privileges"},
		{"/workspace", "Projects"}, {"/projects", "Projects"},
	} {
		if strings.Contains(path, known.part) {
			return known.tag
		}
	}
	return "Server"
}

// ruleSchema describes a rule. It accepts any value: the check of the rules reports what is wrong with one,
// with its path.
type ruleSchema struct{}

// Schema implements huma.SchemaProvider.
func (ruleSchema) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: "string"}
	return &huma.Schema{
		Description: "A rule: an object with subject, action and, if wanted, inverted and conditions.",
		Properties: map[string]*huma.Schema{
			"subject":    text,
			"action":     {OneOf: []*huma.Schema{text, {Type: "array", Items: text}}},
			"inverted":   {Type: "boolean", Description: "The rule denies instead of allowing. A denial always wins."},
			"conditions": {Type: "object", Description: "For each key a value, or an object of operators with their operands."},
		},
	}
}

func errorSchema() *huma.Schema {
	text := func(description string) *huma.Schema { return &huma.Schema{Type: "string", Description: description} }
	issue := &huma.Schema{Type: "object", Required: []string{"code", "path", "message"}, Properties: map[string]*huma.Schema{
		"code": text("such as invalid_type or too_big"), "message": text(""),
		"path": {Type: "array", Description: "keys and indexes that lead to the field", Items: &huma.Schema{}},
	}}
	return &huma.Schema{
		Type: "object", Required: []string{"reqId", "statusCode", "message", "error"},
		Properties: map[string]*huma.Schema{
			"reqId":      text("ID of the request in the log and in the audit log"),
			"statusCode": {Type: "integer", Description: "the status code of the response"},
			"error":      text("the name of the error, which distinguishes errors of one status"),
			"message": {
				Description: "a sentence or, for ValidationFailure, a list of issues",
				OneOf:       []*huma.Schema{{Type: "string"}, {Type: "array", Items: issue}},
			},
			"details": {Description: "for PermissionDenied the rules of the caller on the subject, for PermissionBoundaryError the permissions that the caller lacks"},
		},
	}
}
