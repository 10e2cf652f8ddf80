// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"reflect"
	"testing"
)

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func written(t failer, rules Rules) string {
	t.Helper()
	b, err := json.Marshal(rules)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(b)
}

func reread(t failer, text string) Rules {
	t.Helper()
	var rules Rules
	if err := json.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rules
}

// FuzzParse: nothing breaks it, and what it takes is written so that it is read the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[{"subject":"role","action":"read"}]`,
		`[{"subject":"secrets","action":["read"],"inverted":true,"conditions":{"secretPath":{"$glob":"/{a,[b-d]?}/**","$ne":"/x"},"environment":"dev"}}]`,
		`[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{"value":{"$ne":"b"},"key":{"$in":["a"]}}}}}]`,
		`[{"subject":"identity","action":["read"],"conditions":{"assignableRole":{"$glob":"{{ identity.metadata.team }}-*"}}}]`,
		`[{"subject":"app-connections","action":["connect"]}]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		for _, scope := range []Scope{Organization, Project} {
			rules, err := Parse(scope, []byte(given))
			if err != nil {
				continue
			}
			text := written(t, rules)
			again, err := Parse(scope, []byte(text))
			if err != nil || !reflect.DeepEqual(again, rules) || written(t, again) != text {
				t.Fatalf("%s became %s: %v", given, text, err)
			}
			resolved := rules.For(Values{"id": "*", "name": "a/b", "metadata.team": "{x}"})
			resolved.Allow(Permission{Read, Secrets}, Attributes{"secretPath": Text("/a")})
			missing := resolved.Missing(resolved)
			if known := reflect.DeepEqual(resolved, resolved.widest()); known && len(missing) > 0 {
				t.Fatalf("%s misses %v of itself", text, missing)
			}
			rules.Missing(rules)
		}
	})
}

// FuzzGlob: every text is to two globs as one of their representatives is.
func FuzzGlob(f *testing.F) {
	f.Add("/app/**", "/a*/{x,y}?", "/app/x")
	f.Add("[^a]*", "?", "b")
	f.Add("**/x", "/**", "/x")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		a, errA := newGlob(one)
		b, errB := newGlob(two)
		if errA != nil || errB != nil {
			return
		}
		budget := budget(patience)
		texts, ok := overlaps([]*glob{a, b}, nil, &budget)
		if !ok {
			return
		}
		for _, other := range texts {
			if a.match(other) == a.match(text) && b.match(other) == b.match(text) {
				return
			}
		}
		t.Fatalf("%q and %q: no representative for %q among %q", one, two, text, texts)
	})
}
