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
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

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
		if subject, ok := attributes["subject"].(types.String); ok && subject.ValueString() != "" {
			c := permissionCheck{v.scope, subject.ValueString(), req.Path.AtListIndex(n), &resp.Diagnostics}
			c.check(attributes)
		}
	}
}

// permissionCheck is the check of one rule.
type permissionCheck struct {
	scope   permission.Scope
	subject string
	at      path.Path
	diags   *diag.Diagnostics
}

func (c permissionCheck) check(attributes map[string]attr.Value) {
	if hint := permission.Replacement(c.scope, c.subject, ""); hint != "" {
		c.reject(c.at.AtName("subject"), "The server no longer has the subject "+c.subject+": "+hint+".")
		return
	}
	if permission.Actions(c.scope, c.subject) == nil {
		c.warnUnknown(c.at.AtName("subject"), "subject", c.subject, permission.Subjects(c.scope))
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
	if inverted, ok := attributes["inverted"].(types.Bool); ok && inverted.ValueBool() && !permission.Inverts(c.scope, c.subject) {
		c.reject(c.at.AtName("inverted"), "Rules on "+c.subject+" cannot be inverted. Leave out what it must not do.")
	}
	conditions, _ := attributes["conditions"].(types.Map)
	keys := permission.ConditionKeys(c.scope, c.subject)
	if len(conditions.Elements()) > 0 && len(keys) == 0 {
		c.reject(c.at.AtName("conditions"), "Rules on "+c.subject+" take no conditions. Leave them out, or the rule.")
		return
	}
	for name, element := range conditions.Elements() {
		c.condition(c.at.AtName("conditions").AtMapKey(name), name, element, keys, given)
	}
}

// actions checks the actions and returns them.
func (c permissionCheck) actions(set types.Set) []string {
	at, known, given := c.at.AtName("actions"), permission.Actions(c.scope, c.subject), []string{}
	for _, element := range set.Elements() {
		action, ok := element.(types.String)
		if !ok || action.ValueString() == "" {
			continue
		}
		given = append(given, action.ValueString())
		if hint := permission.Replacement(c.scope, c.subject, action.ValueString()); hint != "" {
			c.reject(at.AtSetValue(element), "The server does not accept "+action.ValueString()+" on "+c.subject+": "+hint+".")
		} else if !slices.Contains(known, action.ValueString()) {
			c.warnUnknown(at.AtSetValue(element), "action on "+c.subject, action.ValueString(), known)
		}
	}
	for _, action := range given {
		included := permission.IncludedActions(c.subject, action)
		if slices.ContainsFunc(included, func(newer string) bool { return slices.Contains(given, newer) }) {
			c.reject(at, fmt.Sprintf("%s on %s stands for %s, and cannot be given beside them. Give either %s or the others.", action, c.subject, strings.Join(included, " and "), action))
		}
	}
	return given
}

func (c permissionCheck) condition(at path.Path, name string, element attr.Value, keys []permission.ConditionKey, actions []string) {
	n := slices.IndexFunc(keys, func(key permission.ConditionKey) bool { return key.Name == camel(name) })
	if n < 0 {
		var names []string
		for _, key := range keys {
			names = append(names, snake(key.Name))
		}
		if snakeForm.MatchString(name) {
			c.warnUnknown(at, "condition key of "+c.subject, name, names)
		}
		return
	}
	for _, action := range actions {
		if allowed := keys[n].Actions; allowed != nil && !slices.Contains(allowed, action) && slices.Contains(permission.Actions(c.scope, c.subject), action) {
			c.reject(at, fmt.Sprintf("The action %s on %s takes no condition on %s; %s do. Put it into a rule of its own.", action, c.subject, name, strings.Join(allowed, ", ")))
		}
	}
	condition, _ := element.(types.Object)
	some := condition.IsUnknown()
	for operator, operand := range condition.Attributes() {
		if operand.IsNull() {
			continue
		}
		some = true
		if wire := operators[operator]; !slices.Contains(keys[n].Operators, wire) {
			c.reject(at.AtName(operator), fmt.Sprintf("Conditions on %s of %s do not take %s; they take %s.", name, c.subject, operator, operatorNames(keys[n].Operators)))
		} else {
			c.operand(at.AtName(operator), keys[n].Name, wire, operand)
		}
	}
	if !some {
		c.reject(at, "A condition needs an operator: "+operatorNames(keys[n].Operators)+".")
	}
}

// operand checks a value, and each element of a list, with the check of the rule language.
func (c permissionCheck) operand(at path.Path, key, operator string, value attr.Value) {
	if set, ok := value.(types.Set); ok {
		for _, element := range set.Elements() {
			if text, known := knownValue(element); known && text != "" {
				c.checkOperand(at.AtSetValue(element), key, map[string]any{operator: []any{text}})
			}
		}
	} else if operand, known := knownValue(value); known && operand != "" {
		c.checkOperand(at, key, map[string]any{operator: operand})
		c.hazard(at, operator, operand)
	}
}

// hazard warns of templates that make a condition match more than it seems to.
func (c permissionCheck) hazard(at path.Path, operator string, operand any) {
	text, _ := operand.(string)
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

func (c permissionCheck) checkOperand(at path.Path, key string, condition any) {
	action := permission.Actions(c.scope, c.subject)[0]
	written, _ := json.Marshal([]any{map[string]any{"subject": c.subject, "action": action, "conditions": map[string]any{key: condition}}}) // of strings and lists
	_, err := permission.Parse(c.scope, written)
	invalid, ok := errors.AsType[*permission.InvalidError](err)
	if !ok {
		return
	}
	if len(invalid.Path) > 4 { // [0 conditions key $elemMatch key $glob]
		for _, step := range invalid.Path[4:] {
			if name, ok := step.(string); ok {
				at = at.AtName(strings.TrimPrefix(name, "$"))
			}
		}
	}
	c.reject(at, "The server rejects this: "+attributeNames.Replace(invalid.Sentence)+".")
}

// operators maps the names in the configuration to those of the API.
var operators = map[string]string{
	"eq": permission.Eq, "ne": permission.Ne, "in": permission.In, "glob": permission.Glob, "elem_match": permission.ElemMatch,
}

var attributeNames = strings.NewReplacer(permission.ElemMatch, "elem_match", permission.AllOf, "all", permission.Eq, "eq", permission.Ne, "ne", permission.In, "in", permission.Glob, "glob",
	"secretPath", "secret_path", "accountPath", "account_path")

func operatorNames(operators []string) string {
	return attributeNames.Replace(strings.Join(operators, ", "))
}

// knownPart is a value as JSON has it, without what is unknown; known is false where nothing is left.
func knownValue(value attr.Value) (result any, known bool) {
	switch value := value.(type) {
	case basetypes.StringValue:
		return value.ValueString(), !value.IsNull() && !value.IsUnknown()
	case basetypes.SetValue:
		list := []any{}
		for _, element := range value.Elements() {
			if element, ok := knownValue(element); ok {
				list = append(list, element)
			}
		}
		return list, len(list) > 0
	case basetypes.ObjectValue:
		object, whole := map[string]any{}, !value.IsUnknown()
		for name, inner := range value.Attributes() {
			if inner.IsNull() {
				continue
			}
			if operator, is := operators[name]; is {
				name = operator
			}
			part, ok := knownValue(inner)
			if ok {
				object[name] = part
			}
			whole = whole && ok
		}
		return object, whole || len(object) > 0
	}
	return nil, false
}

func (c permissionCheck) reject(at path.Path, sentence string) {
	c.diags.AddAttributeError(at, "Invalid permission", sentence)
}

// newer warns of what a server that is newer than the tables may know.
func (c permissionCheck) warnUnknown(at path.Path, kind, name string, known []string) {
	c.diags.AddAttributeWarning(at, "Unknown "+kind, fmt.Sprintf(
		"%q is not one that this version of the provider knows; it is sent as it is, for a server that does. It knows: %s.", name, strings.Join(known, ", ")))
}
