// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// configured makes the attribute's value of texts, lists and maps; "?" is unknown.
func configured(t *testing.T, value any) types.List {
	t.Helper()
	kind := permissionsType().TerraformType(t.Context())
	list, err := permissionsType().ValueFromTerraform(t.Context(), terraformValue(kind, value))
	if err != nil {
		t.Fatal(err)
	}
	return list.(types.List)
}

func terraformValue(kind tftypes.Type, value any) tftypes.Value {
	if value == "?" {
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	}
	switch value := value.(type) {
	case []any:
		var inner tftypes.Type
		switch kind := kind.(type) {
		case tftypes.List:
			inner = kind.ElementType
		case tftypes.Set:
			inner = kind.ElementType
		}
		list := []tftypes.Value{}
		for _, element := range value {
			list = append(list, terraformValue(inner, element))
		}
		return tftypes.NewValue(kind, list)
	case map[string]any:
		parts := map[string]tftypes.Value{}
		switch kind := kind.(type) {
		case tftypes.Map:
			for name, inner := range value {
				parts[name] = terraformValue(kind.ElementType, inner)
			}
		case tftypes.Object:
			for name, inner := range kind.AttributeTypes {
				parts[name] = terraformValue(inner, value[name])
			}
		}
		return tftypes.NewValue(kind, parts)
	}
	return tftypes.NewValue(kind, value)
}

func rules(t *testing.T, value any) []permissionModel {
	t.Helper()
	var list []permissionModel
	if diags := tfsdk.ValueAs(t.Context(), configured(t, value), &list); diags.HasError() {
		t.Fatal(diags)
	}
	return list
}

type object = map[string]any

var everyOperator = []any{
	object{"subject": "secrets", "actions": []any{"readValue", "edit"}, "inverted": false, "conditions": object{
		"environment": object{"in": []any{"dev", "staging"}}, "secret_path": object{"glob": "/app/**"}, "secret_name": object{"ne": "root"}}},
	object{"subject": "dynamic-secrets", "actions": []any{"lease"}, "inverted": true, "conditions": object{
		"metadata": object{"elem_match": object{"key": object{"eq": "team"}, "value": object{"in": []any{"a", "b"}}}}}},
	object{"subject": "role", "actions": []any{"read"}, "inverted": false},
}

// TestPermissionsRoundTrip: what is sent is what the rule language reads, and reads back as configured.
func TestPermissionsRoundTrip(t *testing.T) {
	want := rules(t, everyOperator)
	sent := rulesFrom(want)
	const wire = `[{"subject":"secrets","action":["edit","readValue"],"inverted":false,"conditions":{"environment":{"$in":["dev","staging"]},"secretName":{"$ne":"root"},"secretPath":{"$glob":"/app/**"}}},` +
		`{"subject":"dynamic-secrets","action":["lease"],"inverted":true,"conditions":{"metadata":{"$elemMatch":{"key":{"$eq":"team"},"value":{"$in":["a","b"]}}}}},` +
		`{"subject":"role","action":["read"],"inverted":false}]`
	if text, err := json.Marshal(sent); err != nil || string(text) != wire {
		t.Errorf("sent\n%s\nnot\n%s", text, wire)
	}
	if err := sent.Check(permission.Project); err != nil {
		t.Error(err)
	}
	got, err := readPermissions(sent, nil)
	if err != nil {
		t.Fatal(err)
	}
	var value attr.Value
	if diags := tfsdk.ValueFrom(t.Context(), got, permissionsType(), &value); diags.HasError() || !value.Equal(configured(t, everyOperator)) {
		t.Errorf("read back as %v (%v)", value, diags)
	}
	if text, err := json.Marshal(rulesFrom(nil)); err != nil || string(text) != "[]" {
		t.Error("no rules are not sent as an empty list")
	}
}

// TestPermissionsKeepTheirForm as long as they mean what they meant.
func TestPermissionsKeepTheirForm(t *testing.T) {
	rule := func(more object) []any {
		all := object{"subject": "secrets", "actions": []any{"edit", "create"}, "inverted": false}
		maps.Copy(all, more)
		return []any{all}
	}
	for name, tc := range map[string]struct {
		prior  []any
		answer string
		kept   bool
	}{
		"order of actions":   {rule(nil), `[{"subject":"secrets","action":["create","edit"]}]`, true},
		"null is false":      {rule(object{"inverted": nil}), `[{"subject":"secrets","action":["create","edit"],"inverted":false,"conditions":null}]`, true},
		"no conditions":      {rule(object{"conditions": object{}}), `[{"subject":"secrets","action":["create","edit"]}]`, true},
		"literal":            {rule(object{"conditions": object{"environment": object{"eq": "dev"}}}), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":"dev"}}]`, true},
		"order of values":    {rule(object{"conditions": object{"environment": object{"in": []any{"b", "a"}}}}), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":{"$in":["a","b"]}}}]`, true},
		"one action":         {[]any{object{"subject": "role", "actions": []any{"read"}}}, `[{"subject":"role","action":"read"}]`, true},
		"another action":     {rule(nil), `[{"subject":"secrets","action":["create"]}]`, false},
		"inverted":           {rule(nil), `[{"subject":"secrets","action":["create","edit"],"inverted":true}]`, false},
		"condition dropped":  {rule(object{"conditions": object{"environment": object{"eq": "dev"}}}), `[{"subject":"secrets","action":["create","edit"]}]`, false},
		"condition added":    {rule(nil), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":"dev"}}]`, false},
		"in of one is no eq": {rule(object{"conditions": object{"environment": object{"in": []any{"a"}}}}), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":"a"}}]`, false},
	} {
		prior := rules(t, tc.prior)
		got, err := readPermissions(rulesIn(t, tc.answer), prior)
		if err != nil {
			t.Fatal(err)
		}
		if same := fmt.Sprint(got) == fmt.Sprint(prior); same != tc.kept || samePermissions(got, prior) != tc.kept {
			t.Errorf("%s: %v became %v", name, prior, got)
		}
	}
	prior := rules(t, everyOperator)
	if got, err := readPermissions(nil, prior); err != nil || len(got) != len(prior) {
		t.Errorf("absent rules were read as %v, %v", got, err)
	}
}

func rulesIn(t *testing.T, text string) permission.Rules {
	t.Helper()
	var rules permission.Rules
	if err := json.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestUnreadablePermissions(t *testing.T) {
	for answer, sentence := range map[string]string{
		`[["read","secrets"]]`: "cannot read",
		`[{"subject":"secrets","action":["read"],"conditions":{"environment":{"$regex":"x"}}}]`:                                "\"$regex\" is not an operator",
		`[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{"id":{"$eq":"x"}}}}}]`:       "the field id is not supported",
		`[{"subject":"secrets","action":["read"],"conditions":{"environment":{"$glob":["x"]}}}]`:                               "it must be a text, not a list",
		`[{"subject":"dynamic-secrets","action":["lease"],"conditions":{"metadata":{"$elemMatch":{"key":{"$elemMatch":4}}}}}]`: "cannot",
	} {
		if _, err := readPermissions(rulesIn(t, answer), nil); err == nil || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	read, err := readPermissions(rulesIn(t, `[{"subject":"secrets","action":["read"],"conditions":{"secretPath":{"$glob":"{!(x)}"}}}]`), nil)
	if err != nil || read[0].Conditions["secret_path"].Glob.ValueString() != "{!(x)}" {
		t.Errorf("a pattern that only the server knows: %v, %v", read, err)
	}
}

// TestPermissionsAreChecked at plan, each mistake at its place.
func TestPermissionsAreChecked(t *testing.T) {
	rule := func(subject string, actions []any, more object) []any {
		all := object{"subject": subject, "actions": actions}
		maps.Copy(all, more)
		return []any{object{"subject": "role", "actions": []any{"read"}}, all}
	}
	when := func(key string, condition object) object { return object{"conditions": object{key: condition}} }
	read := []any{"describeSecret"}
	at := path.Root("permissions").AtListIndex(1)
	conditions := at.AtName("conditions")
	const warning = "Unknown "
	for name, tc := range map[string]struct {
		scope permission.Scope
		rules []any
		at    path.Path
		text  string
	}{
		"good":                    {permission.Project, everyOperator, path.Empty(), ""},
		"subject":                 {permission.Project, rule("secretz", read, nil), at.AtName("subject"), warning + "subject"},
		"of the other scope":      {permission.Organization, rule("secrets", read, nil), at.AtName("subject"), warning + "subject"},
		"action":                  {permission.Project, rule("secrets", []any{"write"}, nil), at.AtName("actions").AtSetValue(types.StringValue("write")), warning + "action on secrets"},
		"key":                     {permission.Project, rule("secrets", read, when("secret_nam", object{"eq": "x"})), conditions.AtMapKey("secret_nam"), warning + "condition key of secrets"},
		"mixed read":              {permission.Project, rule("secrets", []any{"read", "readValue"}, nil), at.AtName("actions"), "Give either read or the others"},
		"gone":                    {permission.Project, rule("secret-events", read, nil), at.AtName("subject"), "use secret-event-subscriptions"},
		"gone action":             {permission.Organization, rule("kmip", []any{"setup"}, nil), at.AtName("actions").AtSetValue(types.StringValue("setup")), "use the actions of kmip-server"},
		"no effect":               {permission.Project, rule("ssh-hosts", []any{"read"}, nil), at.AtName("subject"), "Rule without effect"},
		"mixed grants":            {permission.Project, rule("identity", []any{"grant-privileges", "assign-role"}, nil), at.AtName("actions"), "Give either grant-privileges or the others"},
		"limited action":          {permission.Project, rule("identity", []any{"read", "create"}, when("identity_id", object{"eq": "x"})), conditions.AtMapKey("identity_id"), "The action create on identity takes no condition on identity_id"},
		"assignable action":       {permission.Project, rule("identity", []any{"assign-additional-privileges"}, when("assignable_action", object{"eq": "edit"})), conditions.AtMapKey("assignable_action").AtName("eq"), "must be a subject and one of its actions"},
		"template in a glob":      {permission.Project, rule("secrets", read, when("secret_path", object{"glob": "/{{identity.metadata.team}}/**"})), conditions.AtMapKey("secret_path").AtName("glob"), "Template in a pattern"},
		"template and ne":         {permission.Project, rule("secrets", read, when("environment", object{"ne": "{{identity.metadata.env}}"})), conditions.AtMapKey("environment").AtName("ne"), "Template compared with ne"},
		"not inverted":            {permission.Project, rule("role", []any{"read"}, object{"inverted": true}), at.AtName("inverted"), "cannot be inverted"},
		"no conditions":           {permission.Project, rule("role", []any{"read"}, when("environment", object{"eq": "x"})), conditions, "take no conditions"},
		"none in an organisation": {permission.Organization, rule("identity", []any{"read"}, when("identity_id", object{"eq": "x"})), conditions, "take no conditions"},
		"no operator":             {permission.Project, rule("secrets", read, when("environment", object{})), conditions.AtMapKey("environment"), "needs an operator: eq, ne, in, glob"},
		"other operator":          {permission.Project, rule("identity", []any{"read"}, when("identity_id", object{"glob": "*"})), conditions.AtMapKey("identity_id").AtName("glob"), "do not take glob; they take eq, ne, in"},
		"glob":                    {permission.Project, rule("secrets", read, when("secret_path", object{"glob": "/{a"})), conditions.AtMapKey("secret_path").AtName("glob"), `is not a supported glob`},
		"path":                    {permission.Project, rule("secrets", read, when("secret_path", object{"eq": "app"})), conditions.AtMapKey("secret_path").AtName("eq"), `value of secret_path must start with "/"`},
		"one path of two":         {permission.Project, rule("secrets", read, when("secret_path", object{"in": []any{"/a", "b"}})), conditions.AtMapKey("secret_path").AtName("in").AtSetValue(types.StringValue("b")), `must start with "/"`},
		"template":                {permission.Project, rule("secrets", read, when("environment", object{"eq": "{{identity.nam}}"})), conditions.AtMapKey("environment").AtName("eq"), ""},
		"empty pair":              {permission.Project, rule("dynamic-secrets", []any{"lease"}, when("metadata", object{"elem_match": object{}})), conditions.AtMapKey("metadata").AtName("elem_match"), "key, value or both"},
		"glob in a pair":          {permission.Project, rule("dynamic-secrets", []any{"lease"}, when("metadata", object{"elem_match": object{"key": object{"glob": "x"}}})), conditions.AtMapKey("metadata").AtName("elem_match").AtName("key").AtName("glob"), "not an operator here"},
		"beside the unknown":      {permission.Project, rule("secrets", []any{"?"}, when("secret_path", object{"eq": "x", "in": "?"})), conditions.AtMapKey("secret_path").AtName("eq"), "must start"},
		"unknown subject":         {permission.Project, rule("?", read, when("x", object{})), path.Empty(), ""},
		"unknown parts":           {permission.Project, rule("dynamic-secrets", []any{"lease", "?"}, object{"inverted": "?", "conditions": object{"environment": "?", "secret_path": object{"in": []any{"?"}}, "metadata": object{"elem_match": object{"key": object{"eq": "?"}}}}}), path.Empty(), ""},
		"unknown rule":            {permission.Project, []any{"?"}, path.Empty(), ""},
		"all unknown":             {permission.Project, nil, path.Empty(), ""},
	} {
		var value any = tc.rules
		if tc.rules == nil {
			value = "?"
		}
		req := validator.ListRequest{Path: path.Root("permissions"), ConfigValue: configured(t, value)}
		var resp validator.ListResponse
		permissionsValidator{tc.scope}.ValidateList(t.Context(), req, &resp)
		if tc.at.Equal(path.Empty()) {
			if len(resp.Diagnostics) > 0 {
				t.Errorf("%s: %v", name, resp.Diagnostics)
			}
			continue
		}
		if !slices.ContainsFunc(resp.Diagnostics, func(d diag.Diagnostic) bool {
			place, ok := d.(diag.DiagnosticWithPath)
			return ok && place.Path().Equal(tc.at) && strings.Contains(d.Summary()+": "+d.Detail(), tc.text) &&
				(d.Severity() == diag.SeverityWarning) == slices.ContainsFunc([]string{warning, "Rule without effect", "Template "}, func(prefix string) bool {
					return strings.HasPrefix(tc.text, prefix)
				})
		}) || len(resp.Diagnostics) != 1 {
			t.Errorf("%s: not %q at %s: %v", name, tc.text, tc.at, resp.Diagnostics)
		}
	}
}

func TestConditionKeysThereAndBack(t *testing.T) {
	for _, scope := range []permission.Scope{permission.Organization, permission.Project} {
		for _, subject := range permission.Subjects(scope) {
			for _, key := range permission.ConditionKeys(scope, subject) {
				if name := snake(key.Name); camel(name) != key.Name || !snakeForm.MatchString(name) {
					t.Errorf("%s is %s is %s", key.Name, name, camel(name))
				}
			}
		}
	}
}
