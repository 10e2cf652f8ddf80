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

// as says for whom the server refused something.
func (c *Client) as(e *Error) *Error {
	if e.Status == http.StatusForbidden {
		e.Caller = c.auth.caller()
	}
	return e
}

// caller names the identity of the token in use, as the token does; empty where there is none, or it
// names nobody.
func (a *authenticator) caller() string {
	token := a.client.config.AccessToken
	a.mu.Lock()
	if a.latest != nil && a.latest.isOver() {
		token = a.latest.token
	}
	a.mu.Unlock()
	said, _ := token.claims()
	switch {
	case said.IdentityID == "":
		return ""
	case said.IdentityName == "":
		return said.IdentityID
	}
	return `"` + said.IdentityName + `" (ID ` + said.IdentityID + ")"
}

// The considered rules stand in the details of a PermissionDenied.
type deniedRule struct {
	Action     any             `json:"action"`
	Subject    any             `json:"subject"`
	Inverted   bool            `json:"inverted"`
	Conditions json.RawMessage `json:"conditions"`
}

// considered lists the rules of the caller on the subject that did not allow it, where the server
// tells them: "read where environment is "dev"".
func considered(details json.RawMessage) []string {
	var rules []deniedRule
	if json.Unmarshal(details, &rules) != nil {
		return nil
	}
	var texts []string
	for _, rule := range rules {
		text := words(rule.Action, " or ") + " on " + words(rule.Subject, " or ") + where(rule.Conditions)
		if rule.Inverted {
			text = "never " + text
		}
		texts = append(texts, text)
	}
	return texts
}

var relations = map[string]string{"$eq": "is", "$ne": "is not", "$in": "is one of", "$nin": "is none of", "$glob": "matches", "$elemMatch": "has an element with"}

// where words conditions for people: ` where environment is "prod" and secretPath matches "/a/**"`.
func where(conditions json.RawMessage) string {
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
		encoded, _ := json.Marshal(element) // it came as JSON
		texts[n] = string(encoded)
	}
	return strings.Join(texts, ", ")
}

// words joins a text or a list of texts.
func words(value any, between string) string {
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
	return strings.Join(texts, between)
}

// who begins a sentence about whom the server refused.
func (e *Error) who() string {
	if e.Caller == "" {
		return "The identity that the provider logs in as"
	}
	return "The identity " + e.Caller
}

// lacks says what whoever refused may have been missing, and who.
func (e *Error) lacks() string {
	text := e.who() + " lacks this permission."
	if e.Name == api.ErrorBoundary {
		text = e.who() + " lacks what is to be handed over."
	}
	if len(e.Considered) > 0 {
		text += " Of its rules on the subject, none allows it: " + strings.Join(e.Considered, "; ") + "."
	}
	return text
}
