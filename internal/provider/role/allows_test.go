// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// literal is JSON as a configuration's literal: lists are tuples, and maps are objects.
func literal(t *testing.T, text string) types.Dynamic {
	t.Helper()
	var read any
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatal(text, err)
	}
	return types.DynamicValue(literalOf(t, read))
}

func literalOf(t *testing.T, read any) attr.Value {
	switch read := read.(type) {
	case string:
		return types.StringValue(read)
	case bool:
		return types.BoolValue(read)
	case float64:
		return types.Float64Value(read)
	case []any:
		elements, kinds := []attr.Value{}, []attr.Type{}
		for _, element := range read {
			elements = append(elements, literalOf(t, element))
			kinds = append(kinds, literalOf(t, element).Type(t.Context()))
		}
		return types.TupleValueMust(kinds, elements)
	case map[string]any:
		attributes, kinds := map[string]attr.Value{}, map[string]attr.Type{}
		for name, element := range read {
			attributes[name] = literalOf(t, element)
			kinds[name] = attributes[name].Type(t.Context())
		}
		return types.ObjectValueMust(kinds, attributes)
	}
	return types.DynamicNull()
}

func run(t *testing.T, f function.Function, result attr.Value, arguments ...attr.Value) (attr.Value, *function.FuncError) {
	t.Helper()
	response := function.RunResponse{Result: function.NewResultData(result)}
	f.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(arguments)}, &response)
	return response.Result.Value(), response.Error
}

func runAllows(t *testing.T, permissions, question string, attributes ...string) (bool, *function.FuncError) {
	t.Helper()
	action, subject, _ := strings.Cut(question, " ")
	about, kinds := []attr.Value{}, []attr.Type{}
	for _, one := range attributes {
		about, kinds = append(about, literal(t, one)), append(kinds, types.DynamicType)
	}
	allowed, err := run(t, NewAllowsFunction(), types.BoolUnknown(),
		literal(t, permissions), types.StringValue(action), types.StringValue(subject), types.TupleValueMust(kinds, about))
	answer, _ := allowed.(types.Bool)
	return answer.ValueBool(), err
}

func TestAllowsEvaluates(t *testing.T) {
	const (
		app     = `{"subject":"secrets","actions":["readValue","describeSecret"],"condition":[{"key":"environment","in":["dev","staging"]},{"key":"secretPath","glob":"/app/**"}]}`
		noProd  = `{"subject":"secrets","actions":["edit"]},{"subject":"secrets","actions":["edit"],"effect":"deny","condition":{"key":"environment","eq":"prod"}}`
		team    = `{"subject":"secrets","actions":["edit"],"condition":[{"key":"secretPath","eq":"/{{identity.metadata.team}}"}]}`
		tags    = `{"subject":"secrets","actions":["edit"],"condition":[{"key":"secretTags","in":["ci"]}]}`
		allTags = `{"subject":"secrets","actions":["edit"],"condition":[{"key":"secretTags","all":["ci","a"]}]}`
		leases  = `{"subject":"dynamic-secrets","actions":["lease"],"condition":[{"key":"metadata","elem_match":[{"field":"key","eq":"owner"},{"field":"value","in":["ci","cd"]}]}]}`
		account = `{"subject":"workspace","actions":["create"]},{"subject":"sso","actions":["read"]}`
		nulls   = `{"subject":"secrets","actions":["edit"],"effect":null,"allow_unknown":null,"condition":[{"key":"environment","eq":"dev","ne":null,"in":null,"glob":null,"all":null,"elem_match":[]}],"source":{"kind":"project_role"},"expires_at":null}`
		newer   = `{"subject":"quantum-vaults","actions":["open"],"allow_unknown":true}`
		ofAdmin = `{"subject":"audit-logs","actions":["create"],"source":{"kind":"project_role","slug":"admin"}}`
	)
	for _, tc := range []struct {
		permissions, question string
		attributes            []string
		want                  bool
	}{
		{app, "readValue secrets", []string{`{"environment":"dev","secretPath":"/app/db"}`}, true},
		{app, "read secrets", []string{`{"environment":"dev","secretPath":"/app/db"}`}, true},
		{app, "readValue secrets", []string{`{"environment":"prod","secretPath":"/app/db"}`}, false},
		{app, "readValue secrets", []string{`{"environment":"dev","secretPath":"/other"}`}, false},
		{app, "readValue secrets", []string{`{"environment":"dev"}`}, false}, // the path is not known
		{app, "readValue secrets", []string{`{"environment":"dev","secretPath":null}`}, false},
		{app, "readValue secrets", nil, false},
		{app, "edit secrets", []string{`{"environment":"dev","secretPath":"/app/db"}`}, false},
		{noProd, "edit secrets", []string{`{"environment":"dev"}`}, true},
		{noProd, "edit secrets", []string{`{"environment":"prod"}`}, false}, // a denial always wins
		{noProd, "edit secrets", []string{`null`}, true},                    // as on the server
		{team, "edit secrets", []string{`{"secretPath":"/payments"}`}, false},
		{tags, "edit secrets", []string{`{"secretTags":["a","ci"]}`}, true},
		{tags, "edit secrets", []string{`{"secretTags":[]}`}, false},
		{allTags, "edit secrets", []string{`{"secretTags":["ci","b","a"]}`}, true},
		{allTags, "edit secrets", []string{`{"secretTags":["ci"]}`}, false},
		{newer, "open quantum-vaults", nil, true},
		{newer, "read secrets", nil, false},
		{ofAdmin, "read secrets", nil, false}, // what a server returns is never rejected
		{leases, "lease dynamic-secrets", []string{`{"metadata":{"owner":"cd","x":"y"}}`}, true},
		{leases, "lease dynamic-secrets", []string{`{"metadata":{"x":"cd"}}`}, false},
		{account, "create project", nil, true}, // the organization has two names for it
		{account, "read sso", nil, true},
		{account, "edit sso", []string{`{}`}, false},
		{nulls, "edit secrets", []string{`{"environment":"dev"}`}, true},
		{``, "read identity", nil, false},
		{`{"subject":"identity","actions":["read"]}`, "read identity", nil, true},
	} {
		if got, err := runAllows(t, "["+tc.permissions+"]", tc.question, tc.attributes...); err != nil || got != tc.want {
			t.Errorf("%s with %s, %v: %t, %v", tc.question, tc.permissions, tc.attributes, got, err)
		}
	}
}

// TestAllowsRejects what cannot be meant, at the argument that is wrong.
func TestAllowsRejects(t *testing.T) {
	const fine = `[{"subject":"secrets","actions":["edit"]}]`
	for _, tc := range []struct {
		permissions, question string
		attributes            []string
		at                    int64
		sentence              string
	}{
		{`"x"`, "edit secrets", nil, 0, "must be a list"},
		{`["x"]`, "edit secrets", nil, 0, "permission[0]: it must be an object"},
		{`[{"subject":"secrets","action":["edit"]}]`, "edit secrets", nil, 0, `permission[0]: "action" is not known. Did you mean "actions"?`},
		{`[{"actions":["edit"]}]`, "edit secrets", nil, 0, "permission[0]: subject: it is required"},
		{`[{"subject":"secrets","actions":[]}]`, "edit secrets", nil, 0, "actions: it must be a list of texts with at least one"},
		{`[{"subject":"secrets","actions":[1]}]`, "edit secrets", nil, 0, "actions: it must be a list of texts"},
		{`[{"subject":"secret","actions":["edit"]}]`, "edit secrets", nil, 0, `"secret" is not a subject`},
		{`[{"subject":"sso","actions":["red"]}]`, "edit secrets", nil, 0, `"red" is not an action on sso`},
		{`[{"subject":"secrets","actions":["edit"]},{"subject":"sso","actions":["read"]}]`, "edit secrets", nil, 0, `permission[1]: "sso" is not a subject`},
		{`[{"subject":"secrets","actions":["read","readValue"]}]`, "edit secrets", nil, 0, "read on secrets includes both"},
		{`[{"subject":"secrets","actions":["edit"],"effect":"Deny"}]`, "edit secrets", nil, 0, `Did you mean "deny"?`},
		{`[{"subject":"secrets","actions":["edit"],"conditions":{"key":"environment"}}]`, "edit secrets", nil, 0, `Did you mean "condition"?`},
		{`[{"subject":"secrets","actions":["edit"],"condition":"x"}]`, "edit secrets", nil, 0, "condition: it must be a list of objects"},
		{`[{"subject":"secrets","actions":["edit"],"condition":[{"key":"environment","equal":"dev"}]}]`, "edit secrets", nil, 0, `permission[0]: condition[0]: "equal" is not known`},
		{`[{"subject":"secrets","actions":["edit"],"condition":[{"key":"environment"}]}]`, "edit secrets", nil, 0, "exactly one of eq, ne"},
		{`[{"subject":"secrets","actions":["edit"],"condition":[{"key":"environment","eq":"a","ne":"b"}]}]`, "edit secrets", nil, 0, "exactly one of eq, ne"},
		{`[{"subject":"secrets","actions":["edit"],"condition":[{"key":"secretPath","eq":"app"}]}]`, "edit secrets", nil, 0, `secretPath must start with "/"`},
		{`[{"subject":"dynamic-secrets","actions":["lease"],"condition":[{"key":"metadata","elem_match":"x"}]}]`, "lease dynamic-secrets", nil, 0, "elem_match: it must be a list"},
		{`[{"subject":"dynamic-secrets","actions":["lease"],"condition":[{"key":"metadata","elem_match":{"fild":"key","eq":"x"}}]}]`, "lease dynamic-secrets", nil, 0, `Did you mean "field"?`},
		{`[{"subject":"sso","actions":["read"]}]`, "edit secrets", nil, 2, `"secrets" is not a subject where these permissions apply`},
		{fine, "edt secrets", nil, 1, `"edt" is not an action on secrets. Did you mean "edit"?`},
		{fine, "edit nothing", nil, 2, `"nothing" is not a subject`},
		{fine, "edit secrets", []string{`"x"`}, 3, "must be a map"},
		{fine, "edit secrets", []string{`{"environmnt":"x"}`}, 3, `Did you mean "environment"?`},
		{fine, "edit secrets", []string{`{"secret_path":"/x"}`}, 3, `Did you mean "secretPath"?`},
		{fine, "edit secrets", []string{`{"environment":["x"]}`}, 3, "environment must be a text"},
		{fine, "edit secrets", []string{`{"secretTags":"x"}`}, 3, "secretTags a list"},
		{fine, "edit secrets", []string{`{"secretTags":[true]}`}, 3, "secretTags must be a"},
		{`[]`, "lease dynamic-secrets", []string{`{"metadata":{"a":true}}`}, 3, `metadata "a" must be a text`},
		{fine, "edit secrets", []string{`{}`, `{}`}, 4, "one map"},
	} {
		_, err := runAllows(t, tc.permissions, tc.question, tc.attributes...)
		if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != tc.at || !strings.Contains(err.Text, tc.sentence) {
			t.Errorf("%s with %s, %v: %+v", tc.question, tc.permissions, tc.attributes, err)
		}
	}
}

// TestExplain returns the rule that decides, counted from 1.
func TestExplain(t *testing.T) {
	const rules = `[{"subject":"secrets","actions":["read"]},{"subject":"secrets","actions":["edit"],"condition":[{"key":"environment","eq":"{{identity.metadata.env}}"}]},` +
		`{"subject":"secrets","actions":["edit"]},{"subject":"secrets","actions":["edit"],"effect":"deny","condition":[{"key":"environment","eq":"prod"}]}]`
	for question, want := range map[string]string{
		"edit secrets dev":  `allowed by rule 3: allow secrets.edit`,
		"edit secrets prod": `denied by rule 4: deny secrets.edit where environment is prod`,
		"delete secrets x":  `denied: no rule allows secrets.delete`,
	} {
		words := strings.Fields(question)
		got, err := run(t, NewExplainFunction(), types.StringUnknown(), literal(t, rules), types.StringValue(words[0]), types.StringValue(words[1]),
			types.TupleValueMust([]attr.Type{types.DynamicType}, []attr.Value{literal(t, `{"environment":"`+words[2]+`"}`)}))
		if err != nil || !got.Equal(types.StringValue(want)) {
			t.Errorf("%s: %s, %v; want %s", question, got, err, want)
		}
	}
	const folder = `[{"subject":"secrets","actions":["edit"],"source":{"kind":"project_role"}},` +
		`{"subject":"secrets","actions":["readValue"],"condition":[{"key":"environment","eq":"dev"},{"key":"secretPath","eq":"/a"}],"source":{"kind":"project_folder_access"}}]`
	for path, want := range map[string]string{
		"/a": "denied by access to the folder /a in dev, which replaces all rules there and does not allow secrets.edit",
		"/b": "allowed by rule 1: allow secrets.edit",
	} {
		got, err := run(t, NewExplainFunction(), types.StringUnknown(), literal(t, folder), types.StringValue("edit"), types.StringValue("secrets"),
			types.TupleValueMust([]attr.Type{types.DynamicType}, []attr.Value{literal(t, `{"environment":"dev","secretPath":"`+path+`"}`)}))
		if err != nil || !got.Equal(types.StringValue(want)) {
			t.Errorf("%s: %s, %v; want %s", path, got, err, want)
		}
	}
}

// TestNormalizedLists have every name of the blocks, and reject others.
func TestNormalizedLists(t *testing.T) {
	permissions := types.ListUnknown(permissionsElementType())
	got, err := run(t, NewPermissionsFunction(), permissions, literal(t, `[{"subject":"secrets","actions":["read"],"condition":{"key":"environment","eq":"dev"}}]`))
	if err != nil || !got.Equal(configured(t, []any{object{"subject": "secrets", "actions": []any{"read"}, "condition": []any{condition("environment", "eq", "dev")}}})) {
		t.Errorf("%s, %v", got, err)
	}
	got, err = run(t, NewRolesFunction(), types.ListUnknown(roleElementType), literal(t, `[{"slug":"viewer"},{"slug":"admin","temporary":{"start":"s","duration":"8h"}}]`))
	if err != nil || len(got.(types.List).Elements()) != 2 {
		t.Errorf("%s, %v", got, err)
	}
	for argument, sentence := range map[string]string{
		`[{"slug":"admin","temporay":{"start":"s","duration":"8h"}}]`: `role[0]: "temporay" is not known. Did you mean "temporary"?`,
		`[{"slug":"admin","temporary":{"start":"s","range":"8h"}}]`:   `role[0]: temporary: "range" is not known`,
		`[{"slug":"admin","temporary":{"start":"s"}}]`:                `temporary: duration: it is required`,
		`[{"role":"admin"}]`: `role[0]: "role" is not known. Did you mean "slug"?`,
		`[{}]`:               `slug: it is required`,
		`{}`:                 `must be a list`,
	} {
		if _, err := run(t, NewRolesFunction(), types.ListUnknown(roleElementType), literal(t, argument)); err == nil || !strings.Contains(err.Text, sentence) {
			t.Errorf("%s: %v", argument, err)
		}
	}
	for argument, sentence := range map[string]string{
		`[{"subject":"secrets","actions":["read"],"inverted":true}]`:                                      `permission[0]: "inverted" is not known. Did you mean "effect"?`,
		`[{"subject":"secrets","actions":["read"],"conditions":[]}]`:                                      `Did you mean "condition"?`,
		`[{"subject":"secrets","actions":["read"],"condition":{"environment":{"eq":"dev"}}}]`:             `permission[0]: condition: "environment" is not known`,
		`[{"subject":"secrets","actions":["read"],"expires_at":"2026-12-01T00:00:00Z"}]`:                  `permission[0]: expires_at: a permission block has no end`,
		`[{"subject":"secrets","actions":["read"],"condition":{"key":"environment","eq":true}}]`:          `permission[0]: condition: eq: it must be a text`,
		`[{"subject":"secrets","actions":["read"],"allow_unknown":"yes"}]`:                                `permission[0]: allow_unknown: it must be true or false`,
		`[{"subject":"secrets","actions":"read"}]`:                                                        `permission[0]: actions: it must be a list of texts`,
		`[{"subject":"secrets","actions":["read"]},{"subject":"secrets","actions":["read"],"efect":"x"}]`: `permission[1]: "efect" is not known. Did you mean "effect"?`,
	} {
		if _, err := run(t, NewPermissionsFunction(), permissions, literal(t, argument)); err == nil || err.FunctionArgument == nil || !strings.Contains(err.Text, sentence) {
			t.Errorf("%s: %v", argument, err)
		}
	}
	partly := types.ObjectValueMust(map[string]attr.Type{"subject": types.StringType, "actions": types.TupleType{ElemTypes: []attr.Type{types.DynamicType}}},
		map[string]attr.Value{"subject": types.StringUnknown(), "actions": types.TupleValueMust([]attr.Type{types.DynamicType}, []attr.Value{types.DynamicUnknown()})})
	got, err = run(t, NewPermissionsFunction(), permissions, types.DynamicValue(types.TupleValueMust([]attr.Type{partly.Type(t.Context())}, []attr.Value{partly})))
	if err != nil || len(got.(types.List).Elements()) != 1 {
		t.Errorf("a list with unknown texts became %s, %v", got, err)
	}
	if got, err := run(t, NewPermissionsFunction(), permissions, types.DynamicUnknown()); err != nil || !got.IsUnknown() {
		t.Errorf("an unknown list became %s, %v", got, err)
	}
}

func TestSecondsOfADuration(t *testing.T) {
	for text, want := range map[string]int64{"90d": 7776000, "1h30m": 5400, "15": 15, "0s": 0} {
		if got, err := run(t, NewSecondsFunction(), types.Int64Unknown(), types.StringValue(text)); err != nil || !got.Equal(types.Int64Value(want)) {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for text, sentence := range map[string]string{"": "must not be empty", "1.5h": "has a fraction", "5x": "is not a unit"} {
		if _, err := run(t, NewSecondsFunction(), types.Int64Unknown(), types.StringValue(text)); err == nil || err.FunctionArgument == nil || !strings.Contains(err.Text, sentence) {
			t.Errorf("%s: %+v", text, err)
		}
	}
}
