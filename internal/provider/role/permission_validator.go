// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// permissionsValidator checks the known parts of the rules against the tables of the scope.
type permissionsValidator struct{ scope permission.Scope }

func (v permissionsValidator) Description(context.Context) string {
	return "rules with subjects, actions and condition keys of the " + string(v.scope)
}

func (v permissionsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v permissionsValidator) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for n, element := range req.ConfigValue.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsNull() || object.IsUnknown() {
			continue
		}
		at := req.Path.AtListIndex(n)
		rule := configuredRule(object, at, &resp.Diagnostics)
		for _, d := range rule.Diagnose(v.scope) {
			place := placeOf(at, object, d.Path)
			if d.Warning {
				resp.Diagnostics.AddAttributeWarning(place, d.Title, d.Detail)
			} else {
				resp.Diagnostics.AddAttributeError(place, d.Title, d.Detail)
			}
		}
	}
}

// configuredRule returns the rule with one condition for each block, in their order. Unknown texts are empty. It
// adds an error for each block that does not have exactly one operator.
func configuredRule(object types.Object, at path.Path, diags *diag.Diagnostics) permission.Rule {
	attributes := object.Attributes()
	effect, _ := attributes["effect"].(types.String)
	unknown, _ := attributes["allow_unknown"].(types.Bool)
	rule := permission.Rule{
		Subject: textOf(attributes["subject"]), Actions: textsIn(attributes["actions"]),
		Inverted: effect.ValueString() == effectDeny, AllowUnknown: unknown.ValueBool() || unknown.IsUnknown(),
	}
	for _, block := range elements(attributes["condition"]) {
		rule.Conditions = append(rule.Conditions, configuredCondition(block, "key", at.AtName("condition").AtSetValue(block), diags))
	}
	return rule
}

// configuredCondition returns the condition of a block, whose key is in the attribute name.
func configuredCondition(block attr.Value, name string, at path.Path, diags *diag.Diagnostics) permission.Condition {
	object, ok := block.(types.Object)
	if !ok || object.IsUnknown() {
		return permission.Condition{}
	}
	attributes := object.Attributes()
	condition := permission.Condition{Key: textOf(attributes[name])}
	var possible, given []string
	for _, operator := range operatorOrder {
		value, exists := attributes[operator]
		if !exists {
			continue
		}
		possible = append(possible, operator)
		if blocks, isSet := value.(types.Set); value.IsNull() || operator == "elem_match" && isSet && !blocks.IsUnknown() && len(blocks.Elements()) == 0 {
			continue
		}
		given = append(given, operator)
		condition.Tests = append(condition.Tests, configuredTest(operator, value, at, diags))
	}
	switch {
	case len(given) == 0:
		diags.AddAttributeError(at, "Missing operator", "The block with the "+name+" "+describe(condition.Key)+" compares it with nothing. Set exactly one of "+strings.Join(possible, ", ")+".")
	case len(given) > 1:
		diags.AddAttributeError(at, "More than one operator", "The block with the "+name+" "+describe(condition.Key)+" has "+strings.Join(given, " and ")+". Keep one operator, and write a block for each of the others.")
	}
	return condition
}

func describe(key string) string {
	if key == "" {
		return "that is not known yet"
	}
	return `"` + key + `"`
}

func configuredTest(operator string, value attr.Value, at path.Path, diags *diag.Diagnostics) permission.Test {
	switch operator {
	case "in", "all":
		return permission.NewTest(operators[operator], textsIn(value)...)
	case "elem_match":
		test, seen := permission.Test{Operator: permission.ElemMatch}, map[string]bool{}
		for _, block := range elements(value) {
			place := at.AtName(operator).AtSetValue(block)
			field := configuredCondition(block, "field", place, diags)
			if len(field.Tests) == 1 && field.Key != "" {
				twice := field.Key + field.Tests[0].Operator
				if seen[twice] {
					diags.AddAttributeError(place, "Field compared twice", "The field \""+field.Key+"\" is compared twice by the same operator. Merge the two blocks, or write two conditions.")
				}
				seen[twice] = true
			}
			test.Fields = append(test.Fields, field)
		}
		return test
	}
	return permission.NewTest(operators[operator], textOf(value))
}

// operators maps the names in the configuration to those of the API.
var operators = map[string]string{
	"eq": permission.Eq, "ne": permission.Ne, "in": permission.In, "all": permission.AllOf, "glob": permission.Glob, "elem_match": permission.ElemMatch,
}

// operatorOrder is the order of operators in messages.
var operatorOrder = []string{"eq", "ne", "in", "all", "glob", "elem_match"}

// textOf returns the value of a string; "" if it is null or unknown.
func textOf(value attr.Value) string {
	text, _ := value.(types.String)
	return text.ValueString()
}

// textsIn returns the values of a set; one empty text if the set is unknown.
func textsIn(value attr.Value) []string {
	if value == nil || value.IsUnknown() {
		return []string{""}
	}
	var texts []string
	for _, element := range elements(value) {
		texts = append(texts, textOf(element))
	}
	return texts
}

// elements returns the elements of a set; none if it is null or unknown.
func elements(value attr.Value) []attr.Value {
	all, _ := elementsOf(value)
	return all
}

// placeOf returns the path of a part of a rule. Indices count the elements of sets.
func placeOf(at path.Path, value attr.Value, steps []any) path.Path {
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			object, _ := value.(types.Object)
			value, at = object.Attributes()[step], at.AtName(step)
		case int:
			all := elements(value)
			if step >= len(all) {
				return at
			}
			value, at = all[step], at.AtSetValue(all[step])
		}
	}
	return at
}
