// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// The values of Error.Name, which distinguish errors of one status.
const (
	ErrorBadRequest       = "BadRequest"
	ErrorUnauthorized     = "UnauthorizedError"
	ErrorForbidden        = "ForbiddenError"
	ErrorPermissionDenied = "PermissionDenied"
	ErrorBoundary         = "PermissionBoundaryError"
	ErrorToken            = "TokenError"
	ErrorNotFound         = "NotFound"  // the object does not exist
	ErrorNoRoute          = "Not Found" // the route does not exist: an older server
	ErrorValidation       = "ValidationFailure"
	ErrorRateLimit        = "RateLimitExceeded"
	ErrorInternal         = "InternalServerError"
	ErrorUnavailable      = "ServiceUnavailable" // the database; with Retry-After
)

// Error is the body of every response that is not 200.
type Error struct {
	ReqID      string          `json:"reqId,omitempty"`
	StatusCode int             `json:"statusCode"`
	Message    Message         `json:"message"`
	Name       string          `json:"error"`
	Details    json.RawMessage `json:"details,omitempty"`
}

// Message is a sentence or, for a ValidationFailure, a list of issues.
type Message struct {
	Text   string
	Issues []Issue
}

// Issue is an error of one field of a request.
type Issue struct {
	Code    string `json:"code"`    // invalid_type, too_small, too_big, invalid_string, invalid_enum_value, custom
	Path    []any  `json:"path"`    // field names, and numbers for elements of lists
	Message string `json:"message"` // a sentence
}

// BoundaryDetails are the Error.Details of a PermissionBoundaryError.
type BoundaryDetails struct {
	MissingPermissions []MissingPermission `json:"missingPermissions"`
}

// MissingPermission is an action on a subject that the caller lacks.
type MissingPermission struct {
	Action     string                `json:"action"`
	Subject    string                `json:"subject"`
	Conditions permission.Conditions `json:"conditions,omitempty"`
}

// MarshalJSON encodes the list of issues, or the sentence without one.
func (m Message) MarshalJSON() ([]byte, error) {
	if m.Issues != nil {
		return json.Marshal(m.Issues)
	}
	return json.Marshal(m.Text)
}

// UnmarshalJSON decodes either form. The text of other JSON is the JSON itself.
func (m *Message) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &m.Text) == nil {
		return nil
	}
	if json.Unmarshal(data, &m.Issues) != nil {
		m.Text = string(data)
	}
	return nil
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %s", e.StatusCode, e.Name, e.Message.Text)
}

// GetStatus returns the status code. huma sends an error that has this method as it is.
func (e *Error) GetStatus() int { return e.StatusCode }

// GetHeaders returns the headers of the response; huma sends them too.
func (e *Error) GetHeaders() http.Header {
	if e.StatusCode == http.StatusServiceUnavailable {
		return http.Header{"Retry-After": {"1"}}
	}
	return nil
}
