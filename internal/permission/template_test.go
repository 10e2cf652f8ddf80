// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFor(t *testing.T) {
	t.Parallel()
	identity := Values{"id": "i", "name": "ci", "metadata.team": "a*b", "metadata.empty": "", "auth.oidc.claims.sub": "repo:x", "metadata.odd": "{{identity.id}}"}
	for given, want := range map[string]string{
		`edit secrets {"environment":"dev"}`:                                                          `{"environment":"dev"}`,
		`edit secrets {"environment":"{{identity.id}}"}`:                                              `{"environment":"i"}`,
		`edit secrets {"environment":{"$ne":"{{ identity.name }}-x"}}`:                                `{"environment":{"$ne":"ci-x"}}`,
		`edit secrets {"environment":{"$in":["{{identity.id}}","{{identity.metadata.none}}","dev"]}}`: `{"environment":{"$in":["i","{{identity.metadata.none}}","dev"]}}`,
		`edit secrets {"environment":"{{identity.metadata.none}}"}`:                                   `{"environment":"{{identity.metadata.none}}"}`,
		`edit secrets {"environment":"{{identity.id}}{{identity.metadata.empty}}"}`:                   `{"environment":"{{identity.id}}{{identity.metadata.empty}}"}`,
		`edit secrets {"environment":"{{identity.metadata.odd}}"}`:                                    `{"environment":"{{identity.metadata.odd}}"}`,
		`edit secrets {"secretPath":"/{{identity.name}}/{{identity.auth.oidc.claims.sub}}"}`:          `{"secretPath":"/ci/repo:x"}`,
		`edit secrets {"secretPath":{"$glob":"/{{identity.metadata.team}}/{a,{{identity.id}}}/**"}}`:  `{"secretPath":{"$glob":"/a\\*b/{a,i}/**"}}`,
		`lease dynamic-secrets {"metadata":{"$elemMatch":{"value":{"$eq":"{{identity.id}}"}}}}`:       `{"metadata":{"$elemMatch":{"value":{"$eq":"i"}}}}`,
	} {
		rules := parse(t, given)
		before := written(t, rules)
		if got := rules.For(identity)[0].Conditions; written(t, Rules{{Conditions: got}}) != `[{"subject":"","action":null,"conditions":`+want+`}]` {
			t.Errorf("%s became %v", given, got)
		}
		if written(t, rules) != before {
			t.Errorf("%s was changed itself", given)
		}
	}
	if Rules(nil).For(identity) != nil {
		t.Error("nothing became something")
	}
}

// TestValuesCannotWidenGlobs: what somebody writes into metadata is text.
func TestValuesCannotWidenGlobs(t *testing.T) {
	t.Parallel()
	rules := parse(t, `edit secrets {"secretPath":{"$glob":"/{{identity.metadata.team}}/*"}}`)
	for _, team := range []string{"**", "*", "{a,b}", "[a-z]", "!x", "?", `\`, "a,b}"} {
		resolved := rules.For(Values{"metadata.team": team})
		allows := func(path string) bool {
			return resolved.Allow(Permission{Edit, Secrets}, Attributes{"secretPath": Text(path)})
		}
		if !allows("/"+team+"/x") || allows("/a/x") || allows("/a/b/x") {
			t.Errorf("%s: %v", team, resolved)
		}
	}
}

// TestUnresolvedTemplatesDoNotAllow: nor do they stop forbidding.
func TestUnresolvedTemplatesDoNotAllow(t *testing.T) {
	t.Parallel()
	for _, template := range []string{
		`{"environment":"{{identity.id}}"}`, `{"environment":{"$ne":"{{identity.id}}"}}`, `{"environment":{"$in":["{{identity.id}}"]}}`,
		`{"environment":{"$glob":"{{identity.id}}*"}}`,
	} {
		for _, attribute := range []Attributes{nil, {"environment": Text("dev")}, {"environment": Text("{{identity.id}}")}} {
			if parse(t, "edit secrets "+template).For(nil).Allow(Permission{Edit, Secrets}, attribute) {
				t.Errorf("%s allows", template)
			}
			if parse(t, "edit secrets\n!edit secrets "+template).For(nil).Allow(Permission{Edit, Secrets}, attribute) {
				t.Errorf("%s does not forbid", template)
			}
		}
	}
}

// withTemplates adds values that depend on the identity to a vocabulary.
func (v vocabulary) withTemplates() vocabulary {
	v.values = append([]string{"{{identity.id}}", "{{identity.name}}"}, v.values[:2]...)
	if v.globs != nil {
		v.globs = append([]*glob{{pattern: "{{identity.id}}*"}, {pattern: "/{{identity.name}}/**"}}, v.globs[:3]...)
	}
	return v
}

func drawIdentity(t *rapid.T, name string) Values {
	some := rapid.SampledFrom([]string{"", "dev", "/app", "a", "d"})
	return Values{"id": some.Draw(t, "id of "+name), "name": some.Draw(t, "name of "+name)}
}

// TestCoverHoldsForEveryIdentity: what was covered is, whoever the rules come to be for.
func TestCoverHoldsForEveryIdentity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var keys []vocabulary
		for _, v := range drawKeys(t) {
			keys = append(keys, v.withTemplates())
		}
		held, wanted := draw(t, "held", keys), draw(t, "wanted", keys)
		holder, other := drawIdentity(t, "the holder"), drawIdentity(t, "the other")
		resolved := held.For(holder)
		if example := counterexample(resolved, held, keys); example != "" {
			t.Fatalf("before its templates were resolved %v allowed %s", held, example)
		}
		if len(resolved.Missing(wanted)) > 0 {
			return
		}
		if example := counterexample(resolved, wanted.For(other), keys); example != "" {
			t.Fatalf("nothing is missing, but for %s", example)
		}
	})
}
