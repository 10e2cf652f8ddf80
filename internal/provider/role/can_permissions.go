// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// parsePermissions returns the rules of a configuration, and the scopes in which they can apply.
func parsePermissions(permissions types.Dynamic) (permission.Rules, []permission.Scope, error) {
	list, ok := loose(permissions).([]any)
	if !ok {
		return nil, nil, errors.New("the permissions must be a list of objects")
	}
	written := make([]any, len(list))
	for n, element := range list {
		rule, err := ruleFrom(element)
		if err != nil {
			return nil, nil, fmt.Errorf("in the permission at index %d: %w", n, err)
		}
		written[n] = rule
	}
	managing := withoutManageAccess(list, written)
	encoded, err := json.Marshal(written)
	if err != nil {
		return nil, nil, err
	}
	rules, scopes, err := parseInAnyScope(encoded)
	for n := range managing {
		if err == nil {
			rules[n].Actions = append(rules[n].Actions, permission.ManageAccess)
		}
	}
	return rules, scopes, err
}

// withoutManageAccess removes the action manage-access, which no role can be written with, from effective
// permissions, and returns the indexes of those that had it.
func withoutManageAccess(list, written []any) map[int]bool {
	managing := map[int]bool{}
	for n, element := range list {
		given, _ := element.(map[string]any)
		rule, _ := written[n].(map[string]any)
		actions, _ := rule["action"].([]any)
		kept := slices.DeleteFunc(slices.Clone(actions), func(action any) bool { return action == permission.ManageAccess })
		if given["source"] != nil && given["subject"] == permission.SecretFolders && len(kept) > 0 && len(kept) < len(actions) {
			rule["action"], managing[n] = kept, true
		}
	}
	return managing
}

// parseInAnyScope parses rules with the tables of each scope, and returns the scopes that accept them.
func parseInAnyScope(list []byte) (rules permission.Rules, scopes []permission.Scope, err error) {
	var deepest *permission.InvalidError
	for _, scope := range []permission.Scope{permission.Project, permission.Organization} {
		parsed, parseErr := permission.Parse(scope, list)
		invalid, ok := errors.AsType[*permission.InvalidError](parseErr)
		switch {
		case parseErr == nil:
			rules, scopes = parsed, append(scopes, scope)
		case !ok:
			err = parseErr
		case deepest == nil || isFurther(invalid.Path, deepest.Path):
			deepest = invalid
		}
	}
	switch {
	case len(scopes) > 0:
		return rules, scopes, nil
	case err == nil && deepest != nil:
		err = fmt.Errorf("in permissions%s: %s", pathText(deepest.Path), attributeNames.Replace(deepest.Sentence))
	}
	return nil, nil, err
}

// isFurther reports whether an error is behind another one in the same list. Its scope is the one that is meant.
func isFurther(a, b []any) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) > len(b)
	}
	x, _ := a[0].(int)
	y, _ := b[0].(int)
	return x > y || x == y && len(a) > len(b)
}

// The keys of a permission: those of the attribute, and those that effective permissions have besides.
var permissionKeys = []string{"subject", "actions", "inverted", "conditions", "source", "expires_at"}

// ruleFrom returns a permission in the form of the API.
func ruleFrom(element any) (map[string]any, error) {
	given, ok := element.(map[string]any)
	if !ok {
		return nil, errors.New("it must be an object with subject and actions")
	}
	if err := onlyKeys(given, permissionKeys); err != nil {
		return nil, err
	}
	rule := map[string]any{}
	for key, name := range map[string]string{"subject": "subject", "actions": "action", "inverted": "inverted"} {
		if given[key] != nil {
			rule[name] = given[key]
		}
	}
	if given["conditions"] == nil {
		return rule, nil
	}
	conditions, err := conditionsFrom(given["conditions"])
	if err != nil {
		return nil, fmt.Errorf("conditions %w", err)
	}
	rule["conditions"] = conditions
	return rule, nil
}

// conditionsFrom returns conditions in the form of the API. Those of $elemMatch have the same form.
func conditionsFrom(value any) (map[string]any, error) {
	given, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("must be a map of objects")
	}
	conditions := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		condition, ok := given[key].(map[string]any)
		if !ok {
			return nil, fmt.Errorf(`on %s must be an object such as { eq = "dev" }`, key)
		}
		if err := onlyKeys(condition, slices.Sorted(maps.Keys(operators))); err != nil {
			return nil, fmt.Errorf("on %s: %w", key, err)
		}
		written := map[string]any{}
		for operator, wanted := range condition {
			if wanted == nil {
				continue
			}
			if operator == "elem_match" {
				inner, err := conditionsFrom(wanted)
				if err != nil {
					return nil, fmt.Errorf("on %s: %w", key, err)
				}
				wanted = inner
			}
			written[operators[operator]] = wanted
		}
		conditions[camel(key)] = written
	}
	return conditions, nil
}

// pathText returns a path in the form of the configuration: [2].conditions.secret_path.glob.
func pathText(path []any) string {
	var shown strings.Builder
	for _, part := range path {
		switch part := part.(type) {
		case int:
			fmt.Fprintf(&shown, "[%d]", part)
		case string:
			name := snake(strings.TrimPrefix(part, "$"))
			if name == "action" {
				name = "actions"
			}
			shown.WriteString("." + name)
		}
	}
	return shown.String()
}
