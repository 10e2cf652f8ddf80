// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	return "rules that the " + string(v.scope) + " has subjects, actions and condition keys for"
}

func (v permissionsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v permissionsValidator) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for n, element := range req.ConfigValue.Elements() {
		object, _ := element.(types.Object)
		attributes := object.Attributes()
		if subject := textOf(attributes["subject"]); subject != "" {
			allowUnknown, _ := attributes["allow_unknown"].(types.Bool)
			c := permissionCheck{v.scope, subject, allowUnknown.ValueBool() || allowUnknown.IsUnknown(), req.Path.AtListIndex(n), &resp.Diagnostics}
			c.check(attributes)
		}
	}
}

// permissionCheck is the check of one rule.
type permissionCheck struct {
	scope        permission.Scope
	subject      string
	allowUnknown bool
	at           path.Path
	diags        *diag.Diagnostics
}

func (c permissionCheck) check(attributes map[string]attr.Value) {
	if hint := permission.Replacement(c.scope, c.subject, ""); hint != "" {
		c.reject(c.at.AtName("subject"), "The server no longer has the subject "+c.subject+": "+hint+".")
		return
	}
	if permission.Actions(c.scope, c.subject) == nil {
		c.rejectUnknown(c.at.AtName("subject"), "subject", c.subject, permission.Subjects(c.scope))
		return
	}
	if permission.Inert(c.scope, c.subject) {
		c.diags.AddAttributeWarning(c.at.AtName("subject"), "Rule without effect",
			"Servers accept rules on "+c.subject+" and ignore them, as the product is gone. Remove the rule.")
		return
	}
	var given []string
	if actions, ok := attributes["actions"].(types.Set); ok {
		given = c.actions(actions)
	}
	if textOf(attributes["effect"]) == effectDeny && !permission.Inverts(c.scope, c.subject) {
		c.reject(c.at.AtName("effect"), "Rules on "+c.subject+" cannot deny. Leave out what must not be allowed.")
	}
	conditions, _ := attributes["condition"].(types.Set)
	keys := permission.ConditionKeys(c.scope, c.subject)
	if len(conditions.Elements()) > 0 && len(keys) == 0 {
		c.reject(c.at.AtName("condition"), "Rules on "+c.subject+" take no conditions. Remove the conditions or the rule.")
		return
	}
	seen := map[string]bool{}
	for _, element := range conditions.Elements() {
		c.condition(element, keys, given, seen)
	}
}

// actions checks the actions and returns them.
func (c permissionCheck) actions(set types.Set) []string {
	at, known, given := c.at.AtName("actions"), permission.Actions(c.scope, c.subject), []string{}
	for _, element := range set.Elements() {
		action := textOf(element)
		if action == "" {
			continue
		}
		given = append(given, action)
		if hint := permission.Replacement(c.scope, c.subject, action); hint != "" {
			c.reject(at.AtSetValue(element), "The server does not accept "+action+" on "+c.subject+": "+hint+".")
		} else if !slices.Contains(known, action) {
			c.rejectUnknown(at.AtSetValue(element), "action on "+c.subject, action, known)
		}
	}
	for _, action := range given {
		included := permission.IncludedActions(c.subject, action)
		if slices.ContainsFunc(included, func(newer string) bool { return slices.Contains(given, newer) }) {
			c.reject(at, fmt.Sprintf("%s on %s stands for %s and cannot be given beside them. Give either %s or the others.", action, c.subject, strings.Join(included, " and "), action))
		}
	}
	return given
}

// condition checks one condition. seen has the keys and operators of those before it.
func (c permissionCheck) condition(element attr.Value, keys []permission.ConditionKey, actions []string, seen map[string]bool) {
	object, _ := element.(types.Object)
	attributes, at := object.Attributes(), c.at.AtName("condition").AtSetValue(element)
	name := textOf(attributes["key"])
	if name == "" {
		return
	}
	n := slices.IndexFunc(keys, func(key permission.ConditionKey) bool { return key.Name == name })
	if n < 0 {
		var names []string
		for _, key := range keys {
			names = append(names, key.Name)
		}
		c.rejectUnknown(at.AtName("key"), "condition key of "+c.subject, name, names)
		return
	}
	for _, action := range actions {
		if allowed := keys[n].Actions; allowed != nil && !slices.Contains(allowed, action) && slices.Contains(permission.Actions(c.scope, c.subject), action) {
			c.reject(at.AtName("key"), fmt.Sprintf("The action %s on %s takes no condition on %s; %s do. Put it into a rule of its own.", action, c.subject, name, strings.Join(allowed, ", ")))
		}
	}
	operator := c.onlyOperator(at, attributes, "condition", keys[n].Operators)
	switch {
	case operator == "":
	case !slices.Contains(keys[n].Operators, operators[operator]):
		c.reject(at.AtName(operator), fmt.Sprintf("Conditions on %s of %s do not take %s; they take %s.", name, c.subject, operator, operatorNames(keys[n].Operators)))
	case seen[name+" "+operator]:
		c.reject(at.AtName(operator), fmt.Sprintf("Another condition of the rule compares %s with %s. Use each operator of a key once.", name, operator))
	case operator == "elem_match":
		c.elemMatch(at.AtName(operator), name, attributes[operator].(types.Set), keys[n].Entries)
	default:
		c.operand(at.AtName(operator), name, operators[operator], attributes[operator])
	}
	seen[name+" "+operator] = true
}

// elemMatch checks what a metadata entry must meet.
func (c permissionCheck) elemMatch(at path.Path, key string, set types.Set, operatorsOfEntries []string) {
	seen := map[string]bool{}
	for _, element := range set.Elements() {
		object, _ := element.(types.Object)
		attributes, at := object.Attributes(), at.AtSetValue(element)
		field := textOf(attributes["field"])
		operator := c.onlyOperator(at, attributes, "elem_match", operatorsOfEntries)
		switch {
		case operator == "" || field == "":
		case !slices.Contains(operatorsOfEntries, operators[operator]):
			c.reject(at.AtName(operator), fmt.Sprintf("elem_match does not take %s; it takes %s.", operator, operatorNames(operatorsOfEntries)))
		case seen[field+" "+operator]:
			c.reject(at.AtName(operator), fmt.Sprintf("Another elem_match of the condition compares the %s with %s. Use each operator of a field once.", field, operator))
		default:
			c.operand(at.AtName(operator), key, permission.ElemMatch+" "+field+" "+operators[operator], attributes[operator])
		}
		seen[field+" "+operator] = true
	}
}

// onlyOperator returns the name of the operator that is set, "" if the configuration does not know yet or
// does not have exactly one.
func (c permissionCheck) onlyOperator(at path.Path, attributes map[string]attr.Value, block string, allowed []string) string {
	var given []string
	for _, name := range operatorOrder {
		value := attributes[name]
		if set, ok := value.(types.Set); ok && name == "elem_match" && !set.IsUnknown() && len(set.Elements()) == 0 {
			continue // no block
		}
		if value != nil && !value.IsNull() {
			given = append(given, name)
		}
	}
	switch len(given) {
	case 1:
		return given[0]
	case 0:
		c.reject(at, fmt.Sprintf("The %s has no operator. Set one of %s.", block, operatorNames(allowed)))
	default:
		c.reject(at.AtName(given[1]), fmt.Sprintf("The %s has the operators %s. Set exactly one, and use a block of its own for each.", block, strings.Join(given, " and ")))
	}
	return ""
}

// operand checks a value, and each element of a set, with the check of the rule language.
func (c permissionCheck) operand(at path.Path, key, operator string, value attr.Value) {
	set, ok := value.(types.Set)
	if !ok {
		if text := textOf(value); text != "" {
			c.checkOperand(at, key, operator, text)
			c.hazard(at, operator, text)
		}
		return
	}
	for _, element := range set.Elements() {
		if text := textOf(element); text != "" {
			c.checkOperand(at.AtSetValue(element), key, operator, []any{text})
		}
	}
}

// hazard warns of templates that make a condition match more than it seems to.
func (c permissionCheck) hazard(at path.Path, operator, text string) {
	if !strings.Contains(text, "{{") {
		return
	}
	switch operator {
	case permission.Glob:
		c.diags.AddAttributeWarning(at, "Template in a pattern", "The server does not quote the value in "+text+": an identity whose metadata has \"**\" or \"{a,b}\" there "+
			"matches more. Use eq, or keep others from editing the metadata.")
	case permission.Ne:
		c.diags.AddAttributeWarning(at, "Template compared with ne", "For an identity without the value of "+text+" the condition holds for every object, "+
			"as the server compares with the template itself. Use eq or in.")
	}
}

// checkOperand checks value as the operand of an operator, or of the operators that enclose one another.
func (c permissionCheck) checkOperand(at path.Path, key, operator string, value any) {
	for _, enclosing := range slices.Backward(strings.Fields(operator)) {
		value = map[string]any{enclosing: value}
	}
	action := permission.Actions(c.scope, c.subject)[0]
	written, _ := json.Marshal([]any{map[string]any{"subject": c.subject, "action": action, "conditions": map[string]any{key: value}}}) // of strings and lists
	_, err := permission.Parse(c.scope, written)
	if invalid, ok := errors.AsType[*permission.InvalidError](err); ok {
		c.reject(at, "The server rejects this: "+attributeNames.Replace(invalid.Sentence)+".")
	}
}

// operators maps the names in the configuration to those of the API.
var operators = map[string]string{
	"eq": permission.Eq, "ne": permission.Ne, "in": permission.In, "all": permission.AllOf, "glob": permission.Glob, "elem_match": permission.ElemMatch,
}

// operatorOrder is the order of operators in messages.
var operatorOrder = []string{"eq", "ne", "in", "all", "glob", "elem_match"}

var attributeNames = strings.NewReplacer(permission.ElemMatch, "elem_match", permission.AllOf, "all", permission.Eq, "eq", permission.Ne, "ne", permission.In, "in", permission.Glob, "glob")

// operatorNames lists operators of the API that have a name in the configuration.
func operatorNames(allowed []string) string {
	var names []string
	for _, name := range operatorOrder {
		if slices.Contains(allowed, operators[name]) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// textOf returns a text, "" if it is null, unknown or no text.
func textOf(value attr.Value) string {
	text, _ := value.(types.String)
	return text.ValueString()
}

func (c permissionCheck) reject(at path.Path, sentence string) {
	c.diags.AddAttributeError(at, "Invalid permission", sentence)
}

// rejectUnknown rejects what only a server that is newer than the tables may know.
func (c permissionCheck) rejectUnknown(at path.Path, kind, name string, known []string) {
	if c.allowUnknown {
		return
	}
	c.diags.AddAttributeError(at, "Unknown "+kind, fmt.Sprintf("%q is not known.%s This version of the provider knows: %s. If the server is newer and knows it, set allow_unknown = true in the rule.",
		name, permission.DidYouMean(name, known), strings.Join(known, ", ")))
}
