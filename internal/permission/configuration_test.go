// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"reflect"
	"strings"
	"testing"
)

// conditionOn returns one of the conditions of a configuration.
func conditionOn(key, operator string, values ...string) Condition {
	return Condition{Key: key, Tests: []Test{NewTest(operator, values...)}}
}

func entryMatch(key string, fields ...Condition) Condition {
	return Condition{Key: key, Tests: []Test{{Operator: ElemMatch, Fields: fields}}}
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	secrets := func(conditions ...Condition) Rule {
		return Rule{Subject: Secrets, Actions: []string{ReadValue}, Conditions: conditions}
	}
	newer := secrets(conditionOn("enviroment", Eq, "dev"))
	newer.AllowUnknown = true
	for _, c := range []struct {
		name   string
		scope  Scope
		rule   Rule
		path   []any
		detail string // "" for no diagnostic
	}{
		{"valid", Project, secrets(conditionOn("environment", Eq, "dev"), conditionOn("environment", Ne, "x"), conditionOn(secretPath, Glob, "/app/**")), nil, ""},
		{"values not known", Project, Rule{Actions: []string{""}, Conditions: Conditions{conditionOn("", Eq, "")}}, nil, ""},
		{"action not known", Project, Rule{Subject: Secrets, Actions: []string{"", Edit}, Conditions: Conditions{conditionOn(secretPath, Eq, "")}}, nil, ""},
		{"subject", Project, Rule{Subject: "secretz", Actions: []string{Read}}, []any{"subject"}, `"secretz" is not a subject. Did you mean "secrets"? If the server is newer`},
		{"subject in another case", Project, Rule{Subject: "Secret_Folders", Actions: []string{Read}}, []any{"subject"}, `Did you mean "secret-folders"?`},
		{"former subject", Project, Rule{Subject: "secret-events", Actions: []string{Read}}, []any{"subject"}, `use secret-event-subscriptions`},
		{"newer subject", Project, Rule{Subject: "teapots", Actions: []string{"brew"}, AllowUnknown: true}, nil, ""},
		{"action", Project, Rule{Subject: Secrets, Actions: []string{Edit, "readvalue"}}, []any{"actions", 1}, `Did you mean "readValue"?`},
		{"newer action", Project, Rule{Subject: Secrets, Actions: []string{Edit, "rotate"}, AllowUnknown: true}, nil, ""},
		{"no action", Project, Rule{Subject: Secrets, AllowUnknown: true}, []any{"actions"}, "A rule needs at least one action"},
		{"mixed actions", Project, Rule{Subject: Secrets, Actions: []string{Read, ReadValue}, AllowUnknown: true}, []any{"actions"}, "read on secrets includes both"},
		{"deny", Project, Rule{Subject: Role, Actions: []string{Read}, Inverted: true}, []any{"effect"}, `Rules on role cannot have effect = "deny".`},
		{"key", Project, secrets(conditionOn("environment", Eq, "dev"), conditionOn("secret_path", Eq, "/")), []any{"condition", 1, "key"}, `Did you mean "secretPath"?`},
		{"newer key", Project, newer, nil, ""},
		{"key of plain subject", Project, Rule{Subject: Role, Actions: []string{Read}, Conditions: Conditions{conditionOn("environment", Eq, "dev")}}, []any{"condition", 0}, "Rules on role take no conditions."},
		{"operator", Project, secrets(conditionOn(secretTags, Eq, "a")), []any{"condition", 0, "eq"}, `"eq" is not an operator here; use in, all.`},
		{"operator twice", Project, secrets(conditionOn(secretPath, Glob, "/a/**"), conditionOn(secretPath, Glob, "/b/**")), []any{"condition", 1, "glob"}, "The key secretPath is compared by glob twice"},
		{"path", Project, secrets(conditionOn(secretPath, In, "/app", "app")), []any{"condition", 0, "in", 1}, `The value of secretPath must start with "/", and "app" does not.`},
		{"glob", Project, secrets(conditionOn(secretPath, Glob, "/{a")), []any{"condition", 0, "glob"}, `is not a supported glob: a "{" is not closed`},
		{"field", Project, Rule{Subject: "dynamic-secrets", Actions: []string{"lease"}, Conditions: Conditions{entryMatch(metadata, conditionOn("key", Eq, "a"), conditionOn("vale", Eq, "b"))}}, []any{"condition", 0, "elem_match", 1, "field"}, `Did you mean "value"?`},
		{"operator of a field", Project, Rule{Subject: "dynamic-secrets", Actions: []string{"lease"}, Conditions: Conditions{entryMatch(metadata, conditionOn("key", Glob, "a"))}}, []any{"condition", 0, "elem_match", 0, "glob"}, `use eq, ne, in.`},
		{"limit of an action", Project, Rule{Subject: Identity, Actions: []string{Create}, Conditions: Conditions{conditionOn("identityId", Eq, "a")}}, []any{"condition", 0}, "The action create on identity takes no condition on identityId"},
		{"assignable action", Project, Rule{Subject: Identity, Actions: []string{AssignAdditionalPrivileges}, Conditions: Conditions{conditionOn(assignableAction, Eq, "edit")}}, []any{"condition", 0}, "must be a subject and one of its actions"},
		{"organization", Organization, Rule{Subject: Secrets, Actions: []string{Read}}, []any{"subject"}, `"secrets" is not a subject`},
		{"inert", Project, Rule{Subject: "ssh-hosts", Actions: []string{Read}}, []any{"subject"}, "Servers accept rules on ssh-hosts and ignore them"},
		{"template in a glob", Project, secrets(conditionOn(secretPath, Glob, "/{{identity.metadata.team}}/**")), []any{"condition", 0, "glob"}, "does not quote the value"},
		{"template in ne", Project, secrets(conditionOn(secretPath, Ne, "/{{identity.metadata.team}}")), []any{"condition", 0, "ne"}, "holds for every object"},
	} {
		found := c.rule.Diagnose(c.scope)
		switch {
		case c.detail == "" && len(found) == 0:
		case len(found) != 1 || c.detail == "":
			t.Errorf("%s: %v", c.name, found)
		case !reflect.DeepEqual(found[0].Path, c.path) || !strings.Contains(found[0].Detail, c.detail):
			t.Errorf("%s: %v %q", c.name, found[0].Path, found[0].Detail)
		}
	}
}

func TestMerged(t *testing.T) {
	t.Parallel()
	given := Rule{Subject: Secrets, Actions: []string{Read}, Conditions: Conditions{
		conditionOn(secretPath, Glob, "/app/**"), conditionOn("environment", Eq, "dev"), conditionOn(secretPath, Ne, "/app/x"),
		entryMatch(metadata, conditionOn("key", Eq, "a"), conditionOn("key", Ne, "b")),
	}}
	const want = `{"subject":"secrets","action":["read"],"inverted":false,"conditions":{"secretPath":{"$glob":"/app/**","$ne":"/app/x"},` +
		`"environment":{"$eq":"dev"},"metadata":{"$elemMatch":{"key":{"$eq":"a","$ne":"b"}}}}}`
	if got, err := given.Merged().MarshalJSON(); err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if len(given.Conditions[0].Tests) != 1 {
		t.Errorf("merging has changed the rule: %v", given)
	}
}
