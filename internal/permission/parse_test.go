// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestParse: rules are written as they were read, with actions as a list and inverted always present.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope       Scope
		given, read string // read empty: as given
	}{
		{Project, `[]`, ""},
		{Project, `[{"subject":"role","action":"read"}]`, `[{"subject":"role","action":["read"]}]`},
		{Project, `[{"action":["edit","read"],"subject":"role"}]`, `[{"subject":"role","action":["edit","read"]}]`},
		{Project, `[{"subject":"role","action":["read"],"inverted":false,"conditions":{},"id":7}]`, `[{"subject":"role","action":["read"]}]`},
		{Project, `[{"subject":"role","action":["read"],"inverted":null,"conditions":null}]`, `[{"subject":"role","action":["read"]}]`},
		{Project, `[{"subject":"secrets","action":["readValue"],"inverted":true,"conditions":{"environment":"dev"}}]`, ""},
		{Project, `[{"subject":"secrets","action":["read"],"conditions":{"secretPath":{"$glob":"/app/**","$ne":"/app/x"},"environment":{"$in":["dev","staging"]}}}]`, ""},
		{Project, `[{"subject":"secrets","action":["edit"],"conditions":{"secretPath":{"$glob":"app/*"},"secretTags":{"$in":["a"]},"eventType":{"$eq":"x"}}}]`, ""},
		{Project, `[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{"value":{"$ne":"b"},"key":{"$eq":"a"}}}}}]`, ""},
		{Project, `[{"subject":"identity","action":["assign-role"],"conditions":{"identityId":"{{identity.id}}","assignableRole":{"$ne":"{{ identity.metadata.team }}-x"}}}]`, ""},
		{Project, `[{"subject":"member","action":["read"],"inverted":true},{"subject":"ssh-hosts","action":["x"],"inverted":true,"conditions":{"y":"z"}}]`, ""},
		{Project, `[{"subject":"identity","action":["assign-additional-privileges"],"conditions":{"assignableSubject":"secrets","assignableAction":{"$in":["secrets:edit","secrets:readValue"]}}}]`, ""},
		{Project, `[{"subject":"secrets","action":["read"],"conditions":{"secretPath":"/{{identity.username}}/{{identity.auth.oidc.claims.sub}}"}}]`, ""},
		{Project, `[{"subject":"member","action":["assign-role"],"conditions":{"assignableRole":"viewer"}}]`, ""},
		{Project, `[{"subject":"secrets","action":["describeSecret","readValue"]},{"subject":"secrets","action":["create"]}]`, ""},
		{Organization, `[{"subject":"app-connections","action":["connect"],"inverted":true,"conditions":{"connectionId":{"$ne":"a"}}}]`, ""},
		{Organization, `[{"subject":"identity","action":["edit-auth"]},{"subject":"project","action":["create"]}]`, ""},
	} {
		if c.read == "" {
			c.read = c.given
		}
		rules, err := Parse(c.scope, []byte(c.given))
		if err != nil {
			t.Errorf("%s: %v", c.given, err)
			continue
		}
		c.read = withInverted(c.read)
		if written, err := json.Marshal(rules); err != nil || string(written) != c.read {
			t.Errorf("%s is written %s, %v", c.given, written, err)
		}
		var stored Rules
		if err := json.Unmarshal([]byte(c.read), &stored); err != nil || !stored.Equal(rules) {
			t.Errorf("%s is stored as %v, %v", c.read, stored, err)
		}
	}
}

var actionList = regexp.MustCompile(`"action":\[[^]]*\](,"inverted":true)?`)

// withInverted adds "inverted":false to the rules that have none.
func withInverted(rules string) string {
	return actionList.ReplaceAllStringFunc(rules, func(found string) string {
		if strings.HasSuffix(found, "]") {
			found += `,"inverted":false`
		}
		return found
	})
}

func TestParseRejects(t *testing.T) {
	t.Parallel()
	secrets := func(conditions string) string {
		return `[{"subject":"secrets","action":["edit"],"conditions":` + conditions + `}]`
	}
	for _, c := range []struct {
		scope Scope
		given string
		path  []any
	}{
		{Project, ``, nil},
		{Project, `null`, nil},
		{Project, `{}`, nil},
		{Project, `[`, nil},
		{Project, `[7]`, []any{0}},
		{Project, `[{"subject":"role","action":["read"]},{"action":["read"]}]`, []any{1, "subject"}},
		{Project, `[{"subject":"","action":["read"]}]`, []any{0, "subject"}},
		{Project, `[{"subject":7,"action":["read"]}]`, []any{0, "subject"}},
		{Project, `[{"subject":"Secrets","action":["edit"]}]`, []any{0, "subject"}},
		{Project, `[{"subject":"project","action":["edit"]}]`, []any{0, "subject"}},
		{Project, `[{"subject":"role","subject":"role","action":["read"]}]`, []any{0, "subject"}},
		{Project, `[{"subject":"role"}]`, []any{0, "action"}},
		{Project, `[{"subject":"role","action":null}]`, []any{0, "action"}},
		{Project, `[{"subject":"role","action":[]}]`, []any{0, "action"}},
		{Project, `[{"subject":"role","action":""}]`, []any{0, "action"}},
		{Project, `[{"subject":"role","action":"lease"}]`, []any{0, "action", 0}},
		{Project, `[{"subject":"role","action":["read","lease"]}]`, []any{0, "action", 1}},
		{Project, `[{"subject":"role","action":["read",""]}]`, []any{0, "action", 1}},
		{Project, `[{"subject":"role","action":["read",7]}]`, []any{0, "action", 1}},
		{Project, `[{"subject":"role","action":["read"],"inverted":"yes"}]`, []any{0, "inverted"}},
		{Project, `[{"subject":"role","action":["read"],"inverted":true}]`, []any{0, "inverted"}},
		{Project, `[{"subject":"pam-folders","action":["read"]}]`, []any{0, "subject"}},
		{Project, `[{"subject":"certificate-authorities","action":["read","renew"]}]`, []any{0, "action", 1}},
		{Project, `[{"subject":"secret-folders","action":["manage-access"]}]`, []any{0, "action", 0}},
		{Project, `[{"subject":"certificates","action":["read"],"conditions":{"metadata":{"$elemMatch":{"key":{"$ne":"a"}}}}}]`, []any{0, "conditions", "metadata", "$elemMatch", "key", "$ne"}},
		{Project, `[{"subject":"identity","action":["assign-additional-privileges"],"conditions":{"assignableAction":"edit"}}]`, []any{0, "conditions", "assignableAction"}},
		{Project, `[{"subject":"identity","action":["assign-additional-privileges"],"conditions":{"assignableSubject":"tags","assignableAction":"secrets:edit"}}]`, []any{0, "conditions", "assignableAction"}},
		{Organization, `[{"subject":"kmip","action":["setup"]}]`, []any{0, "action", 0}},
		{Project, `[{"subject":"role","action":["read"],"conditions":[]}]`, []any{0, "conditions"}},
		{Project, `[{"subject":"role","action":["read"],"conditions":{"environment":"dev"}}]`, []any{0, "conditions", "environment"}},
		{Project, secrets(`"dev"`), []any{0, "conditions"}},
		{Project, secrets(`{"env":"dev"}`), []any{0, "conditions", "env"}},
		{Project, secrets(`{"environment":7}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":""}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":{}}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"a","environment":"b"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":{"$regex":"a"}}`), []any{0, "conditions", "environment", "$regex"}},
		{Project, secrets(`{"environment":{"$eq":["a"]}}`), []any{0, "conditions", "environment", "$eq"}},
		{Project, secrets(`{"environment":{"$ne":""}}`), []any{0, "conditions", "environment", "$ne"}},
		{Project, secrets(`{"environment":{"$in":"dev"}}`), []any{0, "conditions", "environment", "$in"}},
		{Project, secrets(`{"environment":{"$in":[]}}`), []any{0, "conditions", "environment", "$in"}},
		{Project, secrets(`{"environment":{"$in":["dev",""]}}`), []any{0, "conditions", "environment", "$in", 1}},
		{Project, secrets(`{"environment":{"$elemMatch":{}}}`), []any{0, "conditions", "environment", "$elemMatch"}},
		{Project, secrets(`{"eventType":{"$glob":"a*"}}`), []any{0, "conditions", "eventType", "$glob"}},
		{Project, secrets(`{"secretTags":"a"}`), []any{0, "conditions", "secretTags"}},
		{Project, secrets(`{"secretTags":{"$eq":"a"}}`), []any{0, "conditions", "secretTags", "$eq"}},
		{Project, secrets(`{"secretPath":"app"}`), []any{0, "conditions", "secretPath"}},
		{Project, secrets(`{"secretPath":{"$ne":"app"}}`), []any{0, "conditions", "secretPath", "$ne"}},
		{Project, secrets(`{"secretPath":{"$in":["/app","app"]}}`), []any{0, "conditions", "secretPath", "$in", 1}},
		{Project, secrets(`{"secretPath":{"$glob":"/app/[a"}}`), []any{0, "conditions", "secretPath", "$glob"}},
		{Project, secrets(`{"secretPath":"/{{identity.metadata.a b}}"}`), []any{0, "conditions", "secretPath"}},
		{Project, secrets(`{"environment":"{{identity.metadata.a.b}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{identity.metadata}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{identity.role}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{#if identity.id}}a{{/if}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{{identity.id}}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{identity.id"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{process.env}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{identity.name}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{upper identity.id}}"}`), []any{0, "conditions", "environment"}},
		{Project, secrets(`{"environment":"{{stripPrefix identity.id}}"}`), []any{0, "conditions", "environment"}},
		{Organization, `[{"subject":"app-connections","action":["connect"],"conditions":{"connectionId":"{{identity.id}}"}}]`, []any{0, "conditions", "connectionId"}},
		{Project, secrets(`{"environment":{"$glob":"{{{a,b},c}"}}`), []any{0, "conditions", "environment", "$glob"}},
		{Project, `[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$eq":"a"}}}]`, []any{0, "conditions", "metadata", "$eq"}},
		{Project, `[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{}}}}]`, []any{0, "conditions", "metadata", "$elemMatch"}},
		{Project, `[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{"name":"a"}}}}]`, []any{0, "conditions", "metadata", "$elemMatch", "name"}},
		{Project, `[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{"key":{"$glob":"a"}}}}}]`, []any{0, "conditions", "metadata", "$elemMatch", "key", "$glob"}},
		{Organization, `[{"subject":"secrets","action":["read"]}]`, []any{0, "subject"}},
		{Organization, `[{"subject":"identity","action":["read"],"inverted":true}]`, []any{0, "inverted"}},
		{Organization, `[{"subject":"identity","action":["read"],"conditions":{"identityId":"a"}}]`, []any{0, "conditions", "identityId"}},
		{Organization, `[{"subject":"workspace","action":["read"]}]`, []any{0, "action", 0}},
	} {
		_, err := Parse(c.scope, []byte(c.given))
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !reflect.DeepEqual(invalid.Path, c.path) || invalid.Sentence == "" {
			t.Errorf("%s: %#v", c.given, err)
		}
	}
}

// TestConditionLimits: some actions take no conditions, or only some.
func TestConditionLimits(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`{"subject":"identity","action":["create"],"conditions":{"identityId":"a"}}`, `{"subject":"identity","action":["read","create"],"conditions":{"identityId":"a"}}`,
		`{"subject":"identity","action":["edit-auth"],"conditions":{"assignableRole":"a"}}`, `{"subject":"member","action":["assign-role"],"conditions":{"assignableSubject":"tags"}}`,
		`{"subject":"groups","action":["create"],"conditions":{"groupName":"a"}}`,
	} {
		_, err := Parse(Project, []byte(`[`+rule+`]`))
		var conflict *ConflictError
		if !errors.As(err, &conflict) || conflict.Path[1] != "conditions" {
			t.Errorf("%s: %#v", rule, err)
		}
	}
}

func TestMixedActions(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`{"subject":"secrets","action":["read","readValue"]}`, `{"subject":"secrets","action":["describeSecret","edit","read"]}`,
		`{"subject":"identity","action":["grant-privileges","assign-role"]}`,
	} {
		_, err := Parse(Project, []byte(`[{"subject":"role","action":"read"},`+rule+`]`))
		var mixed *ConflictError
		if !errors.As(err, &mixed) || !reflect.DeepEqual(mixed.Path, []any{1, "action"}) || mixed.Sentence == "" {
			t.Errorf("%s: %#v", rule, err)
		}
	}
}

// TestUnreadRulesAreKept: a rule that this version cannot read is written as it was read.
func TestUnreadRulesAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[["read","secrets"]]`, `[7]`, `[{"subject":"secrets","action":["edit"],"conditions":{"environment":{"$regex":"x"}}}]`} {
		rules := reread(t, text)
		_, invalid := errors.AsType[*InvalidError](rules.Readable())
		if written(t, rules) != text || !invalid {
			t.Errorf("%s: %s, %v", text, written(t, rules), rules.Readable())
		}
	}
}
