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

// Parse reads a plan in YAML. The error says what is wrong, and in which line.
func Parse(data []byte) (Plan, error) {
	var p Plan
	var document yaml.Node // tells the lines
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	err := decoder.Decode(&p)
	if err == nil {
		err = yaml.Unmarshal(data, &document)
	}
	if errors.Is(err, io.EOF) || err == nil && len(p.Rules) == 0 {
		return p, errors.New("there are no faults in it; it needs a list faults")
	}
	if err != nil {
		return p, errors.New(inWords.Replace(err.Error()))
	}
	for i, rule := range p.Rules {
		if m := rule.mistake(); m != nil {
			return p, fmt.Errorf("line %d: %s", lineOf(&document, i, m.field), m.sentence)
		}
	}
	return p, nil
}

// inWords takes the names of Go's types out of an error.
var inWords = strings.NewReplacer(
	"yaml: unmarshal errors:\n  ", "", "yaml: ", "", " not found in type faults.Rule", " is not known", " not found in type faults.Plan", " is not known",
	"into time.Duration", "into a duration, such as 250ms or 2s", "into []faults.Rule", "into a list", "into faults.Rule", "into a fault with its fields", "into faults.Plan", "into a file with seed and faults")

// lineOf is where a field of a fault stands, else where the fault begins.
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

// valuesOf is the value of a key, or nothing.
func valuesOf(mapping *yaml.Node, key string) []*yaml.Node {
	for pair := range slices.Chunk(mapping.Content, 2) {
		if pair[0].Value == key {
			return pair[1:]
		}
	}
	return nil
}

// resolved follows a reference.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// mistake is a field that cannot be so.
type mistake struct{ field, sentence string }

var kinds = []Kind{Latency, Status, Reset, Truncate, HTML}

var methods = []string{"", "GET", "POST", "PATCH", "DELETE"}

func (r Rule) mistake() *mistake {
	bad := func(field, format string, args ...any) *mistake { return &mistake{field, fmt.Sprintf(format, args...)} }
	switch {
	case !slices.Contains(kinds, r.Fault):
		return bad("fault", "fault must be one of latency, status, reset, truncate, html; it is %q", r.Fault)
	case !slices.Contains(methods, r.Method):
		return bad("method", "method must be GET, POST, PATCH or DELETE, or be left out; it is %q", r.Method)
	case r.Path != "" && !strings.HasPrefix(r.Path, "/v"):
		return bad("path", "path must be a template below /api, such as /v1/identities/{id}; it is %q", r.Path)
	case r.Fault == Status && (r.Status < 400 || r.Status > 599):
		return bad("status", "status must be 400 to 599, for fault: status; it is %d", r.Status)
	case r.Fault != Status && r.Status != 0:
		return bad("status", "status goes with fault: status only")
	case r.RetryAfter < 0 || r.RetryAfter > 0 && r.Fault != Status:
		return bad("retry_after", "retry_after is a number of seconds, and goes with fault: status only")
	case r.Latency < 0:
		return bad("latency", "latency must not be negative")
	case r.Fault == Latency && r.Latency == 0:
		return bad("latency", "fault: latency needs latency, such as 2s")
	case r.Rate != nil && (*r.Rate <= 0 || *r.Rate > 1):
		return bad("rate", "rate must be above 0 and at most 1; it is %v", *r.Rate)
	case r.Skip < 0:
		return bad("skip", "skip must not be negative")
	case r.Count < 0:
		return bad("count", "count must not be negative")
	}
	return nil
}
