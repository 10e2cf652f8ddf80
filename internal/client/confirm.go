// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// confirm returns an error if the response to an update has another value for a field of the request.
// Servers drop fields that they do not know, with status 200. Only texts, numbers and booleans are
// compared, without the case and the white space that servers change. A field that the response does
// not have is no error: no server returns the role of an identity, for example. Nor is an unconfirmed
// one: servers may return another form of a secret, or "custom" for a role.
func (r request) confirm(status int, response any) error {
	encoded, err := json.Marshal(r.body)
	var sent map[string]any
	if err == nil {
		err = json.Unmarshal(encoded, &sent)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.op, err)
	}
	root, _ := response.(map[string]any)
	objects := []map[string]any{root}
	for _, value := range root {
		if object, ok := value.(map[string]any); ok { // as in {"project": {…}}
			objects = append(objects, object)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(sent)) {
		if unconfirmed.MatchString(field) {
			continue
		}
		for _, object := range objects {
			got, ok := object[field]
			if ok && isScalar(sent[field]) && isScalar(got) && normalized(sent[field]) != normalized(got) {
				e := r.unusable(status, "the server returned success, but %s is %s instead of %s", field, shown(got), shown(sent[field]))
				e.Remedy = "The server is probably older than changes of " + field + ". Update the server, or set the value that it has."
				return e
			}
		}
	}
	return nil
}

// unconfirmed matches fields that are not compared, and that no error may quote.
var unconfirmed = regexp.MustCompile(`(?i)(secret|pass|jwt|cert|key|accessToken)$|^role$`)

func isScalar(value any) bool {
	switch value.(type) {
	case string, float64, bool, nil:
		return true
	}
	return false
}

// normalized returns an empty text for null, and a text without white space in lower case.
func normalized(value any) any {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return strings.ToLower(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, value))
	}
	return value
}

func shown(value any) string {
	encoded, _ := json.Marshal(value) // a scalar
	return string(encoded)
}
