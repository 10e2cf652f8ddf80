// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
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

// FuzzParse: no input panics, and accepted rules are read back the same.
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
			if err != nil || !again.Equal(rules) || written(t, again) != text {
				t.Fatalf("%s became %s: %v", given, text, err)
			}
			resolved := rules.For(Values{ID: "*", Username: "a/b", Metadata: map[string]string{"team": "{x}"}, Auth: map[string]string{}})
			resolved.Allow(Permission{Read, Secrets}, Attributes{"secretPath": Text("/a")})
			missing := resolved.Missing(resolved)
			if !resolved.Templated() && len(missing) > 0 {
				t.Fatalf("%s misses %v of itself", text, missing)
			}
			rules.Missing(rules)
		}
	})
}

// FuzzGlob: for every string there is an equivalent one in the partition of two globs.
func FuzzGlob(f *testing.F) {
	f.Add("/app/**", "/a*/{x,y}?", "/app/x")
	f.Add("[^a]*", "?", "b")
	f.Add("**/x", "/**", "/x")
	f.Add("!(a*|b)", "@(x)/+(ab)/**", "/x")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		a, errA := newGlob(one)
		b, errB := newGlob(two)
		if errA != nil || errB != nil || !utf8.ValidString(text) {
			return
		}
		budget := budget(coverBudget)
		texts, ok := partition([]*automaton{a.automaton, b.automaton}, &budget)
		if !ok {
			return
		}
		for _, other := range texts {
			if a.match(other) == a.match(text) && b.match(other) == b.match(text) {
				return
			}
		}
		t.Fatalf("%q and %q: nothing equivalent to %q among %q", one, two, text, texts)
	})
}

// FuzzV1 checks that rules of the first version that are accepted and can be written back mean the same.
func FuzzV1(f *testing.F) {
	for _, seed := range []string{
		`[{"subject":"secrets","action":["read","edit"],"conditions":{"environment":"dev","secretPath":{"$glob":"/a/**"}}}]`,
		`[{"subject":"secrets","action":"read"},{"subject":"secret-folders","action":["read"]}]`, `[{"subject":"role","action":["read"],"inverted":true}]`, `[]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		var rules Rules
		if json.Unmarshal([]byte(given), &rules) != nil {
			return
		}
		expanded, err := rules.FromV1()
		if err != nil {
			return
		}
		if err := expanded.Check(Project); err != nil {
			t.Fatalf("%s became rules that are rejected: %v", given, err)
		}
		v1, err := expanded.ToV1()
		if err != nil {
			return
		}
		again, err := v1.FromV1()
		if err != nil || len(again.Missing(expanded)) > 0 || len(expanded.Missing(again)) > 0 {
			t.Fatalf("%s became %s: %v", given, written(t, again), err)
		}
	})
}
