// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a plan in YAML. Errors name the line.
func Parse(data []byte) (Plan, error) {
	var p Plan
	var document yaml.Node // for the line numbers
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	err := decoder.Decode(&p)
	if err == nil {
		err = yaml.Unmarshal(data, &document)
	}
	if errors.Is(err, io.EOF) || err == nil && len(p.Rules) == 0 {
		return p, errors.New("the file has no faults; add a list named faults")
	}
	if err != nil {
		return p, errors.New(withoutTypes.Replace(err.Error()))
	}
	for i, rule := range p.Rules {
		if m := rule.validate(); m != nil {
			return p, fmt.Errorf("line %d: %s", lineOf(&document, i, m.field), m.sentence)
		}
	}
	return p, nil
}

// withoutTypes replaces the names of Go types in an error.
var withoutTypes = strings.NewReplacer(
	"yaml: unmarshal errors:\n  ", "", "yaml: ", "", " not found in type faults.Rule", " is not known", " not found in type faults.Plan", " is not known",
	"into time.Duration", "into a duration, such as 250ms or 2s", "into []faults.Rule", "into a list", "into faults.Rule", "into a fault with its fields", "into faults.Plan", "into a file with seed and faults")

// lineOf returns the line of a field of a fault or, if it is absent, the first line of the fault.
func lineOf(document *yaml.Node, fault int, field string) int {
	rule := document
	for _, list := range valuesOf(document.Content[0], "faults") {
		rule = resolved(resolved(list).Content[fault])
	}
	for _, value := range valuesOf(rule, field) {
		return value.Line
	}
	return rule.Line
}

// valuesOf returns the value of a key, or nil.
func valuesOf(mapping *yaml.Node, key string) []*yaml.Node {
	for pair := range slices.Chunk(mapping.Content, 2) {
		if pair[0].Value == key {
			return pair[1:]
		}
	}
	return nil
}

// resolved follows an alias.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// invalidField is a field with an invalid value.
type invalidField struct{ field, sentence string }

var kinds = []Kind{Latency, Status, Reset, Truncate, HTML}

var methods = []string{"", "GET", "POST", "PATCH", "DELETE"}

func (r Rule) validate() *invalidField {
	bad := func(field, format string, args ...any) *invalidField {
		return &invalidField{field, fmt.Sprintf(format, args...)}
	}
	switch {
	case !slices.Contains(kinds, r.Fault):
		return bad("fault", "fault must be one of latency, status, reset, truncate, html; got %q", r.Fault)
	case !slices.Contains(methods, r.Method):
		return bad("method", "method must be GET, POST, PATCH or DELETE, or be left out; got %q", r.Method)
	case r.Path != "" && !strings.HasPrefix(r.Path, "/v"):
		return bad("path", "path must be a template below /api, such as /v1/identities/{id}; got %q", r.Path)
	case r.Fault == Status && (r.Status < 400 || r.Status > 599):
		return bad("status", "status must be 400 to 599, for fault: status; got %d", r.Status)
	case r.Fault != Status && r.Status != 0:
		return bad("status", "status is allowed with fault: status only")
	case r.RetryAfter < 0 || r.RetryAfter > 0 && r.Fault != Status:
		return bad("retry_after", "retry_after is a number of seconds, allowed with fault: status only")
	case r.Latency < 0:
		return bad("latency", "latency must not be negative")
	case r.Fault == Latency && r.Latency == 0:
		return bad("latency", "fault: latency needs latency, such as 2s")
	case r.Rate != nil && !(*r.Rate > 0 && *r.Rate <= 1): // rejects NaN
		return bad("rate", "rate must be above 0 and at most 1; got %v", *r.Rate)
	case r.Skip < 0:
		return bad("skip", "skip must not be negative")
	case r.Count < 0:
		return bad("count", "count must not be negative")
	}
	return nil
}
