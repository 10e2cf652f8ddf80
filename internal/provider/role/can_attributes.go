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

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// parseAttributes returns the attributes of an object of the subject.
func parseAttributes(value types.Dynamic, subject string, scopes []permission.Scope) (permission.Attributes, error) {
	given, ok := loose(value).(map[string]any)
	if !ok && loose(value) != nil {
		return nil, errors.New("the attributes must be a map")
	}
	var keys []string
	for _, scope := range scopes {
		for _, key := range permission.ConditionKeys(scope, subject) {
			keys = append(keys, snake(key.Name))
		}
	}
	if err := onlyKeys(given, keys); err != nil {
		return nil, fmt.Errorf("in the attributes of %s: %w", subject, err)
	}
	attributes := permission.Attributes{}
	for key, value := range given {
		attribute, err := parseAttribute(key, value)
		if err != nil {
			return nil, err
		}
		if attribute != nil {
			attributes[camel(key)] = attribute
		}
	}
	return attributes, nil
}

// parseAttribute returns nil for null, an attribute that the object lacks.
func parseAttribute(key string, value any) (permission.Attribute, error) {
	switch key {
	case "secret_tags":
		if texts, ok := textsOf(value); ok {
			return texts, nil
		}
	case "metadata":
		if pairs, ok := value.(map[string]any); ok {
			return entriesOf(pairs)
		}
	default:
		if text, ok := value.(string); ok {
			return permission.Text(text), nil
		}
	}
	if value == nil {
		return nil, nil
	}
	return nil, fmt.Errorf("the attribute %s must be a text; secret_tags a list of texts, metadata a map of texts", key)
}

func textsOf(value any) (permission.Texts, bool) {
	list, ok := value.([]any)
	texts := make(permission.Texts, len(list))
	for n, element := range list {
		text, isText := element.(string)
		texts[n], ok = text, ok && isText
	}
	return texts, ok
}

func entriesOf(pairs map[string]any) (permission.Attribute, error) {
	entries := permission.Entries{}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		text, ok := pairs[key].(string)
		if !ok {
			return nil, fmt.Errorf("the metadata %q must be a text", key)
		}
		entries = append(entries, permission.Entry{Key: key, Value: text})
	}
	return entries, nil
}

// onlyKeys rejects keys that are not known, as they are misspelled.
func onlyKeys(given map[string]any, known []string) error {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(known, key) {
			return fmt.Errorf("there is no %q; there is %s", key, strings.Join(append([]string{}, known...), ", "))
		}
	}
	return nil
}

// loose returns a value of any type as encoding/json decodes it.
func loose(value attr.Value) any {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	switch value := value.(type) {
	case types.Dynamic:
		return loose(value.UnderlyingValue())
	case types.String:
		return value.ValueString()
	case types.Bool:
		return value.ValueBool()
	case types.Tuple:
		return looseList(value.Elements())
	case types.List:
		return looseList(value.Elements())
	case types.Set:
		return looseList(value.Elements())
	case types.Map:
		return looseMap(value.Elements())
	case types.Object:
		return looseMap(value.Attributes())
	}
	return value.String() // a number
}

func looseList(elements []attr.Value) []any {
	list := make([]any, len(elements))
	for n, element := range elements {
		list[n] = loose(element)
	}
	return list
}

func looseMap(elements map[string]attr.Value) map[string]any {
	object := map[string]any{}
	for key, element := range elements {
		object[key] = loose(element)
	}
	return object
}
