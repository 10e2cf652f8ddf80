// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/suggest"
)

// errUnknown is returned for a list that is not known yet.
var errUnknown = errors.New("the value is not known yet")

// permissionsOf converts the argument of a function to rules. It accepts lists, tuples and sets of objects
// and maps with the names of the block, among them those of data sources, and rejects all other names.
func permissionsOf(value attr.Value) ([]effectivePermission, error) {
	return listOf(value, "permission", permissionOf)
}

func permissionOf(value attr.Value) (effectivePermission, error) {
	a, err := argumentOf(value, "subject", "actions", "effect", "allow_unknown", "condition", "source", "expires_at")
	if err != nil {
		return effectivePermission{}, err
	}
	var m effectivePermission
	m.Subject = a.requiredText("subject")
	m.Actions = a.texts("actions", true)
	m.Effect = a.text("effect")
	m.AllowUnknown = a.flag("allow_unknown")
	m.ExpiresAt = a.text("expires_at")
	m.Conditions = list(&a, "condition", conditionOf)
	if effect := m.Effect.ValueString(); effect != "" && effect != effectAllow && effect != effectDeny {
		a.fail("effect", fmt.Sprintf("%q is neither %q nor %q.%s", effect, effectAllow, effectDeny, suggest.DidYouMean(effect, []string{effectAllow, effectDeny})))
	}
	if source := a.values["source"]; source != nil && !source.IsNull() {
		m.Source = new(permissionSource)
		m.Source.Kind = textAt(source, "kind")
	}
	return m, a.err
}

func conditionOf(value attr.Value) (conditionModel, error) {
	a, err := argumentOf(value, slices.Concat([]string{"key"}, operatorOrder)...)
	if err != nil {
		return conditionModel{}, err
	}
	m := conditionModel{Key: a.requiredText("key"), comparisonModel: comparisonOf(&a), All: a.texts("all", false), Glob: a.text("glob")}
	m.ElemMatch = list(&a, "elem_match", elemMatchOf)
	a.one(operatorOrder)
	return m, a.err
}

func elemMatchOf(value attr.Value) (elemMatchModel, error) {
	a, err := argumentOf(value, "field", "eq", "ne", "in")
	if err != nil {
		return elemMatchModel{}, err
	}
	m := elemMatchModel{Field: a.requiredText("field"), comparisonModel: comparisonOf(&a)}
	a.one([]string{"eq", "ne", "in"})
	return m, a.err
}

func comparisonOf(a *argument) comparisonModel {
	return comparisonModel{Eq: a.text("eq"), Ne: a.text("ne"), In: a.texts("in", false)}
}

// argument is an object of an argument of a function, and the first error in it.
type argument struct {
	values map[string]attr.Value
	err    error
}

// argumentOf returns an object or a map that has no other names than the known ones.
func argumentOf(value attr.Value, known ...string) (argument, error) {
	values, ok := attributesOf(value)
	if !ok {
		return argument{}, fmt.Errorf("it must be an object with %s", strings.Join(known, ", "))
	}
	return argument{values: values}, onlyKeys(values, known)
}

func (a *argument) fail(name, sentence string) {
	if a.err == nil {
		a.err = fmt.Errorf("%s: %s", name, sentence)
	}
}

// text returns a text, null if it is absent.
func (a *argument) text(name string) types.String {
	switch value := underlying(a.values[name]).(type) {
	case types.String:
		return value
	case nil:
	default:
		if value.IsUnknown() {
			return types.StringUnknown()
		}
		if !value.IsNull() {
			a.fail(name, "it must be a text")
		}
	}
	return types.StringNull()
}

func (a *argument) requiredText(name string) types.String {
	text := a.text(name)
	if text.IsNull() {
		a.fail(name, "it is required")
	}
	return text
}

func (a *argument) flag(name string) types.Bool {
	switch value := underlying(a.values[name]).(type) {
	case types.Bool:
		return value
	case nil:
	default:
		if value.IsUnknown() {
			return types.BoolUnknown()
		}
		if !value.IsNull() {
			a.fail(name, "it must be true or false")
		}
	}
	return types.BoolNull()
}

// texts returns a list or a set of texts, nil if it is absent.
func (a *argument) texts(name string, required bool) []types.String {
	value := underlying(a.values[name])
	switch {
	case value == nil || value.IsNull():
		if required {
			a.fail(name, "it is required")
		}
		return nil
	case value.IsUnknown():
		a.err = cmpErr(a.err, errUnknown)
		return nil
	}
	elements, ok := elementsOf(value)
	texts := make([]types.String, len(elements))
	for n, element := range elements {
		if element = underlying(element); element != nil && element.IsUnknown() {
			texts[n] = types.StringUnknown()
			continue
		}
		text, isText := element.(types.String)
		texts[n], ok = text, ok && isText && !text.IsNull()
	}
	if !ok || len(texts) == 0 {
		a.fail(name, "it must be a list of texts with at least one")
	}
	return texts
}

// one requires exactly one of the attributes.
func (a *argument) one(names []string) {
	given := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		value := underlying(a.values[name])
		elements, isList := elementsOf(value)
		return value == nil || value.IsNull() || isList && len(elements) == 0 && !value.IsUnknown()
	})
	if len(given) != 1 && a.err == nil {
		a.err = fmt.Errorf("exactly one of %s is required, not %d", strings.Join(names, ", "), len(given))
	}
}

// list returns the elements of an attribute that stands for blocks: a list, a set, or a single object.
func list[M any](a *argument, name string, convert func(attr.Value) (M, error)) []M {
	value := underlying(a.values[name])
	if value == nil || value.IsNull() {
		return []M{}
	}
	if _, single := attributesOf(value); single {
		m, err := convert(value)
		if err != nil {
			a.err = cmpErr(a.err, wrap(err, name))
		}
		return []M{m}
	}
	models, err := listOf(value, name, convert)
	a.err = cmpErr(a.err, err)
	return models
}

func listOf[M any](value attr.Value, name string, convert func(attr.Value) (M, error)) ([]M, error) {
	value = underlying(value)
	if value != nil && value.IsUnknown() {
		return nil, errUnknown
	}
	elements, ok := elementsOf(value)
	if !ok {
		return nil, fmt.Errorf("%s: it must be a list of objects", name)
	}
	models := make([]M, len(elements))
	for n, element := range elements {
		if element = underlying(element); element != nil && element.IsUnknown() {
			return nil, errUnknown
		}
		var err error
		if models[n], err = convert(element); err != nil {
			return nil, wrap(err, fmt.Sprintf("%s[%d]", name, n))
		}
	}
	return models, nil
}

// wrap puts the place before an error of something within it.
func wrap(err error, place string) error {
	if errors.Is(err, errUnknown) {
		return err
	}
	return fmt.Errorf("%s: %w", place, err)
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// nearNames are names of the API and of other providers for those of the blocks.
var nearNames = map[string]string{"inverted": "effect", "invert": "effect", "role": "slug", "range": "duration", "operator": "eq", "equals": "eq", "values": "in"}

// onlyKeys rejects names that are not known.
func onlyKeys[V any](given map[string]V, known []string) error {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(known, key) {
			hint := suggest.DidYouMean(key, known)
			if near := nearNames[key]; slices.Contains(known, near) {
				hint = fmt.Sprintf(" Did you mean %q?", near)
			}
			return fmt.Errorf("%q is not known.%s The names are %s", key, hint, strings.Join(known, ", "))
		}
	}
	return nil
}

// underlying returns the value within dynamic values.
func underlying(value attr.Value) attr.Value {
	if d, ok := value.(types.Dynamic); ok && !d.IsNull() && !d.IsUnknown() {
		return underlying(d.UnderlyingValue())
	}
	return value
}

// elementsOf returns the elements of a list, a tuple or a set.
func elementsOf(value attr.Value) ([]attr.Value, bool) {
	switch value := value.(type) {
	case types.Tuple:
		return value.Elements(), !value.IsNull()
	case types.List:
		return value.Elements(), !value.IsNull()
	case types.Set:
		return value.Elements(), !value.IsNull()
	}
	return nil, false
}

// attributesOf returns the attributes of an object, or the elements of a map.
func attributesOf(value attr.Value) (map[string]attr.Value, bool) {
	switch value := underlying(value).(type) {
	case types.Object:
		return value.Attributes(), !value.IsNull() && !value.IsUnknown()
	case types.Map:
		return value.Elements(), !value.IsNull() && !value.IsUnknown()
	}
	return nil, false
}

// textAt returns an attribute of an object, null if it has none.
func textAt(value attr.Value, name string) types.String {
	attributes, _ := attributesOf(value)
	if text, ok := underlying(attributes[name]).(types.String); ok {
		return text
	}
	return types.StringNull()
}
