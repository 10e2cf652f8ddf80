// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFromV1(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`[{"subject":"role","action":"read"}]`: `[{"subject":"role","action":["read"]}]`,
		`[{"subject":"secrets","action":"read"}]`: `[{"subject":"secrets","action":["read"]},` +
			`{"subject":"secret-imports","action":["read"]},{"subject":"dynamic-secrets","action":["read-root-credential"]}]`,
		`[{"subject":"secrets","action":["read","edit"],"inverted":true,"conditions":{"environment":"dev"}},{"subject":"tags","action":["read"]}]`: `[` +
			`{"subject":"secrets","action":["read","edit"],"inverted":true,"conditions":{"environment":"dev"}},` +
			`{"subject":"tags","action":["read"]},` +
			`{"subject":"secret-imports","action":["read","edit"],"inverted":true,"conditions":{"environment":"dev"}},` +
			`{"subject":"dynamic-secrets","action":["read-root-credential","edit-root-credential","lease"],"inverted":true,"conditions":{"environment":"dev"}},` +
			`{"subject":"secret-folders","action":["edit"],"inverted":true,"conditions":{"environment":"dev"}}]`,
		`[{"subject":"secret-folders","action":["read"]},{"subject":"secrets","action":["create","delete"]}]`: `[` +
			`{"subject":"secret-folders","action":["read"]},{"subject":"secrets","action":["create","delete"]},` +
			`{"subject":"secret-imports","action":["create","delete"]},` +
			`{"subject":"dynamic-secrets","action":["create-root-credential","delete-root-credential"]}]`,
	} {
		rules, err := reread(t, given).FromV1()
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		text := written(t, rules)
		if text != withInverted(want) {
			t.Errorf("%s became %s", given, text)
		}
		if _, err := Parse(Project, []byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestFromV1Rejects(t *testing.T) {
	t.Parallel()
	for _, given := range []string{
		`[{"subject":"secrets","action":["readValue"]}]`,
		`[{"subject":"secrets","action":["read"],"conditions":{"environment":{"$glob":"d*"}}}]`,
		`[{"subject":"secrets","action":["read"],"conditions":{"secretName":"a"}}]`,
		`[{"subject":"secret-folders","action":["edit"]}]`,
		`[{"subject":"secret-imports","action":["read"]}]`,
		`[{"subject":"dynamic-secrets","action":["lease"]}]`,
		`[{"subject":"identity","action":["read"],"conditions":{"identityId":"a"}}]`,
	} {
		_, err := reread(t, given).FromV1()
		if _, ok := errors.AsType[*InvalidError](err); !ok {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestToV1(t *testing.T) {
	t.Parallel()
	const whole = `[{"subject":"dynamic-secrets","action":["lease","edit-root-credential","read-root-credential"]},` +
		`{"subject":"secrets","action":["describeSecret","readValue","edit"]},{"subject":"role","action":["read"]},` +
		`{"subject":"secret-folders","action":["edit"]},{"subject":"secret-imports","action":["read","edit"]}]`
	for given, want := range map[string]string{
		`[]`:                                   `[]`,
		`[{"subject":"role","action":"read"}]`: `[{"subject":"role","action":["read"]}]`,
		`[{"subject":"secret-folders","action":["read"]}]`: `[{"subject":"secret-folders","action":["read"]}]`,
		whole: `[{"subject":"secrets","action":["read","edit"]},{"subject":"role","action":["read"]}]`,
		`[{"subject":"secrets","action":["create"],"conditions":{"environment":{"$eq":"dev"}}},{"subject":"secret-imports","action":["create"],"conditions":{"environment":"dev"}},` +
			`{"subject":"dynamic-secrets","action":["create-root-credential"],"conditions":{"environment":{"$eq":"dev"}}},{"subject":"secret-folders","action":["create"],"conditions":{"environment":{"$eq":"dev"}}}]`: `[{"subject":"secrets","action":["create"],"conditions":{"environment":"dev"}}]`,
		// A template may come to be anything, and is the same in both.
		`[{"subject":"secrets","action":"read","conditions":{"environment":"{{identity.metadata.env}}"}},` +
			`{"subject":"secret-imports","action":"read","conditions":{"environment":"{{identity.metadata.env}}"}},` +
			`{"subject":"dynamic-secrets","action":"read-root-credential","conditions":{"environment":"{{identity.metadata.env}}"}}]`: `[{"subject":"secrets","action":["read"],"conditions":{"environment":"{{identity.metadata.env}}"}}]`,
	} {
		sent, err := parsedProject(t, given).ToV1()
		if err != nil || written(t, sent) != withInverted(want) {
			t.Errorf("%s became %s, %v", given, written(t, sent), err)
		}
	}
}

func TestToV1Rejects(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`[{"subject":"role","action":"read"},{"subject":"secrets","action":"read"}]`:                                                  "[1] a rule on secrets also allows read on secret-imports",
		`[{"subject":"secret-imports","action":"read"}]`:                                                                              "[0] the role needs a rule on secrets with the same action and conditions as read on secret-imports",
		`[{"subject":"secret-folders","action":["read","edit"]}]`:                                                                     "[0] the role needs a rule on secrets with the same action and conditions as edit on secret-folders",
		`[{"subject":"role","action":"read"},{"subject":"secrets","action":"read","inverted":true}]`:                                  "[1 inverted] inverted rules are not supported",
		`[{"subject":"identity","action":"read","conditions":{"identityId":"a"}}]`:                                                    "[0 conditions] rules on identity take no conditions",
		`[{"subject":"certificate-templates","action":"read","conditions":{"name":"a"}}]`:                                             "[0 conditions] rules on certificate-templates take no conditions",
		`[{"subject":"identity","action":"edit-auth"}]`:                                                                               `[0 action 0] "edit-auth" is not an action on identity`,
		`[{"subject":"secrets","action":"readValue"}]`:                                                                                `[0 action 0] "readValue" is not an action on secrets`,
		`[{"subject":"secrets","action":"edit","conditions":{"environment":{"$glob":"d*"}}}]`:                                         `[0 conditions environment $glob] "$glob" is not an operator here`,
		`[{"subject":"secrets","action":"edit","conditions":{"secretName":"a"}}]`:                                                     `[0 conditions secretName] "secretName" is not a condition key here`,
		`[{"subject":"secrets","action":"create","conditions":{"environment":"dev"}},{"subject":"secret-imports","action":"create"}]`: "[0] a rule on secrets also allows create-root-credential on dynamic-secrets",
	} {
		_, err := parsedProject(t, given).ToV1()
		e, ok := errors.AsType[*InvalidError](err)
		if !ok || !strings.HasPrefix(fmt.Sprint(e.Path, " ", e.Sentence), want) {
			t.Errorf("%s: %v %v", given, e, err)
		}
	}
}

func parsedProject(t *testing.T, given string) Rules {
	t.Helper()
	rules, err := Parse(Project, []byte(given))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// drawV1 returns rules that the first version can express.
func drawV1(t *rapid.T) Rules {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Rule {
		r := Rule{Subject: rapid.SampledFrom([]string{Secrets, Secrets, "secret-folders", Role}).Draw(t, "subject"), Actions: []string{Read}}
		if r.Subject != "secret-folders" {
			r.Actions = rapid.SliceOfNDistinct(rapid.SampledFrom(crud), 1, 3, rapid.ID).Draw(t, "actions")
		}
		if r.Subject == Secrets {
			for _, v := range []vocabulary{environments, paths} {
				if rapid.Bool().Draw(t, "asks for "+v.key) {
					operator := Eq
					if v.key == secretPath {
						operator = rapid.SampledFrom(exactGlob).Draw(t, "operator")
					}
					r.Conditions = append(r.Conditions, Condition{Key: v.key, Tests: []Test{v.drawTest(t, operator)}})
				}
			}
		}
		return r
	}), 0, 4).Draw(t, "rules")
}

// TestToV1AllowsTheSame: what ToV1 returns allows the same again, in any order of the rules. With a
// rule left out it returns an error, or rules that allow the same.
func TestToV1AllowsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.Permutation(drawV1(t).ExpandV1()).Draw(t, "order")
		same := func(rules Rules) error {
			sent, err := rules.ToV1()
			if err != nil {
				return err
			}
			data, err := json.Marshal(sent)
			if err != nil {
				return err
			}
			back, err := reread(t, string(data)).FromV1()
			if err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if more, less := rules.Missing(back), back.Missing(rules); len(more)+len(less) > 0 {
				t.Fatalf("%s allows %v more and %v less", data, more, less)
			}
			return nil
		}
		if err := same(given); err != nil {
			t.Fatal(err)
		}
		if len(given) > 0 {
			_ = same(slices.Delete(slices.Clone(given), 0, 1))
		}
	})
}
