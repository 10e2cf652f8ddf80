// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// rulesFrom converts the model to rules. Sets and maps are sorted, so that equal models become equal
// rules.
func rulesFrom(models []permissionModel) permission.Rules {
	rules := make(permission.Rules, len(models))
	for n, m := range models {
		rules[n] = permission.Rule{Subject: m.Subject.ValueString(), Actions: sortedTexts(m.Actions), Inverted: m.Inverted.ValueBool()}
		for _, key := range slices.Sorted(maps.Keys(m.Conditions)) {
			rules[n].Conditions = append(rules[n].Conditions, m.Conditions[key].condition(camel(key)))
		}
	}
	return rules
}

func (c conditionModel) condition(key string) permission.Condition {
	condition := c.comparisonModel.condition(key)
	if c.ElemMatch != nil {
		t := permission.Test{Operator: permission.ElemMatch}
		if c.ElemMatch.Key != nil {
			t.Fields = append(t.Fields, c.ElemMatch.Key.condition("key"))
		}
		if c.ElemMatch.Value != nil {
			t.Fields = append(t.Fields, c.ElemMatch.Value.condition("value"))
		}
		condition.Tests = append(condition.Tests, t)
	}
	return condition
}

func (c comparisonModel) condition(key string) permission.Condition {
	condition := permission.Condition{Key: key}
	for _, one := range []struct {
		operator string
		value    types.String
	}{{permission.Eq, c.Eq}, {permission.Ne, c.Ne}, {permission.Glob, c.Glob}} {
		if !one.value.IsNull() {
			condition.Tests = append(condition.Tests, permission.NewTest(one.operator, one.value.ValueString()))
		}
	}
	if c.In != nil {
		condition.Tests = append(condition.Tests, permission.NewTest(permission.In, sortedTexts(c.In)...))
	}
	return condition
}

func sortedTexts(set []types.String) []string {
	texts := make([]string, len(set))
	for n, text := range set {
		texts[n] = text.ValueString()
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// readPermissions converts the rules of a response. Where a rule equals the prior one at its index, it
// keeps the configured form of that one. If the response has no rules, or rules that the oldest servers
// return for the prior ones, which allow the same in another form, the result is the prior rules.
func readPermissions(rules permission.Rules, prior []permissionModel) ([]permissionModel, error) {
	if rules == nil {
		return prior, nil
	}
	models, err := modelsOf(rules, prior)
	if err != nil || samePermissions(models, prior) {
		return models, err
	}
	if kept, err := modelsOf(throughV1(rulesFrom(prior)), nil); err == nil && samePermissions(models, kept) {
		return prior, nil
	}
	return models, nil
}

// throughV1 returns rules as a server with only the first version returns them, nil if they cannot be
// expressed in it.
func throughV1(rules permission.Rules) permission.Rules {
	if rules.Check(permission.Project) != nil {
		return nil
	}
	v1, err := rules.ToV1()
	if err != nil {
		return nil
	}
	return v1.ExpandV1()
}

func modelsOf(rules permission.Rules, prior []permissionModel) ([]permissionModel, error) {
	if err := rules.Readable(); err != nil {
		return nil, fmt.Errorf("the server has rules that this version of the provider cannot read: %w", err)
	}
	models := make([]permissionModel, len(rules))
	for n, rule := range rules {
		conditions, err := conditionModels(rule.Conditions)
		if err != nil {
			return nil, fmt.Errorf("the server has rules that this version of the provider cannot read: %w", err)
		}
		models[n] = permissionModel{
			Subject: types.StringValue(rule.Subject), Actions: textSet(rule.Actions), Inverted: types.BoolValue(rule.Inverted), Conditions: conditions,
		}
		if n < len(prior) && samePermissions(models[n:n+1], prior[n:n+1]) {
			models[n] = prior[n]
		}
	}
	return models, nil
}

// samePermissions reports whether two lists of rules are equal, rule by rule.
func samePermissions(a, b []permissionModel) bool { return rulesFrom(a).Equal(rulesFrom(b)) }

// conditionModels returns nil if there are no conditions.
func conditionModels(conditions permission.Conditions) (map[string]conditionModel, error) {
	if len(conditions) == 0 {
		return nil, nil
	}
	models := map[string]conditionModel{}
	for _, c := range conditions {
		var m conditionModel
		for _, t := range c.Tests {
			if t.Operator != permission.ElemMatch {
				if err := m.set(t); err != nil {
					return nil, fmt.Errorf("%s: %w", c.Key, err)
				}
				continue
			}
			fields, err := conditionModels(t.Fields)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Key, err)
			}
			if m.ElemMatch, err = elemMatchOf(fields); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Key, err)
			}
		}
		models[snake(c.Key)] = m
	}
	return models, nil
}

func (c *comparisonModel) set(t permission.Test) error {
	switch t.Operator {
	case permission.Eq:
		c.Eq = types.StringValue(t.Values[0])
	case permission.Ne:
		c.Ne = types.StringValue(t.Values[0])
	case permission.Glob:
		c.Glob = types.StringValue(t.Values[0])
	case permission.In:
		c.In = textSet(t.Values)
	default:
		return fmt.Errorf("the operator %s is not supported", t.Operator)
	}
	return nil
}

func elemMatchOf(fields map[string]conditionModel) (*elemMatchModel, error) {
	m := &elemMatchModel{}
	for name, field := range fields {
		switch {
		case field.ElemMatch != nil:
			return nil, errors.New("elem_match within elem_match is not supported")
		case name == "key":
			m.Key = &field.comparisonModel
		case name == "value":
			m.Value = &field.comparisonModel
		default:
			return nil, fmt.Errorf("the field %s is not supported", name)
		}
	}
	return m, nil
}

func textSet(list []string) []types.String {
	set := []types.String{}
	for _, text := range list {
		if value := types.StringValue(text); !slices.Contains(set, value) {
			set = append(set, value)
		}
	}
	return set
}

var (
	innerCapital = regexp.MustCompile(`[A-Z]`)
	afterLine    = regexp.MustCompile(`_[a-z0-9]`)
)

// snake converts secretPath to secret_path, and camel converts it back.
func snake(name string) string {
	return innerCapital.ReplaceAllStringFunc(name, func(capital string) string { return "_" + strings.ToLower(capital) })
}

func camel(name string) string {
	return afterLine.ReplaceAllStringFunc(name, func(letter string) string { return strings.ToUpper(letter[1:]) })
}
