// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// sentPermissions are rules as the API takes them. Rules that mean the same are the same text.
func sentPermissions(rules []permissionModel) json.RawMessage {
	list := make([]api.Rule, len(rules))
	for n, rule := range rules {
		list[n] = api.Rule{Subject: rule.Subject.ValueString(), Action: sortedTexts(rule.Actions), Inverted: rule.Inverted.ValueBool()}
		conditions := map[string]any{}
		for key, condition := range rule.Conditions {
			conditions[camel(key)] = condition.sent()
		}
		if len(conditions) > 0 {
			list[n].Conditions = encoded(conditions)
		}
	}
	return encoded(list)
}

// encoded is for what always marshals: texts and booleans.
func encoded(value any) json.RawMessage {
	text, _ := json.Marshal(value)
	return text
}

func (c conditionModel) sent() map[string]any {
	sent := c.comparisonModel.sent()
	if c.ElemMatch != nil {
		fields := map[string]any{}
		for name, field := range map[string]*comparisonModel{"key": c.ElemMatch.Key, "value": c.ElemMatch.Value} {
			if field != nil {
				fields[name] = field.sent()
			}
		}
		sent[permission.ElemMatch] = fields
	}
	return sent
}

func (c comparisonModel) sent() map[string]any {
	sent := map[string]any{}
	for operator, value := range map[string]types.String{permission.Eq: c.Eq, permission.Ne: c.Ne, permission.Glob: c.Glob} {
		if !value.IsNull() {
			sent[operator] = value.ValueString()
		}
	}
	if c.In != nil {
		sent[permission.In] = sortedTexts(c.In)
	}
	return sent
}

func sortedTexts(set []types.String) []string {
	texts := make([]string, len(set))
	for n, text := range set {
		texts[n] = text.ValueString()
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// readPermissions are rules as the API answers them, where a rule that means what the prior one in
// its place does keeps that one's spelling. An absent answer keeps the prior rules, and so does one
// that is what the oldest servers make of them: it allows the same, in another order.
func readPermissions(answer json.RawMessage, prior []permissionModel) ([]permissionModel, error) {
	if answer == nil {
		return prior, nil
	}
	rules, err := spelled(answer, prior)
	if err != nil || samePermissions(rules, prior) {
		return rules, err
	}
	if through := throughV1(prior); through != nil {
		if kept, err := spelled(through, nil); err == nil && samePermissions(rules, kept) {
			return prior, nil
		}
	}
	return rules, nil
}

// throughV1 are rules as they come back from a server that has their first version alone; nil where
// they cannot be said in it.
func throughV1(rules []permissionModel) json.RawMessage {
	parsed, err := permission.Parse(permission.Project, sentPermissions(rules))
	if err != nil {
		return nil
	}
	said, err := parsed.ToV1()
	if err != nil {
		return nil
	}
	return encoded(said.WidenV1())
}

// spelled are rules in the words of the prior ones, where they mean the same in the same place.
func spelled(answer json.RawMessage, prior []permissionModel) ([]permissionModel, error) {
	var list []answeredRule
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, fmt.Errorf("the server keeps rules that this version of the provider cannot read: %w", err)
	}
	rules := make([]permissionModel, len(list))
	for n, rule := range list {
		rules[n] = permissionModel{
			Subject: types.StringValue(rule.Subject), Actions: textSet(rule.Action), Inverted: types.BoolValue(rule.Inverted), Conditions: rule.Conditions,
		}
		if n < len(prior) && samePermissions(rules[n:n+1], prior[n:n+1]) {
			rules[n] = prior[n]
		}
	}
	return rules, nil
}

// samePermissions tells whether two lists of rules mean the same, rule by rule.
func samePermissions(a, b []permissionModel) bool {
	return bytes.Equal(sentPermissions(a), sentPermissions(b))
}

// answeredRule is a rule in any of the forms that servers have kept.
type answeredRule struct {
	Subject    string             `json:"subject"`
	Action     oneOrMore          `json:"action"`
	Inverted   bool               `json:"inverted"`
	Conditions answeredConditions `json:"conditions"`
}

// oneOrMore is a list, or the one element of it.
type oneOrMore []string

func (texts *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*texts = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(texts))
}

// answeredConditions are nil where there is none.
type answeredConditions map[string]conditionModel

func (c *answeredConditions) UnmarshalJSON(data []byte) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(data, &given); err != nil || len(given) == 0 {
		return err
	}
	*c = answeredConditions{}
	for key, value := range given {
		condition, err := readCondition(value)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		(*c)[snake(key)] = condition
	}
	return nil
}

// readCondition reads {"$eq": "x"}, and "x", which means the same.
func readCondition(value json.RawMessage) (read conditionModel, err error) {
	var literal string
	if json.Unmarshal(value, &literal) == nil {
		read.Eq = types.StringValue(literal)
		return read, nil
	}
	var operators map[string]json.RawMessage
	if err := json.Unmarshal(value, &operators); err != nil {
		return read, err
	}
	for operator, operand := range operators {
		var one string
		var many oneOrMore
		switch operator {
		case permission.Eq, permission.Ne, permission.Glob:
			err = json.Unmarshal(operand, &one)
			*map[string]*types.String{permission.Eq: &read.Eq, permission.Ne: &read.Ne, permission.Glob: &read.Glob}[operator] = types.StringValue(one)
		case permission.In:
			err = json.Unmarshal(operand, &many)
			read.In = textSet(many)
		case permission.ElemMatch:
			read.ElemMatch, err = readElemMatch(operand)
		default:
			err = fmt.Errorf("there is no operator %s", operator)
		}
		if err != nil {
			return read, err
		}
	}
	return read, nil
}

func readElemMatch(value json.RawMessage) (*elemMatchModel, error) {
	var fields answeredConditions
	if err := json.Unmarshal(value, &fields); err != nil {
		return nil, err
	}
	read := &elemMatchModel{}
	for name, field := range fields {
		at, known := map[string]**comparisonModel{"key": &read.Key, "value": &read.Value}[name]
		if !known || field.ElemMatch != nil {
			return nil, fmt.Errorf("there is no field %s of this kind", name)
		}
		*at = &field.comparisonModel
	}
	return read, nil
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

// snake makes secret_path of the API's secretPath, and camel the other way round.
func snake(name string) string {
	return innerCapital.ReplaceAllStringFunc(name, func(capital string) string { return "_" + strings.ToLower(capital) })
}

func camel(name string) string {
	return afterLine.ReplaceAllStringFunc(name, func(letter string) string { return strings.ToUpper(letter[1:]) })
}
