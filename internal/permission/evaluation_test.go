// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// vendorCase is a line of testdata/evaluation.jsonl.
type vendorCase struct {
	Case            string
	Rules           Rules
	Action, Subject string
	Attributes      map[string]any // nil: only the subject is asked about
	Answer          any            // a boolean, or the exception as text
}

// TestEvaluationAsTheVendor compares decisions with those of the libraries of the vendor's server.
func TestEvaluationAsTheVendor(t *testing.T) {
	t.Parallel()
	cases, agreed, failed := 0, 0, 0
	readLines(t, "evaluation.jsonl", func(line []byte) {
		var c vendorCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases++
		p := Permission{c.Action, c.Subject}
		got := c.Rules.Allow(p, attributesIn(c.Attributes))
		if c.Attributes == nil {
			got = c.Rules.AllowAnywhere(p)
		}
		switch _, throws := c.Answer.(string); {
		case throws && !got:
			failed++
		case got == c.Answer:
			agreed++
		default:
			t.Errorf("%s: %t, not %v: %s of %v on %s with %v", c.Case, got, c.Answer, c.Action, c.Rules, c.Subject, c.Attributes)
		}
	})
	t.Logf("%d cases: %d agree, the server fails in %d, which are denied here", cases, agreed, failed)
	if cases < 431 {
		t.Errorf("%d cases", cases)
	}
}

func attributesIn(given map[string]any) Attributes {
	attributes := Attributes{}
	for key, value := range given {
		switch value := value.(type) {
		case string:
			attributes[key] = Text(value)
		case []any:
			if key == metadata {
				entries := Entries{}
				for _, element := range value {
					entry, _ := element.(map[string]any)
					k, _ := entry["key"].(string)
					v, _ := entry["value"].(string)
					entries = append(entries, Entry{k, v})
				}
				attributes[key] = entries
				continue
			}
			texts := Texts{}
			for _, element := range value {
				text, _ := element.(string)
				texts = append(texts, text)
			}
			attributes[key] = texts
		}
	}
	return attributes
}

// TestGlobsAsPicomatch compares the supported patterns with picomatch.
func TestGlobsAsPicomatch(t *testing.T) {
	t.Parallel()
	patterns, unsupported, compared := 0, 0, 0
	readLines(t, "globs.jsonl", func(line []byte) {
		var c struct {
			Pattern string
			Yes, No []string
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		patterns++
		g, err := newGlob(c.Pattern)
		if err != nil {
			unsupported++
			return
		}
		for want, texts := range map[bool][]string{true: c.Yes, false: c.No} {
			for _, text := range texts {
				compared++
				if g.match(text) != want && text != c.Pattern { // see glob
					t.Errorf("%s on %q: %t", c.Pattern, text, !want)
				}
			}
		}
	})
	t.Logf("%d patterns, of which %d are not supported; %d comparisons", patterns, unsupported, compared)
	if patterns < 300 || unsupported > patterns/10 {
		t.Errorf("%d patterns, of which %d are not supported", patterns, unsupported)
	}
}

func readLines(t *testing.T, name string, read func(line []byte)) {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		read(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
