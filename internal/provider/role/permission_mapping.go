// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// rulesFrom converts the model to rules. Sets are sorted, so that equal models become equal rules. The API
// has one condition for each key, so conditions on one key are merged.
func rulesFrom(models []permissionModel) permission.Rules {
	rules := make(permission.Rules, len(models))
	for n, m := range models {
		rules[n] = permission.Rule{Subject: m.Subject.ValueString(), Actions: sortedTexts(m.Actions), Inverted: m.Effect.ValueString() == effectDeny}
		tests := map[string][]permission.Test{}
		for _, c := range m.Conditions {
			tests[c.Key.ValueString()] = append(tests[c.Key.ValueString()], c.test())
		}
		rules[n].Conditions = mergedConditions(tests)
	}
	return rules
}

// mergedConditions returns the conditions sorted by key and operator, nil if there are none.
func mergedConditions(tests map[string][]permission.Test) permission.Conditions {
	var conditions permission.Conditions
	for _, key := range slices.Sorted(maps.Keys(tests)) {
		slices.SortFunc(tests[key], func(a, b permission.Test) int { return strings.Compare(a.Operator, b.Operator) })
		conditions = append(conditions, permission.Condition{Key: key, Tests: tests[key]})
	}
	return conditions
}

func (c conditionModel) test() permission.Test {
	switch {
	case len(c.All) > 0:
		return permission.NewTest(permission.AllOf, sortedTexts(c.All)...)
	case !c.Glob.IsNull():
		return permission.NewTest(permission.Glob, c.Glob.ValueString())
	case len(c.ElemMatch) == 0:
		return c.comparisonModel.test()
	}
	fields := map[string][]permission.Test{}
	for _, m := range c.ElemMatch {
		fields[m.Field.ValueString()] = append(fields[m.Field.ValueString()], m.test())
	}
	return permission.Test{Operator: permission.ElemMatch, Fields: mergedConditions(fields)}
}

func (c comparisonModel) test() permission.Test {
	switch {
	case !c.Eq.IsNull():
		return permission.NewTest(permission.Eq, c.Eq.ValueString())
	case !c.Ne.IsNull():
		return permission.NewTest(permission.Ne, c.Ne.ValueString())
	}
	return permission.NewTest(permission.In, sortedTexts(c.In)...)
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
func readPermissions(scope permission.Scope, rules permission.Rules, prior []permissionModel) ([]permissionModel, error) {
	if rules == nil {
		return prior, nil
	}
	models, err := modelsOf(scope, rules, prior)
	if err != nil || samePermissions(models, prior) {
		return models, err
	}
	if kept, err := modelsOf(scope, throughV1(rulesFrom(prior)), nil); err == nil && samePermissions(models, kept) {
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

func modelsOf(scope permission.Scope, rules permission.Rules, prior []permissionModel) ([]permissionModel, error) {
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
			Subject: types.StringValue(rule.Subject), Actions: textSet(rule.Actions), Effect: types.StringValue(effectAllow), Conditions: conditions,
		}
		if rule.Inverted {
			models[n].Effect = types.StringValue(effectDeny)
		}
		switch {
		case n < len(prior) && samePermissions(models[n:n+1], prior[n:n+1]):
			models[n] = prior[n]
		case n < len(prior) && !prior[n].AllowUnknown.IsNull():
			models[n].AllowUnknown = prior[n].AllowUnknown
		case !rule.IsKnown(scope):
			models[n].AllowUnknown = types.BoolValue(true)
		}
	}
	return models, nil
}

// samePermissions reports whether two lists of rules are equal, rule by rule.
func samePermissions(a, b []permissionModel) bool { return rulesFrom(a).Equal(rulesFrom(b)) }

// conditionModels returns a condition for each key and operator.
func conditionModels(conditions permission.Conditions) ([]conditionModel, error) {
	models := []conditionModel{}
	for _, c := range conditions {
		for _, t := range c.Tests {
			m := conditionModel{Key: types.StringValue(c.Key), ElemMatch: []elemMatchModel{}}
			var err error
			switch t.Operator {
			case permission.ElemMatch:
				m.ElemMatch, err = elemMatchModels(t.Fields)
			case permission.AllOf:
				m.All = textSet(t.Values)
			case permission.Glob:
				m.Glob = types.StringValue(t.Values[0])
			default:
				err = m.set(t)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Key, err)
			}
			models = append(models, m)
		}
	}
	return models, nil
}

func (c *comparisonModel) set(t permission.Test) error {
	switch t.Operator {
	case permission.Eq:
		c.Eq = types.StringValue(t.Values[0])
	case permission.Ne:
		c.Ne = types.StringValue(t.Values[0])
	case permission.In:
		c.In = textSet(t.Values)
	default:
		return fmt.Errorf("the operator %s is not supported", t.Operator)
	}
	return nil
}

func elemMatchModels(fields permission.Conditions) ([]elemMatchModel, error) {
	var models []elemMatchModel
	for _, f := range fields {
		if f.Key != "key" && f.Key != "value" {
			return nil, fmt.Errorf("the field %s is not supported", f.Key)
		}
		for _, t := range f.Tests {
			m := elemMatchModel{Field: types.StringValue(f.Key)}
			if err := m.set(t); err != nil {
				return nil, err
			}
			models = append(models, m)
		}
	}
	return models, nil
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
