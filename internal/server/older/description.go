// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// descriptionPaths serve the description of the API. Servers of October 2024 describe all their routes there.
var descriptionPaths = []string{"/api/docs/json", "/openapi.json"}

var unnamed = regexp.MustCompile(`\{[^}]*\}`)

// object is a part of a description.
type object = map[string]any

// serveDescription serves the description of the server without the routes and the fields that an older server
// does not have.
func (o *wrapper) serveDescription(w http.ResponseWriter, r *http.Request) {
	out := &response{ResponseWriter: w}
	o.next.ServeHTTP(out, r)
	content := out.content.Bytes()
	var document object
	if out.status == http.StatusOK && json.Unmarshal(content, &document) == nil {
		removeNewerOperations(document)
		if older, err := json.Marshal(document); err == nil {
			content = older
		}
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(content) // the client may have closed the connection
}

func removeNewerOperations(document object) {
	components, _ := document["components"].(object)
	schemas, _ := components["schemas"].(object)
	for _, schema := range schemas {
		keepProperties(schema, func(name string) bool { return !slices.Contains(newer, name) })
	}
	patterns := map[string]string{} // by the operation, without names of parameters
	for method, paths := range routes {
		for pattern := range strings.FieldsSeq(paths) {
			patterns[method+" "+unnamed.ReplaceAllString(api.Prefix+pattern, "{}")] = pattern
		}
	}
	paths, _ := document["paths"].(object)
	for path, item := range paths {
		operations, _ := item.(object)
		for method, operation := range operations {
			pattern, known := patterns[strings.ToUpper(method)+" "+unnamed.ReplaceAllString(path, "{}")]
			if !known {
				delete(operations, method)
				continue
			}
			keepProperties(requestSchema(operation, schemas), func(name string) bool { return knows(strings.ToUpper(method), pattern, name) })
		}
		if len(operations) == 0 {
			delete(paths, path)
		}
	}
}

// requestSchema returns the schema of the body of an operation, or nil.
func requestSchema(operation any, schemas object) any {
	for _, key := range []string{"requestBody", "content", "application/json", "schema"} {
		inner, _ := operation.(object)
		operation = inner[key]
	}
	schema, _ := operation.(object)
	if ref, ok := schema["$ref"].(string); ok {
		return schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
	}
	return schema
}

func keepProperties(schema any, keep func(name string) bool) {
	s, _ := schema.(object)
	properties, _ := s["properties"].(object)
	for name := range properties {
		if !keep(name) {
			delete(properties, name)
		}
	}
	if required, ok := s["required"].([]any); ok {
		s["required"] = slices.DeleteFunc(required, func(name any) bool {
			text, _ := name.(string)
			return properties[text] == nil
		})
	}
}
