// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

type describedSchema struct {
	Ref        string `json:"$ref"`
	Properties map[string]any
	Required   []string
}

type describedContent map[string]struct{ Schema describedSchema }

// TestOperations compares the description at /api/docs/json with what a server of v0.165.8 described of
// itself: our operations have at least its request and response properties and require the same ones.
func TestOperations(t *testing.T) {
	t.Parallel()
	_, text := page(t, servertest.Start(t), "/api/docs/json")
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct{ Content describedContent }
			Responses   map[string]struct{ Content describedContent }
		}
		Components struct{ Schemas map[string]describedSchema }
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	resolve := func(c describedContent) describedSchema {
		s := c["application/json"].Schema
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
			return document.Components.Schemas[name]
		}
		return s
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	paths := map[string]string{}
	for path := range document.Paths {
		paths[parameter.ReplaceAllString(path, "{}")] = path
	}
	file, err := os.ReadFile("testdata/operations-v0.165.8.tsv")
	if err != nil {
		t.Fatal(err)
	}
	report := func(operation, difference string) { t.Errorf("%s: %s", operation, difference) }
	operations := 0
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		operation := fields[0] + " " + fields[1]
		if strings.Contains(operation, "kubernetes-auth") {
			continue // the auth method is not part of this API
		}
		operations++
		op, found := document.Paths[paths[parameter.ReplaceAllString(fields[1], "{}")]][strings.ToLower(fields[0])]
		if !found {
			report(operation, "missing")
			continue
		}
		request, response := resolve(op.RequestBody.Content), resolve(op.Responses["200"].Content)
		for kind, part := range map[string]struct {
			want string
			has  describedSchema
		}{"request": {fields[2], request}, "response": {fields[4], response}} {
			for name := range strings.SplitSeq(part.want, ",") {
				if _, ok := part.has.Properties[name]; name != "" && !ok {
					report(operation, kind+" lacks "+name)
				}
			}
		}
		required := strings.Split(fields[3], ",")
		for _, name := range required {
			if name != "" && !slices.Contains(request.Required, name) {
				report(operation, name+" is not required")
			}
		}
		for _, name := range request.Required {
			if !slices.Contains(required, name) {
				report(operation, name+" is required")
			}
		}
	}
	if operations != 40 {
		t.Errorf("%d operations compared", operations)
	}
}
