// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server_test

import (
	"encoding/json"
	"maps"
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

// returned are the properties of responses that the file does not list, with the reason, by operation. A * in
// an operation stands for any text.
var returned = []struct{ operation, properties, reason string }{
	{"DELETE */projects/*", "project", "the file lists no response of deletions; section 6 of the contract has it"},
	{"DELETE */environments/*", "message projectId environment", "the file lists no response of deletions; the server returns it as of other changes"},
	{"DELETE */roles/*", "role", "the file lists no response of deletions; section 4 of the contract has it"},
	{"DELETE */identities/*", "identity identityMembership identityUniversalAuth", "the file lists no response of deletions; sections 1, 3 and 7 of the contract have it"},
	{"POST */revoke", "clientSecretData", "the file lists no response of revocations; section 1.9 of the contract has it"},
	{"* */environments*", "message projectId", "the file lists objects only; the server returns these texts, too"},
	{"GET */identities", "totalCount", "the file lists the list only; section 3 of the contract has the count"},
	{"GET */projects/slug/*", "_id autoCapitalization auditLogsRetentionDays createdAt description enforceEncryptedSecretManagerSecretMetadata environments " +
		"hasDeleteProtection kmsCertificateKeyId pitVersionLimit secretDetectionIgnoreValues secretSharing showSnapshotsLegacy type updatedAt upgradeStatus version",
		"the file lists the keys only; section 6 of the contract has the whole project"},
}

// outOfScope are operations of the file that this API does not have.
var outOfScope = map[string]string{"/kubernetes-auth/": "not one of the auth methods of this API"}

// TestOperations compares the description at /api/docs/json with what a server of v0.165.8 described of
// itself: our operations have its request and response properties and no others, and require the same ones,
// except for what returned and outOfScope name.
func TestOperations(t *testing.T) {
	t.Parallel()
	_, text := page(t, servertest.Start(t), "/api/docs/json")
	var document described
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	ours := document.operations()
	file, err := os.ReadFile("testdata/operations-v0.165.8.tsv")
	if err != nil {
		t.Fatal(err)
	}
	operations, used := 0, map[string]bool{}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		operation := fields[0] + " " + fields[1]
		if part := scopeOf(operation); part != "" {
			used[part] = true
			continue
		}
		operations++
		got, found := ours[parameter.ReplaceAllString(operation, "{}")]
		if !found {
			t.Errorf("%s is missing", operation)
			continue
		}
		compare := func(what string, got []string, want string, more ...string) {
			names := strings.FieldsFunc(want, func(r rune) bool { return r == ',' })
			for _, name := range names {
				if !slices.Contains(got, name) {
					t.Errorf("%s: %s lacks %s", operation, what, name)
				}
			}
			for _, name := range got {
				if !slices.Contains(names, name) && !slices.Contains(more, name) {
					t.Errorf("%s: %s has %s", operation, what, name)
				}
			}
		}
		compare("request", got.request, fields[2])
		compare("required part of the request", got.required, fields[3])
		compare("response", got.response, fields[4], returnedBy(operation, got.response, used)...)
	}
	if operations != 40 {
		t.Errorf("%d operations compared", operations)
	}
	for _, r := range returned {
		if !used[r.operation] {
			t.Errorf("%s: no operation returns %s", r.operation, r.properties)
		}
	}
	for part := range outOfScope {
		if !used[part] {
			t.Errorf("%s is in no operation", part)
		}
	}
}

func scopeOf(operation string) string {
	for part := range outOfScope {
		if strings.Contains(operation, part) {
			return part
		}
	}
	return ""
}

// returnedBy returns the properties that the operation may have beside those of the file.
func returnedBy(operation string, response []string, used map[string]bool) []string {
	var more []string
	for _, r := range returned {
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(r.operation), `\*`, ".*") + "$")
		if !pattern.MatchString(operation) {
			continue
		}
		for name := range strings.FieldsSeq(r.properties) {
			if slices.Contains(response, name) {
				more, used[r.operation] = append(more, name), true
			}
		}
	}
	return more
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// described is an OpenAPI document.
type described struct {
	Paths map[string]map[string]struct {
		RequestBody struct{ Content describedContent }
		Responses   map[string]struct{ Content describedContent }
	}
	Components struct{ Schemas map[string]describedSchema }
}

// describedOperation has the names of properties.
type describedOperation struct{ request, required, response []string }

// operations returns the operations by method and path, without the names of parameters.
func (d described) operations() map[string]describedOperation {
	all := map[string]describedOperation{}
	for path, item := range d.Paths {
		for method, op := range item {
			request, response := d.schemaOf(op.RequestBody.Content), d.schemaOf(op.Responses["200"].Content)
			all[strings.ToUpper(method)+" "+parameter.ReplaceAllString(path, "{}")] = describedOperation{
				slices.Sorted(maps.Keys(request.Properties)), request.Required, slices.Sorted(maps.Keys(response.Properties)),
			}
		}
	}
	return all
}

func (d described) schemaOf(c describedContent) describedSchema {
	s := c["application/json"].Schema
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = d.Components.Schemas[name]
	}
	delete(s.Properties, "$schema")
	return s
}
