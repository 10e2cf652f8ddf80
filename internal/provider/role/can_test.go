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

func runCan(t *testing.T, permissions, question string, attributes ...string) (bool, *function.FuncError) {
	t.Helper()
	action, subject, _ := strings.Cut(question, " ")
	about, kinds := []attr.Value{}, []attr.Type{}
	for _, one := range attributes {
		about, kinds = append(about, literal(t, one)), append(kinds, types.DynamicType)
	}
	allowed, err := run(t, NewCanFunction(), types.BoolUnknown(),
		literal(t, permissions), types.StringValue(action), types.StringValue(subject), types.TupleValueMust(kinds, about))
	answer, _ := allowed.(types.Bool)
	return answer.ValueBool(), err
}

func TestCanEvaluates(t *testing.T) {
	const (
		app     = `{"subject":"secrets","actions":["readValue","describeSecret"],"conditions":{"environment":{"in":["dev","staging"]},"secret_path":{"glob":"/app/**"}}}`
		noProd  = `{"subject":"secrets","actions":["edit"]},{"subject":"secrets","actions":["edit"],"inverted":true,"conditions":{"environment":{"eq":"prod"}}}`
		team    = `{"subject":"secrets","actions":["edit"],"conditions":{"secret_path":{"eq":"/{{identity.metadata.team}}"}}}`
		tags    = `{"subject":"secrets","actions":["edit"],"conditions":{"secret_tags":{"in":["ci"]}}}`
		leases  = `{"subject":"dynamic-secrets","actions":["lease"],"conditions":{"metadata":{"elem_match":{"key":{"eq":"owner"},"value":{"in":["ci","cd"]}}}}}`
		account = `{"subject":"workspace","actions":["create"]},{"subject":"sso","actions":["read"]}`
		nulls   = `{"subject":"secrets","actions":["edit"],"inverted":null,"conditions":{"environment":{"eq":"dev","ne":null,"in":null,"glob":null,"elem_match":null}},"source":{"kind":"role"},"expires_at":null}`
	)
	for _, tc := range []struct {
		permissions, question string
		attributes            []string
		want                  bool
	}{
		{app, "readValue secrets", []string{`{"environment":"dev","secret_path":"/app/db"}`}, true},
		{app, "read secrets", []string{`{"environment":"dev","secret_path":"/app/db"}`}, true},
		{app, "readValue secrets", []string{`{"environment":"prod","secret_path":"/app/db"}`}, false},
		{app, "readValue secrets", []string{`{"environment":"dev","secret_path":"/other"}`}, false},
		{app, "readValue secrets", []string{`{"environment":"dev"}`}, false}, // the path is not known
		{app, "readValue secrets", []string{`{"environment":"dev","secret_path":null}`}, false},
		{app, "readValue secrets", nil, false},
		{app, "edit secrets", []string{`{"environment":"dev","secret_path":"/app/db"}`}, false},
		{noProd, "edit secrets", []string{`{"environment":"dev"}`}, true},
		{noProd, "edit secrets", []string{`{"environment":"prod"}`}, false}, // a denial always wins
		{noProd, "edit secrets", []string{`null`}, true},                    // as on the server
		{team, "edit secrets", []string{`{"secret_path":"/payments"}`}, false},
		{tags, "edit secrets", []string{`{"secret_tags":["a","ci"]}`}, true},
		{tags, "edit secrets", []string{`{"secret_tags":[]}`}, false},
		{leases, "lease dynamic-secrets", []string{`{"metadata":{"owner":"cd","x":"y"}}`}, true},
		{leases, "lease dynamic-secrets", []string{`{"metadata":{"x":"cd"}}`}, false},
		{account, "create project", nil, true}, // the organisation's two names of one thing
		{account, "read sso", nil, true},
		{account, "edit sso", []string{`{}`}, false},
		{nulls, "edit secrets", []string{`{"environment":"dev"}`}, true},
		{``, "read identity", nil, false},
		{`{"subject":"identity","actions":["read"]}`, "read identity", nil, true},
	} {
		if got, err := runCan(t, "["+tc.permissions+"]", tc.question, tc.attributes...); err != nil || got != tc.want {
			t.Errorf("%s with %s, %v: %t, %v", tc.question, tc.permissions, tc.attributes, got, err)
		}
	}
}

// TestCanRejects what cannot be meant, at the argument that is wrong.
func TestCanRejects(t *testing.T) {
	const fine = `[{"subject":"secrets","actions":["edit"]}]`
	for _, tc := range []struct {
		permissions, question string
		attributes            []string
		at                    int64
		sentence              string
	}{
		{`"x"`, "edit secrets", nil, 0, "must be a list"},
		{`["x"]`, "edit secrets", nil, 0, "index 0: it must be an object"},
		{`[{"subject":"secrets","action":["edit"]}]`, "edit secrets", nil, 0, `there is no "action"; there is subject, actions`},
		{`[{"actions":["edit"]}]`, "edit secrets", nil, 0, "permissions[0].subject: it is required"},
		{`[{"subject":"secrets","actions":[]}]`, "edit secrets", nil, 0, "permissions[0].actions: a rule needs at least one action"},
		{`[{"subject":"secrets","actions":[1]}]`, "edit secrets", nil, 0, "permissions[0].actions[0]"},
		{`[{"subject":"secret","actions":["edit"]}]`, "edit secrets", nil, 0, `"secret" is not a subject`},
		{`[{"subject":"sso","actions":["red"]}]`, "edit secrets", nil, 0, `permissions[0].actions[0]: "red" is not an action on sso`},
		{`[{"subject":"secrets","actions":["edit"]},{"subject":"sso","actions":["read"]}]`, "edit secrets", nil, 0, `permissions[1].subject: "sso" is not a subject`},
		{`[{"subject":"secrets","actions":["read","readValue"]}]`, "edit secrets", nil, 0, "read on secrets includes both"},
		{`[{"subject":"secrets","actions":["edit"],"conditions":[]}]`, "edit secrets", nil, 0, "conditions must be a map"},
		{`[{"subject":"secrets","actions":["edit"],"conditions":{"environment":"dev"}}]`, "edit secrets", nil, 0, "on environment must be an object"},
		{`[{"subject":"secrets","actions":["edit"],"conditions":{"environment":{"$eq":"dev"}}}]`, "edit secrets", nil, 0, `there is no "$eq"`},
		{`[{"subject":"secrets","actions":["edit"],"conditions":{"environment":{}}}]`, "edit secrets", nil, 0, "permissions[0].conditions.environment: a condition needs an operator: eq, ne"},
		{`[{"subject":"secrets","actions":["edit"],"conditions":{"secret_path":{"eq":"app"}}}]`, "edit secrets", nil, 0, `permissions[0].conditions.secret_path.eq: the value of secret_path must start with "/"`},
		{`[{"subject":"dynamic-secrets","actions":["lease"],"conditions":{"metadata":{"elem_match":"x"}}}]`, "lease dynamic-secrets", nil, 0, "on metadata: must be a map"},
		{`[{"subject":"sso","actions":["read"]}]`, "edit secrets", nil, 2, `no subject "secrets" where these permissions apply`},
		{fine, "reed secrets", nil, 1, `no action "reed" on secrets; there is create, delete`},
		{fine, "edit nothing", nil, 2, `no subject "nothing"`},
		{fine, "edit secrets", []string{`"x"`}, 3, "must be a map"},
		{fine, "edit secrets", []string{`{"environmnt":"x"}`}, 3, `there is no "environmnt"; there is environment, secret_path`},
		{fine, "edit secrets", []string{`{"environment":["x"]}`}, 3, "environment must be a text"},
		{fine, "edit secrets", []string{`{"secret_tags":"x"}`}, 3, "secret_tags must be a"},
		{fine, "edit secrets", []string{`{"secret_tags":[true]}`}, 3, "secret_tags must be a"},
		{`[]`, "lease dynamic-secrets", []string{`{"metadata":{"a":true}}`}, 3, `metadata "a" must be a text`},
		{fine, "edit secrets", []string{`{}`, `{}`}, 4, "one map"},
	} {
		_, err := runCan(t, tc.permissions, tc.question, tc.attributes...)
		if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != tc.at || !strings.Contains(err.Text, tc.sentence) {
			t.Errorf("%s with %s, %v: %+v", tc.question, tc.permissions, tc.attributes, err)
		}
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
