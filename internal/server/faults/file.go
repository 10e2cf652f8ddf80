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
	"time"

	"github.com/goccy/go-yaml"
)

// Parse reads a plan in YAML. The error says what is wrong, and in which line or field.
func Parse(data []byte) (Plan, error) {
	var p Plan
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict(), yaml.Validator(validator{}), yaml.CustomUnmarshaler(latency)).Decode(&p)
	if errors.Is(err, io.EOF) || err == nil && len(p.Rules) == 0 {
		return p, errors.New("there are no faults in it; it needs a list faults")
	}
	if err != nil {
		return p, errors.New(yaml.FormatError(err, false, false))
	}
	return p, nil
}

// latency is the only duration there is.
func latency(d *time.Duration, text []byte) error {
	read, err := time.ParseDuration(strings.Trim(strings.TrimSpace(string(text)), `"'`))
	if err != nil {
		return fmt.Errorf("latency must be a duration such as 250ms or 2s; it is %s", bytes.TrimSpace(text))
	}
	*d = read
	return nil
}

type validator struct{}

// Struct is called for everything that is read.
func (validator) Struct(v any) error {
	rule, ok := v.(Rule)
	if !ok {
		return nil
	}
	if m := rule.mistake(); m != nil {
		return mistakes{*m}
	}
	return nil
}

// mistake is a field that cannot be so.
type mistake struct{ field, sentence string }

// StructField names the field, so that its line is found.
func (m mistake) StructField() string { return m.field }

type mistakes []mistake

func (m mistakes) Error() string { return m[0].sentence }

var kinds = []Kind{Latency, Status, Reset, Truncate, HTML}

var methods = []string{"", "GET", "POST", "PATCH", "DELETE"}

func (r Rule) mistake() *mistake {
	bad := func(field, format string, args ...any) *mistake { return &mistake{field, fmt.Sprintf(format, args...)} }
	switch {
	case !slices.Contains(kinds, r.Fault):
		return bad("Fault", "fault must be one of latency, status, reset, truncate, html; it is %q", r.Fault)
	case !slices.Contains(methods, r.Method):
		return bad("Method", "method must be GET, POST, PATCH or DELETE, or be left out; it is %q", r.Method)
	case r.Path != "" && !strings.HasPrefix(r.Path, "/v"):
		return bad("Path", "path must be a template below /api, such as /v1/identities/{id}; it is %q", r.Path)
	case r.Fault == Status && (r.Status < 400 || r.Status > 599):
		return bad("Status", "status must be 400 to 599, for fault: status; it is %d", r.Status)
	case r.Fault != Status && r.Status != 0:
		return bad("Status", "status goes with fault: status only")
	case r.RetryAfter < 0 || r.RetryAfter > 0 && r.Fault != Status:
		return bad("RetryAfter", "retry_after is a number of seconds, and goes with fault: status only")
	case r.Latency < 0:
		return bad("Latency", "latency must not be negative")
	case r.Fault == Latency && r.Latency == 0:
		return bad("Latency", "fault: latency needs latency, such as 2s")
	case r.Rate != nil && (*r.Rate <= 0 || *r.Rate > 1):
		return bad("Rate", "rate must be above 0 and at most 1; it is %v", *r.Rate)
	case r.Skip < 0:
		return bad("Skip", "skip must not be negative")
	case r.Count < 0:
		return bad("Count", "count must not be negative")
	}
	return nil
}
