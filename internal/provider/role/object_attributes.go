// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// parseAttributes converts the attributes of the object in question. Their names are the condition keys of the
// subject where the permissions may apply, and those of rules with allow_unknown.
func parseAttributes(value attr.Value, subject string, scopes []permission.Scope, rules permission.Rules) (permission.Attributes, error) {
	value = underlying(value)
	if value.IsNull() {
		return permission.Attributes{}, nil
	}
	given, ok := attributesOf(value)
	if !ok {
		return nil, errors.New("the attributes must be a map")
	}
	var keys []string
	for _, scope := range scopes {
		for _, key := range permission.ConditionKeys(scope, subject) {
			keys = append(keys, key.Name)
		}
	}
	for _, r := range rules {
		for _, c := range r.Conditions {
			if r.AllowUnknown && r.Subject == subject {
				keys = append(keys, c.Key)
			}
		}
	}
	if err := onlyKeys(given, keys); err != nil {
		return nil, fmt.Errorf("in the attributes of %s: %w", subject, err)
	}
	attributes := permission.Attributes{}
	for key, value := range given {
		attribute, err := parseAttribute(key, underlying(value))
		if err != nil {
			return nil, err
		}
		if attribute != nil {
			attributes[key] = attribute
		}
	}
	return attributes, nil
}

// parseAttribute converts the attribute of an object; null is one that the object lacks.
func parseAttribute(key string, value attr.Value) (permission.Attribute, error) {
	if value == nil || value.IsNull() {
		return nil, nil
	}
	switch key {
	case "secretTags":
		if elements, ok := elementsOf(value); ok {
			return tagsOf(elements)
		}
	case "metadata":
		if pairs, ok := attributesOf(value); ok {
			return entriesOf(pairs)
		}
	default:
		if text, ok := value.(types.String); ok {
			return permission.Text(text.ValueString()), nil
		}
	}
	return nil, fmt.Errorf("the attribute %s must be a text; secretTags a list of texts, metadata a map of texts", key)
}

func tagsOf(elements []attr.Value) (permission.Attribute, error) {
	texts := make(permission.Texts, len(elements))
	for n, element := range elements {
		text, ok := underlying(element).(types.String)
		if !ok {
			return nil, errors.New("the attribute secretTags must be a list of texts")
		}
		texts[n] = text.ValueString()
	}
	return texts, nil
}

func entriesOf(pairs map[string]attr.Value) (permission.Attribute, error) {
	entries := permission.Entries{}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		text, ok := underlying(pairs[key]).(types.String)
		if !ok {
			return nil, fmt.Errorf("the metadata %q must be a text", key)
		}
		entries = append(entries, permission.Entry{Key: key, Value: text.ValueString()})
	}
	return entries, nil
}
