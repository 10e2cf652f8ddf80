// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFor(t *testing.T) {
	t.Parallel()
	identity := Values{ID: "i", Username: "ci", Metadata: map[string]string{"team": "a*b", "odd": "{{identity.id}}", "html": `<"&'=`, "env": "team-dev"},
		Auth: map[string]string{"oidc.claims.sub": "repo:x", "kubernetes.namespace": "n"}}
	for given, want := range map[string]string{
		`edit secrets {"environment":"dev"}`:                                                          `{"environment":"dev"}`,
		`edit secrets {"environment":"{{identity.id}}"}`:                                              `{"environment":"i"}`,
		`edit secrets {"environment":{"$ne":"{{ identity.username }}-x"}}`:                            `{"environment":{"$ne":"ci-x"}}`,
		`edit secrets {"environment":{"$in":["{{identity.id}}","{{identity.metadata.none}}","dev"]}}`: `{"environment":{"$in":["i","{{identity.metadata.none}}","dev"]}}`,
		`edit secrets {"environment":"{{ identity.metadata.none }}-x"}`:                               `{"environment":"{{identity.metadata.none}}-x"}`,
		`edit secrets {"environment":"x{{identity.auth.oidc.claims.none}}"}`:                          `{"environment":"x"}`,
		`edit secrets {"environment":"{{identity.metadata.odd}}"}`:                                    `{"environment":"{{identity.id}}"}`,
		`edit secrets {"environment":"{{identity.metadata.html}}"}`:                                   `{"environment":"\u0026lt;\u0026quot;\u0026amp;\u0026#x27;\u0026#x3D;"}`,
		`edit secrets {"environment":"{{stripPrefix identity.metadata.env 'team-'}}"}`:                `{"environment":"dev"}`,
		`edit secrets {"environment":"{{trimSuffix identity.metadata.env '-dev'}}"}`:                  `{"environment":"team"}`,
		`edit secrets {"secretPath":"/{{identity.username}}/{{identity.auth.oidc.claims.sub}}"}`:      `{"secretPath":"/ci/repo:x"}`,
		`edit secrets {"secretPath":{"$glob":"/{{identity.metadata.team}}/{a,{{identity.id}}}/**"}}`:  `{"secretPath":{"$glob":"/a*b/{a,i}/**"}}`,
		`lease dynamic-secrets {"metadata":{"$elemMatch":{"value":{"$eq":"{{identity.id}}"}}}}`:       `{"metadata":{"$elemMatch":{"value":{"$eq":"i"}}}}`,
	} {
		rules := parse(t, given)
		before := written(t, rules)
		if got := rules.For(identity)[0].Conditions; written(t, Rules{{Conditions: got}}) != `[{"subject":"","action":[],"inverted":false,"conditions":`+want+`}]` {
			t.Errorf("%s became %s", given, written(t, Rules{{Conditions: got}}))
		}
		if written(t, rules) != before {
			t.Errorf("%s was changed itself", given)
		}
	}
	if Rules(nil).For(identity) != nil {
		t.Error("no rules became some")
	}
	unknown := parse(t, `edit secrets {"environment":"{{identity.auth.oidc.claims.env}}"}`)
	if got := unknown.For(Values{}); !got.Templated() {
		t.Errorf("claims that are not known were resolved: %v", got)
	}
}

// TestValuesWidenGlobs as on the vendor's servers: the value of metadata becomes part of the pattern.
func TestValuesWidenGlobs(t *testing.T) {
	t.Parallel()
	rules := parse(t, `edit secrets {"secretPath":{"$glob":"/{{identity.metadata.team}}/*"}}`)
	for team, want := range map[string]bool{"**": true, "*": false, "a": false, "a/b": true, "+(": false} {
		resolved := rules.For(Values{Metadata: map[string]string{"team": team}})
		if got := resolved.Allow(Permission{Edit, Secrets}, Attributes{"secretPath": Text("/a/b/x")}); got != want {
			t.Errorf("%s: %t", team, got)
		}
	}
}

// TestMissingMetadata: the template stays, and is compared as any other text.
func TestMissingMetadata(t *testing.T) {
	t.Parallel()
	dev := Attributes{"environment": Text("dev")}
	for conditions, holds := range map[string]bool{
		`{"environment":"{{identity.metadata.env}}"}`:                 false,
		`{"environment":{"$ne":"{{identity.metadata.env}}"}}`:         true,
		`{"environment":{"$in":["{{identity.metadata.env}}","dev"]}}`: true,
		`{"environment":{"$glob":"{{identity.metadata.env}}*"}}`:      false,
	} {
		if got := parse(t, "edit secrets "+conditions).For(Values{}).Allow(Permission{Edit, Secrets}, dev); got != holds {
			t.Errorf("%s allows: %t", conditions, got)
		}
		if got := parse(t, "edit secrets\n!edit secrets "+conditions).For(Values{}).Allow(Permission{Edit, Secrets}, dev); got == holds {
			t.Errorf("%s denies: %t", conditions, !got)
		}
	}
}

// TestForAny: what depends on the identity does not allow, and denies.
func TestForAny(t *testing.T) {
	t.Parallel()
	for _, conditions := range []string{
		`{"environment":"{{identity.id}}"}`, `{"environment":{"$ne":"{{identity.id}}"}}`, `{"environment":{"$in":["{{identity.id}}"]}}`,
		`{"environment":{"$glob":"{{identity.id}}*"}}`,
	} {
		for _, attribute := range []Attributes{nil, {"environment": Text("dev")}, {"environment": Text("{{identity.id}}")}} {
			if parse(t, "edit secrets "+conditions).ForAny().Allow(Permission{Edit, Secrets}, attribute) {
				t.Errorf("%s allows", conditions)
			}
			if parse(t, "edit secrets\n!edit secrets "+conditions).ForAny().Allow(Permission{Edit, Secrets}, attribute) {
				t.Errorf("%s does not deny", conditions)
			}
		}
	}
}

// withTemplates adds values that depend on the identity to a vocabulary.
func (v vocabulary) withTemplates() vocabulary {
	v.values = append([]string{"{{identity.id}}", "{{identity.metadata.k}}"}, v.values[:2]...)
	if v.globs != nil {
		v.globs = append(globs("{{identity.id}}*", "/{{identity.metadata.k}}/**"), v.globs[:3]...)
	}
	return v
}

func drawIdentity(t *rapid.T, name string) Values {
	some := rapid.SampledFrom([]string{"", "dev", "/app", "a", "d"})
	v := Values{ID: some.Draw(t, "id of "+name), Metadata: map[string]string{}}
	if k := some.Draw(t, "metadata of "+name); k != "" {
		v.Metadata["k"] = k
	}
	return v
}

// TestCoverHoldsForEveryIdentity: what is covered stays covered, for whichever identity the wanted
// rules are resolved.
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
		if example := counterexample(resolved, held.ForAny(), keys); example != "" {
			t.Fatalf("for any identity %v allows %s", held, example)
		}
		if len(resolved.Missing(wanted)) > 0 {
			return
		}
		if example := counterexample(resolved, wanted.For(other), keys); example != "" {
			t.Fatalf("nothing is missing, but for %s", example)
		}
	})
}
