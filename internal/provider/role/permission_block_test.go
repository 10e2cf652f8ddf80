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

// condition is one with an operator. Without elem_match, that is an empty set, as in a configuration.
func condition(key, operator string, operand any) object {
	c := object{"key": key, "elem_match": []any{}}
	c[operator] = operand
	return c
}

var everyOperator = []any{
	object{"subject": "secrets", "actions": []any{"readValue", "edit"}, "effect": "allow", "condition": []any{
		condition("environment", "in", []any{"dev", "staging"}), condition("secretName", "ne", "root"),
		condition("secretPath", "glob", "/app/**"), condition("secretPath", "ne", "/app/x"), condition("secretTags", "all", []any{"a", "b"}),
	}},
	object{"subject": "dynamic-secrets", "actions": []any{"lease"}, "effect": "deny", "condition": []any{
		condition("metadata", "elem_match", []any{object{"field": "key", "eq": "team"}, object{"field": "value", "in": []any{"a", "b"}}, object{"field": "value", "ne": "c"}}),
	}},
	object{"subject": "role", "actions": []any{"read"}, "effect": "allow", "condition": []any{}},
}

// TestPermissionsRoundTrip checks that rules are sent in the API's form, and read back as configured.
func TestPermissionsRoundTrip(t *testing.T) {
	want := rules(t, everyOperator)
	sent := rulesFrom(want)
	const wire = `[{"subject":"secrets","action":["edit","readValue"],"inverted":false,"conditions":{"environment":{"$in":["dev","staging"]},"secretName":{"$ne":"root"},"secretPath":{"$glob":"/app/**","$ne":"/app/x"},"secretTags":{"$all":["a","b"]}}},` +
		`{"subject":"dynamic-secrets","action":["lease"],"inverted":true,"conditions":{"metadata":{"$elemMatch":{"key":{"$eq":"team"},"value":{"$in":["a","b"],"$ne":"c"}}}}},` +
		`{"subject":"role","action":["read"],"inverted":false}]`
	if text, err := json.Marshal(sent); err != nil || string(text) != wire {
		t.Errorf("sent\n%s\nnot\n%s", text, wire)
	}
	if err := sent.Check(permission.Project); err != nil {
		t.Error(err)
	}
	got, err := readPermissions(permission.Project, sent, nil)
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

// TestReadOfNewerRules checks that rules with unknown names are read in a form that can be planned.
func TestReadOfNewerRules(t *testing.T) {
	const newer, broken = `[{"subject":"teapots","action":["brew"]}]`, `[{"subject":"secrets","action":["read"],"conditions":{"secretPath":{"$eq":"app"}}}]`
	got, err := readPermissions(permission.Project, rulesIn(t, newer), nil)
	if err != nil || !got[0].AllowUnknown.ValueBool() {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = readPermissions(permission.Project, rulesIn(t, broken), nil); err != nil || !got[0].AllowUnknown.IsNull() {
		t.Errorf("allow_unknown would not make this valid: %v, %v", got, err)
	}
	prior := rules(t, []any{object{"subject": "secrets", "actions": []any{"read"}, "allow_unknown": true}})
	if got, err = readPermissions(permission.Project, rulesIn(t, broken), prior); err != nil || !got[0].AllowUnknown.ValueBool() {
		t.Errorf("a changed rule lost allow_unknown: %v, %v", got, err)
	}
}

// TestPermissionsKeepTheirForm checks that a read keeps the form of the prior rules if they are the same.
func TestPermissionsKeepTheirForm(t *testing.T) {
	rule := func(more object) []any {
		all := object{"subject": "secrets", "actions": []any{"edit", "create"}, "effect": "allow"}
		maps.Copy(all, more)
		return []any{all}
	}
	when := func(key, operator string, operand any) object {
		return object{"condition": []any{condition(key, operator, operand)}}
	}
	for name, tc := range map[string]struct {
		prior  []any
		answer string
		kept   bool
	}{
		"order of actions":   {rule(nil), `[{"subject":"secrets","action":["create","edit"]}]`, true},
		"null is allow":      {rule(object{"effect": nil}), `[{"subject":"secrets","action":["create","edit"],"inverted":false,"conditions":null}]`, true},
		"no conditions":      {rule(object{"condition": []any{}}), `[{"subject":"secrets","action":["create","edit"]}]`, true},
		"literal":            {rule(when("environment", "eq", "dev")), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":"dev"}}]`, true},
		"order of values":    {rule(when("environment", "in", []any{"b", "a"})), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":{"$in":["a","b"]}}}]`, true},
		"allow_unknown":      {rule(object{"allow_unknown": true}), `[{"subject":"secrets","action":["create","edit"]}]`, true},
		"order of blocks":    {rule(object{"condition": []any{condition("environment", "ne", "a"), condition("environment", "glob", "*")}}), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":{"$ne":"a","$glob":"*"}}}]`, true},
		"operator added":     {rule(when("environment", "eq", "dev")), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":{"$eq":"dev","$ne":"x"}}}]`, false},
		"one action":         {[]any{object{"subject": "role", "actions": []any{"read"}}}, `[{"subject":"role","action":"read"}]`, true},
		"another action":     {rule(nil), `[{"subject":"secrets","action":["create"]}]`, false},
		"denied":             {rule(nil), `[{"subject":"secrets","action":["create","edit"],"inverted":true}]`, false},
		"condition dropped":  {rule(when("environment", "eq", "dev")), `[{"subject":"secrets","action":["create","edit"]}]`, false},
		"condition added":    {rule(nil), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":"dev"}}]`, false},
		"in of one is no eq": {rule(when("environment", "in", []any{"a"})), `[{"subject":"secrets","action":["create","edit"],"conditions":{"environment":"a"}}]`, false},
	} {
		prior := rules(t, tc.prior)
		got, err := readPermissions(permission.Project, rulesIn(t, tc.answer), prior)
		if err != nil {
			t.Fatal(err)
		}
		if same := fmt.Sprint(got) == fmt.Sprint(prior); same != tc.kept || samePermissions(got, prior) != tc.kept {
			t.Errorf("%s: %v became %v", name, prior, got)
		}
	}
	prior := rules(t, everyOperator)
	if got, err := readPermissions(permission.Project, nil, prior); err != nil || len(got) != len(prior) {
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
		if _, err := readPermissions(permission.Project, rulesIn(t, answer), nil); err == nil || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	read, err := readPermissions(permission.Project, rulesIn(t, `[{"subject":"secrets","action":["read"],"conditions":{"secretPath":{"$glob":"{!(x)}"}}}]`), nil)
	if err != nil || read[0].Conditions[0].Glob.ValueString() != "{!(x)}" {
		t.Errorf("a pattern that only the server knows: %v, %v", read, err)
	}
}

// place returns a path with [] for elements of sets.
func place(at path.Path) string {
	var text strings.Builder
	for _, step := range at.Steps() {
		switch step := step.(type) {
		case path.PathStepAttributeName:
			text.WriteString("." + string(step))
		case path.PathStepElementKeyInt:
			fmt.Fprintf(&text, "[%d]", int64(step))
		default:
			text.WriteString("[]")
		}
	}
	return strings.TrimPrefix(text.String(), ".")
}

// TestPermissionsAreChecked checks that each mistake is reported at its place.
func TestPermissionsAreChecked(t *testing.T) {
	rule := func(subject string, actions []any, conditions ...object) []any {
		all := object{"subject": subject, "actions": actions, "condition": []any{}}
		for _, c := range conditions {
			all["condition"] = append(all["condition"].([]any), c)
		}
		return []any{object{"subject": "role", "actions": []any{"read"}}, all}
	}
	with := func(rules []any, name string, value any) []any {
		rules[1].(object)[name] = value
		return rules
	}
	when := func(key, operator string, operand any) []any {
		return rule("secrets", []any{"describeSecret"}, condition(key, operator, operand))
	}
	match := func(entries ...any) []any {
		return rule("dynamic-secrets", []any{"lease"}, condition("metadata", "elem_match", entries))
	}
	read := []any{"describeSecret"}
	const project, organization = permission.Project, permission.Organization
	for name, tc := range map[string]struct {
		scope permission.Scope
		rules []any
		at    string // in permission[1]
		text  string
	}{
		"good":                      {project, everyOperator, "", ""},
		"subject":                   {project, rule("secretz", read), "subject", `Did you mean "secrets"?`},
		"subject that is allowed":   {project, with(rule("secretz", read), "allow_unknown", true), "", ""},
		"subject perhaps allowed":   {project, with(rule("secretz", read), "allow_unknown", "?"), "", ""},
		"of the other scope":        {organization, rule("secrets", read), "subject", "Unknown subject"},
		"action":                    {project, rule("secrets", []any{"edti"}), "actions[]", `Did you mean "edit"?`},
		"key":                       {project, when("secretPaht", "eq", "/x"), "condition[].key", `Did you mean "secretPath"?`},
		"key in snake_case":         {project, when("secret_path", "eq", "/x"), "condition[].key", `Did you mean "secretPath"?`},
		"key that is allowed":       {project, with(when("secretColor", "eq", "/x"), "allow_unknown", true), "", ""},
		"mixed read":                {project, rule("secrets", []any{"read", "readValue"}), "actions", "give either read or the others"},
		"gone":                      {project, rule("secret-events", read), "subject", "use secret-event-subscriptions"},
		"gone action":               {organization, rule("kmip", []any{"setup"}), "actions[]", "use the actions of kmip-server"},
		"no effect":                 {project, rule("ssh-hosts", []any{"read"}), "subject", "Rule without effect"},
		"mixed grants":              {project, rule("identity", []any{"grant-privileges", "assign-role"}), "actions", "give either grant-privileges or the others"},
		"limited action":            {project, rule("identity", []any{"read", "create"}, condition("identityId", "eq", "x")), "condition[]", "The action create on identity takes no condition on identityId"},
		"assignable action":         {project, rule("identity", []any{"assign-additional-privileges"}, condition("assignableAction", "eq", "edit")), "condition[]", "must be a subject and one of its actions"},
		"template in a glob":        {project, when("secretPath", "glob", "/{{identity.metadata.team}}/**"), "condition[].glob", "Template in a pattern"},
		"template and ne":           {project, when("environment", "ne", "{{identity.metadata.env}}"), "condition[].ne", "Template compared with ne"},
		"no denial":                 {project, with(rule("role", []any{"read"}), "effect", "deny"), "effect", "cannot have effect"},
		"no conditions":             {project, rule("role", []any{"read"}, condition("environment", "eq", "x")), "condition[]", "take no conditions"},
		"none in an organization":   {organization, rule("identity", []any{"read"}, condition("identityId", "eq", "x")), "condition[]", "take no conditions"},
		"no operator":               {project, rule("secrets", read, object{"key": "environment", "elem_match": []any{}}), "condition[]", `The block with the key "environment" compares it with nothing. Set exactly one of eq, ne, in, all, glob, elem_match.`},
		"two operators":             {project, rule("secrets", read, object{"key": "environment", "eq": "a", "ne": "b", "elem_match": []any{}}), "condition[]", `The block with the key "environment" has eq and ne.`},
		"two conditions of one key": {project, rule("secrets", read, condition("environment", "eq", "a"), condition("environment", "ne", "b")), "", ""},
		"an operator twice":         {project, rule("secrets", read, condition("environment", "eq", "a"), condition("environment", "eq", "b")), "condition[].eq", "is compared by eq twice"},
		"other operator":            {project, rule("identity", []any{"read"}, condition("identityId", "glob", "*")), "condition[].glob", "is not an operator here; use eq, ne, in"},
		"glob":                      {project, when("secretPath", "glob", "/{a"), "condition[].glob", "is not a supported glob"},
		"path":                      {project, when("secretPath", "eq", "app"), "condition[].eq", `The value of secretPath must start with "/"`},
		"one path of two":           {project, when("secretPath", "in", []any{"/a", "b"}), "condition[].in[]", `must start with "/"`},
		"template":                  {project, when("environment", "eq", "{{identity.nam}}"), "condition[].eq", ""},
		"no operator of an entry":   {project, match(object{"field": "key"}), "condition[].elem_match[]", "Set exactly one of eq, ne, in"},
		"an entry's operator twice": {project, match(object{"field": "key", "eq": "x"}, object{"field": "key", "eq": "y"}), "condition[].elem_match[]", "Field compared twice"},
		"field":                     {project, match(object{"field": "vale", "eq": "x"}), "condition[].elem_match[].field", `Did you mean "value"?`},
		"empty elem_match":          {project, match(), "condition[]", "Missing operator"},
		"one of two unknown":        {project, rule("secrets", read, object{"key": "environment", "eq": "?", "ne": "b", "elem_match": []any{}}), "condition[]", "More than one operator"},
		"beside the unknown":        {project, rule("secrets", []any{"?"}, condition("secretPath", "eq", "x"), condition("environment", "in", "?")), "condition[].eq", "must start"},
		"unknown subject":           {project, rule("?", read, condition("x", "eq", "x")), "", ""},
		"unknown parts": {project, with(rule("dynamic-secrets", []any{"lease", "?"}, condition("?", "eq", "x"), condition("secretPath", "in", []any{"?"}),
			condition("metadata", "elem_match", []any{object{"field": "?", "eq": "?"}})), "effect", "?"), "", ""},
		"unknown conditions": {project, with(rule("secrets", read), "condition", "?"), "", ""},
		"unknown rule":       {project, []any{"?"}, "", ""},
		"all unknown":        {project, nil, "", ""},
	} {
		var value any = tc.rules
		if tc.rules == nil {
			value = "?"
		}
		req := validator.ListRequest{Path: path.Root("permission"), ConfigValue: configured(t, value)}
		var resp validator.ListResponse
		permissionsValidator{tc.scope}.ValidateList(t.Context(), req, &resp)
		if tc.at == "" {
			if len(resp.Diagnostics) > 0 {
				t.Errorf("%s: %v", name, resp.Diagnostics)
			}
			continue
		}
		warns := slices.ContainsFunc([]string{"Rule without effect", "Template "}, func(title string) bool { return strings.HasPrefix(tc.text, title) })
		if !slices.ContainsFunc(resp.Diagnostics, func(d diag.Diagnostic) bool {
			at, ok := d.(diag.DiagnosticWithPath)
			return ok && place(at.Path()) == "permission[1]."+tc.at && strings.Contains(d.Summary()+": "+d.Detail(), tc.text) && (d.Severity() == diag.SeverityWarning) == warns
		}) || len(resp.Diagnostics) != 1 {
			t.Errorf("%s: not %q at %s: %v", name, tc.text, tc.at, resp.Diagnostics)
		}
	}
}
