// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
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

// consideredRules describes the caller's rules on the subject, if the response has them:
// `read on secrets where environment is "dev"`.
func consideredRules(details json.RawMessage) []string {
	var rules permission.Rules
	if json.Unmarshal(details, &rules) != nil {
		return nil
	}
	var texts []string
	for _, rule := range rules {
		texts = append(texts, rule.String())
	}
	return texts
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
