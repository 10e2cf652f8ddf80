// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// withCaller adds the identity that a server denied a request.
func (c *Client) withCaller(e *Error) *Error {
	if e.Status == http.StatusForbidden {
		e.Caller = c.auth.caller()
	}
	return e
}

// caller returns the name and the ID of the identity in the access token, or an empty text.
func (a *authenticator) caller() string {
	token := a.client.config.AccessToken
	if token == "" {
		token, _ = a.current("")
	}
	claims, _ := token.claims()
	switch {
	case claims.IdentityID == "":
		return ""
	case claims.IdentityName == "":
		return claims.IdentityID
	}
	return `"` + claims.IdentityName + `" (ID ` + claims.IdentityID + ")"
}

// deniedRule is a rule in the details of a PermissionDenied.
type deniedRule struct {
	Action     any             `json:"action"`
	Subject    any             `json:"subject"`
	Inverted   bool            `json:"inverted"`
	Conditions json.RawMessage `json:"conditions"`
}

// consideredRules lists the caller's rules on the subject, if the response has them:
// `read on secrets where environment is "dev"`.
func consideredRules(details json.RawMessage) []string {
	var rules []deniedRule
	if json.Unmarshal(details, &rules) != nil {
		return nil
	}
	var texts []string
	for _, rule := range rules {
		text := joinText(rule.Action) + " on " + joinText(rule.Subject) + describeConditions(rule.Conditions)
		if rule.Inverted {
			text = "never " + text
		}
		texts = append(texts, text)
	}
	return texts
}

var relations = map[string]string{"$eq": "is", "$ne": "is not", "$in": "is one of", "$nin": "is none of", "$glob": "matches", "$elemMatch": "has an element with"}

// describeConditions returns ` where environment is "prod" and secretPath matches "/a/**"`.
func describeConditions(conditions json.RawMessage) string {
	var fields map[string]any
	if json.Unmarshal(conditions, &fields) != nil || len(fields) == 0 {
		return ""
	}
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		operators, ok := fields[field].(map[string]any)
		if !ok {
			operators = map[string]any{"$eq": fields[field]}
		}
		for _, operator := range slices.Sorted(maps.Keys(operators)) {
			relation, ok := relations[operator]
			if !ok {
				relation = operator
			}
			parts = append(parts, field+" "+relation+" "+quoted(operators[operator]))
		}
	}
	return " where " + strings.Join(parts, " and ")
}

func quoted(value any) string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	texts := make([]string, len(list))
	for n, element := range list {
		encoded, _ := json.Marshal(element) // it was decoded from JSON
		texts[n] = string(encoded)
	}
	return strings.Join(texts, ", ")
}

// joinText returns a string, or a list of strings joined with "or".
func joinText(value any) string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var texts []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " or ")
}

// subject begins a sentence about the identity that the server denied the request.
func (e *Error) subject() string {
	if e.Caller == "" {
		return "The identity that the provider logs in as"
	}
	return "The identity " + e.Caller
}

// deniedTo returns who lacks the permission, and which of its rules the server considered.
func (e *Error) deniedTo() string {
	text := e.subject() + " lacks this permission."
	if e.Name == api.ErrorBoundary {
		text = e.subject() + " lacks permissions that it wants to grant."
	}
	if len(e.Considered) > 0 {
		text += " None of its rules on the subject allows it: " + strings.Join(e.Considered, "; ") + "."
	}
	return text
}
